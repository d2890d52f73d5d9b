// Items in an order in which near ones stand together: halved again and again at the median of their projections on the line through two
// of them (a random projection tree, Dasgupta & Freund 2008).
#pragma once

#include "cluster/centred_codes.h"

namespace dc::cluster {

struct ItemGroups {
  at::Tensor order;           // int32 [n]: the items, group by group
  std::vector<int64_t> ends;  // of the groups in `order`; each begins at a multiple of loops::kPanel

  int64_t count() const { return static_cast<int64_t>(ends.size()); }
  loops::Span span(int64_t group) const { return {group == 0 ? 0 : ends[group - 1], ends[group]}; }
};

// Groups of `largest` items or, all but one, more than half of it less a panel. The same for any number of threads.
ItemGroups projection_tree(const CentredCodes& codes, int64_t largest, uint64_t seed, const Poll& poll);

}  // namespace dc::cluster
