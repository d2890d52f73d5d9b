#include "optim/schedule.h"

namespace dc::optim {

ScheduleOptions ScheduleOptions::read(const OptionValues& values, const std::string& prefix) {
  const auto name = [&](const char* option) { return option_name(prefix, option); };
  const std::string& optimizer = values.text(name("optimizer"));
  const std::string& decay = values.text(name("schedule"));
  return {
      .epochs = values.number(name("epochs")),
      .optimizer = optimizer == "sgd" ? Optimizer::sgd : Optimizer::adam,
      .learning_rate = values.number(name("learningRate")),
      .decay = decay == "cosine"    ? Decay::cosine
               : decay == "step"    ? Decay::step
               : decay == "inverse" ? Decay::inverse
                                    : Decay::constant,
      .final_rate = values.number(name("finalRate")),
      .decay_every = values.integer(name("decayEvery")),
      .decay_factor = values.number(name("decayFactor")),
      .momentum = values.number(name("momentum")),
      .nesterov = values.flag(name("nesterov")),
  };
}

int64_t steps_of(double epochs, int64_t steps_per_epoch) {
  return epochs > 0 ? std::max<int64_t>(1, std::llround(epochs * static_cast<double>(steps_per_epoch))) : 0;
}

}  // namespace dc::optim
