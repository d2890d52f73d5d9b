// Leading eigenvectors of a large symmetric operator, by Chebyshev-filtered subspace iteration (Zhou, Saad, Tiago &
// Chelikowsky 2006): products with blocks of vectors and small dense problems, on any device. A block finds eigenvalues that
// occur several times, which a disconnected graph has.
#pragma once

#include "blocks.h"
#include "torch.h"

namespace dc::cluster {

struct Eigenpairs {
  at::Tensor values;   // float64 [count], descending, on the CPU
  at::Tensor vectors;  // float32 [n, count], orthonormal columns
  double residual;     // the largest |A x - lambda x| of a pair
  int64_t products;    // with one vector
};

// `apply` maps float32 [n, b] to A x, with the spectrum of A in [-1, 1]. Iterates until each residual is below `tolerance`, or
// 60 times; the caller looks at `residual`. Needs count <= n.
Eigenpairs leading_eigenpairs(const std::function<at::Tensor(const at::Tensor&)>& apply, int64_t n, int64_t count, double tolerance,
                              at::Device device, at::Generator& generator, const Poll& poll);

}  // namespace dc::cluster
