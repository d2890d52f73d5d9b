#include "stand_in.h"

#include <ATen/core/dispatch/Dispatcher.h>
#include <torch/library.h>

#include "stand_in_capturer.h"
#include "stand_in_memory.h"
#include "stand_in_watch.h"

namespace dc::test {

namespace {

using torch::jit::Stack;

// What one operator was called with, on both sides.
class Call {
 public:
  // Throws if the arguments are of several devices, as CUDA's kernels do.
  Call(const c10::OperatorHandle& op, const Stack& stack) : op_(op), begin_(stack.size() - op.schema().arguments().size()) {
    for (size_t i = begin_; i < stack.size(); ++i) {
      each_tensor(stack[i], [&](const at::Tensor& tensor, bool in_list) { check_device(tensor, in_list); });
      if (stack[i].isDevice() && stack[i].toDevice().is_cuda()) device_ = stack[i].toDevice();
    }
    if (!device_.has_index()) device_.set_index(current_device());
  }

  const c10::Device& device() const { return device_; }
  bool sparse() const { return sparse_; }

  void to_host(Stack& stack) {
    for (size_t i = begin_; i < stack.size(); ++i) stack[i] = host_value(stack[i], op_.schema().arguments()[i - begin_]);
  }

  // Results, and arguments that the operator resized.
  void to_device(Stack& stack) {
    for (const auto& [host, device] : tensors_) follow(host, device);
    for (size_t i = begin_; i < stack.size(); ++i) {
      stack[i] = with_tensors(stack[i], [&](const at::Tensor& tensor) { return device_tensor(tensor); });
    }
  }

 private:
  void check_device(const at::Tensor& tensor, bool in_list) {
    if (!tensor.defined()) return;
    const bool scalar = tensor.is_cpu() && tensor.dim() == 0 && !in_list;  // goes along as a number
    if (scalar) return;
    TORCH_CHECK(tensor.is_cuda() && (!found_ || tensor.device() == device_), "Expected all tensors to be on the same device, but ",
                c10::toString(op_.operator_name()), " received one on ", tensor.device(), found_ ? " beside one on " : " for ", device_);
    device_ = tensor.device();
    found_ = true;
    sparse_ = sparse_ || tensor.layout() == at::kSparseCsr;
  }

  c10::IValue host_value(const c10::IValue& value, const c10::Argument& argument) {
    if (value.isDevice()) return c10::Device(at::kCPU);
    if (value.isGenerator()) return host_generator(value.toGenerator(), device_);
    // An absent generator is the device's own.
    if (value.isNone() && argument.type()->str() == "Generator?") return host_generator(default_generator(device_.index()), device_);
    return with_tensors(value, [&](const at::Tensor& tensor) { return host_tensor(tensor); });
  }

  at::Tensor host_tensor(const at::Tensor& tensor) {
    if (!tensor.defined() || tensor.is_cpu()) return tensor;
    for (const auto& [host, device] : tensors_) {
      if (device.is_same(tensor)) return host;
    }
    tensors_.emplace_back(on_host(tensor), tensor);
    return tensors_.back().first;
  }

  at::Tensor device_tensor(const at::Tensor& result) {
    if (!result.defined()) return result;
    for (const auto& [host, device] : tensors_) {
      if (host.is_same(result)) return device;
    }
    for (const auto& [host, device] : tensors_) {
      if (host.layout() == at::kStrided && host.storage().is_alias_of(result.storage())) return on_device(result, device.storage());
    }
    const c10::Storage storage = device_storage(result.storage(), device_.index());
    note_made(storage);
    return on_device(result, storage);
  }

  const c10::OperatorHandle& op_;
  size_t begin_;
  c10::Device device_{at::kCUDA};
  bool found_ = false, sparse_ = false;
  std::vector<std::pair<at::Tensor, at::Tensor>> tensors_;  // on the host, on the device
};

// Any operator of the device: its CPU kernel on the same memory.
void compute(const c10::OperatorHandle& op, Stack* stack) {
  note(op, *stack);
  if (!is_recording()) return compute_on_host(op, stack);
  Stack arguments = arguments_of(op, *stack);
  compute_on_host(op, stack);
  keep(op, std::move(arguments), {stack->end() - static_cast<std::ptrdiff_t>(op.schema().returns().size()), stack->end()});
}

at::Tensor& copy(at::Tensor& to, const at::Tensor& from, bool) {
  TORCH_CHECK(to.is_cpu() || from.is_cpu() || to.device() == from.device(), "The stand-in does not copy between devices");
  note_copy(to, from);
  if (is_recording()) keep_copy(to, from);
  const at::AutoDispatchBelowADInplaceOrView below;
  at::Tensor target = to.is_cpu() ? to : on_host(to);
  target.copy_(from.is_cpu() ? from : on_host(from));
  return to;
}

constexpr auto boxed = [] { return torch::CppFunction::makeFromBoxedFunction<&compute>(); };

}  // namespace

void compute_on_host(const c10::OperatorHandle& op, Stack* stack) {
  Call call(op, *stack);
  call.to_host(*stack);
  {
    const at::AutoDispatchBelowADInplaceOrView below;
    op.redispatchBoxed(c10::DispatchKeySet(call.sparse() ? c10::DispatchKey::SparseCsrCPU : c10::DispatchKey::CPU), stack);
  }
  call.to_device(*stack);
}

TORCH_LIBRARY_IMPL(_, CUDA, library) { library.fallback(boxed()); }
TORCH_LIBRARY_IMPL(_, SparseCsrCUDA, library) { library.fallback(boxed()); }
TORCH_LIBRARY_IMPL(aten, CUDA, library) {
  library.impl("copy_", &copy);
  // Composites whose CUDA kernels would otherwise not be reached: convolutions ask for cuDNN, the others do it in several operators.
  for (const char* name : {"convolution", "convolution_backward", "_foreach_add_.Scalar", "_foreach_copy_", "mse_loss"})
    library.impl(name, boxed());
}

}  // namespace dc::test
