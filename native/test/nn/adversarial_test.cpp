#include "nn/adversarial.h"

#include "../fixtures.h"
#include "../harness.h"
#include "loss/adversarial.h"
#include "methods/code_information.h"
#include "optim/optimizer.h"
#include "random.h"

using namespace dc;
using namespace dc::test;
using nn::Pass;

namespace {

const nn::AdversarialOptions kMnist{.maps = 64, .hidden = 1024, .widths = {32, 16}, .leak = 0.1, .sigmoid = true};
const nn::AdversarialOptions kSmall{.maps = 4, .hidden = 16, .widths = {32, 16}, .leak = 0.1, .sigmoid = true};

struct Networks {
  at::Generator draw = make_generator(at::kCPU, 1);
  methods::LatentSpace space{"cat3,uniform", 5, methods::LatentSpace::Noise::uniform};
  methods::CodePosterior posterior{space, false, -4};
  nn::Generator generator;
  nn::Discriminator discriminator;
  nn::AuxiliaryHead auxiliary;

  explicit Networks(const std::vector<int64_t>& shape, const nn::AdversarialOptions& options = kSmall)
      : generator(options, space.width(), shape, Precision::float32, at::kCPU, draw),
        discriminator(options, shape, Precision::float32, at::kCPU, draw),
        auxiliary(options, discriminator.features(), posterior.outputs(), Precision::float32, at::kCPU, draw) {}
};

std::map<std::string, std::vector<int64_t>> shapes(const std::vector<Parameter*>& parameters) {
  std::map<std::string, std::vector<int64_t>> all;
  for (const Parameter* parameter : parameters) all[parameter->name] = parameter->value.sizes().vec();
  return all;
}

std::vector<at::Tensor> leaves(const std::vector<Parameter*>& parameters) {
  std::vector<at::Tensor> all;
  for (const Parameter* parameter : parameters) all.push_back(parameter->leaf);
  return all;
}

std::vector<at::Tensor> values(const std::vector<Parameter*>& parameters) {
  std::vector<at::Tensor> all;
  for (const Parameter* parameter : parameters) all.push_back(parameter->value.clone());
  return all;
}

bool same(const std::vector<at::Tensor>& before, const std::vector<Parameter*>& after) {
  for (size_t i = 0; i < before.size(); ++i) {
    if (!before[i].equal(after[i]->value)) return false;
  }
  return true;
}

at::Tensor items(int64_t n, int64_t features) {
  at::Generator generator = make_generator(at::kCPU, 2);
  return at::rand({n, features}, generator, at::TensorOptions().dtype(at::kFloat));
}

}  // namespace

TEST("adversarial networks: shapes at every layer are InfoGAN's for MNIST") {
  at::Generator draw = make_generator(at::kCPU, 1);
  nn::Generator generator(kMnist, 74, {28, 28}, Precision::float32, at::kCPU, draw);
  const auto made = shapes(generator.parameters());
  // 74 -> 1024 -> 6272 -> 64 x 14 x 14 -> 1 x 28 x 28
  EXPECT((made.at("generator.0.weight") == std::vector<int64_t>{1024, 74}) &&
         (made.at("generator.1.weight") == std::vector<int64_t>{6272, 1024}));
  EXPECT((made.at("generator.2.weight") == std::vector<int64_t>{128, 64, 4, 4}) &&
         (made.at("generator.3.weight") == std::vector<int64_t>{64, 1, 4, 4}));
  EXPECT((made.at("generator.0.scale") == std::vector<int64_t>{1024}) && !made.contains("generator.0.bias") &&
         made.contains("generator.3.bias"));
  nn::Discriminator discriminator(kMnist, {28, 28}, Precision::float32, at::kCPU, draw);
  const auto seen = shapes(discriminator.parameters());
  EXPECT((seen.at("discriminator.0.weight") == std::vector<int64_t>{64, 1, 4, 4}) &&
         (seen.at("discriminator.1.weight") == std::vector<int64_t>{128, 64, 4, 4}));
  EXPECT((seen.at("discriminator.2.weight") == std::vector<int64_t>{1024, 6272}) &&
         (seen.at("discriminator.3.weight") == std::vector<int64_t>{1, 1024}));
  EXPECT(seen.contains("discriminator.0.bias") && !seen.contains("discriminator.0.scale") && seen.contains("discriminator.1.scale"));
  nn::AuxiliaryHead auxiliary(kMnist, 1024, 12, Precision::float32, at::kCPU, draw);
  const auto told = shapes(auxiliary.parameters());
  EXPECT((told.at("auxiliary.0.weight") == std::vector<int64_t>{128, 1024}) &&
         (told.at("auxiliary.1.weight") == std::vector<int64_t>{12, 128}));
}

TEST("adversarial networks: images of 28 and 32 pixels in one and three channels, vectors, and images that no convolution fits") {
  for (const std::vector<int64_t>& shape : {std::vector<int64_t>{28, 28}, {3, 28, 28}, {32, 32}, {3, 32, 32}, {20}, {10, 10}}) {
    Networks networks(shape);
    int64_t features = 1;
    for (const int64_t side : shape) features *= side;
    const auto check = [&](const Pass& pass) {
      const at::Tensor made = networks.generator.forward(networks.space.draw(6, networks.draw), pass);
      EXPECT((made.sizes() == at::IntArrayRef({6, features})) && made.scalar_type() == at::kFloat);
      EXPECT(made.ge(0).logical_and(made.le(1)).all().item<bool>());
      const at::Tensor seen = networks.discriminator.features(made, pass);
      EXPECT((seen.sizes() == at::IntArrayRef({6, 16})));
      EXPECT((networks.discriminator.logits(seen, pass).sizes() == at::IntArrayRef({6})));
      EXPECT((networks.auxiliary.forward(seen, pass).sizes() == at::IntArrayRef({6, 4})));
    };
    check(Pass::train());
    nn::gather(1, check);
    nn::infer(check);
  }
}

TEST("adversarial networks: gathered over the whole, the running statistics infer what the batch does; training leaves them alone") {
  Networks networks({12, 12});
  const at::Tensor x = items(64, 144);
  const std::vector<Buffer> buffers = networks.discriminator.buffers();
  const at::Tensor before = buffers[0].value->clone();
  const at::Tensor trained = networks.discriminator.features(x, Pass::train()).detach();
  EXPECT(buffers[0].value->equal(before));
  const auto gather = [&](const at::Tensor& some, double momentum) {
    nn::gather(momentum, [&](const Pass& pass) { networks.discriminator.features(some, pass); });
  };
  gather(x, 1);
  // Running variances are unbiased, those of a batch are not: 64 / 63.
  EXPECT_CLOSE(nn::infer([&](const Pass& pass) { return networks.discriminator.features(x, pass); }), trained, 0.03, 0.03);
  // Halves with weights 1 and 1/2 give the mean of both.
  gather(x.narrow(0, 0, 32), 1);
  const at::Tensor first = buffers[0].value->clone();
  gather(x.narrow(0, 32, 32), 1);
  const at::Tensor second = buffers[0].value->clone();
  gather(x.narrow(0, 0, 32), 1);
  gather(x.narrow(0, 32, 32), 0.5);
  EXPECT_CLOSE(*buffers[0].value, (first + second) / 2, 1e-6, 1e-5);
}

TEST("adversarial networks: the information's gradient reaches generator and auxiliary head, and not the discriminator's own head") {
  for (const std::vector<int64_t>& shape : {std::vector<int64_t>{12, 12}, {20}}) {
    Networks networks(shape);
    const at::Tensor latents = networks.space.draw(16, networks.draw);
    const at::Tensor outputs = networks.auxiliary.forward(
        networks.discriminator.features(networks.generator.forward(latents, Pass::train()), Pass::train()), Pass::train());
    const at::Tensor bound =
        networks.posterior.information(outputs, latents, 0).bound + networks.posterior.information(outputs, latents, 1).bound;
    const auto gradients = [&](const std::vector<Parameter*>& parameters) {
      return torch::autograd::grad({bound}, leaves(parameters), {}, /*retain_graph=*/true, /*create_graph=*/false, /*allow_unused=*/true);
    };
    for (const at::Tensor& gradient : gradients(networks.generator.parameters())) EXPECT(gradient.defined());
    EXPECT(gradients(networks.generator.parameters())[0].abs().max().item<double>() > 0);
    for (const at::Tensor& gradient : gradients(networks.auxiliary.parameters())) EXPECT(gradient.defined());
    const std::vector<at::Tensor> seen = gradients(networks.discriminator.parameters());
    // The last two parameters are the head's weight and bias.
    for (size_t i = 0; i < seen.size(); ++i) EXPECT(seen[i].defined() == (i + 2 < seen.size()));
  }
}

TEST("adversarial networks: the discriminator is frozen in the generator's step, and the generator in the discriminator's") {
  Networks networks({12, 12});
  optim::ScheduleOptions schedule{.epochs = 1,
                                  .optimizer = optim::ScheduleOptions::Optimizer::adam,
                                  .learning_rate = 1e-2,
                                  .decay = optim::ScheduleOptions::Decay::constant,
                                  .final_rate = 1,
                                  .decay_every = 1,
                                  .decay_factor = 1,
                                  .momentum = 0,
                                  .nesterov = false};
  optim::Optimizer of_discriminator("discriminator", networks.discriminator.parameters(), schedule, 1);
  optim::Optimizer of_generator("generator", networks.generator.parameters(), schedule, 1);
  const at::Tensor real = items(16, 144), generated = networks.generator.forward(networks.space.draw(16, networks.draw), Pass::train());
  const auto logits = [&](const at::Tensor& x) {
    return networks.discriminator.logits(networks.discriminator.features(x, Pass::train()), Pass::train());
  };

  const std::vector<at::Tensor> made = values(networks.generator.parameters()), saw = values(networks.discriminator.parameters());
  of_discriminator.minimise(loss::discriminator_loss(logits(real), logits(generated.detach())));
  EXPECT(same(made, networks.generator.parameters()) && !same(saw, networks.discriminator.parameters()));

  const std::vector<at::Tensor> sees = values(networks.discriminator.parameters());
  of_generator.minimise(loss::generator_loss(logits(generated)));
  EXPECT(same(sees, networks.discriminator.parameters()) && !same(made, networks.generator.parameters()));
}
