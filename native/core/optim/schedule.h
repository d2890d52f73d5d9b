// One group of options: how a phase of training runs its optimiser.
#pragma once

#include "options.h"

namespace dc::optim {

// Batches of a pass over n items, the last perhaps smaller.
inline int64_t steps_per_epoch(int64_t n, int64_t batch_size) { return (n + batch_size - 1) / batch_size; }

// Steps of a phase of so many epochs: at least one where there are any.
int64_t steps_of(double epochs, int64_t steps_per_epoch);

struct ScheduleOptions {
  enum class Optimizer { adam, sgd };
  enum class Decay { constant, cosine, step, inverse };

  double epochs;  // passes over the data
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

  int64_t steps(int64_t steps_per_epoch) const { return steps_of(epochs, steps_per_epoch); }  // of the whole phase
};

}  // namespace dc::optim
