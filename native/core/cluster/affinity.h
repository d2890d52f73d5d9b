// The sparse, symmetric affinity of a neighbour graph.
#pragma once

#include "cluster/knn_graph.h"

namespace dc::cluster {

// A symmetric sparse matrix in compressed rows, on one device. No entry on the diagonal.
struct Affinity {
  int64_t n;
  at::Tensor offsets;  // int64 [n + 1]
  at::Tensor columns;  // int64 [entries], ascending in each row
  at::Tensor rows;     // int64 [entries]
  at::Tensor weights;  // float32 [entries], 0 .. 1
  at::Tensor degrees;  // float32 [n]: row sums
};

// W = max(W, W') of  w_ij = exp(-d_ij^2 / (s_i s_j))  over the graph's edges, s_i the distance to the `scale_neighbour`-th
// neighbour (Zelnik-Manor & Perona 2004: self-tuning spectral clustering, eq. 1). Items at distance 0 have affinity 1.
Affinity self_tuning_affinity(const NeighbourGraph& graph, int64_t scale_neighbour, const Poll& poll);

// The part of an affinity between some of its items: `kept` int64 [m], ascending. Rows and columns are numbered anew.
Affinity induced(const Affinity& affinity, const at::Tensor& kept);

// The connected component of each item, numbered by their first items: int64 [n], on the affinity's device.
at::Tensor connected_components(const Affinity& affinity, const Poll& poll);

// The mean over clusters of  cut(A, rest) / vol(A)  (Shi & Malik 2000), 0 .. 1; an empty cluster counts as 1.
double normalised_cut(const Affinity& affinity, const at::Tensor& labels, int64_t clusters);

// y = D^-1/2 W D^-1/2 x for x float32 [n, b]. Items without any affinity give 0.
class NormalisedAffinity {
 public:
  explicit NormalisedAffinity(const Affinity& affinity);
  at::Tensor operator()(const at::Tensor& x) const;

 private:
  at::Tensor offsets_, columns_, values_;
  at::Tensor matrix_;  // the same as a sparse tensor, where the device is not a CPU
};

}  // namespace dc::cluster
