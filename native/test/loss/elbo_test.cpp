#include "loss/elbo.h"

#include "../harness.h"
#include "random.h"
#include "run/run.h"

using namespace dc;

namespace {

const auto kDouble = at::TensorOptions().dtype(at::kDouble);
at::Tensor numbers(const std::vector<double>& values, std::vector<int64_t> shape) { return at::tensor(values, kDouble).view(shape); }

// D = 2, K = 2: pi = (.25, .75), mu = (0, 0), (1, -1), var = (1, 4), (.25, 1); q has mean (.5, -.5), variance (.5, 2).
const cluster::GaussianMixture kPrior{numbers({0.25, 0.75}, {2}).log(), numbers({0, 0, 1, -1}, {2, 2}),
                                      numbers({1, 4, 0.25, 1}, {2, 2}).log()};
const nn::DiagonalGaussian kPosterior{numbers({0.5, -0.5}, {1, 2}), numbers({0.5, 2}, {1, 2}).log()};

struct Case {
  std::vector<double> noise, z, gamma;
  double clusters, total;
};
const Case kCases[] = {{{0, 0}, {0.5, -0.5}, {0.1175170, 0.8824830}, 0.0548393, 1.9398949},
                       {{0.3, -0.7}, {0.7121320, -1.4899495}, {0.0612144, 0.9387856}, 0.1246370, 2.0424864}};

loss::MixtureDivergence divergence_of(const nn::DiagonalGaussian& q, const at::Tensor& z, const cluster::MixtureDensity& prior) {
  return loss::mixture_divergence(q, prior.log_joint(z), prior.log_joint(q.mean), prior);
}

}  // namespace

TEST("elbo: VaDE's loss, hand-worked") {
  // x = (1, 0, .5), x^ = (.9, .2, .5)
  const at::Tensor x = numbers({1, 0, 0.5}, {3}), rebuilt = numbers({0.9, 0.2, 0.5}, {3});
  const double cross_entropy = at::binary_cross_entropy_with_logits(rebuilt.logit(), x, {}, {}, at::Reduction::Sum).item<double>();
  EXPECT(std::abs(cross_entropy - 1.0216512) < 1e-6);
  for (const Case& given : kCases) {
    const at::Tensor z = nn::reparameterised(kPosterior, numbers(given.noise, {1, 2}));
    EXPECT_CLOSE(z, numbers(given.z, {1, 2}), 1e-6, 0);
    const auto divergence = divergence_of(kPosterior, z, kPrior);
    EXPECT_CLOSE(divergence.log_posterior.exp(), numbers(given.gamma, {1, 2}), 1e-6, 0);
    EXPECT_CLOSE(divergence.clusters, numbers({given.clusters}, {1}), 1e-6, 0);
    EXPECT(std::abs(cross_entropy + divergence.value.item<double>() - given.total) < 1e-6);
  }
}

TEST("elbo: the gathered form equals the three latent terms of the paper") {
  const auto divergence = divergence_of(kPosterior, kPosterior.mean, kPrior);
  // sum_c gamma_c KL_c with KL = .3493972, .9318528; and 1.8634044 - 1.0 + .0548393
  EXPECT_CLOSE(divergence.value - divergence.clusters, numbers({0.1175170 * 0.3493972 + 0.8824830 * 0.9318528}, {1}), 1e-6, 0);
  EXPECT(std::abs(divergence.value.item<double>() - (1.8634044 - 1.0 + 0.0548393)) < 1e-6);
}

TEST("elbo: one component N(0, I) is the plain VAE, equal components give gamma = pi") {
  at::Generator generator = make_generator(at::kCPU, 4);
  const nn::DiagonalGaussian q{at::randn({6, 3}, generator, kDouble), at::randn({6, 3}, generator, kDouble)};
  const at::Tensor z = nn::reparameterised(q, at::randn({6, 3}, generator, kDouble));
  const auto one =
      divergence_of(q, z, cluster::GaussianMixture{at::zeros({1}, kDouble), at::zeros({1, 3}, kDouble), at::zeros({1, 3}, kDouble)});
  EXPECT_CLOSE(one.value, loss::standard_divergence(q), 1e-10, 0);

  const at::Tensor logits = at::randn({4}, generator, kDouble);
  const auto equal = divergence_of(q, z, cluster::GaussianMixture{logits, at::ones({4, 3}, kDouble), at::ones({4, 3}, kDouble)});
  EXPECT_CLOSE(equal.log_posterior.exp(), logits.softmax(0).expand({6, 4}), 1e-10, 0);
  EXPECT_CLOSE(equal.clusters, at::zeros({6}, kDouble), 1e-10, 0);
}

TEST("elbo: the divergence from N(0, I), hand-worked") {
  // m = (1, 0), s^2 = (1, 4): -1/2 [ (1 + 0 - 1 - 1) + (1 + ln 4 - 0 - 4) ] = 1/2 + (3 - ln 4) / 2
  const nn::DiagonalGaussian q{numbers({1, 0}, {1, 2}), numbers({1, 4}, {1, 2}).log()};
  EXPECT_CLOSE(loss::standard_divergence(q), numbers({0.5 + (3 - std::log(4.)) / 2}, {1}), 1e-12, 0);
}

TEST("elbo: permuted components permute the posterior and change nothing else") {
  const at::Tensor swap = at::tensor({1, 0}, at::kLong);
  const cluster::GaussianMixture swapped{kPrior.logits.index_select(0, swap), kPrior.means.index_select(0, swap),
                                         kPrior.log_variances.index_select(0, swap)};
  const at::Tensor z = nn::reparameterised(kPosterior, numbers({0.3, -0.7}, {1, 2}));
  const auto a = divergence_of(kPosterior, z, kPrior), b = divergence_of(kPosterior, z, swapped);
  EXPECT_CLOSE(b.log_posterior, a.log_posterior.flip(1), 1e-12, 0);
  EXPECT_CLOSE(b.value, a.value, 1e-12, 0);
  EXPECT_CLOSE(b.clusters, a.clusters, 1e-12, 0);
}

TEST("elbo: gradients are those of finite differences, through the sample and gamma too") {
  at::Generator generator = make_generator(at::kCPU, 8);
  std::vector<at::Tensor> inputs{at::randn({5, 3}, generator, kDouble), at::randn({5, 3}, generator, kDouble),
                                 at::randn({4}, generator, kDouble), at::randn({4, 3}, generator, kDouble),
                                 at::randn({4, 3}, generator, kDouble)};
  const at::Tensor noise = at::randn({5, 3}, generator, kDouble);
  const auto value = [&](const std::vector<at::Tensor>& in) {
    const nn::DiagonalGaussian q{in[0], in[1]};
    const auto divergence = divergence_of(q, nn::reparameterised(q, noise), cluster::GaussianMixture{in[2], in[3], in[4]});
    return divergence.value.sum();
  };
  for (at::Tensor& input : inputs) input.requires_grad_(true);
  const std::vector<at::Tensor> gradients = torch::autograd::grad({value(inputs)}, inputs);
  at::NoGradGuard no_grad;
  for (size_t which = 0; which < inputs.size(); ++which) {
    for (int64_t i = 0; i < inputs[which].numel(); ++i) {
      const double step = 1e-5;
      const auto moved = [&](double by) {
        std::vector<at::Tensor> in;
        for (const at::Tensor& input : inputs) in.push_back(input.detach().clone());
        in[which].view({-1})[i] += by;
        return value(in).item<double>();
      };
      const double difference = (moved(step) - moved(-step)) / (2 * step), wanted = gradients[which].reshape({-1})[i].item<double>();
      EXPECT(std::abs(difference - wanted) < 1e-6 * std::max(1., std::abs(wanted)));
    }
  }
}

TEST("elbo: finite, with finite gradients, where every density underflows") {
  for (const double scale : {1e-3, 1e3}) {
    at::Tensor mean = (at::ones({3, 10}) * scale).requires_grad_(true), log_variance = at::full({3, 10}, -4.).requires_grad_(true);
    const cluster::GaussianMixture prior{at::zeros({4}), at::randn({4, 10}), at::full({4, 10}, -6.)};
    const nn::DiagonalGaussian q{mean, log_variance};
    const auto divergence = divergence_of(q, nn::reparameterised(q, at::randn({3, 10})), prior);
    const at::Tensor loss = divergence.value.sum();
    EXPECT(loss.isfinite().item<bool>());
    for (const at::Tensor& gradient : torch::autograd::grad({loss}, {mean, log_variance})) EXPECT(gradient.isfinite().all().item<bool>());
  }
}
