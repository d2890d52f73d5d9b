// What a run hands out of the embedding while it trains: the codes of a fixed subset after some of its epochs.
#pragma once

#include "torch.h"

namespace dc::run {

struct Frames {
  at::Tensor items = {};  // int64 [m], positions in the dataset; undefined: nothing is handed out
  int64_t count = 0;      // most epochs of a phase
  double share = 0;       // most items that are encoded for it in a phase, as a share of those trained on

  // Whether the codes after `epoch` (from 1) of a phase on n items are handed out: evenly spaced epochs, the last always.
  bool due(int64_t epoch, int64_t epochs, int64_t n) const;
};

// Codes [m, d] of more than `count` dimensions as their `count` leading principal components, fewer where they span fewer: [m, count],
// mean 0, distances kept as well as so many dimensions can. Others as they are.
at::Tensor leading_components(const at::Tensor& codes, int64_t count);

}  // namespace dc::run
