// The device code of native/cuda, run on the CPU.
#include "host_device.h"

#include "../../cuda/gather_rows.cuh"

#include "../harness.h"

using namespace dc::cuda;

namespace {

// Rows gathered by the kernel, in blocks of the given shape.
template <typename Word>
at::Tensor gathered(const at::Tensor& data, const at::Tensor& index, float scale, GatherShape shape) {
  // A guard of NaN behind the last row: nothing may be written there, and every float before it must be.
  const int64_t rows = index.size(0), features = data.size(1);
  const at::Tensor out = at::full({rows * features + 16}, NAN);
  dc::test::launch_on_host({shape.blocks}, {shape.x, shape.y}, gather_rows<Word>,
                           reinterpret_cast<const typename Word::Bytes*>(data.data_ptr<uint8_t>()), index.data_ptr<int64_t>(),
                           reinterpret_cast<typename Word::Floats*>(out.data_ptr<float>()), rows, features / Word::kFeatures, scale);
  EXPECT(out.narrow(0, rows * features, 16).isnan().all().item<bool>());
  return out.narrow(0, 0, rows * features).view({rows, features});
}

at::Tensor plain(const at::Tensor& data, const at::Tensor& index, float scale) {
  return data.index_select(0, index).to(at::kFloat) * scale;
}

}  // namespace

TEST("gather kernel: a hand-worked batch") {
  const at::Tensor data = at::tensor({0, 1, 2, 3, 10, 20, 30, 255}, at::kByte).view({2, 4});
  const at::Tensor index = at::tensor({1, 0, 1}, at::kLong);
  const at::Tensor wanted = at::tensor({5., 10., 15., 127.5, 0., .5, 1., 1.5, 5., 10., 15., 127.5}).view({3, 4});
  EXPECT_CLOSE(gathered<One>(data, index, 0.5f, gather_shape(3, 4)), wanted, 0, 0);
  EXPECT_CLOSE(gathered<Four>(data, index, 0.5f, gather_shape(3, 1)), wanted, 0, 0);
}

TEST("gather kernel: equals gather, cast and scale, whatever the shape of rows and blocks") {
  for (const int64_t features : {1, 3, 4, 10, 28, 784, 1028, 1200}) {
    const at::Tensor data = at::randint(0, 256, {37, features}, at::kByte);
    for (const int64_t rows : {1, 2, 37, 300}) {
      const at::Tensor index = at::randint(0, 37, {rows}, at::kLong);
      const at::Tensor wanted = plain(data, index, 1.0f / 255);
      for (const GatherShape shape : {gather_shape(rows, features), GatherShape{1, 1, 1}, GatherShape{32, 3, 2}}) {
        EXPECT(gathered<One>(data, index, 1.0f / 255, shape).equal(wanted));
        if (features % 4 == 0) EXPECT(gathered<Four>(data, index, 1.0f / 255, shape).equal(wanted));
      }
    }
  }
}

TEST("gather kernel: blocks are full, cover a row in words, and stay within the limits of a device") {
  for (const int64_t words : {1, 2, 3, 7, 196, 256, 257, 100000}) {
    for (const int64_t rows : {int64_t{1}, int64_t{256}, int64_t{1} << 40}) {
      const GatherShape shape = gather_shape(rows, words);
      EXPECT(shape.x * shape.y == kThreads);
      EXPECT(shape.x >= words || shape.x == kThreads);
      EXPECT(shape.blocks >= 1 && shape.blocks <= kMostBlocks);
    }
  }
}
