#include "cluster/knn_graph.h"

#include <numeric>

#include "cluster/near_blocks.h"
#include "cluster/nearest_items.h"
#include "cluster/neighbour_descent.h"
#include "cluster/tile_merge.h"
#include "data/moments.h"
#include "error.h"
#include "loops/reordered/neighbour_loops.h"
#include "random.h"

namespace dc::cluster {

namespace {

constexpr int64_t kSlack = 8;  // candidates beyond k
constexpr int64_t kLargestTile = 2048,
                  kLargestDeviceTile = 8192;  // a CPU keeps its tile in the cache, a device has many rows at work at once
constexpr int64_t kFewestFeatures = 64;       // below, products and selection are one pass in float32 on a CPU (near_blocks.h)
constexpr int64_t kRecallRows = 1000;

// What the factors of the products are rounded to: nothing, 10 bits of mantissa (what tensor cores take of float32), or bfloat16.
enum class Rounding { none, tf32, bfloat16 };

at::Tensor to_tf32(const at::Tensor& x) { return (x.contiguous().view(at::kInt) + 0x1000).bitwise_and(-0x2000).view(at::kFloat); }

// What tells how far off the products may be.
struct KeyErrors {
  at::Tensor half_norms;  // float32 [n]
  at::Tensor rounding;    // float32 [n]: distance between an item and its rounded form
  int64_t d;
  Rounding kind;
};

// Items in the form in which one product gives half their squared distances:
//   [-x_i, 1, h_i] . [x_j, h_j, 1] = h_i + h_j - x_i.x_j = |x_i - x_j|^2 / 2  with  h = |x|^2 / 2
// Rounded, a norm takes three columns, the sum of which has float32's precision; the products' sums are in float32, and
// what is rounded at the end is the distance and not the much larger product of the norms.
struct Factors : KeyErrors {
  at::Tensor right;  // [n, d + 2 c]: x_j, h_j, 1

  // [-x_i, 1, h_i] of some rows of `right`.
  at::Tensor left(const at::Tensor& rows) const {
    const int64_t columns = (right.size(1) - d) / 2;
    return at::cat({rows.narrow(1, 0, d).neg(), rows.narrow(1, d + columns, columns), rows.narrow(1, d, columns)}, 1);
  }
};

Factors factors_of(const data::Rows& x, Rounding kind, const Poll& poll) {
  const int64_t n = x.n, d = x.d, parts = kind == Rounding::none ? 1 : 3;
  const auto floats = at::TensorOptions().dtype(at::kFloat).device(x.device);
  const auto type = kind == Rounding::bfloat16 ? at::kBFloat16 : at::kFloat;
  Factors factors{{at::empty({n}, floats), at::empty({n}, floats), d, kind}, at::empty({n, d + 2 * parts}, floats.dtype(type))};
  // About the mean, so that a common offset costs no precision.
  const at::Tensor mean = data::moments_of(x, poll).mean.to(at::kFloat);
  each_block(x, poll, [&](int64_t begin, int64_t end, const at::Tensor& rows) {
    at::Tensor right = factors.right.slice(0, begin, end);
    const at::Tensor centered = rows - mean;
    right.narrow(1, 0, d).copy_(kind == Rounding::tf32 ? to_tf32(centered) : centered);
    const at::Tensor rounded = right.narrow(1, 0, d).to(at::kFloat);
    const at::Tensor h = rounded.square().sum(1, false, at::kDouble) / 2;
    factors.half_norms.slice(0, begin, end).copy_(h);
    factors.rounding.slice(0, begin, end).copy_((centered - rounded).norm(2, 1));
    at::Tensor rest = h;
    for (int64_t part = 0; part < parts; ++part) {
      at::Tensor column = right.select(1, d + part);
      column.copy_(kind == Rounding::tf32 ? to_tf32(rest.to(at::kFloat)) : rest);
      rest = rest - column.to(at::kDouble);
    }
    right.narrow(1, d + parts, parts).fill_(1);
  });
  must_be_finite(factors.half_norms);
  return factors;
}

int64_t tile_side(int64_t n, int64_t workspace_bytes, int64_t key_bytes, int64_t largest) {
  const auto side = static_cast<int64_t>(std::sqrt(static_cast<double>(workspace_bytes) / static_cast<double>(key_bytes)));
  return std::clamp<int64_t>(side, 16, std::min(n, largest));
}

struct CandidateKeys {
  at::Tensor items;  // int32 [n, width]
  at::Tensor last;   // float32 [n]: the key of the last candidate; no item that was left out has a smaller one
};

template <class Key>
Key* data_of(const at::Tensor& tensor) {
  return static_cast<Key*>(tensor.data_ptr());
}

// On the CPU, each pair of blocks once: a tile serves its rows and its columns.
template <class Key>
CandidateKeys candidates_on_cpu(const Factors& factors, int64_t width, const KnnOptions& options, const Poll& poll) {
  const at::Tensor& right = factors.right;
  const int64_t n = right.size(0), side = tile_side(n, options.workspace_bytes, sizeof(Key), kLargestTile);
  constexpr bool whole = std::is_same_v<Key, int16_t>;
  const at::ScalarType key_type = whole ? at::kShort : at::kFloat;
  at::Tensor keys =
      at::full({n, width}, static_cast<double>(whole ? std::numeric_limits<int16_t>::max() : std::numeric_limits<float>::max()), key_type);
  at::Tensor thresholds = keys.select(1, 0).clone();
  at::Tensor items = at::zeros({n, width}, at::kInt);
  const loops::Candidates<Key> lists{data_of<Key>(keys), data_of<int32_t>(items), data_of<Key>(thresholds), width};
  at::Tensor products = at::empty({side * side}, right.options());
  for (int64_t top = 0; top < n; top += side) {
    const int64_t rows = std::min(side, n - top);
    const at::Tensor left = factors.left(right.narrow(0, top, rows));
    for (int64_t first = top; first < n; first += side) {
      poll();
      const int64_t columns = std::min(side, n - first);
      at::Tensor tile = products.narrow(0, 0, rows * columns).view({rows, columns});
      at::mm_out(tile, left, right.narrow(0, first, columns).t());
      const loops::Tile<Key> view{data_of<Key>(tile), top, first, columns};
      at::parallel_for(0, rows, 32, [&](int64_t begin, int64_t end) { loops::offer_columns(view, lists, begin, end); });
      if (first != top) {
        at::parallel_for(0, columns, 256, [&](int64_t begin, int64_t end) { loops::offer_rows(view, lists, rows, begin, end); });
      }
    }
  }
  const at::Tensor last = whole ? thresholds.view(at::kBFloat16).to(at::kFloat) : thresholds;
  return {items, last};
}

// Of some items, on any device: by its kernel where it has one, else with its operators.
CandidateKeys candidates_of(const Factors& factors, const at::Tensor& queries, int64_t width, const KnnOptions& options, const Poll& poll) {
  std::optional<at::NoTF32Guard> exact;
  if (factors.kind != Rounding::tf32) exact.emplace();
  const at::Tensor& right = factors.right;
  const int64_t n = right.size(0), asked = queries.size(0),
                side = tile_side(n, options.workspace_bytes, sizeof(float), right.is_cpu() ? kLargestTile : kLargestDeviceTile);
  const auto longs = right.options().dtype(at::kLong);
  constexpr float none = std::numeric_limits<float>::infinity();
  at::Tensor items = at::empty({asked, width}, longs.dtype(at::kInt)), last = at::empty({asked}, right.options());
  at::Tensor products = at::empty({side * side}, right.options());
  for (int64_t top = 0; top < asked; top += side) {
    const int64_t rows = std::min(side, asked - top);
    const at::Tensor own = queries.narrow(0, top, rows);
    const at::Tensor left = factors.left(right.index_select(0, own));
    at::Tensor best = at::full({rows, width}, none, right.options());
    at::Tensor chosen = at::zeros({rows, width}, longs.dtype(at::kInt));
    for (int64_t first = 0; first < n; first += side) {
      poll();
      const int64_t columns = std::min(side, n - first);
      at::Tensor tile = products.narrow(0, 0, rows * columns).view({rows, columns});
      at::mm_out(tile, left, right.narrow(0, first, columns).t());
      merge_tile(tile, first, own, best, chosen);
    }
    items.narrow(0, top, rows).copy_(chosen);
    last.narrow(0, top, rows).copy_(best.select(1, width - 1));
  }
  return {items, last};
}

// Sorts the candidates of some items by (distance, position) and keeps k.
void keep_nearest_on_cpu(const data::Rows& x, const at::Tensor& queries, const at::Tensor& candidates, NeighbourGraph& graph) {
  const int64_t d = x.d, width = candidates.size(1), k = graph.neighbours();
  // Rows that are no tensor in memory are gathered: those of each query one after another.
  const at::Tensor own = x.resident.defined() ? at::Tensor() : x.gather(queries);
  const at::Tensor others = x.resident.defined() ? x.resident : x.gather(candidates.flatten().to(at::kLong));
  const float* rows = data_of<float>(others);
  at::parallel_for(0, queries.size(0), 64, [&](int64_t begin, int64_t end) {
    std::vector<float> distances(width);
    std::vector<std::pair<float, int32_t>> sorted(width);
    std::vector<int32_t> in_turn(width);
    std::iota(in_turn.begin(), in_turn.end(), 0);
    for (int64_t i = begin; i < end; ++i) {
      const int64_t query = data_of<int64_t>(queries)[i];
      const int32_t* items = data_of<int32_t>(candidates) + i * width;
      if (own.defined()) {
        loops::squared_distances_to(data_of<float>(own) + i * d, rows + i * width * d, in_turn.data(), width, d, distances.data());
      } else {
        loops::squared_distances_to(rows + query * d, rows, items, width, d, distances.data());
      }
      for (int64_t c = 0; c < width; ++c) sorted[c] = {distances[c], items[c]};
      std::sort(sorted.begin(), sorted.end());
      for (int64_t c = 0; c < k; ++c) {
        data_of<float>(graph.squared_distances)[query * k + c] = sorted[c].first;
        data_of<int64_t>(graph.items)[query * k + c] = sorted[c].second;
      }
    }
  });
}

void keep_nearest_on_device(const data::Rows& x, const at::Tensor& queries, const at::Tensor& candidates, NeighbourGraph& graph) {
  const int64_t width = candidates.size(1), k = graph.neighbours();
  const at::Tensor items = std::get<0>(candidates.to(at::kLong).sort(1));
  const at::Tensor others = x.gather(items.flatten()).view({queries.size(0), width, x.d});
  const at::Tensor distances = (others - x.gather(queries).unsqueeze(1)).square().sum(2);
  const auto [sorted, order] = distances.sort(/*stable=*/true, 1, /*descending=*/false);
  graph.squared_distances.index_copy_(0, queries, sorted.narrow(1, 0, k));
  graph.items.index_copy_(0, queries, items.gather(1, order).narrow(1, 0, k));
}

void keep_nearest(const data::Rows& x, const at::Tensor& queries, const at::Tensor& candidates, NeighbourGraph& graph,
                  int64_t workspace_bytes, const Poll& poll) {
  const int64_t rows = std::max<int64_t>(workspace_bytes / (static_cast<int64_t>(sizeof(float)) * candidates.size(1) * x.d), 1);
  each_block(
      queries.size(0), poll,
      [&](int64_t begin, int64_t end) {
        const at::Tensor own = queries.slice(0, begin, end), theirs = candidates.slice(0, begin, end);
        x.device.is_cpu() ? keep_nearest_on_cpu(x, own, theirs, graph) : keep_nearest_on_device(x, own, theirs, graph);
      },
      rows);
}

// Which of some items may have a nearer neighbour among those that were no candidates: positions in `queries`.
//
// An item that was left out has a key v of at least v_w, that of the last candidate. With u = 2^-24, a key is off by at most
// the error of its sum, 2 (d + 8) u (h_i + h_j) (four times that where tensor cores may add, which cut off what they align), and by the
// rounding of its result, 2^-8 v in bfloat16; the rounded points are off by r. So its distance is at least
//   sqrt(2 ((1 - 2^-8) v_w - 2 (d + 8) u (h_i + max h))) - r_i - max r.
at::Tensor doubtful_among(const KeyErrors& errors, const at::Tensor& queries, const at::Tensor& last, const NeighbourGraph& graph) {
  const double gamma = 2.0 * static_cast<double>(errors.d + 8) * std::exp2(errors.kind == Rounding::tf32 ? -22 : -24);
  const double result = errors.kind == Rounding::bfloat16 ? std::exp2(-8) : std::exp2(-23);
  const at::Tensor sum_error = (errors.half_norms.index_select(0, queries) + errors.half_norms.max()) * gamma;
  const at::Tensor least =
      (last * (1 - result) - sum_error).clamp_min(0).mul(2).sqrt() - errors.rounding.index_select(0, queries) - errors.rounding.max();
  const at::Tensor furthest = graph.squared_distances.select(1, graph.neighbours() - 1).index_select(0, queries).sqrt();
  return (furthest * (1 + gamma)).gt(least).logical_and(furthest.gt(0)).nonzero().squeeze(1);
}

// From differences alone, for items that no product can decide.
void compare_with_all(const data::Rows& x, const at::Tensor& queries, NeighbourGraph& graph, const Poll& poll) {
  const int64_t k = graph.neighbours();
  const auto some_at_a_time = [&](int64_t begin, int64_t end) {
    const at::Tensor which = queries.slice(0, begin, end), own = x.gather(which);
    at::Tensor distances = at::full({end - begin, k}, std::numeric_limits<float>::max(), own.options());
    at::Tensor items = at::zeros({end - begin, k}, which.options().dtype(at::kInt));
    each_block(x, poll, [&](int64_t first, int64_t last, const at::Tensor& rows) {
      if (x.device.is_cpu()) {
        const at::Tensor block = rows.contiguous();
        at::parallel_for(0, end - begin, 1, [&](int64_t from, int64_t to) {
          for (int64_t i = from; i < to; ++i) {
            loops::offer_all(data_of<float>(own) + i * x.d, data_of<float>(block), first, last - first, x.d, data_of<int64_t>(which)[i], k,
                             data_of<float>(distances) + i * k, data_of<int32_t>(items) + i * k);
          }
        });
        return;
      }
      for (int64_t i = 0; i < end - begin; ++i) {
        const at::Tensor positions = at::arange(first, last, which.options());
        const at::Tensor away =
            (rows - own[i]).square().sum(1).masked_fill_(positions.eq(which[i]), std::numeric_limits<float>::infinity());
        const auto [sorted, order] = at::cat({distances[i], away}).sort(/*stable=*/true, 0, /*descending=*/false);
        distances[i].copy_(sorted.narrow(0, 0, k));
        items[i].copy_(at::cat({items[i], positions.to(at::kInt)}).index_select(0, order.narrow(0, 0, k)));
      }
    });
    graph.squared_distances.index_copy_(0, which, distances);
    graph.items.index_copy_(0, which, items.to(at::kLong));
  };
  each_block(queries.size(0), poll, some_at_a_time, /*rows=*/256);
}

// As keep_nearest, for candidates by position in an order of the items, which become items.
void keep_nearest_in(const at::Tensor& order, at::Tensor& positions, const data::Rows& x, NeighbourGraph& graph, int64_t workspace_bytes,
                     const Poll& poll) {
  each_block(x.n, poll, [&](int64_t begin, int64_t end) {
    at::Tensor own = positions.slice(0, begin, end);
    own.copy_(order.index_select(0, own.flatten()).view_as(own));
  });
  keep_nearest(x, order.to(x.device, at::kLong), positions.to(x.device), graph, workspace_bytes, poll);
}

// On a CPU, for few features. Returns the items that are in doubt.
at::Tensor graph_by_blocks(const NearBlocks& blocks, const data::Rows& x, int64_t width, const KnnOptions& options, NeighbourGraph& graph,
                           const Poll& poll) {
  NearBlocks::Found found = blocks.candidates(width, poll);
  keep_nearest_in(blocks.order(), found.positions, x, graph, options.workspace_bytes, poll);
  const at::Tensor order = blocks.order().to(at::kLong), half_norms = at::empty({x.n}).index_copy_(0, order, blocks.half_norms());
  return doubtful_among({half_norms, at::zeros_like(half_norms), x.d, Rounding::none}, order, found.last, graph);
}

// Returns the items that are in doubt.
at::Tensor graph_by_tiles(const data::Rows& x, int64_t width, const KnnOptions& options, NeighbourGraph& graph, const Poll& poll) {
  const at::Tensor all = at::arange(x.n, graph.items.options());
  const Rounding kind = x.d < kFewestFeatures ? Rounding::none
                        : !x.device.is_cpu()  ? Rounding::tf32
                        : options.bfloat16    ? Rounding::bfloat16
                                              : Rounding::none;
  at::Tensor doubtful;
  {
    const Factors factors = factors_of(x, kind, poll);
    const CandidateKeys candidates = kind == Rounding::bfloat16 ? candidates_on_cpu<int16_t>(factors, width, options, poll)
                                     : x.device.is_cpu()        ? candidates_on_cpu<float>(factors, width, options, poll)
                                                                : candidates_of(factors, all, width, options, poll);
    keep_nearest(x, all, candidates.items, graph, options.workspace_bytes, poll);
    doubtful = doubtful_among(factors, all, candidates.last, graph);
  }
  if (kind == Rounding::none || doubtful.numel() == 0) return doubtful;
  const Factors factors = factors_of(x, Rounding::none, poll);
  const CandidateKeys candidates = candidates_of(factors, doubtful, width, options, poll);
  keep_nearest(x, doubtful, candidates.items, graph, options.workspace_bytes, poll);
  return doubtful.index_select(0, doubtful_among(factors, doubtful, candidates.last, graph));
}

// The share of the nearest that were found, of rows drawn by the seed. Distances are compared, so that among equals it does not matter who.
double recall_of(const NeighbourGraph& graph, const data::Rows& x, uint64_t seed, const Poll& poll) {
  const int64_t k = graph.neighbours();
  at::Generator generator = make_generator(at::kCPU, seed);
  const at::Tensor all = at::randperm(x.n, generator, at::TensorOptions().dtype(at::kLong));
  const at::Tensor drawn = all.narrow(0, 0, std::min(x.n, kRecallRows)).to(x.device);
  // An item is the nearest to itself.
  const at::Tensor furthest = nearest_items(x.gather(drawn), x, k + 1, poll).squared_distances.select(1, k);
  const at::Tensor found = graph.squared_distances.index_select(0, drawn).le(furthest.unsqueeze(1) * (1 + 1e-5));
  return found.to(at::kDouble).mean().item<double>();
}

void graph_by_descent(const data::Rows& x, int64_t width, const KnnOptions& options, NeighbourGraph& graph, const Poll& poll) {
  Descent descent = neighbour_descent(x, width, split_seed(options.seed, 0), poll);
  keep_nearest_in(descent.order, descent.positions, x, graph, options.workspace_bytes, poll);
  graph.search = Search::approximate;
  graph.recall = recall_of(graph, x, split_seed(options.seed, 1), poll);
}

// Whether the exact graph on a CPU is expected to take no longer than the approximate one, where a share of all pairs is looked at. Seconds of
// one core, fitted to a Xeon with AVX-512 (docs/knn-graph.md).
bool exact_is_quicker(double n, double d, double share) {
  const double exact = n * n / 2 * share * (0.2e-9 + 0.0125e-9 * d) + n * 30e-6;
  const double approximate = n * (40e-6 + 0.85e-6 * d);
  return exact <= approximate;
}

}  // namespace

NeighbourGraph knn_graph(const data::Rows& x, const KnnOptions& options, const Poll& poll) {
  at::NoGradGuard no_grad;
  const int64_t n = x.n;
  if (n < 2) throw Error("RangeError", "Expected at least 2 items for a neighbour graph but received " + std::to_string(n));
  if (n > std::numeric_limits<int32_t>::max()) throw Error("RangeError", "Expected fewer than 2^31 items for a neighbour graph");
  const int64_t k = std::min(options.neighbours, n - 1), width = std::min(k + kSlack, n - 1);
  const auto longs = at::TensorOptions().dtype(at::kLong).device(x.device);
  NeighbourGraph graph{at::empty({n, k}, longs), at::empty({n, k}, longs.dtype(at::kFloat)), 0};

  const bool in_blocks = x.device.is_cpu() && x.d < kFewestFeatures;
  bool exact =
      options.search == Search::exact || (options.search == Search::automatic && (!x.device.is_cpu() || exact_is_quicker(n, x.d, 1)));
  std::optional<NearBlocks> blocks;
  if (in_blocks && options.search != Search::approximate) {
    blocks.emplace(x, poll);
    if (!exact) exact = exact_is_quicker(n, x.d, blocks->share(width));
  }
  if (!exact) {
    blocks.reset();
    graph_by_descent(x, width, options, graph, poll);
    return graph;
  }
  const at::Tensor doubtful =
      blocks ? graph_by_blocks(*blocks, x, width, options, graph, poll) : graph_by_tiles(x, width, options, graph, poll);
  if (width == n - 1) return graph;
  graph.compared_with_all = doubtful.numel();
  compare_with_all(x, doubtful, graph, poll);
  return graph;
}

data::Rows cap_norms(const data::Rows& x) {
  return x.changed([](const at::Tensor& rows) { return rows / rows.norm(2, 1, true).clamp_min(1); });
}

}  // namespace dc::cluster
