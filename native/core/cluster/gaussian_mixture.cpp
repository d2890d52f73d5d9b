#include "cluster/gaussian_mixture.h"

#include <sstream>

#include "data/moments.h"
#include "error.h"

namespace dc::cluster {

namespace {

constexpr int64_t kBlock = 8192;  // rows at a time: sums over blocks are rounded in this order

// x' = (x - shift) / scale gives each feature mean 0 and deviation 1. The likelihood of a diagonal mixture moves by a constant
// under it, so the fit does not depend on the units of the features, and products of large numbers cannot cancel.
struct Standardised {
  Rows rows;                // float32
  at::Tensor shift, scale;  // float64 [d]
};

Standardised standardise(const Rows& rows, const Poll& poll) {
  const data::Moments moments = data::moments_of(rows, poll);
  const at::Tensor shift = moments.mean;
  const at::Tensor scale =
      at::where(moments.variance > 0, moments.variance.sqrt(), at::ones_like(moments.variance));  // a constant feature stays 0
  return {rows.changed([shift, scale](const at::Tensor& x) { return ((x.to(at::kDouble) - shift) / scale).to(at::kFloat); }), shift, scale};
}

// Sums over the items of responsibilities r_nc, r_nc x_n and r_nc x_n^2.
struct Responsibilities {
  at::Tensor count, first, second;  // float64 [k], [k, d], [k, d]

  Responsibilities(int64_t k, int64_t d, const at::TensorOptions& options)
      : count(at::zeros({k}, options)),
        first(at::zeros({k, d}, options)),
        second(at::zeros({k, d}, options)) {}

  void add(const at::Tensor& x, const at::Tensor& responsibilities) {
    count += responsibilities.sum(0);
    first.addmm_(responsibilities.t(), x);
    second.addmm_(responsibilities.t(), x.square());
  }

  // pi_c = N_c / N;  mu_c = sum r x / N_c;  sigma_c^2 = sum r x^2 / N_c - mu_c^2, at least the floor
  GaussianMixture maximised(double floor) const {
    const at::Tensor members = count.clamp_min(1e-10).unsqueeze(1);
    const at::Tensor means = first / members;
    const at::Tensor variances = (second / members - means.square()).clamp_min(floor);
    return {(count.clamp_min(1e-10) / count.sum()).log(), means, variances.log()};
  }
};

GaussianMixtureResult run_once(const Rows& rows, const GaussianMixtureOptions& options, at::Generator& generator, const Poll& poll) {
  const int64_t k = options.start.clusters;
  const auto doubles = at::TensorOptions().dtype(at::kDouble).device(rows.device);
  const at::Tensor labels = kmeans(rows, options.start, generator, poll).labels;
  const auto over_blocks = [&](const auto& visit) {
    each_block(rows, poll, [&](int64_t begin, int64_t, const at::Tensor& x) { visit(begin, x.to(at::kDouble)); }, kBlock);
  };

  Responsibilities start(k, rows.d, doubles);
  over_blocks(
      [&](int64_t begin, const at::Tensor& x) { start.add(x, at::one_hot(labels.narrow(0, begin, x.size(0)), k).to(at::kDouble)); });
  GaussianMixtureResult result{start.maximised(options.variance_floor), 0, 0, false};
  const auto likelihood_and_sums = [&](Responsibilities* sums) {
    at::Tensor total = at::zeros({}, doubles);
    over_blocks([&](int64_t, const at::Tensor& x) {
      // r_nc = p(c | x_n), from the log joint by its log-sum-exp
      const at::Tensor joint = log_joint(x, result.mixture);
      const at::Tensor density = joint.logsumexp(1, true);
      total += density.sum();
      if (sums) sums->add(x, (joint - density).exp());
    });
    return total.item<double>() / static_cast<double>(rows.n);
  };

  double before = -std::numeric_limits<double>::infinity();
  while (result.iterations < options.iterations && !result.converged) {
    Responsibilities sums(k, rows.d, doubles);
    const double now = likelihood_and_sums(&sums);
    result.mixture = sums.maximised(options.variance_floor);
    ++result.iterations;
    result.converged = std::abs(now - before) < options.tolerance;
    before = now;
  }
  result.log_likelihood = likelihood_and_sums(nullptr);
  return result;
}

// a + x y
at::Tensor sum_of_product(const at::Tensor& a, const at::Tensor& x, const at::Tensor& y) {
  const at::NoTF32Guard exact;
  return y.dim() == 2 ? at::addmm(a, x, y) : at::matmul(x, y) + a;
}

}  // namespace

MixtureDensity::MixtureDensity(const GaussianMixture& mixture) : log_weights_(at::log_softmax(mixture.logits, -1)) {
  const at::Tensor precision = mixture.log_variances.neg().exp();
  const at::Tensor scaled_means = mixture.means * precision, half = precision * -0.5;
  spread_ = half.transpose(-2, -1);
  factors_ = at::cat({half, scaled_means}, -1).transpose(-2, -1);
  const double constant = 0.5 * std::log(2 * M_PI) * static_cast<double>(mixture.features());
  offset_ = at::sub(log_weights_ - constant, (mixture.log_variances + scaled_means * mixture.means).sum(-1), 0.5).unsqueeze(-2);
}

at::Tensor MixtureDensity::log_joint(const at::Tensor& x) const {
  // (z - mu)^2 / s^2 = z^2 / s^2 - 2 z mu / s^2 + mu^2 / s^2
  return sum_of_product(offset_, at::cat({x.square(), x}, -1), factors_);
}

at::Tensor MixtureDensity::expected_log_joint(const at::Tensor& at_mean, const at::Tensor& variance) const {
  // E (z - mu)^2 / s^2 = (E z - mu)^2 / s^2 + Var z / s^2
  return sum_of_product(at_mean, variance, spread_);
}

at::Tensor log_joint(const at::Tensor& x, const GaussianMixture& mixture) { return MixtureDensity(mixture).log_joint(x); }

GaussianMixture mixture_of_labels(const at::Tensor& x, const at::Tensor& labels, int64_t clusters, double least_variance) {
  at::NoGradGuard no_grad;
  const auto doubles = x.options().dtype(at::kDouble);
  const at::Tensor count = at::bincount(labels, {}, clusters).to(at::kDouble), members = count.clamp_min(1).unsqueeze(1);
  // The means over the members of each cluster of what `of` makes of rows, by products with the indicator matrix.
  const auto means_of = [&](const auto& of) {
    at::Tensor sums = at::zeros({clusters, x.size(1)}, doubles);
    for (int64_t begin = 0; begin < x.size(0); begin += kBlock) {
      const at::Tensor own = labels.slice(0, begin, begin + kBlock);
      sums.addmm_(at::one_hot(own, clusters).to(at::kDouble).t(), of(x.slice(0, begin, begin + kBlock).to(at::kDouble), own));
    }
    return sums / members;
  };
  at::Tensor means = means_of([](const at::Tensor& rows, const at::Tensor&) { return rows; });
  // Deviations from the own mean, so that a large common offset costs no precision.
  at::Tensor variances =
      means_of([&](const at::Tensor& rows, const at::Tensor& own) { return (rows - means.index_select(0, own)).square(); });
  const at::Tensor empty = count.eq(0).unsqueeze(1);
  if (empty.any().item<bool>()) {
    const data::Moments all = data::moments_of(Rows::of(x), [] {});
    means = at::where(empty, all.mean, means);
    variances = at::where(empty, all.variance, variances);
  }
  variances = variances.clamp_min(least_variance);
  const at::ScalarType type = x.scalar_type();
  return {(members.squeeze(1) / static_cast<double>(x.size(0))).log().to(type), means.to(type), variances.log().to(type)};
}

MixtureDraws draw(const GaussianMixture& mixture, int64_t component, int64_t count, double least_posterior, at::Generator& generator) {
  at::NoGradGuard no_grad;
  constexpr int64_t kRounds = 100, kLeastDraws = 1024;
  const int64_t drawn = std::max(count, kLeastDraws);
  std::vector<at::Tensor> points, components;
  int64_t kept = 0;
  for (int64_t round = 0; round < kRounds && kept < count; ++round) {
    const at::Tensor own = component >= 0 ? at::full({drawn}, component, mixture.means.options().dtype(at::kLong))
                                          : at::multinomial(mixture.weights(), drawn, /*replacement=*/true, generator);
    const at::Tensor centers = mixture.means.index_select(0, own);
    // z = mu_c + sigma_c noise
    const at::Tensor z = at::addcmul(centers, (mixture.log_variances.index_select(0, own) / 2).exp(),
                                     at::randn(centers.sizes(), generator, centers.options()));
    const at::Tensor posterior = log_joint(z, mixture).softmax(1).gather(1, own.unsqueeze(1)).squeeze(1);
    const at::Tensor taken = posterior.ge(least_posterior).nonzero().squeeze(1);
    points.push_back(z.index_select(0, taken));
    components.push_back(own.index_select(0, taken));
    kept += taken.size(0);
  }
  if (kept < count) {
    std::ostringstream message;
    message << "Expected a posterior that samples reach for `minPosterior` but received " << least_posterior << ": of " << drawn * kRounds
            << " samples " << kept << " had one";
    throw Error("RangeError", message.str());
  }
  return {at::cat(points).narrow(0, 0, count), at::cat(components).narrow(0, 0, count)};
}

GaussianMixtureResult fit_gaussian_mixture(const Rows& rows, const GaussianMixtureOptions& options, at::Generator& generator,
                                           const Poll& poll) {
  at::NoGradGuard no_grad;
  const Standardised data = standardise(rows, poll);
  std::optional<GaussianMixtureResult> best;
  for (int64_t restart = 0; restart < options.restarts; ++restart) {
    GaussianMixtureResult result = run_once(data.rows, options, generator, poll);
    if (!best || result.log_likelihood > best->log_likelihood) best = std::move(result);
  }
  // Back to the units of the data: x = x' scale + shift, and the density by the factor 1 / prod_d scale_d.
  best->mixture.means = best->mixture.means * data.scale + data.shift;
  best->mixture.log_variances = best->mixture.log_variances + 2 * data.scale.log();
  best->log_likelihood -= data.scale.log().sum().item<double>();
  return *best;
}

}  // namespace dc::cluster
