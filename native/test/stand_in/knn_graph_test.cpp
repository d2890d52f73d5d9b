// The neighbour graph on the stand-in: with the operators of the device, and with the kernel of native/cuda on the same memory.
#include "cluster/knn_graph.h"

#include "../cuda/host_warps.h"

#include "../../cuda/merge_nearest.cuh"

#include "../harness.h"
#include "kernels.h"
#include "stand_in_memory.h"

using namespace dc;
using namespace dc::cluster;

namespace {

int64_t kernel_calls = 0;

void select_by_kernel(const at::Tensor& tile, int64_t first, const at::Tensor& own, at::Tensor& keys, at::Tensor& items) {
  ++kernel_calls;
  const auto blocks = static_cast<unsigned>((tile.size(0) + cuda::kWarps - 1) / cuda::kWarps);
  const auto memory = [](const at::Tensor& tensor) { return test::on_host(tensor); };
  test::launch_warps(blocks, cuda::kWarps * cuda::kLanes, 0, cuda::merge_nearest, memory(tile).data_ptr<float>(), tile.size(0),
                     tile.size(1), first, memory(own).data_ptr<int64_t>(), static_cast<int>(keys.size(1)), memory(keys).data_ptr<float>(),
                     memory(items).data_ptr<int32_t>());
}

// While one lives, the device has the kernel.
struct WithKernel {
  WithKernel() { set_kernels(at::kCUDA, {.merge_nearest = select_by_kernel, .capturer = before.capturer}); }
  ~WithKernel() { set_kernels(at::kCUDA, before); }
  const Kernels before = kernels_of(at::Device(at::kCUDA, 0));
};

NeighbourGraph graph_of(const at::Tensor& x, int64_t k, int64_t workspace) {
  return knn_graph(data::Rows::of(x), {.neighbours = k, .workspace_bytes = workspace}, [] {});
}

}  // namespace

TEST("knn graph on cuda: exactly the graph of the CPU, by operators and by the kernel, in bounded memory") {
  at::manual_seed(3);
  const at::Tensor plain = at::randn({150, 70}), offset = at::randn({120, 5}) + 1000, twins = at::randn({60, 64}).repeat({2, 1});
  const at::Tensor grid = at::randint(0, 3, {100, 80}).to(at::kFloat);  // many ties
  for (const at::Tensor& x : {plain, offset, twins, grid}) {
    for (const int64_t k : {1, 20}) {
      const NeighbourGraph wanted = graph_of(x, k, 64 << 20);
      for (const bool kernel : {false, true}) {
        std::optional<WithKernel> with;
        if (kernel) with.emplace();
        kernel_calls = 0;
        const NeighbourGraph received = graph_of(x.to(at::kCUDA), k, 60 * 60 * 4);
        EXPECT((kernel_calls > 0) == kernel);
        EXPECT(received.items.cpu().equal(wanted.items));
        EXPECT_CLOSE(received.squared_distances, wanted.squared_distances, 1e-6, 1e-5);
      }
    }
  }
}
