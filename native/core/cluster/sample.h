// Clusters found on some of many items, and given to the rest: what grows with the square of their number then does not grow.
#pragma once

#include "data/rows.h"

namespace dc::cluster {

struct SampleOptions {
  int64_t items;  // most; 0: all
  // Clusters of which none may be missed, however small: the sample then takes as many items from each region as there are, up to an even
  // share. 0: each item is as likely as another.
  int64_t spread_over = 0;
};

// Positions of the sample: int64 [m], ascending, on the device of x; undefined where it would be all.
at::Tensor draw_sample(const data::Rows& x, const SampleOptions& options, at::Generator& generator, const Poll& poll);

// The labels of all items, int64 [n], from those of a sample: its own items keep theirs, for each other its `neighbours` nearest in the
// sample vote, with weights 1 / d^2. `items` [m, d] are the rows of x at `sample`, `labels` int64 [m].
at::Tensor labels_of_all(const data::Rows& x, const at::Tensor& sample, const at::Tensor& items, const at::Tensor& labels, int64_t clusters,
                         int64_t neighbours, const Poll& poll);

}  // namespace dc::cluster
