#include "methods/session.h"

#include <ATen/Context.h>

#include <sstream>

#include "device/device.h"
#include "device/host_memory.h"
#include "error.h"

namespace dc::methods {

namespace {

constexpr int64_t kBlock = 1024;  // items at a time in infer: more are no faster

// Settings that belong to the calling thread: set at each job, since several models share the process.
void enter_thread(const ModelSpec& spec) {
  if (at::get_num_threads() != spec.threads) at::set_num_threads(spec.threads);
  // Denormals slow the products of a nearly dead unit down a hundredfold, and mean nothing.
  at::globalContext().setFlushDenormal(true);
}

bool belongs_to_run(const std::string& name) { return name.starts_with("progress.") || name.starts_with("optimizer."); }

}  // namespace

Method& Session::method() {
  if (!method_) {
    std::unique_ptr<Method> made = make_method(spec_);
    if (const auto state = this->state()) {
      dc::restore(made->slots(), *state, spec_.device);
      made->restored();
    }
    method_ = std::move(made);
  }
  return *method_;
}

void Session::check_items(const at::Tensor& items, const std::vector<int64_t>& item_shape) {
  const std::vector<int64_t> shape(items.sizes().begin() + (items.dim() > 0 ? 1 : 0), items.sizes().end());
  if (items.dim() < 2 || shape != item_shape || items.size(0) < 1) {
    std::ostringstream message;
    message << "Expected items of shape " << at::IntArrayRef(item_shape) << " for `data` but received data of shape " << items.sizes();
    throw Error("RangeError", message.str());
  }
  if (items.scalar_type() != at::kByte && items.scalar_type() != at::kFloat) {
    throw Error("TypeError", "Expected uint8 or float32 items for `data`");
  }
}

void Session::check_frames(const run::Frames& frames, int64_t n) {
  if (!frames.items.defined()) return;
  const at::Tensor& items = frames.items;
  if (items.dim() != 1 || items.scalar_type() != at::kLong || items.size(0) < 1 || items.min().item<int64_t>() < 0 ||
      items.max().item<int64_t>() >= n) {
    throw Error("RangeError", "Expected positions from 0 to " + std::to_string(n - 1) + " as items of the record");
  }
}

NamedTensors Session::fit(const at::Tensor& items, const std::function<void(const run::Event&)>& listener,
                          const std::atomic<bool>& cancelled, const run::Frames& frames) {
  enter_thread(spec_);
  const device::DeviceScope device(spec_.device, stream_);
  check_items(items, spec_.item_shape);
  check_frames(frames, items.size(0));
  const device::HostMemoryScope memory;
  if (spec_.device.is_cuda()) device::allow_tf32(spec_.tf32);
  try {
    Method& method = this->method();
    const data::Dataset data(items, spec_.device);
    NamedTensors resume;
    if (const auto state = this->state()) resume = *state;
    run::Run::Hooks hooks;
    hooks.listener = listener;
    hooks.frames = frames;
    hooks.cancelled = [&] { return cancelled.load(std::memory_order_relaxed); };
    hooks.commit = [&](const NamedTensors& own) {
      auto complete = std::make_shared<NamedTensors>(snapshot(method.slots()));
      complete->insert(own.begin(), own.end());
      const std::lock_guard lock(mutex_);
      state_ = std::move(complete);
    };
    run::Run run(spec_.seed, spec_.device, std::move(hooks), resume,
                 {spec_.capture ? device::capturer_of(spec_.device) : nullptr, spec_.steps_per_replay});
    return method.fit(data, run);
  } catch (...) {
    // Made anew from the last complete state when it is next used: its memory is free until then, which matters where there was too little.
    method_ = nullptr;
    throw;
  }
}

NamedTensors Session::infer(const std::string& operation, const at::Tensor& items, const std::atomic<bool>& cancelled) {
  enter_thread(spec_);
  const device::DeviceScope device(spec_.device, stream_);
  at::NoGradGuard no_grad;
  check_items(items, method().input_shape(operation).value_or(spec_.item_shape));
  check_fitted();
  const device::HostMemoryScope memory;
  std::map<std::string, std::vector<at::Tensor>> blocks;
  for (int64_t begin = 0; begin < items.size(0); begin += kBlock) {
    if (cancelled.load(std::memory_order_relaxed)) throw Aborted();
    const data::Dataset block(items.narrow(0, begin, std::min(kBlock, items.size(0) - begin)), spec_.device);
    for (auto& [name, tensor] : method().infer(operation, block)) blocks[name].push_back(tensor.to(at::kCPU));
  }
  NamedTensors results;
  for (auto& [name, tensors] : blocks) results[name] = tensors.size() == 1 ? tensors.front() : at::cat(tensors);
  return results;
}

NamedTensors Session::generate(const std::string& operation, const OptionValues& values) {
  enter_thread(spec_);
  const device::DeviceScope device(spec_.device, stream_);
  check_fitted();
  at::NoGradGuard no_grad;
  const device::HostMemoryScope memory;
  NamedTensors results;
  for (auto& [name, tensor] : method().generate(operation, values)) results[name] = tensor.to(at::kCPU);
  return results;
}

void Session::check_fitted() const {
  if (!state()) throw Error("ERR_NOT_FITTED", "The model has learned nothing yet: call fit() first");
}

std::shared_ptr<const NamedTensors> Session::state() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

void Session::restore(NamedTensors state) {
  enter_thread(spec_);
  const device::DeviceScope device(spec_.device, stream_);
  dc::restore(method().slots(), state, spec_.device);
  method().restored();
  NamedTensors complete = snapshot(method().slots());
  for (auto& [name, tensor] : state) {
    if (belongs_to_run(name)) complete[name] = tensor.clone();
  }
  const std::lock_guard lock(mutex_);
  state_ = std::make_shared<NamedTensors>(std::move(complete));
}

}  // namespace dc::methods
