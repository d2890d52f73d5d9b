#include "device/host_memory.h"

#include "../harness.h"

using namespace dc;
using namespace dc::device;

namespace {
constexpr int64_t kLarge = 1 << 20;  // floats

void* place_of_a_new_tensor(int64_t floats = kLarge) { return at::empty({floats}).data_ptr(); }
}  // namespace

#if !defined(__SANITIZE_ADDRESS__)

TEST("host memory: a block that a tensor freed serves the next one of about its size, while a job runs") {
  const HostMemoryScope job;
  void* first = place_of_a_new_tensor();
  EXPECT(kept_host_memory() >= sizeof(float) * kLarge);
  EXPECT(place_of_a_new_tensor() == first);
  EXPECT(place_of_a_new_tensor(kLarge - kLarge / 32) == first);
  at::Tensor held = at::empty({kLarge});
  EXPECT(held.data_ptr() == first);
  EXPECT(place_of_a_new_tensor() != first);
}

TEST("host memory: sizes that change from step to step find their blocks again") {
  const HostMemoryScope job;
  for (int64_t step = 0; step < 1000; ++step) at::empty({kLarge + 37 * step});
  EXPECT(kept_host_memory() < 3 * sizeof(float) * kLarge);
}

TEST("host memory: all is given back when the last job ends, and nothing is kept without one") {
  at::Tensor survivor;
  {
    const HostMemoryScope job;
    {
      const HostMemoryScope other;
      survivor = at::ones({kLarge});
      place_of_a_new_tensor();
    }
    EXPECT(kept_host_memory() > 0);
    release_host_memory();
    EXPECT(kept_host_memory() == 0);
    place_of_a_new_tensor();
  }
  EXPECT(kept_host_memory() == 0);
  EXPECT(survivor.sum().item<float>() == static_cast<float>(kLarge));
  survivor.reset();
  EXPECT(kept_host_memory() == 0);
}

TEST("host memory: blocks are aligned as libtorch wants them, whatever their size") {
  const HostMemoryScope job;
  for (const int64_t bytes : {1, 63, 65, 65'535, 65'536, 65'537, 1'000'003}) {
    const at::Tensor tensor = at::empty({bytes}, at::kByte);
    EXPECT(reinterpret_cast<uintptr_t>(tensor.data_ptr()) % 64 == 0);
    tensor.fill_(7);
    EXPECT(at::cat({tensor, tensor}).eq(7).all().item<bool>());
  }
}

#endif
