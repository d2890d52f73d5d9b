#include "cluster/gaussian_mixture.h"

#include "error.h"

#include "../fixtures.h"
#include "../harness.h"
#include "random.h"

using namespace dc;
using namespace dc::test;
using cluster::GaussianMixture;
using data::Rows;

namespace {

const auto kDouble = at::TensorOptions().dtype(at::kDouble);

cluster::GaussianMixtureOptions options_for(int64_t clusters) {
  return {.start = {.clusters = clusters, .restarts = 1, .iterations = 100, .tolerance = 1e-4, .plus_plus = true},
          .restarts = 3,
          .iterations = 200,
          .tolerance = 1e-8,
          .variance_floor = 1e-6};
}
void never() {}

// The mixture of reference values: pi = (.25, .75), mu = (0, 0), (1, -1), var = (1, 4), (.25, 1).
GaussianMixture reference() {
  return {at::tensor({0.25, 0.75}, kDouble).log(), at::tensor({0., 0., 1., -1.}, kDouble).view({2, 2}),
          at::tensor({1., 4., 0.25, 1.}, kDouble).log().view({2, 2})};
}

// log( sum_c pi_c prod_d N(x_d; mu_cd, var_cd) ), as anybody would write it.
double plain_log_density(const at::Tensor& x, const GaussianMixture& mixture) {
  double density = 0;
  const at::Tensor weights = mixture.weights();
  for (int64_t c = 0; c < mixture.clusters(); ++c) {
    double p = weights[c].item<double>();
    for (int64_t d = 0; d < mixture.features(); ++d) {
      const double variance = std::exp(mixture.log_variances[c][d].item<double>()),
                   difference = x[d].item<double>() - mixture.means[c][d].item<double>();
      p *= std::exp(-difference * difference / (2 * variance)) / std::sqrt(2 * M_PI * variance);
    }
    density += p;
  }
  return std::log(density);
}

}  // namespace

TEST("gaussian mixture: log joint densities, hand-worked") {
  const at::Tensor x = at::tensor({0.5, -0.5, 0.7121320, -1.4899495}, kDouble).view({2, 2});
  EXPECT_CLOSE(cluster::log_joint(x, reference()), at::tensor({-4.0735686, -2.0574120, -4.4483783, -1.7181731}, kDouble).view({2, 2}), 1e-6,
               0);
}

TEST("gaussian mixture: several at once are each alone, and one draw at a time is a plain sum of densities") {
  at::Generator generator = make_generator(at::kCPU, 2);
  const at::Tensor x = at::randn({7, 3}, generator, kDouble);
  const GaussianMixture many{at::randn({5, 4}, generator, kDouble), at::randn({5, 4, 3}, generator, kDouble),
                             at::randn({5, 4, 3}, generator, kDouble)};
  const at::Tensor all = cluster::log_joint(x, many);
  EXPECT((all.sizes() == at::IntArrayRef({5, 7, 4})));
  for (int64_t r = 0; r < 5; ++r) {
    const GaussianMixture one{many.logits[r], many.means[r], many.log_variances[r]};
    EXPECT_CLOSE(all[r], cluster::log_joint(x, one), 1e-10, 0);
    for (int64_t i = 0; i < 7; ++i) EXPECT(std::abs(all[r][i].logsumexp(0).item<double>() - plain_log_density(x[i], one)) < 1e-9);
  }
}

TEST("gaussian mixture: far from every component the posterior is still one") {
  const at::Tensor far = at::tensor({1e3, 1e3}, kDouble).view({1, 2});
  EXPECT_CLOSE(cluster::log_joint(far.to(at::kFloat), reference().to(at::kFloat)).softmax(1).sum(1), at::ones({1}), 1e-6, 0);
}

TEST("gaussian mixture: recovers weights, means and variances of a mixture that it was drawn from") {
  const GaussianMixture truth{at::tensor({0.2, 0.5, 0.3}, kDouble).log(), at::tensor({-6., 0., 0., 5., 6., -3.}, kDouble).view({3, 2}),
                              at::tensor({1., 0.25, 4., 1., 0.5, 2.}, kDouble).log().view({3, 2})};
  at::Generator generator = make_generator(at::kCPU, 1);
  const cluster::MixtureDraws draws = cluster::draw(truth, -1, 20000, 0, generator);
  const auto result = cluster::fit_gaussian_mixture(Rows::of(draws.points.to(at::kFloat)), options_for(3), generator, never);
  EXPECT(result.converged);
  const at::Tensor order = result.mixture.means.select(1, 0).argsort();
  EXPECT_CLOSE(result.mixture.weights().index_select(0, order), truth.weights(), 0.02, 0);
  EXPECT_CLOSE(result.mixture.means.index_select(0, order), truth.means, 0.1, 0);
  EXPECT_CLOSE(result.mixture.log_variances.index_select(0, order), truth.log_variances, 0.1, 0);
  const at::Tensor labels = cluster::log_joint(draws.points, result.mixture).argmax(1);
  EXPECT_CLOSE(cluster::log_joint(draws.points, result.mixture).logsumexp(1).mean(), at::scalar_tensor(result.log_likelihood, kDouble),
               1e-4, 0);
}

TEST("gaussian mixture: one component is mean, variance and the density of a Gaussian") {
  const Blobs data = blobs(300, 4, 5);
  at::Generator generator = make_generator(at::kCPU, 1);
  const auto result = cluster::fit_gaussian_mixture(Rows::of(data.items), options_for(1), generator, never);
  const at::Tensor x = data.items.to(at::kDouble);
  EXPECT_CLOSE(result.mixture.means[0], x.mean(0), 1e-4, 0);
  EXPECT_CLOSE(result.mixture.log_variances[0].exp(), x.var(0, false), 1e-3, 1e-4);
}

TEST("gaussian mixture: iterations never lower the likelihood, and more restarts never end lower") {
  at::Generator data_generator = make_generator(at::kCPU, 5);
  const at::Tensor x = at::rand({400, 4}, data_generator, at::TensorOptions());
  const auto likelihood = [&](int64_t iterations, int64_t restarts) {
    at::Generator generator = make_generator(at::kCPU, 2);
    auto options = options_for(5);
    options.iterations = iterations;
    options.restarts = restarts;
    options.tolerance = 0;
    return cluster::fit_gaussian_mixture(Rows::of(x), options, generator, never).log_likelihood;
  };
  double before = likelihood(1, 1);
  for (const int64_t iterations : {2, 4, 8, 16}) {
    const double now = likelihood(iterations, 1);
    EXPECT(now >= before - 1e-9);
    before = now;
  }
  EXPECT(likelihood(20, 6) >= likelihood(20, 1));
}

TEST("gaussian mixture: the unit of the data does not matter") {
  const Blobs data = blobs(300, 4, 5);
  const auto fitted = [&](double scale) {
    at::Generator generator = make_generator(at::kCPU, 1);
    return cluster::fit_gaussian_mixture(Rows::of(data.items * scale), options_for(4), generator, never);
  };
  const auto one = fitted(1);
  for (const double scale : {1e-3, 1e3}) {
    const auto other = fitted(scale);
    EXPECT_CLOSE(other.mixture.means / scale, one.mixture.means, 1e-3, 1e-4);
    EXPECT(std::abs(other.log_likelihood - (one.log_likelihood - 5 * std::log(scale))) < 1e-3);
    EXPECT(other.mixture.log_variances.isfinite().all().item<bool>());
  }
}

TEST("gaussian mixture: constant features and as many components as items stay finite") {
  at::Generator generator = make_generator(at::kCPU, 1);
  for (const at::Tensor& x : {at::ones({20, 3}), at::eye(4)}) {
    const auto result = cluster::fit_gaussian_mixture(Rows::of(x), options_for(4), generator, never);
    for (const at::Tensor& tensor : {result.mixture.logits, result.mixture.means, result.mixture.log_variances})
      EXPECT(tensor.isfinite().all().item<bool>());
  }
  EXPECT(code_of([&] { cluster::fit_gaussian_mixture(Rows::of(at::rand({3, 2})), options_for(4), generator, never); }) == "RangeError");
  EXPECT(code_of([&] { cluster::fit_gaussian_mixture(Rows::of(at::rand({30, 2})), options_for(4), generator, [] { throw Aborted(); }); }) ==
         "ABORTED");
}

TEST("gaussian mixture: of labels are shares, means and variances; an empty group stays finite") {
  const at::Tensor x = at::tensor({0.f, 2.f, 10.f, 10.f}).view({4, 1});
  const GaussianMixture mixture = cluster::mixture_of_labels(x, at::tensor({0, 0, 1, 1}, at::kLong), 3, 0.01);
  EXPECT_CLOSE(mixture.means.view({3}), at::tensor({1., 10., 5.5}), 1e-6, 0);
  EXPECT_CLOSE(mixture.log_variances.view({3}).exp(), at::tensor({1., 0.01, 20.75}), 1e-5, 0);
  EXPECT_CLOSE(mixture.logits.exp(), at::tensor({0.5, 0.5, 0.25}), 1e-6, 0);
}

TEST("gaussian mixture: draws keep to the posterior that was asked for, or say that it cannot be reached") {
  at::Generator generator = make_generator(at::kCPU, 1);
  const cluster::MixtureDraws draws = cluster::draw(reference(), 1, 500, 0.95, generator);
  EXPECT(draws.points.size(0) == 500 && draws.components.eq(1).all().item<bool>());
  EXPECT(cluster::log_joint(draws.points, reference()).softmax(1).select(1, 1).ge(0.95).all().item<bool>());
  const GaussianMixture same{at::zeros({2}, kDouble), at::zeros({2, 2}, kDouble), at::zeros({2, 2}, kDouble)};
  EXPECT(code_of([&] { cluster::draw(same, 0, 5, 0.9, generator); }) == "RangeError");
}
