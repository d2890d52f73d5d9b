// The nearest candidates of every item on a CPU, from all pairs of blocks of items that can hold neighbours of each other.
//
// Blocks are the groups of a projection tree. Where the projections of two blocks on the line through their centres lie further apart than
// the worst candidate of either, no item of one is a neighbour of an item of the other, and their pairs are left out.
#pragma once

#include "cluster/projection_tree.h"

namespace dc::cluster {

class NearBlocks {
 public:
  NearBlocks(const data::Rows& x, const Poll& poll);

  const at::Tensor& order() const { return groups_.order; }     // int32 [n]: the item at each position
  const at::Tensor& half_norms() const { return half_norms_; }  // float32 [n], by position

  // The share of the pairs that is not left out, from some blocks.
  double share(int64_t width) const;

  struct Found {
    at::Tensor positions;  // int32 [n, width], by position
    at::Tensor last;       // float32 [n], by position: the key of the last candidate; none that was left out has a smaller one
  };
  // The same for any number of threads.
  Found candidates(int64_t width, const Poll& poll) const;

 private:
  struct Lists;
  struct Block {
    loops::Span span;
    std::vector<float> centre;
    float norm;  // the largest of its items
  };
  Block block_of(loops::Span span, const at::Tensor& centre) const;
  static float worst_of(const Lists& lists, loops::Span span);  // the greatest threshold
  bool may_hold_neighbours(const Lists& lists, const Block& a, const Block& b) const;
  // [batches * batches]: of which batches of blocks no two hold neighbours of each other, as far as the lists say so now.
  std::vector<uint8_t> batches_apart(const Lists& lists, const Poll& poll) const;

  int64_t n_, d_;
  ItemGroups groups_;
  at::Tensor panels_;       // float32 [panels, d, kPanel]
  at::Tensor panel_norms_;  // float32 [panels * kPanel]
  at::Tensor half_norms_;   // of those that are items
  std::vector<Block> blocks_;
};

}  // namespace dc::cluster
