#include "run/run.h"

#include "data/order.h"
#include "device/host_memory.h"
#include "error.h"
#include "random.h"
#include "run/step_runner.h"

namespace dc::run {

namespace {
using Clock = std::chrono::steady_clock;

constexpr uint64_t kPart = 1 << 20;  // a stream beyond those of the stages

constexpr int64_t kMostDimensions = 256;  // of codes that are handed out: a discriminator's 1024 would make records of 80 MB

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

}  // namespace

Run::Run(uint64_t seed, at::Device device, Hooks hooks, const NamedTensors& resume, const device::Capture& capture)
    : seed_(seed),
      hooks_(std::move(hooks)),
      resume_(resume),
      capture_(capture),
      generator_(make_generator(device, seed)),
      finished_stages_(saved_number(resume, "progress.stages")),
      finished_epochs_(saved_number(resume, "progress.epochs")) {}

std::optional<data::Part> Run::part_of(const data::Dataset& data, int64_t most) const {
  if (most == 0 || most >= data.size()) return std::nullopt;
  return data::Part(data, data::drawn_items(data.size(), most, split_seed(seed_, kPart)));
}

void Run::warn(const std::string& message) const { hooks_.listener({.kind = Event::Kind::warning, .message = message}); }

bool Run::enter() {
  ++stage_;
  return stage_ >= finished_stages_;
}

void Run::finish() const {
  if (finished_stages_ > stage_ + 1) {
    bad_state("it finished " + std::to_string(finished_stages_) + " stages of a run that has " + std::to_string(stage_ + 1));
  }
}

void Run::leave() {
  commit({}, 0);
  device::release_host_memory();
}

void Run::seed(int64_t epoch) {
  generator_.set_current_seed(split_seed(split_seed(seed_, static_cast<uint64_t>(stage_)), static_cast<uint64_t>(epoch)));
}

void Run::commit(const std::vector<optim::Optimizer*>& optimizers, int64_t epoch) {
  NamedTensors own;
  own["progress.stages"] = at::scalar_tensor(epoch == 0 ? stage_ + 1 : stage_, at::kLong);
  own["progress.epochs"] = at::scalar_tensor(epoch, at::kLong);
  for (const optim::Optimizer* optimizer : optimizers) own.merge(optimizer->state());
  hooks_.commit(std::move(own));
}

at::Tensor Run::frame_of(const Phase& phase, const data::Dataset& data, const data::Scaling& scaling) const {
  at::NoGradGuard no_grad;
  const at::Tensor items = hooks_.frames.items.to(data.device());
  std::vector<at::Tensor> blocks;
  each_block(items.size(0), poller(), [&](int64_t begin, int64_t end) {
    blocks.push_back(phase.encode(scaling.gather(data.whole(), items.slice(0, begin, end))).to(at::kCPU, at::kFloat));
  });
  return leading_components(at::cat(blocks), kMostDimensions);
}

void Run::stage(const std::string& name, const std::function<StageEnd()>& work) {
  if (!enter()) return;
  if (stage_ == finished_stages_ && finished_epochs_ > 0) bad_state("it stopped in an epoch of `" + name + "`, which has none");
  poll();
  hooks_.listener({.kind = Event::Kind::phase, .phase = name});
  const auto start = Clock::now();
  seed(0);
  const StageEnd end = work();
  leave();
  if (!end.values.empty()) {
    Event record{.kind = Event::Kind::epoch, .phase = name, .epoch = 1, .epochs = 1, .seconds = seconds_since(start), .values = end.values};
    if (end.codes_of && hooks_.frames.items.defined()) {
      at::NoGradGuard no_grad;
      const at::Tensor chosen = end.codes_of(hooks_.frames.items.to(generator_.device()));
      record.codes = leading_components(chosen.to(at::kCPU, at::kFloat), kMostDimensions);
    }
    hooks_.listener(record);
  }
  hooks_.listener({.kind = Event::Kind::phase_end, .phase = name, .seconds = seconds_since(start)});
}

void Run::train(const Phase& phase, const data::Dataset& data, const data::Scaling& scaling) {
  if (phase.epochs == 0 || !enter()) return;
  const int64_t n = data.size();
  const Course course(n, phase.batch_size, phase.epochs);
  const int64_t epochs = course.epochs(), steps = course.steps_of_epoch();
  int64_t first = 1;
  if (stage_ == finished_stages_ && finished_epochs_ > 0) {
    if (finished_epochs_ >= epochs)
      bad_state("it stopped after epoch " + std::to_string(finished_epochs_) + " of `" + phase.name + "`, which has fewer");
    first = finished_epochs_ + 1;
    for (optim::Optimizer* optimizer : phase.optimizers) optimizer->restore(resume_);
  }
  hooks_.listener({.kind = Event::Kind::phase,
                   .phase = phase.name,
                   .epochs = epochs,
                   .steps = steps,
                   .samples = std::min(n, steps * phase.batch_size)});
  const auto phase_start = Clock::now();
  StepRunner runner(phase, data, scaling, generator_, capture_, [&](const std::string& reason) { warn(reason); });

  for (int64_t number = first; number <= epochs; ++number) {
    const auto epoch_start = Clock::now();
    const Epoch epoch = course.epoch(number);
    const auto row_at = [&](int64_t step) { return std::min(n, step * phase.batch_size); };
    if (number == first || epoch.begin == 0) {
      // The order of a pass belongs to its first epoch, and draws the same when the run goes on in a later one.
      seed(course.first_epoch(epoch.pass));
      const int64_t count = row_at(course.steps_of_pass(epoch.pass));
      const at::Tensor order = phase.order ? phase.order(generator_).narrow(0, 0, count) : data::shuffled_order(data, count, generator_);
      runner.begin(order.slice(0, row_at(epoch.begin)));
    }
    if (epoch.begin > 0) seed(number);
    for (int64_t step = epoch.begin; step < epoch.end;) {
      poll();
      for (int64_t done = runner.run(epoch.end - step); done > 0; --done) {
        hooks_.listener({.kind = Event::Kind::step,
                         .phase = phase.name,
                         .epoch = number,
                         .epochs = epochs,
                         .step = ++step - epoch.begin,
                         .steps = epoch.end - epoch.begin});
      }
    }

    const int64_t samples = row_at(epoch.end) - row_at(epoch.begin);
    Event record{.kind = Event::Kind::epoch, .phase = phase.name, .epoch = number, .epochs = epochs, .samples = samples};
    std::vector<double> means = runner.take_sums();
    for (double& mean : means) mean /= static_cast<double>(samples);
    for (size_t i = 0; i < phase.terms.size(); ++i) {
      if (!std::isfinite(means[i])) {
        throw Error("ERR_DIVERGED",
                    "The loss term `" + phase.terms[i] + "` became " + std::to_string(means[i]) + " in epoch " + std::to_string(number) +
                        " of the phase " + phase.name + ": lower the learning rate, or check the scaling of the data",
                    {.epoch = number});
      }
      record.values.emplace_back(phase.terms[i], means[i]);
    }
    Phase::EpochEnd end;
    if (phase.epoch_end) end = phase.epoch_end(epoch, means);
    record.values.insert(record.values.end(), end.values.begin(), end.values.end());
    if (end.assignments.defined()) {
      record.assignments = end.assignments.to(at::kCPU, at::kInt);
      if (data.items().defined()) record.items = data.items().to(at::kInt);
    }
    const bool last = end.stop || epoch.last;
    if (phase.encode && hooks_.frames.due(end.stop ? epochs : number, epochs, samples)) record.codes = frame_of(phase, data, scaling);
    if (last) {
      leave();
    } else {
      commit(phase.optimizers, number);
    }
    record.seconds = seconds_since(epoch_start);
    hooks_.listener(record);
    if (last) break;
  }
  hooks_.listener({.kind = Event::Kind::phase_end, .phase = phase.name, .seconds = seconds_since(phase_start)});
}

}  // namespace dc::run
