#include "nn/convolutions.h"

#include "nn/embedding.h"
#include "run/run.h"

#include "../harness.h"
#include "random.h"

using namespace dc;
using namespace dc::test;
using namespace dc::nn;

namespace {

Convolutions make(int64_t channels, int64_t side, Precision precision = Precision::float32, uint64_t seed = 1) {
  at::Generator generator = make_generator(at::kCPU, seed);
  return {"c", channels, side, side, 6, Initialisation::fan_in_uniform, precision, at::kCPU, generator};
}

at::Tensor images(int64_t n, int64_t features, uint64_t seed = 2) {
  at::Generator generator = make_generator(at::kCPU, seed);
  return at::rand({n, features}, generator, at::TensorOptions().dtype(at::kFloat));
}

Embedding embedding(const std::vector<int64_t>& shape, Precision precision = Precision::float32) {
  at::Generator generator = make_generator(at::kCPU, 1);
  return {{.dimensions = 5, .maps = 4, .widths = {16}, .initialisation = Initialisation::normal}, shape, precision, at::kCPU, generator};
}

at::Tensor inferred(const Convolutions& network, const at::Tensor& x) {
  return nn::infer([&](const Pass& pass) { return network.forward(x, pass); });
}

}  // namespace

TEST("convolutions: the rule gives JULE's networks for 28, 16, 32 and 128 pixels, and nothing below 9") {
  const auto outputs = [](int64_t side) {
    const auto stages = convolution_stages(side, side);
    return std::pair(static_cast<int64_t>(stages.size()), stages.back().height * stages.back().width * 50);
  };
  EXPECT(outputs(28) == std::pair(int64_t{2}, int64_t{3200}));
  EXPECT(convolution_stages(28, 28)[0].pooled && !convolution_stages(28, 28)[1].pooled);
  EXPECT(outputs(16) == std::pair(int64_t{1}, int64_t{1800}));
  EXPECT(outputs(32) == std::pair(int64_t{2}, int64_t{1250}));
  EXPECT(outputs(128) == std::pair(int64_t{4}, int64_t{1250}));
  EXPECT(outputs(9) == std::pair(int64_t{1}, int64_t{1250}));
  EXPECT(convolution_stages(8, 30).empty());
  for (int64_t side = 9; side < 300; ++side) EXPECT(outputs(side).second < 10'000);
}

TEST("convolutions: maps are as large as the rule says, for one and three channels and images that are no squares") {
  for (const auto& [channels, height, width] : std::vector<std::array<int64_t, 3>>{{1, 28, 28}, {3, 32, 32}, {3, 17, 40}, {1, 11, 9}}) {
    at::Generator generator = make_generator(at::kCPU, 1);
    Convolutions network("c", channels, height, width, 6, Initialisation::normal, Precision::float32, at::kCPU, generator);
    const at::Tensor x = images(3, channels * height * width);
    EXPECT(network.forward(x, Pass::train(0.1)).sizes().vec() == (std::vector<int64_t>{3, network.outputs()}));
    EXPECT(inferred(network, x).sizes().vec() == (std::vector<int64_t>{3, network.outputs()}));
  }
}

TEST("convolutions: an image's inference does not depend on the others, and is what training tends to") {
  Convolutions network = make(1, 12);
  const at::Tensor x = images(64, 144);
  {
    at::NoGradGuard no_grad;
    for (int64_t step = 0; step < 200; ++step) network.forward(x, Pass::train(0.1));
  }
  EXPECT_CLOSE(inferred(network, x).narrow(0, 0, 1), inferred(network, x.narrow(0, 0, 1)), 1e-6, 1e-5);
  // The running variance is the unbiased one, the batch's the biased: a 64 * 64-th part here.
  EXPECT_CLOSE(inferred(network, x), network.forward(x, Pass::train(0.1)).detach(), 1e-3, 1e-3);
}

TEST("convolutions: bfloat16 is near float32, and gradients reach every parameter") {
  const at::Tensor x = images(16, 3 * 20 * 20);
  Convolutions exact = make(3, 20), rounded = make(3, 20, Precision::bfloat16);
  const at::Tensor a = exact.forward(x, Pass::train(0.1)), b = rounded.forward(x, Pass::train(0.1)).to(at::kFloat);
  EXPECT((a - b).norm().item<double>() < 0.02 * a.norm().item<double>());
  for (Convolutions* network : {&exact, &rounded}) {
    std::vector<at::Tensor> leaves;
    for (Parameter* parameter : network->parameters()) leaves.push_back(parameter->leaf);
    for (const at::Tensor& gradient :
         torch::autograd::grad({network->forward(x, Pass::train(0.1)).to(at::kFloat).square().sum()}, leaves)) {
      EXPECT(gradient.abs().max().item<double>() > 0);
    }
  }
}

TEST("embedding: has length 1; small images and vectors take the fully connected network") {
  for (const auto& shape : std::vector<std::vector<int64_t>>{{10}, {4, 4}, {28, 28}, {3, 16, 16}}) {
    int64_t features = 1;
    for (const int64_t side : shape) features *= side;
    Embedding network = embedding(shape, Precision::bfloat16);
    const at::Tensor x = images(300, features);
    EXPECT_CLOSE(network.forward(x).norm(2, 1), at::ones({300}), 1e-5, 0);
    EXPECT_CLOSE(network.infer(x).norm(2, 1), at::ones({300}), 1e-5, 0);
    EXPECT(network.buffers().empty() == (features < 81));
  }
}
