#include "stand_in_capturer.h"

#include "device/capture.h"
#include "kernels.h"
#include "stand_in_memory.h"
#include "stand_in_watch.h"

namespace dc::test {

namespace {

using Operation = std::function<void()>;

std::mutex mutex;  // a backward pass runs on another thread
std::vector<Operation>* recording = nullptr;

class StandInRecording final : public device::CapturedWork {
 public:
  explicit StandInRecording(std::vector<Operation> operations) : operations_(std::move(operations)) {}
  void replay() override {
    note_replay();
    const at::NoGradGuard no_grad;
    for (const Operation& operation : operations_) operation();
  }

 private:
  std::vector<Operation> operations_;
};

class StandInCapturer final : public device::Capturer {
 public:
  std::unique_ptr<device::CapturedWork> record(const std::function<void()>& work, at::Generator& generator) override {
    // The work is computed to learn of its buffers. What it changed is then put back: a GPU would not have run it.
    const MemorySnapshot before;
    const at::Generator drawn = generator.clone();
    std::vector<Operation> operations;
    {
      const Scope scope(operations);
      work();
    }
    before.put_back();
    copy_state(drawn, generator);
    return std::make_unique<StandInRecording>(std::move(operations));
  }

 private:
  struct Scope {
    explicit Scope(std::vector<Operation>& operations) { set(&operations); }
    ~Scope() { set(nullptr); }
    static void set(std::vector<Operation>* to) {
      const std::lock_guard lock(mutex);
      recording = to;
    }
  };
};

const bool installed = [] {
  static StandInCapturer capturer;
  set_kernels(at::kCUDA, {.capturer = &capturer});
  return true;
}();

void append(Operation operation) {
  const std::lock_guard lock(mutex);
  recording->push_back(std::move(operation));
}

// The tensor as it is now: its shape may be changed in place later, as by squeeze_().
at::Tensor as_it_is(const at::Tensor& tensor) {
  return tensor.defined() && tensor.is_cuda() && tensor.layout() == at::kStrided ? on_device(tensor, tensor.storage()) : tensor;
}

torch::jit::Stack as_it_is(torch::jit::Stack values) {
  for (c10::IValue& value : values) value = with_tensors(value, [](const at::Tensor& tensor) { return as_it_is(tensor); });
  return values;
}

// Results that are new go to where they were when they were recorded.
void write(const c10::IValue& kept, const c10::IValue& now) {
  if (kept.isTensor() && kept.toTensor().defined()) {
    if (!now.toTensor().is_alias_of(kept.toTensor())) on_host(kept.toTensor()).copy_(on_host(now.toTensor()));
  } else if (kept.isTensorList()) {
    const auto to = kept.toTensorVector(), from = now.toTensorVector();
    for (size_t i = 0; i < to.size(); ++i) write(to[i], from[i]);
  }
}

}  // namespace

torch::jit::Stack arguments_of(const c10::OperatorHandle& op, const torch::jit::Stack& stack) {
  const auto count = static_cast<std::ptrdiff_t>(op.schema().arguments().size());
  return as_it_is(torch::jit::Stack(stack.end() - count, stack.end()));
}

bool is_recording() {
  const std::lock_guard lock(mutex);
  return recording != nullptr;
}

void keep(const c10::OperatorHandle& op, torch::jit::Stack arguments, torch::jit::Stack results) {
  if (!computes(op)) return;
  append([op, arguments = std::move(arguments), results = as_it_is(std::move(results))] {
    torch::jit::Stack stack = arguments;
    compute_on_host(op, &stack);
    for (size_t i = 0; i < results.size(); ++i) write(results[i], stack[i]);
  });
}

void keep_copy(const at::Tensor& to, const at::Tensor& from) {
  TORCH_CHECK(to.is_cuda() && from.is_cuda(), "A copy between host and device cannot be recorded");
  append([to = as_it_is(to), from = as_it_is(from)] { on_host(to).copy_(on_host(from)); });
}

}  // namespace dc::test
