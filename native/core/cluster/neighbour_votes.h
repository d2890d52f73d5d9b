// The cluster of new items by those that were clustered.
#pragma once

#include "torch.h"

namespace dc::cluster {

// For x float32 [b, d] the share of the votes for each cluster: float32 [b, clusters], rows sum to 1. The `neighbours` nearest
// of `items` [n, d] vote for their `labels` (int64 [n]) with weights 1 / d^2.
at::Tensor neighbour_votes(const at::Tensor& x, const at::Tensor& items, const at::Tensor& labels, int64_t clusters, int64_t neighbours);

}  // namespace dc::cluster
