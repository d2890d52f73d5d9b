#include "data/augmentation.h"

#include "../harness.h"
#include "error.h"
#include "random.h"
#include "run/run.h"

using namespace dc;
using data::Augmentation;

namespace {

at::Tensor one(double value) { return at::full({1}, value, at::kFloat); }

// The image [h, w] under one affine map.
at::Tensor warp(const at::Tensor& image, double shift_x, double shift_y, double degrees, double zoom, double shear) {
  const int64_t h = image.size(0), w = image.size(1);
  const at::Tensor maps = data::affine_maps(one(shift_x), one(shift_y), one(degrees * M_PI / 180), one(zoom), one(shear), h, w);
  return data::warped(image.view({1, 1, h, w}), maps).view({h, w});
}

}  // namespace

TEST("augmentation: no change is the identity, and a shift of one pixel moves by one pixel") {
  const at::Tensor image = at::rand({6, 8});
  EXPECT_CLOSE(warp(image, 0, 0, 0, 0, 0), image, 1e-5, 0);
  const at::Tensor right = warp(image, 1.0 / 8, 0, 0, 0, 0);
  EXPECT_CLOSE(right.narrow(1, 0, 7), image.narrow(1, 1, 7), 1e-5, 0);
  EXPECT_CLOSE(right.select(1, 7), at::zeros({6}), 1e-5, 0);
}

TEST("augmentation: quarter turns of a square, and half turns of an oblong") {
  const at::Tensor square = at::rand({7, 7});
  EXPECT_CLOSE(warp(square, 0, 0, 90, 0, 0), at::rot90(square, 1), 1e-4, 0);
  const at::Tensor oblong = at::rand({4, 9});
  EXPECT_CLOSE(warp(oblong, 0, 0, 180, 0, 0), at::rot90(oblong, 2), 1e-4, 0);
}

TEST("augmentation: a disc stays round in an oblong image") {
  // A rotation in a 20 x 40 image must not squeeze: the disc looks the same after any turn.
  const at::Tensor y = at::arange(20, at::kFloat).view({20, 1}) - 9.5, x = at::arange(40, at::kFloat).view({1, 40}) - 19.5;
  const at::Tensor disc = (7.5 - (x.square() + y.square()).sqrt()).clamp(0, 1);
  EXPECT((warp(disc, 0, 0, 37, 0, 0) - disc).abs().max().item<double>() < 0.25);
}

TEST("augmentation: as libtorch samples on a grid, for any shape, far outside too, on any number of threads") {
  for (const auto& [channels, h, w] :
       std::vector<std::tuple<int64_t, int64_t, int64_t>>{{1, 28, 28}, {3, 17, 40}, {2, 5, 3}, {1, 1, 9}, {1, 1, 1}}) {
    const at::Tensor images = at::rand({50, channels, h, w});
    const at::Tensor uniform = at::rand({5, 50}) * 2 - 1;
    for (const auto& [size, tolerance] : {std::pair(0.1, 1e-5), std::pair(1.5, 1e-4)}) {  // the second reads coordinates of several sides
      const at::Tensor maps =
          data::affine_maps(uniform[0] * size, uniform[1] * size, uniform[2] * 3, uniform[3] * 0.6 * size, uniform[4] * size, h, w);
      const at::Tensor grid = at::affine_grid_generator(maps, images.sizes(), false);
      const at::Tensor result = data::warped(images, maps);
      EXPECT_CLOSE(result, at::grid_sampler_2d(images, grid, 0, 0, false), tolerance, 0);
      const int before = at::get_num_threads();
      at::set_num_threads(1);
      EXPECT(result.equal(data::warped(images, maps)));
      at::set_num_threads(before);
    }
  }
}

TEST("augmentation: within its ranges, seeded, for several channels") {
  const Augmentation augmentation({.shift = 0.1, .rotation = 10, .zoom = 0.1, .shear = 0.1, .restore = false}, {3, 12, 10});
  const at::Tensor x = at::rand({16, 360});
  at::Generator a = make_generator(at::kCPU, 5), b = make_generator(at::kCPU, 5), c = make_generator(at::kCPU, 6);
  const at::Tensor first = augmentation(x, a);
  EXPECT(first.sizes() == x.sizes());
  EXPECT(first.equal(augmentation(x, b)));
  EXPECT(!first.equal(augmentation(x, c)));
  // The channels of one image move together.
  const at::Tensor grey = at::rand({4, 1, 120}).expand({4, 3, 120}).reshape({4, 360});
  const at::Tensor moved = augmentation(grey, a).view({4, 3, 120});
  EXPECT_CLOSE(moved.select(1, 0), moved.select(1, 2), 0, 0);
}

TEST("augmentation: the target is the copy or the original, as asked") {
  const at::Tensor original = at::rand({2, 9}), copy = at::rand({2, 9});
  EXPECT(Augmentation({.shift = 0, .rotation = 5, .zoom = 0, .shear = 0, .restore = false}, {3, 3}).target(original, copy).is_same(copy));
  EXPECT(
      Augmentation({.shift = 0, .rotation = 5, .zoom = 0, .shear = 0, .restore = true}, {3, 3}).target(original, copy).is_same(original));
}

TEST("augmentation: vectors are refused, unless nothing is asked for") {
  EXPECT(dc::test::code_of([] { Augmentation({.shift = 0.1, .rotation = 0, .zoom = 0, .shear = 0, .restore = false}, {10}); }) ==
         "RangeError");
  const Augmentation none({.shift = 0, .rotation = 0, .zoom = 0, .shear = 0, .restore = false}, {10});
  at::Generator generator = make_generator(at::kCPU, 1);
  const at::Tensor x = at::rand({3, 10});
  EXPECT(none(x, generator).is_same(x));
}
