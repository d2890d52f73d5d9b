#include "cluster/mutual_information.h"

#include "optim/optimizer.h"

namespace dc::cluster {

namespace {

constexpr double kLeastProbability = 1e-8;  // of a pair of clusters, so that its logarithm stays finite
constexpr double kMostLogVariance = 4;
constexpr double kFinalRate = 0.05;

// k-means on a few items each, one start each.
GaussianMixture starts(const at::Tensor& codes, const MutualInformationOptions& options, at::Generator& generator, const Poll& poll) {
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
                                                      at::Generator& generator, const Poll& poll) {
  at::NoGradGuard no_grad;
  const int64_t count = views.size(0), n = views.size(1);
  const GaussianMixture start = starts(views[0], options, generator, poll);
  Parameter logits = Parameter::make("logits", start.logits, Precision::float32),
            means = Parameter::make("means", start.means, Precision::float32),
            log_variances = Parameter::make("log_variances", start.log_variances, Precision::float32);
  const GaussianMixture mixtures{logits.leaf, means.leaf, log_variances.leaf};
  const optim::ScheduleOptions schedule{.epochs = static_cast<double>(options.steps),
                                        .optimizer = optim::ScheduleOptions::Optimizer::adam,
                                        .learning_rate = options.learning_rate,
                                        .decay = optim::ScheduleOptions::Decay::cosine,
                                        .final_rate = kFinalRate,
                                        .decay_every = 1,
                                        .decay_factor = 1,
                                        .momentum = 0,
                                        .nesterov = false};
  optim::Optimizer optimizer("mixtures", {&logits, &means, &log_variances}, schedule, /*steps_per_epoch=*/1);
  std::vector<std::pair<int64_t, int64_t>> pairs;
  for (int64_t i = 0; i < count; ++i) {
    for (int64_t j = i + 1; j < count; ++j) pairs.emplace_back(i, j);
  }

  for (int64_t step = 0; step < options.steps; ++step) {
    poll();
    const auto [i, j] = pairs[static_cast<size_t>(step) % pairs.size()];
    const at::Tensor batch = at::randperm(n, generator, views.options().dtype(at::kLong)).narrow(0, 0, std::min(options.batch_size, n));
    {
      const at::AutoGradMode on(true);
      optimizer.minimise(-between(views[i].index_select(0, batch), views[j].index_select(0, batch), mixtures).sum());
    }
    log_variances.value.clamp_(options.least_log_variance, kMostLogVariance);
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
