// Spectral clustering of a neighbour graph: leading eigenvectors of the normalised affinity, k-means on their rows (Ng, Jordan
// & Weiss 2001), the number of vectors chosen by the normalised cut.
#pragma once

#include "cluster/affinity.h"
#include "cluster/kmeans.h"

namespace dc::cluster {

struct SpectralOptions {
  int64_t clusters;  // K
  KnnOptions graph;
  int64_t scale_neighbour;  // s_i of the affinity: distance to this neighbour
  int64_t fewest_vectors;   // the numbers of eigenvectors that are tried, K .. 2 K in the recipes
  int64_t most_vectors;
  int64_t restarts;  // of each k-means
  double balance;    // the smallest cluster is to hold at least this share of n / K; 0: anything goes
};

struct SpectralResult {
  at::Tensor labels;           // int64 [n]
  at::Tensor embedding;        // float32 [n, vectors]: rows of the eigenvectors, scaled to length 1
  at::Tensor eigenvalues;      // float64 [most_vectors + 1 or fewer], descending, on the CPU
  double normalised_cut;       // of `labels`, mean over clusters
  int64_t vectors;             // that were taken
  bool balance_decided;        // a labelling with a lower cut was passed over, since its smallest cluster was too small
  bool balanced;               // `labels` keep to `balance`
  int64_t suggested_clusters;  // by the largest gap between neighbouring eigenvalues
  int64_t components;          // connected components of the graph
  int64_t attached;            // items of components that were too small to be a cluster: they follow their nearest item outside
  double residual;             // of the eigenvectors
};

// Of rows on any device. Throws RangeError if there are fewer items than clusters.
SpectralResult spectral_clustering(const data::Rows& x, const SpectralOptions& options, at::Generator& generator, const Poll& poll);

// A sentence where the assumption of balanced clusters decided, or could not be kept; else empty.
std::string balance_warning(const SpectralResult& result, const SpectralOptions& options);

}  // namespace dc::cluster
