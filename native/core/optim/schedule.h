// One group of options: how a phase of training runs its optimiser.
#pragma once

#include "options.h"

namespace dc::optim {

struct ScheduleOptions {
  enum class Optimizer { adam, sgd };
  enum class Decay { constant, cosine, step, inverse };

  int64_t epochs;
  Optimizer optimizer;
  double learning_rate;
  Decay decay;
  double final_rate;        // cosine: the last rate as a share of learning_rate
  int64_t decay_every;      // step: epochs between decays
  double decay_factor;      // step
  double momentum;          // sgd
  bool nesterov;            // sgd
  double weight_decay = 0;  // sgd
  double beta1 = 0.9;       // adam: decay of the mean of the gradients; Kingma & Ba's by default
  int64_t first_step = 0;   // inverse: steps that phases before this one made

  static ScheduleOptions read(const OptionValues& values, const std::string& prefix = "");
};

}  // namespace dc::optim
