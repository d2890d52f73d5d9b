// The affinities between the clusters of a directed graph in graph degree linkage (Zhang, Wang, Zhao & Tang 2012), sparse, and
// kept up while clusters are merged. On the host: merging is one step after another.
//
// With W the directed weights of the neighbour graph, and for an item m and a cluster i
//   out_i(m) = sum_{u in i} W_mu,   in_i(m) = sum_{u in i} W_um,
// the affinity of two clusters is
//   A(i, j) = U(i -> j) / |i|^2 + U(j -> i) / |j|^2,   U(i -> j) = sum_{m in j} out_i(m) in_i(m)
// out and in are kept for each item and each cluster that it has an edge with: as many numbers as the graph has edges, at most
// twice. A merge adds them up, and what the products of the sums have beyond the sums of the products.
#pragma once

#include "cluster/knn_graph.h"

namespace dc::cluster {

// W: float64 [n, k], on the CPU:  w_ij = exp(-d_ij^2 / sigma^2),  sigma^2 = `bandwidth` times the mean d_ij^2 over the graph's
// edges (Yang, Parikh & Batra 2016). Items at distance 0 have weight 1.
at::Tensor directed_weights(const NeighbourGraph& graph, double bandwidth);

class ClusterAffinities {
 public:
  struct Link {
    int32_t other;
    double to, from;  // U(i -> other), U(other -> i); at least one is above 0
  };

  // `clusters` int64 [n]: the cluster of each item, 0 .. count - 1. `exact`: false leaves out the mixed products of a merge,
  // as the official codes of JULE do by default.
  ClusterAffinities(const NeighbourGraph& graph, const at::Tensor& weights, const at::Tensor& clusters, int64_t count, bool exact,
                    const Poll& poll);

  // The clusters with which cluster i has an affinity above 0, ascending.
  const std::vector<Link>& links(int32_t i) const { return links_[i]; }
  double affinity(int32_t i, const Link& link) const { return link.to * inverse_square_[i] + link.from * inverse_square_[link.other]; }
  double between(int32_t a, int32_t b) const;
  int64_t size(int32_t i) const { return sizes_[i]; }

  // The cluster that an item is in now.
  int32_t cluster_of(int64_t item) const { return root(first_cluster_[item]); }

  // Merges two clusters. Returns the one that remains; the other has no items and no links any more.
  int32_t merge(int32_t a, int32_t b);

 private:
  int32_t root(int32_t cluster) const;
  int64_t entry(int32_t item, int32_t cluster) const;  // position, or -1
  void drop_entry(int32_t item, int64_t position);
  void first_entries(const NeighbourGraph& graph, const at::Tensor& weights, const Poll& poll);
  void first_links(int64_t count, const Poll& poll);
  void join_entries(int32_t kept, int32_t gone);  // fills mixed_
  void join_links(int32_t kept, int32_t gone);

  bool exact_;
  std::vector<int32_t> first_cluster_;   // of each item, when this was made
  mutable std::vector<int32_t> parent_;  // of each cluster; its own if it was not merged away
  std::vector<int64_t> sizes_;
  std::vector<double> inverse_square_;  // 1 / size^2

  // Entries of item m: offsets_[m] .. offsets_[m] + counts_[m] - 1. Those with the item's own cluster mean nothing.
  std::vector<int64_t> offsets_;
  std::vector<int32_t> counts_, entry_cluster_;
  std::vector<double> entry_out_, entry_in_;
  std::vector<std::vector<int32_t>> touching_;  // items with an entry for the cluster, and some that had one

  std::vector<std::vector<Link>> links_;
  std::vector<double> mixed_;  // of the merge under way, by cluster; 0 between merges
  std::vector<int32_t> mixed_clusters_;
};

}  // namespace dc::cluster
