#include "cluster/sample.h"

#include "cluster/kmeans.h"
#include "cluster/neighbour_votes.h"

namespace dc::cluster {

namespace {

constexpr int64_t kRegionsPerCluster = 10;
constexpr int64_t kIterations = 10;  // the regions need not have settled
constexpr int64_t kCandidates = 20;  // for each item of the sample

// The largest q for which  sum_r min(size_r, q) <= count.
int64_t even_share(const at::Tensor& sizes, int64_t count) {
  int64_t low = 0, high = count;
  while (low < high) {
    const int64_t middle = (low + high + 1) / 2;
    if (sizes.clamp_max(middle).sum().item<int64_t>() <= count)
      low = middle;
    else
      high = middle - 1;
  }
  return low;
}

}  // namespace

at::Tensor draw_sample(const data::Rows& x, const SampleOptions& options, at::Generator& generator, const Poll& poll) {
  at::NoGradGuard no_grad;
  if (options.items == 0 || options.items >= x.n) return {};
  const auto longs = at::TensorOptions().dtype(at::kLong).device(x.device);
  const at::Tensor shuffled = at::randperm(x.n, generator, longs);
  if (options.spread_over == 0) return std::get<0>(shuffled.narrow(0, 0, options.items).sort());

  // Regions are found among some of very many items.
  const at::Tensor candidates = shuffled.narrow(0, 0, std::min(x.n, kCandidates * options.items));
  const KMeansOptions regions{.clusters = std::min(options.items, options.spread_over * kRegionsPerCluster),
                              .restarts = 1,
                              .iterations = kIterations,
                              .tolerance = 0,
                              .plus_plus = true};
  const KMeansResult found = kmeans(x.chosen(candidates), regions, generator, poll);
  const int64_t share = even_share(found.counts, options.items);
  // The first `share` of each region, in the random order.
  const auto [region, by_region] = found.labels.sort(/*stable=*/true, 0, /*descending=*/false);
  const at::Tensor place = at::arange(region.size(0), longs) - (found.counts.cumsum(0) - found.counts).index_select(0, region);
  return std::get<0>(candidates.index_select(0, by_region.masked_select(place.lt(share))).sort());
}

at::Tensor labels_of_all(const data::Rows& x, const at::Tensor& sample, const at::Tensor& items, const at::Tensor& labels, int64_t clusters,
                         int64_t neighbours, const Poll& poll) {
  at::NoGradGuard no_grad;
  at::Tensor all = at::empty({x.n}, labels.options());
  each_block(x, poll, [&](int64_t begin, int64_t end, const at::Tensor& rows) {
    all.slice(0, begin, end).copy_(neighbour_votes(rows, items, labels, clusters, neighbours).argmax(1));
  });
  return all.index_copy_(0, sample, labels);
}

}  // namespace dc::cluster
