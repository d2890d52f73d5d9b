// Runs the steps of a phase. Where the device has a recorder, whole batches run as one recording that is replayed.
#pragma once

#include "training/phase.h"
#include "training/recorder.h"

namespace dc::training {

class StepRunner {
 public:
  // `warn` is told why steps could not be recorded, if they could not; they run eagerly then, with the same results.
  StepRunner(const Phase& phase, const Dataset& data, const Scaling& scaling, at::Generator& generator, Recorder* recorder,
             std::function<void(const std::string&)> warn);

  // One step on the rows `positions`, int64 [b] with b <= the phase's batch size.
  void step(const at::Tensor& positions);

  // The sums of the phase's terms over the items since the last call, on the host: the one read of an epoch.
  std::vector<double> take_sums();

 private:
  void work(const at::Tensor& positions);
  bool record();

  const Phase& phase_;
  const Dataset& data_;
  const Scaling& scaling_;
  at::Generator& generator_;
  Recorder* recorder_;
  std::function<void(const std::string&)> warn_;
  at::Tensor sums_;        // float32 [terms]
  at::Tensor positions_;   // int64 [batch size]: where a recorded step reads them; empty on a CPU
  int64_t eager_steps_ = 0;  // on whole batches
  std::unique_ptr<Recording> recording_;
};

}  // namespace dc::training
