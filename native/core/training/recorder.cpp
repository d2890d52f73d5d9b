#include "training/recorder.h"

#include "cuda/plugin.h"
#include "error.h"

namespace dc::training {

namespace {

std::map<at::DeviceType, Recorder*>& recorders() {
  static std::map<at::DeviceType, Recorder*> all;
  return all;
}

constexpr size_t kReason = 1024;

class CudaRecording final : public Recording {
 public:
  CudaRecording(const DcCudaPlugin* plugin, void* graph) : plugin_(plugin), graph_(graph) {}
  ~CudaRecording() override { plugin_->release_graph(graph_); }

  void replay() override {
    char reason[kReason] = "";
    if (plugin_->replay_graph(graph_, reason, sizeof reason) != 0)
      throw Error("ERR_NATIVE", std::string("A recorded step failed on the GPU: ") + reason);
  }

 private:
  const DcCudaPlugin* plugin_;
  void* graph_;
};

class CudaRecorder final : public Recorder {
 public:
  explicit CudaRecorder(const DcCudaPlugin* plugin) : plugin_(plugin) {}

  std::unique_ptr<Recording> record(const std::function<void()>& work, at::Generator& generator) override {
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
    return std::make_unique<CudaRecording>(plugin_, graph);
  }

 private:
  const DcCudaPlugin* plugin_;
};

}  // namespace

Recorder* recorder_of(at::Device device) {
  const auto found = recorders().find(device.type());
  return found == recorders().end() ? nullptr : found->second;
}

void set_recorder(at::DeviceType type, Recorder* recorder) { recorders()[type] = recorder; }

Recorder* cuda_recorder(const DcCudaPlugin* plugin) {
  static CudaRecorder recorder(plugin);
  return &recorder;
}

}  // namespace dc::training
