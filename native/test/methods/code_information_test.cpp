#include "methods/code_information.h"

#include "../harness.h"
#include "loss/adversarial.h"
#include "methods/adversarial_balance.h"
#include "random.h"
#include "run/run.h"

using namespace dc;
using namespace dc::test;
using methods::LatentSpace;

namespace {

at::Tensor row(std::vector<double> values) { return at::tensor(values, at::kDouble).to(at::kFloat).unsqueeze(0); }

// One dimension of noise, then the code.
methods::CodePosterior::Information information(const std::string& code, std::vector<double> outputs, std::vector<double> drawn,
                                                bool learned = false, double least = -4) {
  const LatentSpace space(code, 1, LatentSpace::Noise::uniform);
  drawn.insert(drawn.begin(), 0);
  return methods::CodePosterior(space, learned, least).information(row(std::move(outputs)), row(std::move(drawn)), 0);
}

}  // namespace

TEST("code information: fixed values") {
  // Logits (2, 0, -1), category 0: cross-entropy 0.1698460, bound ln 3 - that.
  EXPECT_CLOSE(information("cat3", {2, 0, -1}, {1, 0, 0}).bound, at::scalar_tensor(0.9287663), 1e-6, 0);
  EXPECT_CLOSE(information("cat3", {2, 0, -1}, {1, 0, 0}).share, at::scalar_tensor(0.9287663 / std::log(3.)), 1e-6, 0);
  // c = 0.5, mean 0.2, deviation 1: negative log-likelihood 0.9639385; H(U(-1, 1)) = ln 2.
  EXPECT_CLOSE(information("uniform", {0.2}, {0.5}).bound, at::scalar_tensor(0.6931472 - 0.9639385), 1e-6, 0);
  EXPECT_CLOSE(information("uniform", {0.2}, {0.5}).share, at::scalar_tensor(1 - 0.09 * 3), 1e-6, 0);
  // H(N(0, 1)) = 1/2 ln 2 pi e = 1.4189385.
  EXPECT_CLOSE(information("gaussian", {0.2}, {0.5}).bound, at::scalar_tensor(1.4189385 - 0.9639385), 1e-6, 0);
}

TEST("code information: a learned variance is bounded from below, smoothly") {
  // Far above its bound the output is the log variance itself: ln 2 pi + 2 + 0.09 exp(-2), halved.
  EXPECT_CLOSE(information("uniform", {0.2, 2}, {0.5}, true, -20).bound,
               at::scalar_tensor(std::log(2.) - 0.5 * (std::log(2 * M_PI) + 2 + 0.09 * std::exp(-2.))), 1e-5, 0);
  // Whatever the output, no more than at the bound.
  const double most = std::log(2.) - 0.5 * (std::log(2 * M_PI) - 4);
  EXPECT_CLOSE(information("uniform", {0.5, -1000}, {0.5}, true).bound, at::scalar_tensor(most), 1e-5, 0);
  at::Tensor outputs = row({0.5, -6}).requires_grad_(true);
  const LatentSpace space("uniform", 1, LatentSpace::Noise::uniform);
  const at::Tensor bound = methods::CodePosterior(space, true, -4).information(outputs, row({0, 0.9}), 0).bound;
  EXPECT(torch::autograd::grad({bound}, {outputs})[0][0][1].item<double>() != 0);
}

TEST("code information: the bound and its gradients are those of float64 to a float's precision, however low the least variance") {
  const LatentSpace space("gaussian", 1, LatentSpace::Noise::uniform);
  for (const double least : {-4.0, -10.0, -20.0}) {
    for (const double output : {least - 12, least - 3, least, least + 0.5, least + 8, 3.0}) {
      for (const double difference : {1e-3, 0.3, 2.0}) {
        const auto value_and_gradient = [&](at::ScalarType type) {
          at::Tensor outputs = at::tensor({0., output}, at::kDouble).to(type).unsqueeze(0).requires_grad_(true);
          const at::Tensor latents = at::tensor({0., difference}, at::kDouble).to(at::kFloat).to(type).unsqueeze(0);
          const at::Tensor bound = methods::CodePosterior(space, true, least).information(outputs, latents, 0).bound;
          return std::pair(bound.detach(), torch::autograd::grad({bound}, {outputs})[0]);
        };
        const auto [value, gradient] = value_and_gradient(at::kFloat);
        const auto [wanted_value, wanted_gradient] = value_and_gradient(at::kDouble);
        EXPECT_CLOSE(value, wanted_value, 3e-6, 5e-7);
        EXPECT_CLOSE(gradient, wanted_gradient, 1e-6, 1e-6);
      }
    }
  }
}

TEST("code information: the parts of several codes lie side by side, in outputs and in inputs") {
  const LatentSpace space("cat3,uniform,cat2,gaussian", 5, LatentSpace::Noise::gaussian);
  EXPECT(space.width() == 5 + 3 + 1 + 2 + 1);
  const methods::CodePosterior fixed(space, false, -4), learned(space, true, -4);
  EXPECT(fixed.outputs() == 7 && learned.outputs() == 9);
  at::Generator generator = make_generator(at::kCPU, 1);
  const at::Tensor latents = space.draw(2000, generator);
  EXPECT(space.part(latents, 0).sum(1).eq(1).all().item<bool>() && space.part(latents, 2).sum(1).eq(1).all().item<bool>());
  EXPECT_CLOSE(space.part(latents, 0).mean(0), at::full({3}, 1.0 / 3), 0.05, 0);
  EXPECT(space.part(latents, 1).abs().max().item<double>() <= 1);
  EXPECT_CLOSE(space.part(latents, 3).std(), at::scalar_tensor(1.0), 0.06, 0);
  const at::Tensor outputs = at::randn({4, 9}, generator, at::TensorOptions().dtype(at::kFloat)), codes = learned.read(outputs);
  EXPECT((codes.sizes() == at::IntArrayRef({4, 7})));
  EXPECT(codes.select(1, 3).equal(outputs.select(1, 3)) && codes.select(1, 6).equal(outputs.select(1, 7)));
  EXPECT_CLOSE(codes.narrow(1, 4, 2), outputs.narrow(1, 5, 2).softmax(1), 1e-6, 0);
}

TEST("code information: values that are given stay, the others are drawn as before; codes that are none are refused") {
  const LatentSpace space("cat3,uniform", 2, LatentSpace::Noise::uniform);
  at::Generator one = make_generator(at::kCPU, 1), other = make_generator(at::kCPU, 1);
  const at::Tensor drawn = space.draw(10, one), fixed = space.draw(10, {2, NAN}, other);
  EXPECT(fixed.narrow(1, 0, 2).equal(drawn.narrow(1, 0, 2)) && fixed.narrow(1, 5, 1).equal(drawn.narrow(1, 5, 1)));
  EXPECT(space.part(fixed, 0).select(1, 2).eq(1).all().item<bool>() && space.part(fixed, 0).sum().item<double>() == 10);
  for (const std::string codes : {"cat1", "cat", "cat10x", "bernoulli", "uniform,,uniform"}) {
    EXPECT(code_of([&] { LatentSpace(codes, 2, LatentSpace::Noise::uniform); }) == "RangeError");
  }
  EXPECT(LatentSpace("none", 2, LatentSpace::Noise::uniform).codes().empty());
}

TEST("adversarial loss: on logits, also where log D would be infinite") {
  const auto logits = [](double value) { return at::full({2}, value, at::kFloat); };
  EXPECT_CLOSE(loss::discriminator_loss(logits(0), logits(0)), at::scalar_tensor(2 * std::log(2.)), 1e-6, 0);
  EXPECT_CLOSE(loss::discriminator_loss(logits(1), logits(-2)), at::scalar_tensor(std::log1p(std::exp(-1.)) + std::log1p(std::exp(-2.))),
               1e-6, 0);
  EXPECT_CLOSE(loss::generator_loss(logits(-200)), at::scalar_tensor(200.0), 1e-4, 0);
  EXPECT_CLOSE(loss::generator_loss(logits(3)), at::scalar_tensor(std::log1p(std::exp(-3.))), 1e-6, 0);
}

TEST("adversarial balance: scores and diversity of a step; a state is warned of once, when it has held for three epochs or at the end") {
  const at::Tensor real = at::tensor({0.0, 0.0, 2.0, 2.0}, at::kFloat).view({2, 2});
  const std::vector<at::Tensor> terms =
      methods::AdversarialBalance::terms(at::full({2}, 2.0, at::kFloat), at::full({2}, -2.0, at::kFloat), real, real / 2);
  EXPECT_CLOSE(terms[0], at::scalar_tensor(1 / (1 + std::exp(-2.))), 1e-6, 0);
  EXPECT_CLOSE(terms[1], at::scalar_tensor(1 / (1 + std::exp(2.))), 1e-6, 0);
  EXPECT_CLOSE(terms[2], at::scalar_tensor(0.5), 1e-6, 0);

  std::vector<std::string> warnings;
  run::Run::Hooks hooks;
  hooks.listener = [&](const run::Event& event) { warnings.push_back(event.message); };
  const run::Run run(0, at::kCPU, hooks);
  const double won[] = {0.99, 0.01, 1.0}, fair[] = {0.6, 0.4, 1.0}, collapsed[] = {0.6, 0.4, 0.04};
  methods::AdversarialBalance balance;
  for (const double* means : {won, won, fair, won, won}) balance.judge(means, false, run);
  EXPECT(warnings.empty());
  balance.judge(won, false, run);
  balance.judge(won, false, run);
  EXPECT(warnings.size() == 1 && warnings[0].starts_with("The discriminator has won: it gives real items 0.99 and generated ones 0.01"));
  balance.judge(collapsed, true, run);
  EXPECT(warnings.size() == 2 && warnings[1].starts_with("The generator has collapsed: its items vary 0.04 times as much as the data"));
  methods::warn_of_ignored_codes({0.9, 0.02}, run);
  EXPECT(warnings.size() == 3 &&
         warnings[2].starts_with("The generator ignores the code c2: its items tell 0.02 of what there is to know of it"));
}
