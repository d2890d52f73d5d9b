// The weighted triplet loss of JULE (Yang, Parikh & Batra 2016), with triplets drawn in the batch on the device.
#pragma once

#include "torch.h"

namespace dc::loss {

struct TripletOptions {
  double gamma;  // weight of the distance to the own cluster's items
  double margin;
  int64_t negatives;  // items of other clusters that each item is compared with; at most what the batch has
};

struct TripletLoss {
  at::Tensor value;   // float32 [], differentiable
  at::Tensor active;  // float32 []: share of the triplets whose loss is above 0
};

// For rows z float32 [b, d] of the clusters `labels` int64 [b]: the mean over all pairs (a, p) of one cluster, in both orders,
// and the negatives n of a, of
//   max(0, gamma |z_a - z_p|^2 - |z_a - z_n|^2 + margin)
// 0 for a batch without a pair or without negatives.
TripletLoss triplet_loss(const at::Tensor& z, const at::Tensor& labels, const TripletOptions& options, at::Generator& generator);

}  // namespace dc::loss
