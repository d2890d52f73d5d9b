// The k nearest neighbours of every item, never by an n x n matrix: exact by blocks of products, or of millions nearly so (neighbour_descent.h).
//
// Exact: candidates come from products of the items with themselves, rounded (float32, or bfloat16 where that is fast), a few more
// than k. Their distances are then computed anew from differences in float32. A bound on the rounding error of the products
// tells for which items no other item can be nearer than the k-th; the others get candidates from float32 products, and where
// these cannot decide either (more ties than candidates), are compared with all items.
#pragma once

#include "data/rows.h"

namespace dc::cluster {

enum class Search { automatic, exact, approximate };

struct KnnOptions {
  int64_t neighbours;                  // k; at most n - 1 are found
  int64_t workspace_bytes = 64 << 20;  // of one tile of products: what is needed beside the factors of the products and the result
  bool bfloat16 = false;               // candidates from bfloat16 products, where that pays (CPU, at least 64 features)
  Search search = Search::exact;       // automatic: the exact one, unless the other is expected to be quicker
  uint64_t seed = 0;                   // of the approximate search, and of the rows that its recall is measured on
};

struct NeighbourGraph {
  at::Tensor items;               // int64 [n, k]: the neighbours' positions, nearest first; ties go to the lower position
  at::Tensor squared_distances;   // float32 [n, k]
  int64_t compared_with_all;      // items for which no products sufficed
  Search search = Search::exact;  // what was done
  double recall = 1;              // share of the nearest that were found, measured on some rows where the search was approximate

  int64_t size() const { return items.size(0); }
  int64_t neighbours() const { return items.size(1); }
};

// Of rows on any device. An item is not its own neighbour; its duplicates are, at distance 0. Throws RangeError for
// numbers that are not finite, and for fewer than 2 items. `poll` is called once a tile or every few groups, to abort.
NeighbourGraph knn_graph(const data::Rows& x, const KnnOptions& options, const Poll& poll);

// x / max(1, |x|), by rows: what the official codes of JULE do to the items of a graph.
data::Rows cap_norms(const data::Rows& x);

}  // namespace dc::cluster
