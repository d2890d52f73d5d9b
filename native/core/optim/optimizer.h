// Backward pass and optimiser update of one training step, with the learning rate's schedule.
#pragma once

#include "optim/schedule.h"
#include "parameter.h"
#include "state.h"

namespace dc::optim {

class Optimizer {
 public:
  // `steps_per_epoch` is what the schedule counts epochs with. `name` distinguishes several optimisers of one phase.
  Optimizer(std::string name, std::vector<Parameter*> parameters, const ScheduleOptions& schedule, int64_t steps_per_epoch);

  // One step down the gradient of `loss` (a scalar): backward, [gradients could be reduced over processes here], update.
  void minimise(const at::Tensor& loss);

  // The same for a loss whose parameters are divided among several optimisers, each with its own rate: one backward pass.
  static void minimise(const at::Tensor& loss, const std::vector<Optimizer*>& optimizers);

  // The learning rate of the step that comes next.
  double learning_rate() const { return rate_of(steps_); }

  // Steps so far. A device that repeats a recorded step repeats none of the host's code, so whoever replays one counts it here.
  int64_t steps() const { return steps_; }
  void count(int64_t more) { steps_ += more; }

  // Copies on the parameters' device.
  NamedTensors state() const;
  // Throws ERR_FILE_FORMAT for a state that is not of this optimiser and phase.
  void restore(const NamedTensors& state);

 private:
  void update(std::vector<at::Tensor> gradients);
  double rate_of(int64_t step) const;
  std::string saved_name(const std::string& what) const { return "optimizer." + name_ + "." + what; }
  std::string saved_name(size_t parameter, const char* what) const { return saved_name(parameters_[parameter]->name + "." + what); }

  std::string name_;
  std::vector<Parameter*> parameters_;
  ScheduleOptions schedule_;
  int64_t steps_per_epoch_;
  int64_t steps_ = 0;

  std::vector<at::Tensor> leaves_, values_;
  std::vector<at::Tensor> moment1_, moment2_;  // Adam: both; SGD with momentum: the first
  at::Tensor adam_step_;                       // the fused kernel reads the number of steps on the device
  // Where the parameters are not on a CPU and the rate changes, the device looks it up itself:
  at::Tensor rates_;  // float32 [all steps]
  at::Tensor next_;   // int64 [1]: the step that comes next
};

}  // namespace dc::optim
