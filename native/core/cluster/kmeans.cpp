#include "cluster/kmeans.h"

#include "data/moments.h"
#include "error.h"
#include "loops/reordered/lloyd_loops.h"

namespace dc::cluster {

namespace {

constexpr int64_t kBlock = 8192;  // rows at a time: sums over blocks are rounded in this order
constexpr int64_t kChunk = 1024;  // rows that one thread takes at a time, whatever the number of threads

// Whether the loops of lloyd_loops.h serve: few centroids, on a CPU.
bool in_lanes(const at::Tensor& centroids) { return centroids.is_cpu() && centroids.size(0) <= loops::kMostCentroids; }

at::Tensor lanes_of(const at::Tensor& centroids) {
  const at::Tensor rows = centroids.contiguous();
  at::Tensor lanes = at::empty({rows.size(1), loops::lane_width(rows.size(0))}, rows.options());
  loops::to_lanes(rows.data_ptr<float>(), rows.size(0), rows.size(1), lanes.data_ptr<float>());
  return lanes;
}

// One pass of Lloyd's algorithm over a block: labels and distances of its rows; sums [k, d] and counts [k] are added to.
void assign_in_lanes(const at::Tensor& block, const at::Tensor& lanes, int64_t k, at::Tensor labels, at::Tensor distances, at::Tensor& sums,
                     at::Tensor& counts) {
  const at::Tensor x = block.contiguous();
  const int64_t rows = x.size(0), d = x.size(1), chunks = (rows + kChunk - 1) / kChunk;
  at::Tensor partial_sums = at::zeros({chunks, k, d}, x.options()), partial_counts = at::zeros({chunks, k}, labels.options());
  at::parallel_for(0, chunks, 1, [&](int64_t first, int64_t last) {
    for (int64_t chunk = first; chunk < last; ++chunk) {
      const int64_t begin = chunk * kChunk, count = std::min(kChunk, rows - begin);
      loops::lane_assign(x.data_ptr<float>() + begin * d, count, d, lanes.data_ptr<float>(), k, labels.data_ptr<int64_t>() + begin,
                         distances.data_ptr<float>() + begin, partial_sums.data_ptr<float>() + chunk * k * d,
                         partial_counts.data_ptr<int64_t>() + chunk * k);
    }
  });
  sums.add_(partial_sums.sum(0));
  counts.add_(partial_counts.sum(0));
}

// Rows drawn with probability proportional to `weights` [n]: int64 [count].
at::Tensor draw(const at::Tensor& weights, int64_t count, at::Generator& generator) {
  const at::Tensor cumulative = weights.to(at::kDouble).cumsum(0);
  const at::Tensor total = cumulative.narrow(0, cumulative.size(0) - 1, 1);
  const at::Tensor targets = at::rand({count}, generator, cumulative.options()) * total;
  return at::searchsorted(cumulative, targets).clamp_max(weights.size(0) - 1);
}

// k-means++ with the best of 2 + ln k candidates at each step (Arthur & Vassilvitskii 2007, section 5).
at::Tensor plus_plus(const Rows& rows, int64_t k, at::Generator& generator, const Poll& poll) {
  const auto floats = at::TensorOptions().dtype(at::kFloat).device(rows.device);
  const int64_t candidates = 2 + static_cast<int64_t>(std::log(static_cast<double>(k)));
  at::Tensor centroids = at::empty({k, rows.d}, floats);
  at::Tensor closest = at::empty({rows.n}, floats);  // squared distance to the nearest centroid so far

  const at::Tensor first = rows.gather(draw(at::ones({rows.n}, floats), 1, generator));
  centroids.narrow(0, 0, 1).copy_(first);
  const auto nearest_to_first = [&](int64_t begin, int64_t end, const at::Tensor& x) {
    closest.slice(0, begin, end).copy_(squared_distances(x, first).squeeze(1));
  };
  each_block(rows, poll, nearest_to_first, kBlock);
  at::Tensor distances = at::empty({rows.n, candidates}, floats);
  for (int64_t c = 1; c < k; ++c) {
    const at::Tensor proposed = rows.gather(draw(closest, candidates, generator));  // [candidates, d]
    const auto nearest_to_proposed = [&](int64_t begin, int64_t end, const at::Tensor& x) {
      distances.slice(0, begin, end).copy_(at::minimum(squared_distances(x, proposed), closest.slice(0, begin, end).unsqueeze(1)));
    };
    each_block(rows, poll, nearest_to_proposed, kBlock);
    const at::Tensor best = distances.sum(0, false, at::kDouble).argmin();
    centroids.narrow(0, c, 1).copy_(proposed.index_select(0, best.view({1})));
    closest = distances.index_select(1, best.view({1})).squeeze(1);
  }
  return centroids;
}

}  // namespace

at::Tensor squared_distances(const at::Tensor& given, const at::Tensor& centroids) {
  const at::NoTF32Guard exact;
  const at::Tensor x = given.contiguous();
  if (in_lanes(centroids)) {
    const at::Tensor lanes = lanes_of(centroids);
    const int64_t d = x.size(1), k = centroids.size(0);
    at::Tensor distances = at::empty({x.size(0), k}, x.options());
    at::parallel_for(0, x.size(0), kChunk, [&](int64_t begin, int64_t end) {
      loops::lane_distances(x.data_ptr<float>() + begin * d, end - begin, d, lanes.data_ptr<float>(), k,
                            distances.data_ptr<float>() + begin * k);
    });
    return distances;
  }
  // |x - m|^2 = |x - c|^2 + |m - c|^2 - 2 (x - c).(m - c), taken about the centroids' mean c, so that a common offset
  // costs no precision.
  const at::Tensor center = centroids.mean(0, true);
  const at::Tensor a = x - center, m = centroids - center;
  return at::addmm(m.square().sum(1).unsqueeze(0), a, m.t(), 1, -2).add_(a.square().sum(1, true)).clamp_min_(0);
}

at::Tensor nearest(const at::Tensor& x, const at::Tensor& centroids) { return squared_distances(x, centroids).argmin(1); }

at::Tensor soft_assignments(const at::Tensor& squared_distances, const at::Tensor& variance) {
  return at::softmax(squared_distances / (-2 * variance.clamp_min(1e-12)), 1);
}

KMeansResult kmeans_from(const Rows& rows, const at::Tensor& start, const KMeansOptions& options, const Poll& poll) {
  at::NoGradGuard no_grad;
  const at::NoTF32Guard exact;
  const int64_t k = start.size(0);
  const auto floats = at::TensorOptions().dtype(at::kFloat).device(rows.device);
  // Of no use where nothing is to be moved: a pass less over rows that may be far away.
  const double threshold = options.iterations > 0 ? options.tolerance * data::moments_of(rows, poll).variance.mean().item<double>() : 0;
  at::Tensor centroids = start.clone();
  at::Tensor labels = at::empty({rows.n}, floats.dtype(at::kLong));
  at::Tensor distances = at::empty({rows.n}, floats);
  at::Tensor sums, counts;
  const auto assign = [&] {
    sums = at::zeros({k, rows.d}, floats);
    counts = at::zeros({k}, labels.options());
    const at::Tensor lanes = in_lanes(centroids) ? lanes_of(centroids) : at::Tensor();
    const auto assign_block = [&](int64_t begin, int64_t end, const at::Tensor& x) {
      const at::Tensor own = labels.slice(0, begin, end), away = distances.slice(0, begin, end);
      if (lanes.defined()) return assign_in_lanes(x, lanes, k, own, away, sums, counts);
      const auto [distance, label] = squared_distances(x, centroids).min(1);
      own.copy_(label);
      away.copy_(distance);
      // The sum over the members of each cluster, as a product with the indicator matrix.
      sums.addmm_(at::zeros({end - begin, k}, floats).scatter_(1, label.unsqueeze(1), 1.0).t(), x);
    };
    each_block(rows, poll, assign_block, kBlock);
    if (!lanes.defined()) counts = at::bincount(labels, {}, k);
  };

  assign();
  int64_t iteration = 0;
  while (iteration < options.iterations) {
    ++iteration;
    at::Tensor moved = sums / counts.clamp_min(1).unsqueeze(1);
    const at::Tensor empty = counts.eq(0).nonzero().squeeze(1);
    if (empty.numel() > 0) {
      // An empty cluster takes the item that is farthest from its centroid.
      moved.index_copy_(0, empty, rows.gather(std::get<1>(distances.topk(empty.numel()))));
    }
    const double movement = (moved - centroids).square().mean().item<double>();
    const at::Tensor before = labels.clone();
    centroids = moved;
    assign();
    if (labels.equal(before) || (movement <= threshold && empty.numel() == 0)) break;
  }
  return {centroids, labels, counts, distances.sum(at::kDouble).item<double>(), iteration};
}

KMeansResult kmeans(const Rows& rows, const KMeansOptions& options, at::Generator& generator, const Poll& poll) {
  at::NoGradGuard no_grad;
  if (rows.n < options.clusters) {
    throw Error("RangeError", "Expected at least as many items as clusters (" + std::to_string(options.clusters) + ") but received " +
                                  std::to_string(rows.n) + " items");
  }
  std::optional<KMeansResult> best;
  for (int64_t restart = 0; restart < options.restarts; ++restart) {
    at::Tensor start;
    if (options.plus_plus) {
      start = plus_plus(rows, options.clusters, generator, poll);
    } else {
      const auto longs = at::TensorOptions().dtype(at::kLong).device(rows.device);
      start = rows.gather(at::randperm(rows.n, generator, longs).narrow(0, 0, options.clusters));
    }
    KMeansResult result = kmeans_from(rows, start, options, poll);
    if (!best || result.inertia < best->inertia) best = std::move(result);
  }
  return *best;
}

}  // namespace dc::cluster
