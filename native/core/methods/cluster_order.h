// The order of an epoch in which items of one cluster come together.
#pragma once

#include "torch.h"

namespace dc::methods {

// Every item once, int64 [n], drawn on the device of `labels` (int64 [n], from 0): each cluster is cut at random into parts of `members`
// items (what is left over is a smaller part), and the parts are shuffled. A batch that is read off this order holds pairs of
// one cluster however many clusters there are, where one of random items would hold hardly any.
at::Tensor order_by_clusters(const at::Tensor& labels, int64_t members, at::Generator& generator);

}  // namespace dc::methods
