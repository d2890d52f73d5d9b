// Learning rates that the device looks up itself.
#include "optim/optimizer.h"

#include "../harness.h"

using namespace dc;
using namespace dc::test;
using optim::Optimizer;
using optim::ScheduleOptions;

namespace {

ScheduleOptions schedule_of(ScheduleOptions::Optimizer optimizer, ScheduleOptions::Decay decay) {
  return {.epochs = 4,
          .optimizer = optimizer,
          .learning_rate = 0.1,
          .decay = decay,
          .final_rate = 0.01,
          .decay_every = 1,
          .decay_factor = 0.5,
          .momentum = 0.9,
          .nesterov = true,
          .weight_decay = 0.01,
          .first_step = 30};
}

// A parameter after some steps, going through a saved state after `saved` of them.
at::Tensor trained(at::Device device, const ScheduleOptions& schedule, int64_t steps, int64_t saved) {
  const at::Tensor start = at::arange(6, at::kFloat) / 3 - 1;
  Parameter parameter = Parameter::make("w", start.to(device, at::kFloat, false, true), Precision::float32);
  auto optimizer = std::make_unique<Optimizer>("o", std::vector{&parameter}, schedule, 5);
  for (int64_t step = 0; step < steps; ++step) {
    if (step == saved) {
      const NamedTensors state = optimizer->state();
      optimizer = std::make_unique<Optimizer>("o", std::vector{&parameter}, schedule, 5);
      optimizer->restore(state);
    }
    optimizer->minimise((parameter.leaf - 0.3).square().sum());
  }
  return parameter.value.cpu();
}

}  // namespace

TEST("cuda: the rates that the device looks up are those of the schedule, before and after a restart") {
  for (const auto optimizer : {ScheduleOptions::Optimizer::adam, ScheduleOptions::Optimizer::sgd}) {
    for (const auto decay : {ScheduleOptions::Decay::constant, ScheduleOptions::Decay::cosine, ScheduleOptions::Decay::step,
                             ScheduleOptions::Decay::inverse}) {
      const ScheduleOptions schedule = schedule_of(optimizer, decay);
      const at::Tensor wanted = trained(at::kCPU, schedule, 17, -1);
      EXPECT_CLOSE(trained({at::kCUDA, 0}, schedule, 17, -1), wanted, 1e-6, 1e-5);
      EXPECT_CLOSE(trained({at::kCUDA, 0}, schedule, 17, 9), wanted, 1e-6, 1e-5);
    }
  }
}
