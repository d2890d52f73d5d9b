// What only a GPU itself can show: its kernel, and its memory.
#include "../harness.h"
#include "cluster/knn_graph.h"
#include "data/scaling.h"
#include "gpu.h"
#include "kernels.h"

using namespace dc;
using namespace dc::test;

TEST("gpu: the neighbour graph is exactly that of the CPU, by the kernel and by libtorch's operators") {
  const at::Device device = gpu();
  const Kernels with_kernel = kernels_of(device);
  EXPECT(static_cast<bool>(with_kernel.merge_nearest));
  Kernels without = with_kernel;
  without.merge_nearest = nullptr;
  const at::Tensor grid = at::randint(0, 3, {2000, 80}).to(at::kFloat);  // many ties
  for (const at::Tensor& x : {at::randn({5000, 160}), at::randn({3000, 10}) + 1000, grid}) {
    for (const int64_t k : {1, 20, 100}) {
      const auto graph_of = [&](const at::Tensor& items) {
        return cluster::knn_graph(data::Rows::of(items), {.neighbours = k, .workspace_bytes = 1 << 20}, [] {});
      };
      const cluster::NeighbourGraph wanted = graph_of(x);
      for (const bool by_kernel : {true, false}) {
        set_kernels(at::kCUDA, by_kernel ? with_kernel : without);
        const cluster::NeighbourGraph received = graph_of(x.to(device));
        set_kernels(at::kCUDA, with_kernel);
        EXPECT_CLOSE(received.squared_distances, wanted.squared_distances, 1e-4, 1e-5);
        // Sums in another order may swap neighbours whose distances differ in the last bits.
        EXPECT(received.items.cpu().ne(wanted.items).to(at::kFloat).mean().item<double>() < 1e-3);
      }
    }
  }
}

TEST("gpu: a batch of bytes, gathered by the kernel, has the bits of the CPU") {
  const at::Device device = gpu();
  for (const int64_t features : {1, 10, 784, 1200}) {
    const at::Tensor items = at::randint(0, 256, {300, features}, at::kByte), index = at::randint(0, 300, {128}, at::kLong);
    for (const std::string kind : {"unit", "none"}) {
      data::Scaling here(kind, features), there(kind, features);
      const data::Resident near(items, at::kCPU), far(items, device);
      here.fit(near, [] {});
      there.fit(far, [] {});
      EXPECT(there.gather(far, index.to(device)).cpu().equal(here.gather(near, index)));
    }
  }
}

TEST("gpu: an allocation that cannot be says what was asked and what is free") {
  const at::Device device = gpu();
  std::string message;
  try {
    at::empty({int64_t{1} << 50}, at::TensorOptions().dtype(at::kByte).device(device));
  } catch (const c10::OutOfMemoryError& error) {
    message = error.what_without_backtrace();
  }
  EXPECT(message.find("Tried to allocate") != std::string::npos && message.find("free") != std::string::npos);
}
