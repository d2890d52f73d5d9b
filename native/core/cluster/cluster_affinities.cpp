#include "cluster/cluster_affinities.h"

namespace dc::cluster {

namespace {

using Link = ClusterAffinities::Link;

struct Edge {
  int32_t cluster;
  double out, in;
};

bool by_other(const Link& a, const Link& b) { return a.other < b.other; }

std::vector<Link>::iterator place_of(std::vector<Link>& links, int32_t other) {
  return std::lower_bound(links.begin(), links.end(), Link{other, 0, 0}, by_other);
}

// Two lists without their links to `a` and `b`, equal others added up.
std::vector<Link> joined(const std::vector<Link>& x, const std::vector<Link>& y, int32_t a, int32_t b) {
  std::vector<Link> all;
  all.reserve(x.size() + y.size());
  std::merge(x.begin(), x.end(), y.begin(), y.end(), std::back_inserter(all), by_other);
  size_t kept = 0;
  for (const Link& link : all) {
    if (link.other == a || link.other == b) continue;
    if (kept > 0 && all[kept - 1].other == link.other) {
      all[kept - 1].to += link.to;
      all[kept - 1].from += link.from;
    } else {
      all[kept++] = link;
    }
  }
  all.resize(kept);
  return all;
}

// The edges that arrive at each item: positions in the graph's list of edges, and where those of an item begin.
struct Arrivals {
  std::vector<int64_t> offsets, edges;

  Arrivals(const int64_t* items, int64_t n, int64_t k) : offsets(n + 1, 0), edges(n * k) {
    for (int64_t edge = 0; edge < n * k; ++edge) ++offsets[items[edge] + 1];
    for (int64_t i = 0; i < n; ++i) offsets[i + 1] += offsets[i];
    std::vector<int64_t> next(offsets.begin(), offsets.end() - 1);
    for (int64_t edge = 0; edge < n * k; ++edge) edges[next[items[edge]]++] = edge;
  }
};

}  // namespace

at::Tensor directed_weights(const NeighbourGraph& graph, double bandwidth) {
  at::NoGradGuard no_grad;
  const at::Tensor squared = graph.squared_distances.to(at::kCPU, at::kDouble);
  // w_ij = exp(-d_ij^2 / sigma^2),  sigma^2 = a mean(d^2); the smallest double where all are duplicates
  const at::Tensor sigma = (squared.mean() * bandwidth).clamp_min(std::numeric_limits<double>::min());
  return (squared / sigma).neg_().exp_();
}

ClusterAffinities::ClusterAffinities(const NeighbourGraph& graph, const at::Tensor& weights, const at::Tensor& clusters, int64_t count,
                                     bool exact, const Poll& poll)
    : exact_(exact),
      parent_(count),
      sizes_(count, 0),
      inverse_square_(count),
      touching_(count),
      links_(count),
      mixed_(count, 0.0) {
  const at::Tensor assigned = clusters.to(at::kCPU, at::kInt).contiguous();
  first_cluster_.assign(assigned.data_ptr<int32_t>(), assigned.data_ptr<int32_t>() + graph.size());
  for (int64_t i = 0; i < count; ++i) parent_[i] = static_cast<int32_t>(i);
  for (const int32_t cluster : first_cluster_) ++sizes_[cluster];
  for (int64_t i = 0; i < count; ++i) inverse_square_[i] = 1 / (static_cast<double>(sizes_[i]) * static_cast<double>(sizes_[i]));
  first_entries(graph, weights, poll);
  first_links(count, poll);
}

void ClusterAffinities::first_entries(const NeighbourGraph& graph, const at::Tensor& weights, const Poll& poll) {
  const int64_t n = graph.size(), k = graph.neighbours();
  const at::Tensor neighbours = graph.items.to(at::kCPU).contiguous();
  const int64_t* items = neighbours.data_ptr<int64_t>();
  const double* w = weights.data_ptr<double>();
  const Arrivals arrivals(items, n, k);
  offsets_.resize(n);
  counts_.resize(n);
  std::vector<Edge> edges;
  const auto entries_of = [&](int64_t m) {
    edges.clear();
    const int32_t own = first_cluster_[m];
    const auto add = [&](int64_t other, double out, double in) {
      if (first_cluster_[other] != own && out + in > 0) edges.push_back({first_cluster_[other], out, in});
    };
    for (int64_t edge = m * k; edge < (m + 1) * k; ++edge) add(items[edge], w[edge], 0);
    for (int64_t a = arrivals.offsets[m]; a < arrivals.offsets[m + 1]; ++a) add(arrivals.edges[a] / k, 0, w[arrivals.edges[a]]);
    std::sort(edges.begin(), edges.end(), [](const Edge& a, const Edge& b) { return a.cluster < b.cluster; });
    offsets_[m] = static_cast<int64_t>(entry_cluster_.size());
    for (size_t i = 0; i < edges.size(); ++i) {
      if (i > 0 && edges[i].cluster == edges[i - 1].cluster) {
        entry_out_.back() += edges[i].out;
        entry_in_.back() += edges[i].in;
        continue;
      }
      entry_cluster_.push_back(edges[i].cluster);
      entry_out_.push_back(edges[i].out);
      entry_in_.push_back(edges[i].in);
      touching_[edges[i].cluster].push_back(static_cast<int32_t>(m));
    }
    counts_[m] = static_cast<int32_t>(static_cast<int64_t>(entry_cluster_.size()) - offsets_[m]);
  };
  each_block(n, poll, [&](int64_t begin, int64_t end) {
    for (int64_t m = begin; m < end; ++m) entries_of(m);
  });
}

void ClusterAffinities::first_links(int64_t count, const Poll& poll) {
  // U(i -> j), by i: each item adds its product to the U of the cluster that it touches.
  std::vector<std::vector<Link>> reverse(count);
  const auto links_from = [&](int32_t i) {
    for (const int32_t item : touching_[i]) {
      const int64_t position = entry(item, i);
      const double product = entry_out_[position] * entry_in_[position];
      const int32_t j = first_cluster_[item];
      if (product > 0 && mixed_[j] == 0) mixed_clusters_.push_back(j);
      mixed_[j] += product;
    }
    std::sort(mixed_clusters_.begin(), mixed_clusters_.end());
    for (const int32_t j : mixed_clusters_) {
      links_[i].push_back({j, mixed_[j], 0});
      reverse[j].push_back({i, 0, mixed_[j]});  // ascending, since i is
      mixed_[j] = 0;
    }
    mixed_clusters_.clear();
  };
  each_block(count, poll, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) links_from(static_cast<int32_t>(i));
  });
  each_block(count, poll, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) links_[i] = joined(links_[i], reverse[i], -1, -1);
  });
}

int32_t ClusterAffinities::root(int32_t cluster) const {
  while (parent_[cluster] != cluster) cluster = parent_[cluster] = parent_[parent_[cluster]];
  return cluster;
}

double ClusterAffinities::between(int32_t a, int32_t b) const {
  const auto link = std::lower_bound(links_[a].begin(), links_[a].end(), Link{b, 0, 0}, by_other);
  return link != links_[a].end() && link->other == b ? affinity(a, *link) : 0;
}

int64_t ClusterAffinities::entry(int32_t item, int32_t cluster) const {
  const int32_t* begin = entry_cluster_.data() + offsets_[item];
  const int32_t* end = begin + counts_[item];
  const int32_t* found = std::find(begin, end, cluster);
  return found == end ? -1 : found - entry_cluster_.data();
}

void ClusterAffinities::drop_entry(int32_t item, int64_t position) {
  const int64_t last = offsets_[item] + --counts_[item];
  entry_cluster_[position] = entry_cluster_[last];
  entry_out_[position] = entry_out_[last];
  entry_in_[position] = entry_in_[last];
}

void ClusterAffinities::join_entries(int32_t kept, int32_t gone) {
  for (const int32_t item : touching_[gone]) {
    const int64_t from = entry(item, gone);
    if (from < 0) continue;
    const int32_t own = cluster_of(item);
    if (own == kept || own == gone) {
      drop_entry(item, from);
      continue;
    }
    const int64_t to = entry(item, kept);
    if (to < 0) {
      entry_cluster_[from] = kept;
      touching_[kept].push_back(item);
      continue;
    }
    // (out_a + out_b)(in_a + in_b) - out_a in_a - out_b in_b = out_a in_b + out_b in_a
    const double mixed = entry_out_[to] * entry_in_[from] + entry_out_[from] * entry_in_[to];
    if (mixed > 0) {
      if (mixed_[own] == 0) mixed_clusters_.push_back(own);
      mixed_[own] += mixed;
    }
    entry_out_[to] += entry_out_[from];
    entry_in_[to] += entry_in_[from];
    drop_entry(item, from);
  }
  std::vector<int32_t>().swap(touching_[gone]);
}

void ClusterAffinities::join_links(int32_t kept, int32_t gone) {
  // As elements, exact:  U(j -> a) += U(j -> b).  As groups:  U(a -> j) += U(b -> j) + the mixed products.
  std::vector<Link> mixed;
  std::sort(mixed_clusters_.begin(), mixed_clusters_.end());
  for (const int32_t j : mixed_clusters_) {
    mixed.push_back({j, mixed_[j], 0});
    mixed_[j] = 0;
  }
  mixed_clusters_.clear();
  std::vector<Link> links = joined(links_[kept], links_[gone], kept, gone);
  if (!mixed.empty()) links = joined(links, mixed, kept, gone);
  std::vector<Link>().swap(links_[gone]);
  for (const Link& link : links) {
    std::vector<Link>& theirs = links_[link.other];
    const auto old = place_of(theirs, gone);
    if (old != theirs.end() && old->other == gone) theirs.erase(old);
    const auto place = place_of(theirs, kept);
    if (place != theirs.end() && place->other == kept) {
      *place = {kept, link.from, link.to};
    } else {
      theirs.insert(place, {kept, link.from, link.to});
    }
  }
  links_[kept] = std::move(links);
}

int32_t ClusterAffinities::merge(int32_t a, int32_t b) {
  // The shorter list is walked, so that an item's entry is touched at most log n times.
  const bool keep_a = touching_[a].size() > touching_[b].size() || (touching_[a].size() == touching_[b].size() && a < b);
  const int32_t kept = keep_a ? a : b, gone = keep_a ? b : a;
  if (exact_) join_entries(kept, gone);
  join_links(kept, gone);
  parent_[gone] = kept;
  sizes_[kept] += sizes_[gone];
  sizes_[gone] = 0;
  inverse_square_[kept] = 1 / (static_cast<double>(sizes_[kept]) * static_cast<double>(sizes_[kept]));
  return kept;
}

}  // namespace dc::cluster
