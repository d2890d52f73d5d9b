#include "run/step_runner.h"

namespace dc::run {

namespace {
// Whole batches that run eagerly before one is recorded: libraries set themselves up in their first calls, and momentum starts.
constexpr int64_t kWarmUp = 3;
}  // namespace

StepRunner::StepRunner(const Phase& phase, const data::Dataset& data, const data::Scaling& scaling, at::Generator& generator,
                       const device::Capture& capture, std::function<void(const std::string&)> warn)
    : phase_(phase),
      data_(data),
      scaling_(scaling),
      in_place_(data.device().is_cpu()),
      generator_(generator),
      capturer_(capture.capturer),
      warn_(std::move(warn)),
      many_{capture.steps} {
  const auto device = at::TensorOptions().device(data.device());
  sums_ = at::zeros({static_cast<int64_t>(phase.terms.size())}, device.dtype(at::kFloat));
  if (in_place_) return;
  positions_ = at::empty({many_.steps * phase.batch_size}, device.dtype(at::kLong));
  if (!data.resident()) stored_ = at::empty({many_.steps * phase.batch_size, data.features()}, device.dtype(data.type()));
}

void StepRunner::begin(const at::Tensor& order) {
  ahead_.reset();
  order_ = data_.resident() ? order : order.to(at::kCPU);
  next_ = 0;
  if (!data_.resident()) ahead_ = std::make_unique<data::ReadAhead>(data_, order_, phase_.batch_size);
}

void StepRunner::work(const at::Tensor& positions, const at::Tensor& stored) {
  const Batch batch{positions, stored.defined() ? scaling_.of_stored(stored, data_.device()) : scaling_.gather(data_, positions)};
  const std::vector<at::Tensor> terms = phase_.step(batch);
  // Losses add up on the device and are read once an epoch.
  if (terms.empty()) return;
  at::NoGradGuard no_grad;
  sums_.add_(at::stack(terms).detach(), static_cast<double>(batch.size()));
}

void StepRunner::put(int64_t rows) {
  positions_.narrow(0, 0, rows).copy_(order_.narrow(0, next_, rows));
  for (int64_t done = 0; ahead_ && done < rows;) {
    const at::Tensor batch = ahead_->next();
    stored_.narrow(0, done, batch.size(0)).copy_(batch);
    done += batch.size(0);
  }
  next_ += rows;
}

void StepRunner::work_on_buffers(int64_t begin, int64_t rows) {
  work(positions_.narrow(0, begin, rows), stored_.defined() ? stored_.narrow(0, begin, rows) : at::Tensor());
}

int64_t StepRunner::run(int64_t most) {
  const int64_t b = phase_.batch_size, left = order_.size(0) - next_, rows = std::min(b, left), whole = std::min(most, left / b);
  if (in_place_) {
    work(order_.narrow(0, next_, rows), ahead_ ? ahead_->next() : at::Tensor());
    next_ += rows;
    return 1;
  }
  if (!capturer_ || whole == 0 || eager_steps_ < kWarmUp) {
    put(rows);
    work_on_buffers(0, rows);
    if (whole > 0) ++eager_steps_;
    return 1;
  }
  Group& group = whole >= many_.steps ? many_ : one_;
  put(group.steps * b);
  const bool captured_before = group.captured != nullptr;
  if (!captured_before && !record(group)) {
    for (int64_t i = 0; i < group.steps; ++i) work_on_buffers(i * b, b);
    return group.steps;
  }
  group.captured->replay();
  if (captured_before) {
    for (optim::Optimizer* optimizer : phase_.optimizers) optimizer->count(group.steps);
  }
  return group.steps;
}

bool StepRunner::record(Group& group) {
  std::vector<int64_t> counts;
  for (const optim::Optimizer* optimizer : phase_.optimizers) counts.push_back(optimizer->steps());
  try {
    // The host's part runs here, as in a step.
    group.captured = capturer_->record(
        [&] {
          for (int64_t i = 0; i < group.steps; ++i) work_on_buffers(i * phase_.batch_size, phase_.batch_size);
        },
        generator_);
    return true;
  } catch (const std::exception& error) {
    capturer_ = nullptr;
    for (size_t i = 0; i < counts.size(); ++i) phase_.optimizers[i]->count(counts[i] - phase_.optimizers[i]->steps());
    const auto* torch_error = dynamic_cast<const c10::Error*>(&error);
    warn_("The steps of the phase " + phase_.name +
          " could not be recorded and run one operator at a time: " + (torch_error ? torch_error->what_without_backtrace() : error.what()));
    return false;
  }
}

std::vector<double> StepRunner::take_sums() {
  const at::Tensor read = sums_.to(at::kCPU, at::kFloat, /*non_blocking=*/false, /*copy=*/true);
  sums_.zero_();
  return {read.data_ptr<float>(), read.data_ptr<float>() + read.numel()};
}

}  // namespace dc::run
