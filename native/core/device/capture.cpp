#include "device/capture.h"

#include "cuda/plugin.h"
#include "error.h"

namespace dc::device {

namespace {

constexpr size_t kReason = 1024;

class CudaGraph final : public CapturedWork {
 public:
  CudaGraph(const DcCudaPlugin* plugin, void* graph) : plugin_(plugin), graph_(graph) {}
  ~CudaGraph() override { plugin_->release_graph(graph_); }

  void replay() override {
    char reason[kReason] = "";
    if (plugin_->replay_graph(graph_, reason, sizeof reason) != 0)
      throw Error("ERR_NATIVE", std::string("A recorded step failed on the GPU: ") + reason);
  }

 private:
  const DcCudaPlugin* plugin_;
  void* graph_;
};

class CudaCapturer final : public Capturer {
 public:
  explicit CudaCapturer(const DcCudaPlugin* plugin) : plugin_(plugin) {}

  std::unique_ptr<CapturedWork> record(const std::function<void()>& work, at::Generator& generator) override {
    // No exception passes the C functions of the plugin.
    struct Context {
      const std::function<void()>& work;
      std::exception_ptr exception;
    } context{work, nullptr};
    const auto call = [](void* opaque) {
      auto* given = static_cast<Context*>(opaque);
      try {
        given->work();
        return 0;
      } catch (...) {
        given->exception = std::current_exception();
        return 1;
      }
    };
    void* graph = nullptr;
    char reason[kReason] = "";
    const int status = plugin_->record_graph(call, &context, &generator, &graph, reason, sizeof reason);
    if (context.exception) std::rethrow_exception(context.exception);
    if (status != 0) throw Error("ERR_NATIVE", reason);
    return std::make_unique<CudaGraph>(plugin_, graph);
  }

 private:
  const DcCudaPlugin* plugin_;
};

}  // namespace

Capturer* cuda_capturer(const DcCudaPlugin* plugin) {
  static CudaCapturer capturer(plugin);
  return &capturer;
}

}  // namespace dc::device
