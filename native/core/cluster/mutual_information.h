// The mutual information between the clusters of two views of the same items, and a Gaussian mixture that maximises it.
// A mixture whose posteriors agree on both views and use all clusters evenly has the largest, ln k (invariant information
// clustering: Ji, Henriques & Vedaldi 2019, equations 2 and 3).
#pragma once

#include "cluster/gaussian_mixture.h"

namespace dc::cluster {

// I(c_a; c_b) = sum_ij P_ij log( P_ij / (P_i P_j) ),  P = mean over the items of p(c_a | a) p(c_b | b)', symmetrised: [...] for
// posteriors [..., n, k] of both views. Natural logarithms, 0 .. ln k. Differentiable.
at::Tensor mutual_information(const at::Tensor& a, const at::Tensor& b);

struct MutualInformationOptions {
  int64_t clusters;
  int64_t restarts;      // mixtures that are trained side by side; the one with the highest mutual information is kept
  int64_t steps;         // of Adam
  int64_t batch_size;    // items per step
  int64_t start_items;   // items of each k-means start
  double learning_rate;  // falls to 5 % by a cosine
  double least_log_variance;
};

struct MutualInformationResult {
  GaussianMixture mixture;    // float32
  double mutual_information;  // over all items, mean over pairs of views
};

// `views` float32 [v, n, d], v >= 2: codes of v views of n items, of about unit variance per dimension. Throws RangeError if there
// are fewer items than clusters. `poll` is called once a step, to abort.
MutualInformationResult mixture_by_mutual_information(const at::Tensor& views, const MutualInformationOptions& options,
                                                      at::Generator& generator, const Poll& poll);

}  // namespace dc::cluster
