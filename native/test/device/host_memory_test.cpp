#include "device/host_memory.h"

#include "../harness.h"
#include "error.h"

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
  EXPECT(host_memory().kept >= sizeof(float) * kLarge);
  EXPECT(place_of_a_new_tensor() == first);
  EXPECT(place_of_a_new_tensor(kLarge - kLarge / 32) == first);
  at::Tensor held = at::empty({kLarge});
  EXPECT(held.data_ptr() == first);
  EXPECT(place_of_a_new_tensor() != first);
}

TEST("host memory: sizes that change from step to step find their blocks again") {
  const HostMemoryScope job;
  for (int64_t step = 0; step < 1000; ++step) at::empty({kLarge + 37 * step});
  EXPECT(host_memory().kept < 3 * sizeof(float) * kLarge);
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
    EXPECT(host_memory().kept > 0);
    release_host_memory();
    EXPECT(host_memory().kept == 0);
    place_of_a_new_tensor();
  }
  EXPECT(host_memory().kept == 0);
  EXPECT(survivor.sum().item<float>() == static_cast<float>(kLarge));
  survivor.reset();
  EXPECT(host_memory().kept == 0);
}

TEST("host memory: temporaries of ever other sizes, one after another, do not add up") {
  const HostMemoryScope job;
  const size_t before = host_memory().used;
  int64_t total = 0, largest = 0;
  for (int64_t i = 0; i < 64; ++i) {
    const int64_t bytes = (int64_t{1} << 20) + i * (int64_t{1} << 18);
    place_of_a_new_tensor(bytes / 4);
    total += bytes;
    largest = std::max(largest, bytes);
    EXPECT(host_memory().kept <= 2 * host_memory().most_used);
  }
  EXPECT(host_memory().most_used <= before + static_cast<size_t>(largest) * 9 / 8);
  EXPECT(host_memory().kept < static_cast<size_t>(total) / 8);
}

TEST("host memory: what was freed first is given back first") {
  const HostMemoryScope job;
  {
    const at::Tensor held = at::empty({3 * kLarge / 2});  // twice as much may be kept
  }
  for (const int64_t side : {4, 5, 6, 7}) place_of_a_new_tensor(side * kLarge / 8);  // and these are
  const int64_t taken = host_memory().blocks_from_system;
  for (const int64_t side : {7, 6, 5, 4}) place_of_a_new_tensor(side * kLarge / 8);
  EXPECT(host_memory().blocks_from_system == taken);
  place_of_a_new_tensor(3 * kLarge / 2);
  EXPECT(host_memory().blocks_from_system == taken + 1);
}

TEST("host memory: a step takes nothing from the system after its second turn, whatever lay there before") {
  const HostMemoryScope job;
  for (const int64_t floats : {kLarge * 8, kLarge * 5, kLarge * 3}) place_of_a_new_tensor(floats);
  const auto step = [] {
    // Activations that live until the backward pass, and temporaries of each layer in both.
    std::vector<at::Tensor> activations;
    for (int64_t layer = 1; layer <= 8; ++layer) {
      place_of_a_new_tensor(layer * kLarge / 4);
      activations.push_back(at::empty({layer * kLarge / 2}));
    }
    for (int64_t layer = 8; layer >= 1; --layer) {
      const at::Tensor gradient = at::empty({layer * kLarge / 2 + kLarge / 4});
      place_of_a_new_tensor(layer * kLarge / 8);
      activations.pop_back();
    }
  };
  step();
  step();
  const int64_t taken = host_memory().blocks_from_system;
  for (int turn = 0; turn < 5; ++turn) step();
  EXPECT(host_memory().blocks_from_system == taken);
}

TEST("host memory: what cannot be had says how much it was") {
  const HostMemoryScope job;
  try {
    at::empty({int64_t{1} << 60}, at::kByte);
    EXPECT(false);
  } catch (const Error& error) {
    EXPECT(error.code() == "ERR_OUT_OF_MEMORY");
    EXPECT(error.details().device == "cpu");
    EXPECT(error.details().required_bytes.value() >= size_t{1} << 60);
  }
  EXPECT(host_memory().used < size_t{1} << 40);
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
