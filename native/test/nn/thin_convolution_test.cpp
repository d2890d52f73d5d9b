#include "nn/thin_convolution.h"

#include "run/run.h"

#include "../harness.h"
#include "random.h"

using namespace dc;
using namespace dc::test;
using namespace dc::nn;

namespace {

struct Case {
  int64_t maps, height, width;  // of the outer side
  bool biased, last;            // channels last
};

const std::vector<Case> kCases = {{1, 8, 12, true, false}, {1, 28, 28, false, true}, {3, 12, 8, true, true}, {3, 28, 28, false, false}};
constexpr int64_t kItems = 11, kInner = 5;

// The result and the gradients of x, the weight and the bias, by our convolution or by the library's, with the same numbers.
std::vector<at::Tensor> results(const Case& sizes, bool doubling, at::ScalarType type, bool ours) {
  at::Generator generator = make_generator(at::kCPU, 1);
  const auto draw = [&](at::IntArrayRef shape) { return at::randn(shape, generator, at::TensorOptions().dtype(at::kFloat)).to(type); };
  const auto layout = sizes.last ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous;
  const std::vector<int64_t> outer{kItems, sizes.maps, sizes.height, sizes.width}, inner{kItems, kInner, sizes.height / 2, sizes.width / 2};
  const at::Tensor x = draw(doubling ? inner : outer).contiguous(layout).requires_grad_(true),
                   gradient = draw(doubling ? outer : inner).contiguous(layout);
  const at::Tensor weight = draw({kInner, sizes.maps, 4, 4}).requires_grad_(true),
                   bias = draw({doubling ? sizes.maps : kInner}).requires_grad_(true);
  const std::optional<at::Tensor> added = sizes.biased ? std::optional(bias) : std::nullopt;
  at::Tensor y;
  if (ours) {
    y = doubling ? thin_transposed_convolution(x, weight, added) : thin_convolution(x, weight, added);
  } else {
    y = doubling ? at::conv_transpose2d(x, weight, added, 2, 1) : at::conv2d(x, weight, added, 2, 1);
  }
  std::vector<at::Tensor> inputs{x, weight};
  if (sizes.biased) inputs.push_back(bias);
  std::vector<at::Tensor> all = torch::autograd::grad({y}, inputs, {gradient});
  all.push_back(y.detach());
  return all;
}

}  // namespace

TEST("thin convolution: values and gradients are the library's in double precision but for rounding, halving and doubling") {
  for (const Case& sizes : kCases) {
    for (const bool doubling : {false, true}) {
      const std::vector<at::Tensor> wanted = results(sizes, doubling, at::kDouble, false);
      for (const auto& [type, rounding] : {std::pair(at::kFloat, 1e-6), std::pair(at::kBFloat16, 1e-2)}) {
        const std::vector<at::Tensor> actual = results(sizes, doubling, type, true);
        for (size_t i = 0; i < wanted.size(); ++i) {
          EXPECT(actual[i].scalar_type() == type && actual[i].sizes() == wanted[i].sizes());
          EXPECT((actual[i].to(at::kDouble) - wanted[i]).norm().item<double>() < rounding * wanted[i].norm().item<double>());
        }
      }
    }
  }
}

TEST("thin convolution: only the gradients that are asked for are computed, and the result may be changed in place") {
  const at::Tensor x = at::rand({2, 1, 8, 8}), weight = at::rand({3, 1, 4, 4}).requires_grad_(true);
  at::Tensor halved = thin_convolution(x, weight, std::nullopt);
  at::leaky_relu_(halved, 0.1).sum().backward();
  EXPECT(!x.grad().defined() && weight.grad().defined());

  const at::Tensor fixed = at::rand({3, 1, 4, 4}), inner = at::rand({2, 3, 4, 4}).requires_grad_(true);
  at::Tensor doubled = thin_transposed_convolution(inner, fixed, std::nullopt);
  doubled.relu_().sum().backward();
  EXPECT(inner.grad().sizes() == inner.sizes() && !fixed.grad().defined());
}

TEST("thin convolution: taken on the CPU below 8 maps, for numbers of training") {
  const at::Tensor x = at::zeros({1, 1, 8, 8});
  EXPECT(thin(x, 1) && thin(x, 7) && !thin(x, 8));
  EXPECT(thin(x.to(at::kBFloat16), 3) && !thin(x.to(at::kDouble), 3) && !thin(x.to(at::kMeta), 3));
}

TEST("thin convolution: of an odd side the last line is left out where no window fits, as by the library's") {
  at::Generator generator = make_generator(at::kCPU, 1);
  const at::Tensor x = at::randn({3, 1, 9, 7}, generator, at::kFloat).requires_grad_(true);
  const at::Tensor weight = at::randn({5, 1, 4, 4}, generator, at::kFloat).requires_grad_(true);
  const at::Tensor ours = thin_convolution(x, weight, std::nullopt), wanted = at::conv2d(x, weight, {}, 2, 1);
  EXPECT_CLOSE(ours, wanted, 1e-5, 0);
  const auto gradients = [&](const at::Tensor& y) { return torch::autograd::grad({y.square().sum()}, {x, weight}); };
  const auto actual = gradients(ours), expected = gradients(wanted);
  for (size_t i = 0; i < 2; ++i) EXPECT_CLOSE(actual[i], expected[i], 1e-4, 1e-5);
}
