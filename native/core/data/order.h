// The order in which a pass over the data takes its items.
#pragma once

#include "data/dataset.h"

namespace dc::data {

// The first `count` of all items in a random order: int64 [count]. Of resident rows any order, on the device. Of others on the host, and an
// order that a disk can follow: long runs of rows are shuffled, and the rows of as many runs as a window holds among each other. Where one
// window holds all, it is the order of resident rows on a CPU.
at::Tensor shuffled_order(const Dataset& data, int64_t count, at::Generator& generator);

// Items of a window.
int64_t shuffle_window(const Dataset& data);

}  // namespace dc::data
