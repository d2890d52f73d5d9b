#include "cluster/spectral.h"

#include "cluster/eigenvectors.h"
#include "cluster/nearest_items.h"
#include "error.h"

namespace dc::cluster {

namespace {

constexpr double kTolerance = 1e-4;   // residual of an eigenvector: the labels do not change below it
constexpr int64_t kIterations = 100;  // of a k-means

// Items of components that can be a cluster, ascending. A component of less than `balance` n / K items would take the place
// of a cluster, and so would each one beyond the K largest.
at::Tensor worth_clustering(const at::Tensor& components, int64_t clusters, double balance) {
  const at::Tensor sizes = at::bincount(components);
  const auto [sorted, order] = sizes.sort(/*stable=*/true, 0, /*descending=*/true);
  const double least = balance * static_cast<double>(components.size(0)) / static_cast<double>(clusters);
  at::Tensor kept = at::zeros({sizes.size(0)}, sizes.options().dtype(at::kBool));
  const at::Tensor largest = order.narrow(0, 0, std::min(clusters, sizes.size(0)));
  kept.index_fill_(0, largest, true);
  kept.logical_and_(sizes.ge(least));
  kept.index_fill_(0, order.narrow(0, 0, 1), true);
  return kept.index_select(0, components).nonzero().squeeze(1);
}

// For each item the position in `kept` that it follows: its own, or that of the nearest kept item.
at::Tensor leaders(const data::Rows& x, const at::Tensor& kept, const Poll& poll) {
  const int64_t n = x.n;
  at::Tensor leader = at::full({n}, -1, kept.options());
  leader.index_copy_(0, kept, at::arange(kept.size(0), kept.options()));
  const at::Tensor followers = leader.lt(0).nonzero().squeeze(1);
  const data::Rows candidates = x.chosen(kept);
  each_block(followers.size(0), poll, [&](int64_t begin, int64_t end) {
    const at::Tensor block = followers.slice(0, begin, end);
    leader.index_copy_(0, block, nearest_items(x.gather(block), candidates, 1, poll).items.squeeze(1));
  });
  return leader;
}

// The number of clusters with the largest gap  lambda_k - lambda_k+1,  from 2 on (von Luxburg 2007, section 8.3).
int64_t largest_gap(const at::Tensor& eigenvalues) {
  if (eigenvalues.size(0) < 3) return 1;
  const at::Tensor gaps = eigenvalues.slice(0, 1, -1) - eigenvalues.slice(0, 2);
  return gaps.argmax().item<int64_t>() + 2;
}

}  // namespace

SpectralResult spectral_clustering(const data::Rows& x, const SpectralOptions& options, at::Generator& generator, const Poll& poll) {
  at::NoGradGuard no_grad;
  const int64_t n = x.n, k = options.clusters;
  if (n < k) {
    throw Error("RangeError",
                "Expected at least as many items as clusters (" + std::to_string(k) + ") but received " + std::to_string(n) + " items");
  }
  const Affinity whole = self_tuning_affinity(knn_graph(x, options.graph, poll), options.scale_neighbour, poll);
  const at::Tensor components = connected_components(whole, poll);
  const at::Tensor kept = worth_clustering(components, k, options.balance);
  const int64_t m = kept.size(0);
  const bool complete = m == n;
  const Affinity affinity = complete ? whole : induced(whole, kept);

  const int64_t most = std::min(options.most_vectors, m), fewest = std::min(options.fewest_vectors, most);
  const NormalisedAffinity apply(affinity);
  const Eigenpairs pairs =
      leading_eigenpairs([&](const at::Tensor& v) { return apply(v); }, m, std::min(most + 1, m), kTolerance, x.device, generator, poll);

  SpectralResult best{};
  best.normalised_cut = std::numeric_limits<double>::infinity();
  double lowest = best.normalised_cut;
  const KMeansOptions kmeans_options{
      .clusters = std::min(k, m), .restarts = options.restarts, .iterations = kIterations, .tolerance = 1e-4, .plus_plus = true};
  for (int64_t vectors = fewest; vectors <= most; ++vectors) {
    const at::Tensor rows = pairs.vectors.narrow(1, 0, vectors);
    const at::Tensor embedding = rows / rows.norm(2, 1, true).clamp_min(1e-12);
    const KMeansResult clusters = kmeans(Rows::of(embedding), kmeans_options, generator, poll);
    const double cut = normalised_cut(affinity, clusters.labels, k);
    const double smallest = static_cast<double>(clusters.counts.min().item<int64_t>());
    const bool balanced = smallest >= options.balance * static_cast<double>(n) / static_cast<double>(k);
    lowest = std::min(lowest, cut);
    if (std::pair(!balanced, cut) < std::pair(!best.balanced || !best.labels.defined(), best.normalised_cut)) {
      best.labels = clusters.labels;
      best.embedding = embedding;
      best.normalised_cut = cut;
      best.vectors = vectors;
      best.balanced = balanced;
    }
  }
  best.balance_decided = lowest < best.normalised_cut;
  if (!complete) {
    const at::Tensor leader = leaders(x, kept, poll);
    best.labels = best.labels.index_select(0, leader);
    best.embedding = best.embedding.index_select(0, leader);
    best.normalised_cut = normalised_cut(whole, best.labels, k);
  }
  best.eigenvalues = pairs.values;
  best.suggested_clusters = largest_gap(pairs.values);
  best.components = components.max().item<int64_t>() + 1;
  best.attached = n - m;
  best.residual = pairs.residual;
  return best;
}

std::string balance_warning(const SpectralResult& result, const SpectralOptions& options) {
  const std::string share = std::to_string(std::lround(options.balance * 100)) + " % of an even share";
  if (result.balance_decided) {
    return "The assumption of balanced clusters decided: a labelling with a lower normalised cut had a cluster of less than " + share +
           ". Where clusters of very different sizes are expected, lower `balance`";
  }
  if (!result.balanced) return "No labelling by the graph kept to `balance`: its smallest cluster has less than " + share;
  return "";
}

}  // namespace dc::cluster
