// A device under CUDA's own name that computes on the CPU and keeps CUDA's manners. Linking it installs it, in a process without
// libtorch_cuda: at::kCUDA, its generators and two devices are then there.
//
// It throws where tensors of several devices meet, counts what a GPU would be launched, and tells what reads back to the host or
// uploads. A pointer to its memory cannot be dereferenced by the host.
#pragma once

#include "torch.h"

namespace dc::test {

struct Traffic {
  int64_t launches = 0;  // operators that compute or copy on the device; views and allocations are none
  int64_t reads = 0;     // back to the host: the host would wait for the device
  int64_t uploads = 0;   // copies from the host
  int64_t rounded = 0;   // products of float32 that a GPU may take with factors rounded to TF32
  int64_t replays = 0;   // of recorded work: one launch of the host, whatever it holds
};

// While one lives, all that reaches the device, from any thread, is recorded. One at a time.
class Watch {
 public:
  // With `refuse_reads` an operator that reads back throws.
  explicit Watch(bool refuse_reads = false);
  ~Watch();
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  Traffic traffic() const;
  // Each launch in words: operator, numbers, and each tensor's type, shape and buffer. A buffer that was there before has its address,
  // one that was made since then its number: equal lists are equal work on equal buffers.
  std::vector<std::string> operations() const;
};

// Bytes that tensors hold on the device.
int64_t device_memory();

// While one lives, an allocation beyond so many bytes throws c10::OutOfMemoryError, as CUDA's allocator does.
class MemoryLimit {
 public:
  explicit MemoryLimit(int64_t bytes);
  ~MemoryLimit();
  MemoryLimit(const MemoryLimit&) = delete;
  MemoryLimit& operator=(const MemoryLimit&) = delete;
};

}  // namespace dc::test
