#include "cluster/mutual_information.h"

#include <ATen/ops/_foreach_add.h>
#include <ATen/ops/_fused_adam.h>

namespace dc::cluster {

namespace {

constexpr double kLeastProbability = 1e-8;  // of a pair of clusters, so that its logarithm stays finite
constexpr double kMostLogVariance = 4;
constexpr double kFinalRate = 0.05;

// k-means on a few items each, one start each.
GaussianMixture starts(const at::Tensor& codes, const MutualInformationOptions& options, at::Generator& generator,
                       const std::function<void()>& poll) {
  const KMeansOptions kmeans_options{.clusters = options.clusters, .restarts = 1, .iterations = 100, .tolerance = 1e-4, .plus_plus = true};
  std::vector<at::Tensor> logits, means, log_variances;
  for (int64_t restart = 0; restart < options.restarts; ++restart) {
    const int64_t count = std::min(options.start_items, codes.size(0));
    const at::Tensor chosen = at::randperm(codes.size(0), generator, codes.options().dtype(at::kLong)).narrow(0, 0, count);
    const at::Tensor rows = codes.index_select(0, chosen);
    const GaussianMixture mixture = mixture_of_labels(rows, kmeans(Rows::of(rows), kmeans_options, generator, poll).labels,
                                                      options.clusters, std::exp(options.least_log_variance));
    logits.push_back(mixture.logits);
    means.push_back(mixture.means);
    log_variances.push_back(mixture.log_variances.clamp_max(kMostLogVariance));
  }
  return {at::stack(logits), at::stack(means), at::stack(log_variances)};
}

// [r] for codes a and b, both [n, d], under r mixtures at once.
at::Tensor between(const at::Tensor& a, const at::Tensor& b, const GaussianMixture& mixtures) {
  const at::Tensor posterior = log_joint(at::cat({a, b}), mixtures).softmax(-1);  // [r, 2 n, k]
  return mutual_information(posterior.narrow(-2, 0, a.size(0)), posterior.narrow(-2, a.size(0), b.size(0)));
}

}  // namespace

at::Tensor mutual_information(const at::Tensor& a, const at::Tensor& b) {
  const at::NoTF32Guard exact;
  const at::Tensor joint = at::matmul(a.transpose(-2, -1), b) / static_cast<double>(a.size(-2));
  const at::Tensor p = ((joint + joint.transpose(-2, -1)) / 2).clamp_min(kLeastProbability);
  // sum_ij P_ij ( log P_ij - log P_i - log P_j )
  const at::Tensor marginal = p.sum(-1).log();
  return (p * (p.log() - marginal.unsqueeze(-1) - marginal.unsqueeze(-2))).sum({-2, -1});
}

MutualInformationResult mixture_by_mutual_information(const at::Tensor& views, const MutualInformationOptions& options,
                                                      at::Generator& generator, const std::function<void()>& poll) {
  at::NoGradGuard no_grad;
  const int64_t count = views.size(0), n = views.size(1);
  GaussianMixture mixtures = starts(views[0], options, generator, poll);
  std::vector<at::Tensor> parameters{mixtures.logits, mixtures.means, mixtures.log_variances}, moment1, moment2, steps;
  for (at::Tensor& parameter : parameters) {
    parameter.requires_grad_(true);
    moment1.push_back(at::zeros_like(parameter));
    moment2.push_back(at::zeros_like(parameter));
    steps.push_back(at::zeros({}, parameter.options().requires_grad(false)));
  }
  std::vector<std::pair<int64_t, int64_t>> pairs;
  for (int64_t i = 0; i < count; ++i) {
    for (int64_t j = i + 1; j < count; ++j) pairs.emplace_back(i, j);
  }

  for (int64_t step = 0; step < options.steps; ++step) {
    poll();
    const auto [i, j] = pairs[static_cast<size_t>(step) % pairs.size()];
    const at::Tensor batch = at::randperm(n, generator, views.options().dtype(at::kLong)).narrow(0, 0, std::min(options.batch_size, n));
    std::vector<at::Tensor> gradients;
    {
      const at::AutoGradMode on(true);
      gradients =
          torch::autograd::grad({-between(views[i].index_select(0, batch), views[j].index_select(0, batch), mixtures).sum()}, parameters);
    }
    // The fused kernel walks through memory: a gradient that came through a transpose would be taken in another order.
    for (at::Tensor& gradient : gradients) gradient = gradient.contiguous();
    const double progress = static_cast<double>(step) / static_cast<double>(options.steps);
    const double rate = options.learning_rate * (kFinalRate + (1 - kFinalRate) * 0.5 * (1 + std::cos(M_PI * progress)));
    std::vector<at::Tensor> values;
    for (const at::Tensor& parameter : parameters) values.push_back(parameter.detach());
    at::_foreach_add_(steps, 1);
    at::_fused_adam_(values, gradients, moment1, moment2, {}, steps, rate, /*beta1=*/0.9, /*beta2=*/0.999, /*weight_decay=*/0, /*eps=*/1e-8,
                     /*amsgrad=*/false, /*maximize=*/false);
    values[2].clamp_(options.least_log_variance, kMostLogVariance);
  }

  at::Tensor information = at::zeros({options.restarts}, views.options());
  for (const auto& [i, j] : pairs) {
    poll();
    information += between(views[i], views[j], mixtures) / static_cast<double>(pairs.size());
  }
  const at::Tensor best = information.argmax();
  const auto chosen = [&](const at::Tensor& of) { return of.detach().index_select(0, best.view({1})).squeeze(0); };
  return {{chosen(mixtures.logits), chosen(mixtures.means), chosen(mixtures.log_variances)}, information.max().item<double>()};
}

}  // namespace dc::cluster
