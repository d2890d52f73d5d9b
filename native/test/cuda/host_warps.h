// The names of CUDA that kernels with shared memory and warps use, for a C++ compiler: each thread of a block is a fibre, and waits at
// barriers, votes and shuffles for the others of its warp. The order in which fibres go on can be changed: a kernel that lacks a
// barrier then gives other results.
#pragma once

#include <ucontext.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <numeric>
#include <random>
#include <vector>

#include "host_device.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#endif

#define __shared__ static

namespace dc::test {

constexpr unsigned kWarpLanes = 32;

// The fibres of one block.
class HostBlock {
 public:
  // `order` 0 resumes threads by number, 1 backwards, any other at random with it as seed.
  HostBlock(unsigned threads, unsigned order, const std::function<void()>& body)
      : body_(body),
        warps_((threads + kWarpLanes - 1) / kWarpLanes),
        random_(order) {
    running_block() = this;
    for (unsigned thread = 0; thread < threads; ++thread) {
      ++warps_[thread / kWarpLanes].alive;
      fibres_.push_back(std::make_unique<Fibre>());
      Fibre& fibre = *fibres_.back();
      fibre.stack.resize(kStack);
      getcontext(&fibre.context);
      fibre.context.uc_stack.ss_sp = fibre.stack.data();
      fibre.context.uc_stack.ss_size = fibre.stack.size();
      fibre.context.uc_link = &scheduler_;
      makecontext(&fibre.context, &HostBlock::enter, 0);
    }
    std::vector<unsigned> turn(threads);
    std::iota(turn.begin(), turn.end(), 0u);
    if (order == 1) std::reverse(turn.begin(), turn.end());
    for (bool alive = true; alive;) {
      if (order > 1) std::shuffle(turn.begin(), turn.end(), random_);
      alive = false;
      for (const unsigned thread : turn) {
        if (fibres_[thread]->over) continue;
        resume(thread);
        alive = true;
      }
    }
  }

  static HostBlock*& running_block() {
    static HostBlock* block = nullptr;
    return block;
  }

  void warp_barrier() {
    Warp& warp = warps_[current_ / kWarpLanes];
    const uint64_t generation = warp.generation;
    if (++warp.arrived == warp.alive) {
      warp.arrived = 0;
      ++warp.generation;
      return;
    }
    while (warp.generation == generation) yield();
  }

  // What each lane of the warp gave, in every lane.
  template <class Value>
  std::array<Value, kWarpLanes> exchange(Value value) {
    static_assert(sizeof(Value) <= sizeof(uint64_t));
    Warp& warp = warps_[current_ / kWarpLanes];
    std::memcpy(&warp.values[current_ % kWarpLanes], &value, sizeof value);
    warp_barrier();
    std::array<Value, kWarpLanes> all;
    for (unsigned lane = 0; lane < kWarpLanes; ++lane) std::memcpy(&all[lane], &warp.values[lane], sizeof value);
    warp_barrier();
    return all;
  }

 private:
  static constexpr size_t kStack = 64 << 10;
  struct Fibre {
    ucontext_t context;
    std::vector<char> stack;
    void* fake_stack = nullptr;
    bool over = false;
  };
  struct Warp {
    unsigned alive = 0, arrived = 0;
    uint64_t generation = 0;
    uint64_t values[kWarpLanes] = {};
  };

  static void enter() {
    HostBlock* block = running_block();
    block->arrived();
    block->body_();
    Warp& warp = block->warps_[block->current_ / kWarpLanes];
    --warp.alive;
    if (warp.arrived > 0 && warp.arrived == warp.alive) {  // the others wait for nobody else
      warp.arrived = 0;
      ++warp.generation;
    }
    block->fibres_[block->current_]->over = true;
    block->leave(nullptr);
  }

  void resume(unsigned thread) {
    current_ = thread;
    threadIdx.x = thread;
    Fibre& fibre = *fibres_[thread];
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_start_switch_fiber(&scheduler_fake_, fibre.stack.data(), fibre.stack.size());
#endif
    swapcontext(&scheduler_, &fibre.context);
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_finish_switch_fiber(scheduler_fake_, nullptr, nullptr);
#endif
  }

  void yield() {
    Fibre& fibre = *fibres_[current_];
    leave(&fibre.fake_stack);
    swapcontext(&fibre.context, &scheduler_);
    arrived();
  }

  // Around a switch, for the address sanitizer.
  void leave([[maybe_unused]] void** fake_stack) {
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_start_switch_fiber(fake_stack, scheduler_stack_, scheduler_stack_size_);
#endif
  }
  void arrived() {
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_finish_switch_fiber(fibres_[current_]->fake_stack, &scheduler_stack_, &scheduler_stack_size_);
#endif
  }

  const std::function<void()>& body_;
  std::vector<std::unique_ptr<Fibre>> fibres_;
  std::vector<Warp> warps_;
  std::mt19937 random_;
  ucontext_t scheduler_;
  unsigned current_ = 0;
#if defined(__SANITIZE_ADDRESS__)
  void* scheduler_fake_ = nullptr;
  const void* scheduler_stack_ = nullptr;
  size_t scheduler_stack_size_ = 0;
#endif
};

// kernel<<<blocks, threads>>>(arguments…), with the threads of a block resumed in the given order.
template <typename Kernel, typename... Arguments>
void launch_warps(unsigned blocks, unsigned threads, unsigned order, Kernel kernel, Arguments... arguments) {
  gridDim = {blocks};
  blockDim = {threads};
  threadIdx = {0, 0, 0};
  for (blockIdx = {0, 0, 0}; blockIdx.x < blocks; ++blockIdx.x) HostBlock(threads, order, [&] { kernel(arguments...); });
}

}  // namespace dc::test

inline void __syncwarp() { dc::test::HostBlock::running_block()->warp_barrier(); }

inline unsigned __ballot_sync(unsigned, bool vote) {
  const auto all = dc::test::HostBlock::running_block()->exchange<unsigned>(vote);
  unsigned mask = 0;
  for (unsigned lane = 0; lane < dc::test::kWarpLanes; ++lane) mask |= all[lane] << lane;
  return mask;
}

inline float __shfl_sync(unsigned, float value, int lane) {
  return dc::test::HostBlock::running_block()->exchange(value)[static_cast<size_t>(lane)];
}

inline int __ffs(int value) { return __builtin_ffs(value); }
