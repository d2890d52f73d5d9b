#include "methods/session.h"

#include <ATen/Context.h>

#include <sstream>

#include "device/device.h"
#include "device/host_memory.h"
#include "error.h"
#include "kernels.h"

namespace dc::methods {

namespace {

// Settings that belong to the calling thread: set at each job, since several models share the process.
void enter_thread(const ModelSpec& spec) {
  if (at::get_num_threads() != spec.threads) at::set_num_threads(spec.threads);
  // Denormals slow the products of a nearly dead unit down a hundredfold, and mean nothing.
  at::globalContext().setFlushDenormal(true);
}

bool belongs_to_run(const std::string& name) { return name.starts_with("progress.") || name.starts_with("optimizer."); }

}  // namespace

// While one lives, a fit runs.
class Session::Fitting {
 public:
  explicit Fitting(Session& session) : session_(session) { set(true); }
  ~Fitting() { set(false); }
  Fitting(const Fitting&) = delete;
  Fitting& operator=(const Fitting&) = delete;

 private:
  void set(bool fitting) {
    const std::lock_guard lock(session_.mutex_);
    session_.fitting_ = fitting;
    session_.copied_.notify_all();
  }
  Session& session_;
};

Method& Session::method() {
  if (!method_) {
    std::unique_ptr<Method> made = make_method(spec_);
    if (const auto state = kept()) {
      dc::restore(made->slots(), *state, spec_.device);
      made->restored();
    }
    method_ = std::move(made);
  }
  return *method_;
}

void Session::check_frames(const run::Frames& frames, int64_t n) {
  if (!frames.items.defined()) return;
  const at::Tensor& items = frames.items;
  if (items.dim() != 1 || items.scalar_type() != at::kLong || items.size(0) < 1 || items.min().item<int64_t>() < 0 ||
      items.max().item<int64_t>() >= n) {
    throw Error("RangeError", "Expected positions from 0 to " + std::to_string(n - 1) + " as items of the record");
  }
}

NamedTensors Session::fit(const data::Source& items, const std::function<void(const run::Event&)>& listener,
                          const std::atomic<bool>& cancelled, const run::Frames& frames) {
  enter_thread(spec_);
  const device::DeviceScope device(spec_.device, stream_);
  items.check(spec_.item_shape);
  check_frames(frames, items.size());
  const device::HostMemoryScope memory;
  if (spec_.device.is_cuda()) device::allow_tf32(spec_.tf32);
  const Fitting fitting(*this);
  try {
    Method& method = this->method();
    const std::unique_ptr<const data::Dataset> data = items.open(spec_.device);
    check_items(method.slots(), data->size());
    NamedTensors resume;
    if (const auto state = kept()) resume = *state;
    run::Run::Hooks hooks;
    hooks.listener = listener;
    hooks.frames = frames;
    hooks.poll = [&] {
      if (wanted_.load(std::memory_order_relaxed)) answer_who_waits();
      if (cancelled.load(std::memory_order_relaxed)) throw Aborted();
    };
    hooks.commit = [&](NamedTensors own) {
      own.merge(snapshot(method.slots()));
      keep(std::move(own));
    };
    run::Run run(spec_.seed, spec_.device, std::move(hooks), resume,
                 {spec_.capture ? kernels_of(spec_.device).capturer : nullptr, spec_.steps_per_replay});
    NamedTensors results = method.fit(*data, run);
    run.finish();
    return results;
  } catch (...) {
    // Made anew from the last complete state when it is next used: its memory is free until then, which matters where there was too little.
    method_ = nullptr;
    try {
      const std::lock_guard lock(mutex_);
      move_to_host();
    } catch (const std::exception&) {  // a device that answers nothing any more: what stopped the fit is what the caller must hear
    }
    throw;
  }
}

NamedTensors Session::infer(const std::string& operation, const data::Source& items, const std::atomic<bool>& cancelled) {
  enter_thread(spec_);
  const device::DeviceScope device(spec_.device, stream_);
  at::NoGradGuard no_grad;
  items.check(method().input_shape(operation).value_or(spec_.item_shape));
  check_fitted();
  const device::HostMemoryScope memory;
  std::map<std::string, std::vector<at::Tensor>> blocks;
  const Poll poll = [&] {
    if (cancelled.load(std::memory_order_relaxed)) throw Aborted();
  };
  items.each_block(spec_.device, poll, [&](const data::Dataset& block) {
    for (auto& [name, tensor] : method().infer(operation, block)) blocks[name].push_back(tensor.to(at::kCPU));
  });
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

std::shared_ptr<const NamedTensors> Session::kept() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

void Session::check_fitted() const {
  if (!kept()) throw Error("ERR_NOT_FITTED", "The model has learned nothing yet: call fit() first");
}

void Session::keep(NamedTensors state) {
  const std::lock_guard lock(mutex_);
  state_ = std::make_shared<NamedTensors>(std::move(state));
  on_host_ = spec_.device.is_cpu();
}

void Session::move_to_host() {
  if (state_ && !on_host_) state_ = std::make_shared<NamedTensors>(on_host(*state_));
  on_host_ = true;
}

void Session::answer_who_waits() {
  const std::lock_guard lock(mutex_);
  move_to_host();
  wanted_ = false;
  copied_.notify_all();
}

std::shared_ptr<const NamedTensors> Session::state() {
  std::unique_lock lock(mutex_);
  if (!state_) return nullptr;
  if (!on_host_ && fitting_) {
    wanted_ = true;
    copied_.wait(lock, [&] { return on_host_ || !fitting_; });
    wanted_ = false;
  }
  if (!on_host_) {
    const device::DeviceScope device(spec_.device, stream_);
    move_to_host();
  }
  return state_;
}

void Session::restore(NamedTensors state) {
  enter_thread(spec_);
  const device::DeviceScope device(spec_.device, stream_);
  NamedTensors complete;
  try {
    dc::restore(method().slots(), state, spec_.device);
    method().restored();
    complete = snapshot(method().slots());
  } catch (...) {
    method_ = nullptr;  // made anew from the last complete state
    throw;
  }
  for (auto& [name, tensor] : state) {
    if (belongs_to_run(name)) complete[name] = tensor.clone();
  }
  keep(std::move(complete));
}

}  // namespace dc::methods
