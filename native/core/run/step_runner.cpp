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
      generator_(generator),
      capturer_(capture.capturer),
      warn_(std::move(warn)),
      many_{capture.steps} {
  const auto device = at::TensorOptions().device(data.device());
  sums_ = at::zeros({static_cast<int64_t>(phase.terms.size())}, device.dtype(at::kFloat));
  if (!data.device().is_cpu()) positions_ = at::empty({many_.steps * phase.batch_size}, device.dtype(at::kLong));
}

void StepRunner::work(const at::Tensor& positions) {
  const Batch batch{positions, scaling_.gather(data_, positions)};
  const std::vector<at::Tensor> terms = phase_.step(batch);
  // Losses add up on the device and are read once an epoch.
  if (terms.empty()) return;
  at::NoGradGuard no_grad;
  sums_.add_(at::stack(terms).detach(), static_cast<double>(batch.size()));
}

int64_t StepRunner::run(const at::Tensor& order, int64_t step) {
  const int64_t b = phase_.batch_size, begin = step * b, left = order.size(0) - begin, whole = left / b;
  const auto put = [&](int64_t rows) { return positions_.narrow(0, 0, rows).copy_(order.narrow(0, begin, rows)); };
  if (data_.device().is_cpu()) {
    work(order.narrow(0, begin, std::min(b, left)));
    return 1;
  }
  if (capturer_ && whole > 0 && eager_steps_ >= kWarmUp) {
    Group& group = whole >= many_.steps ? many_ : one_;
    put(group.steps * b);
    if (group.captured) {
      group.captured->replay();
      for (optim::Optimizer* optimizer : phase_.optimizers) optimizer->count(group.steps);
      return group.steps;
    }
    if (record(group)) {
      group.captured->replay();
      return group.steps;
    }
  }
  work(put(std::min(b, left)));
  if (whole > 0) ++eager_steps_;
  return 1;
}

bool StepRunner::record(Group& group) {
  std::vector<int64_t> counts;
  for (const optim::Optimizer* optimizer : phase_.optimizers) counts.push_back(optimizer->steps());
  try {
    // The host's part runs here, as in a step.
    group.captured = capturer_->record(
        [&] {
          for (int64_t i = 0; i < group.steps; ++i) work(positions_.narrow(0, i * phase_.batch_size, phase_.batch_size));
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
