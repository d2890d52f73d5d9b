// k-means: Lloyd's iterations from k-means++ starts, several restarts, empty clusters mended. On any device; the data
// are read in blocks, so that bytes need not become floats all at once.
#pragma once

#include "data/rows.h"

namespace dc::cluster {

using data::Rows;

struct KMeansOptions {
  int64_t clusters;
  int64_t restarts;
  int64_t iterations;  // at most, per restart
  double tolerance;    // stop when the centroids' mean squared movement is below tolerance x mean feature variance
  bool plus_plus;      // k-means++ (Arthur & Vassilvitskii 2007, greedy), else random rows
};

struct KMeansResult {
  at::Tensor centroids;  // float32 [k, d]
  at::Tensor labels;     // int64 [n]
  at::Tensor counts;     // int64 [k]
  double inertia;        // sum of squared distances to the nearest centroid
  int64_t iterations;    // of the restart that was kept
};

// Throws RangeError if there are fewer rows than clusters. `poll` is called once a block, to abort.
KMeansResult kmeans(const Rows& rows, const KMeansOptions& options, at::Generator& generator, const Poll& poll);

// One run from given centroids [k, d].
KMeansResult kmeans_from(const Rows& rows, const at::Tensor& centroids, const KMeansOptions& options, const Poll& poll);

// Squared distances [b, k] of x [b, d] to the centroids [k, d], never negative.
at::Tensor squared_distances(const at::Tensor& x, const at::Tensor& centroids);

// The nearest centroid of each row: int64 [b]. Ties go to the lower index.
at::Tensor nearest(const at::Tensor& x, const at::Tensor& centroids);

// p(k | x) of the mixture of equal spherical Gaussians whose most probable component is the nearest centroid:
// softmax_k(-|x - m_k|^2 / (2 variance)). squared_distances [b, k], variance [].
at::Tensor soft_assignments(const at::Tensor& squared_distances, const at::Tensor& variance);

}  // namespace dc::cluster
