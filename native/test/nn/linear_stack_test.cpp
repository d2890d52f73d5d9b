#include "nn/linear_stack.h"

#include "../harness.h"

using namespace dc;
using nn::Activation;

namespace {

const std::vector<int64_t> kSizes{33, 70, 5, 130};

struct Result {
  at::Tensor output;
  std::vector<at::Tensor> gradients;  // of x, then of the parameters
};

// The weighted sum of the outputs, differentiated; the weights are the same numbers for every type.
Result run(at::ScalarType type, Activation activation, bool last_activated) {
  at::Generator generator = at::globalContext().defaultGenerator(at::kCPU).clone();
  generator.set_current_seed(3);
  const auto draw = [&](at::IntArrayRef sizes) { return at::randn(sizes, generator).to(at::kBFloat16).to(type); };
  std::vector<at::Tensor> leaves{draw({300, kSizes[0]})};
  for (size_t l = 0; l + 1 < kSizes.size(); ++l) {
    leaves.push_back(draw({kSizes[l + 1], kSizes[l]}));
    leaves.back().div_(8);
    leaves.push_back(draw({kSizes[l + 1]}));
  }
  for (at::Tensor& leaf : leaves) leaf.requires_grad_(true);
  const at::Tensor output = nn::linear_stack(leaves[0], at::TensorList(leaves).slice(1), activation, last_activated);
  const at::Tensor weights = draw(output.sizes());
  return {output.detach(), torch::autograd::grad({(output * weights).sum()}, leaves)};
}

}  // namespace

TEST("linear stack: outputs and gradients of the fused stack are those of the plain operators in float64") {
  for (const Activation activation : {Activation::relu, Activation::leaky_relu, Activation::tanh}) {
    for (const bool last_activated : {false, true}) {
      const Result wanted = run(at::kDouble, activation, last_activated), fused = run(at::kFloat, activation, last_activated);
      EXPECT(fused.output.scalar_type() == at::kFloat);
      EXPECT_CLOSE(fused.output, wanted.output, 1e-5, 1e-4);
      for (size_t i = 0; i < wanted.gradients.size(); ++i) EXPECT_CLOSE(fused.gradients[i], wanted.gradients[i], 1e-3, 1e-4);
    }
  }
}

TEST("linear stack: bfloat16 gradients point where those in float64 point") {
  for (const Activation activation : {Activation::relu, Activation::leaky_relu, Activation::tanh}) {
    const Result wanted = run(at::kDouble, activation, true), fused = run(at::kBFloat16, activation, true);
    for (size_t i = 0; i < wanted.gradients.size(); ++i) {
      EXPECT(fused.gradients[i].scalar_type() == at::kBFloat16);
      const at::Tensor a = fused.gradients[i].to(at::kDouble).flatten(), b = wanted.gradients[i].flatten();
      EXPECT((a.dot(b) / (a.norm() * b.norm())).item<double>() > 0.999);
    }
  }
}

TEST("linear stack: a gradient that others hold too is not written to") {
  for (const bool last_activated : {false, true}) {
    const at::Tensor x = at::randn({4, 3}), weight = at::randn({2, 3}).requires_grad_(true), bias = at::zeros({2}).requires_grad_(true);
    const at::Tensor y = nn::linear_stack(x, {weight, bias}, Activation::relu, last_activated), given = at::ones({4, 2});
    torch::autograd::grad({y}, {weight, bias}, {given});
    EXPECT_CLOSE(given, at::ones({4, 2}), 0, 0);
  }
}

TEST("linear stack: one thread and two find the same gradients") {
  const int before = at::get_num_threads();
  at::set_num_threads(1);
  const Result one = run(at::kFloat, Activation::relu, true);
  at::set_num_threads(2);
  const Result two = run(at::kFloat, Activation::relu, true);
  at::set_num_threads(before);
  // The gradient of a bias is a sum over rows; the products may split their sums.
  for (size_t i = 0; i < one.gradients.size(); ++i) EXPECT_CLOSE(two.gradients[i], one.gradients[i], 1e-4, 1e-5);
}
