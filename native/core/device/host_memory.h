// Memory of CPU tensors, kept from one step to the next.
//
// A step frees tens of megabytes that the next one takes again in the same sizes. The C library gives much of it back to the
// system in between, and getting it anew page by page costs a float32 step up to a fifth of its time.
#pragma once

#include "torch.h"

namespace dc::device {

// A job for which large blocks are kept when tensors free them; the last job that ends gives them all back to the system.
// Jobs may run on several threads at once and share what is kept.
class HostMemoryScope {
 public:
  HostMemoryScope();
  ~HostMemoryScope();
  HostMemoryScope(const HostMemoryScope&) = delete;
  HostMemoryScope& operator=(const HostMemoryScope&) = delete;
};

// Gives back what is kept and not in use: between phases, whose sizes differ.
void release_host_memory();

// Of large blocks alone.
struct HostMemory {
  size_t kept;                 // bytes that are not in use; at most twice `most_used`
  size_t used;                 // bytes
  size_t most_used;            // at once, since the first job began or unused memory was given back
  int64_t blocks_from_system;  // since the process began
};
HostMemory host_memory();

}  // namespace dc::device
