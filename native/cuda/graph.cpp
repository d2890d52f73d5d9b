#include "graph.h"

#include <ATen/cuda/CUDAGeneratorImpl.h>
#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDAStream.h>

#include <cstdio>
#include <memory>

namespace dc::cuda {

namespace {

struct Graph {
  at::Generator generator;  // lives as long as what draws from it
  at::cuda::CUDAGraph graph;
};

// Up to torch 2.13 a graph has to be told of the generators that it will draw from; later ones notice.
template <class Generator>
void announce(Generator* generator, at::cuda::CUDAGraph* graph) {
  if constexpr (requires { generator->register_graph(graph); }) generator->register_graph(graph);
}

int failed(const std::exception& error, char* reason, size_t reason_size) {
  const auto* torch_error = dynamic_cast<const c10::Error*>(&error);
  std::snprintf(reason, reason_size, "%s", torch_error ? torch_error->what_without_backtrace() : error.what());
  return 1;
}

}  // namespace

int record_graph(DcCudaWork work, void* context, const void* generator, void** graph, char* reason, size_t reason_size) {
  try {
    auto recorded = std::make_unique<Graph>();
    recorded->generator = *static_cast<const at::Generator*>(generator);
    announce(at::check_generator<at::CUDAGeneratorImpl>(recorded->generator), &recorded->graph);
    // Of this thread alone: other models go on with theirs, and may allocate.
    recorded->graph.capture_begin({0, 0}, cudaStreamCaptureModeThreadLocal);
    const int status = work(context);
    try {
      // Also after a failure: the stream has to be left as it was.
      recorded->graph.capture_end();
    } catch (const std::exception&) {
      if (status == 0) throw;
    }
    if (status != 0) {
      cudaGetLastError();  // not sticky: the next launch starts clean
      std::snprintf(reason, reason_size, "the work that was to be recorded failed");
      return status;
    }
    *graph = recorded.release();
    return 0;
  } catch (const std::exception& error) {
    cudaGetLastError();
    return failed(error, reason, reason_size);
  }
}

int replay_graph(void* graph, char* reason, size_t reason_size) {
  try {
    static_cast<Graph*>(graph)->graph.replay();
    return 0;
  } catch (const std::exception& error) {
    return failed(error, reason, reason_size);
  }
}

void release_graph(void* graph) {
  // Its memory may be handed out again: the last replay must be over.
  cudaStreamSynchronize(c10::cuda::getCurrentCUDAStream().stream());
  delete static_cast<Graph*>(graph);
}

}  // namespace dc::cuda
