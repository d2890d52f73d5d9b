#include "nn/autoencoder.h"

#include "../fixtures.h"
#include "../harness.h"
#include "random.h"

using namespace dc;
using nn::AutoencoderOptions;

namespace {

nn::Autoencoder make(AutoencoderOptions::Loss loss, Precision precision = Precision::float32,
                     nn::Initialisation initialisation = nn::Initialisation::fan_in_uniform) {
  at::Generator generator = make_generator(at::kCPU, 1);
  return {{.widths = {50, 20}, .latent = 4, .activation = nn::Activation::relu, .initialisation = initialisation, .loss = loss},
          30,
          precision,
          at::kCPU,
          generator};
}

}  // namespace

TEST("autoencoder: layers mirror, names and shapes") {
  nn::Autoencoder network = make(AutoencoderOptions::Loss::squared);
  std::string shapes;
  for (const Parameter* parameter : network.parameters()) {
    if (parameter->value.dim() == 2)
      shapes += parameter->name + " " + std::to_string(parameter->value.size(0)) + "x" + std::to_string(parameter->value.size(1)) + "; ";
  }
  EXPECT(shapes ==
         "encoder.0.weight 50x30; encoder.1.weight 20x50; encoder.2.weight 4x20; "
         "decoder.0.weight 20x4; decoder.1.weight 50x20; decoder.2.weight 30x50; ");
}

TEST("autoencoder: the losses, hand-worked") {
  const at::Tensor output = at::tensor({1.f, 2.f, 0.f, 0.f}).view({2, 2}), x = at::tensor({0.f, 0.f, 1.f, 0.f}).view({2, 2});
  // squared: (1 + 4 + 1 + 0) / 2; mean-squared: that / 2
  EXPECT_CLOSE(make(AutoencoderOptions::Loss::squared).loss(output, x), at::scalar_tensor(3.0), 1e-6, 0);
  EXPECT_CLOSE(make(AutoencoderOptions::Loss::mean_squared).loss(output, x), at::scalar_tensor(1.5), 1e-6, 0);
  // -log(1 - s(1)) - log(1 - s(2)) - log s(0) - log(1 - s(0)) = 1.3132617 + 2.1269280 + 2 ln 2, over 2
  EXPECT_CLOSE(make(AutoencoderOptions::Loss::bernoulli).loss(output, x), at::scalar_tensor(2.4132420), 1e-6, 0);
  EXPECT_CLOSE(make(AutoencoderOptions::Loss::gaussian).loss(output, x), at::scalar_tensor(1.5), 1e-6, 0);
  for (const auto loss : {AutoencoderOptions::Loss::squared, AutoencoderOptions::Loss::mean_squared, AutoencoderOptions::Loss::bernoulli,
                          AutoencoderOptions::Loss::gaussian}) {
    EXPECT_CLOSE(make(loss).item_losses(output, x).mean(), make(loss).loss(output, x), 1e-6, 0);
  }
}

TEST("autoencoder: a standardised code has mean 0 and deviation 1, and reconstructs as before") {
  for (const Precision precision : {Precision::float32, Precision::bfloat16}) {
    nn::Autoencoder network = make(AutoencoderOptions::Loss::squared, precision);
    const at::Tensor x = at::rand({64, 30}), before = network.encode(x), rebuilt = network.decode(before);
    network.standardise_code(before.mean(0), before.std(0, false));
    const at::Tensor code = network.encode(x);
    EXPECT_CLOSE(code.mean(0), at::zeros({4}), 1e-4, 0);
    EXPECT_CLOSE(code.std(0, false), at::ones({4}), 1e-4, 0);
    EXPECT_CLOSE(network.decode(code), rebuilt, 1e-5, 1e-5);
    for (const Parameter* parameter : network.parameters()) EXPECT(parameter->leaf.to(at::kFloat).allclose(parameter->value, 1e-2, 1e-2));
  }
}

TEST("autoencoder: a bfloat16 pass is near the float32 one, and inference does not use it") {
  nn::Autoencoder exact = make(AutoencoderOptions::Loss::squared), rough = make(AutoencoderOptions::Loss::squared, Precision::bfloat16);
  const at::Tensor x = at::rand({8, 30});
  EXPECT(rough.encoder().forward(x, nn::Pass::train()).scalar_type() == at::kBFloat16);
  EXPECT_CLOSE(rough.encoder().forward(x, nn::Pass::train()).detach(), exact.encode(x), 0.02, 0.02);
  EXPECT(rough.encode(x).equal(exact.encode(x)));
}

TEST("autoencoder: initialisations have the spread that their names say") {
  const auto deviation = [](nn::Initialisation kind) {
    nn::Autoencoder network = make(AutoencoderOptions::Loss::squared, Precision::float32, kind);
    return network.parameters()[0]->value.std().item<double>();  // [50, 30]
  };
  EXPECT(std::abs(deviation(nn::Initialisation::fan_in_uniform) - 1 / std::sqrt(30.) / std::sqrt(3.)) < 0.01);
  EXPECT(std::abs(deviation(nn::Initialisation::fan_in_normal) - 1 / std::sqrt(30.)) < 0.01);
  EXPECT(std::abs(deviation(nn::Initialisation::glorot_uniform) - std::sqrt(6. / 80) / std::sqrt(3.)) < 0.01);
  EXPECT(std::abs(deviation(nn::Initialisation::normal) - 0.01) < 0.001);
}

TEST("autoencoder: the gradient of the loss equals finite differences") {
  nn::Autoencoder network = make(AutoencoderOptions::Loss::bernoulli);
  const at::Tensor x = at::rand({4, 30});
  const auto loss = [&] {
    return network.loss(network.decoder().forward(network.encoder().forward(x, nn::Pass::train()), nn::Pass::train()), x);
  };
  Parameter* weight = network.parameters()[4];
  const double analytic = torch::autograd::grad({loss()}, {weight->leaf})[0].view({-1})[3].item<double>();
  const auto shifted = [&](double by) {
    at::NoGradGuard no_grad;
    weight->value.view({-1})[3] += by;
    const double value = loss().item<double>();
    weight->value.view({-1})[3] -= by;
    return value;
  };
  EXPECT(std::abs((shifted(1e-2) - shifted(-1e-2)) / 2e-2 - analytic) < 1e-3 + 0.01 * std::abs(analytic));
}
