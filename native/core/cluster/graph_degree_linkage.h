// Graph degree linkage (Zhang, Wang, Zhao & Tang 2012) with the merge rule of JULE (Yang, Parikh & Batra 2016): agglomeration
// on the sparse neighbour graph, exact, in O(n k) memory.
#pragma once

#include "cluster/knn_graph.h"
#include "options.h"

namespace dc::cluster {

struct LinkageOptions {
  int64_t clusters;       // that are wanted in the end
  int64_t until;          // merge until so many are left: `clusters`, or 1 for the whole tree
  double bandwidth;       // a:  sigma^2 of the weights is a times the mean squared distance to a neighbour
  int64_t near_clusters;  // K_c of the merge rule
  double lambda;          // weight of its local term
  bool exact;             // false: the fast update of the official codes, without the mixed products of a merge
  double balance;         // clusters that hold less than this share of n / clusters are small: while there are as many others as
                          // wanted, or fewer, small ones are merged before any two of those; 0: there are no small ones

  // With `until` as `clusters`.
  static LinkageOptions read(const OptionValues& values, const std::string& prefix = "");
};

struct MergeTree {
  at::Tensor start;       // int64 [n]: the first cluster of each item, 0 .. c - 1
  at::Tensor merges;      // int64 [m, 2], on the CPU: row r says which two became cluster c + r
  at::Tensor affinities;  // float64 [m], on the CPU: of the two when they were merged; 0 where there was none

  int64_t first_clusters() const { return start.numel() == 0 ? 0 : start.max().item<int64_t>() + 1; }
};

// The first clusters: chains of nearest neighbours, the weakly connected components of the graph of first neighbours; single
// items where the chains are fewer than `clusters`. int64 [n], numbered by their first items, on the graph's device.
at::Tensor neighbour_chains(const NeighbourGraph& graph, int64_t clusters);

// Merges the clusters `start` (int64 [n], 0 .. c - 1, none of them empty) of the items x. Each step takes the cluster i with the
// largest
//   A(i, N_1) + lambda / (K_c - 1) sum_{k = 2 .. K_c} (A(i, N_1) - A(i, N_k))      (Yang et al. 2016)
// N_k its k-th nearest cluster by affinity, and merges it with N_1; a cluster that is not there counts as affinity 0. Where no
// affinity is left, the smallest cluster joins what is nearest to it. Does not depend on the order of the items. `poll` is
// called now and then, to abort.
MergeTree graph_degree_linkage(const NeighbourGraph& graph, const data::Rows& x, const at::Tensor& start, const LinkageOptions& options,
                               const Poll& poll);

// The clusters when `clusters` are left: int64 [n], 0 .. clusters - 1, numbered by their first items. Throws RangeError if the
// tree has no such cut.
at::Tensor cut(const MergeTree& tree, int64_t clusters);

}  // namespace dc::cluster
