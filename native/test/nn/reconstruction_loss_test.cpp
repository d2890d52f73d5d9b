#include "nn/reconstruction_loss.h"

#include "../harness.h"

using namespace dc;

namespace {

struct Result {
  at::Tensor loss, gradient;
};

using Loss = at::Tensor (*)(const at::Tensor&, const at::Tensor&, double);

// The loss and its gradient by the output, behind a further factor of 3 so that the outer gradient is not 1.
Result differentiated(Loss loss, const at::Tensor& output, const at::Tensor& target, at::ScalarType type) {
  const at::Tensor o = output.to(type).requires_grad_(true);
  const at::Tensor value = loss(o, type == at::kDouble ? target.to(at::kDouble) : target, 0.5) * 3;
  return {value.detach(), torch::autograd::grad({value}, {o})[0]};
}

}  // namespace

TEST("reconstruction loss: values and gradients of the fused pass are those of the plain operators in float64") {
  // Logits from the flat ends of the sigmoid to its middle, and exactly 0.
  const at::Tensor output =
      at::cat({at::linspace(-120, 120, 1001), at::randn({3003}), at::zeros({100})}).view({8, 513}).to(at::kBFloat16).to(at::kFloat);
  const at::Tensor target = at::rand({8, 513});
  for (const Loss loss : {&nn::squared_error, &nn::bernoulli_error}) {
    const Result wanted = differentiated(loss, output, target, at::kDouble), fused = differentiated(loss, output, target, at::kFloat),
                 half = differentiated(loss, output, target, at::kBFloat16);
    EXPECT_CLOSE(fused.loss, wanted.loss, 0, 1e-6);
    EXPECT_CLOSE(fused.gradient, wanted.gradient, 1e-7, 1e-6);
    EXPECT_CLOSE(half.loss, wanted.loss, 0, 1e-6);
    EXPECT_CLOSE(half.gradient, wanted.gradient, 1e-7, 8e-3);
    EXPECT(half.gradient.scalar_type() == at::kBFloat16);
  }
}

TEST("reconstruction loss: a NaN or an infinity in the output is one in the loss") {
  for (const Loss loss : {&nn::squared_error, &nn::bernoulli_error}) {
    for (const double bad : {std::nan(""), HUGE_VAL}) {
      at::Tensor output = at::zeros({3, 40});
      output[1][7] = bad;
      EXPECT(!std::isfinite(differentiated(loss, output, at::full({3, 40}, 0.5), at::kFloat).loss.item<double>()));
    }
  }
}
