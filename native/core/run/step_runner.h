// Runs the steps of a phase. Where the device has a capturer, steps on whole batches are recorded and replayed, several at once.
#pragma once

#include "device/capture.h"
#include "run/phase.h"

namespace dc::run {

class StepRunner {
 public:
  // `warn` is told why steps could not be recorded, if they could not; they run eagerly then, with the same results.
  StepRunner(const Phase& phase, const data::Dataset& data, const data::Scaling& scaling, at::Generator& generator,
             const device::Capture& capture, std::function<void(const std::string&)> warn);

  // The step number `step` (from 0) of an epoch in which the rows come in `order`, int64 [n], and those after it that are launched
  // with it. Returns how many it did.
  int64_t run(const at::Tensor& order, int64_t step);

  // The sums of the phase's terms over the items since the last call, on the host: the one read of an epoch.
  std::vector<double> take_sums();

 private:
  struct Group {
    int64_t steps;
    std::unique_ptr<device::CapturedWork> captured = nullptr;
  };

  void work(const at::Tensor& positions);
  bool record(Group& group);

  const Phase& phase_;
  const data::Dataset& data_;
  const data::Scaling& scaling_;
  at::Generator& generator_;
  device::Capturer* capturer_;  // null: steps run one operator at a time
  std::function<void(const std::string&)> warn_;
  at::Tensor sums_;          // float32 [terms]
  at::Tensor positions_;     // int64 [steps of `many_` x batch size]: where recorded steps read them; empty on a CPU
  int64_t eager_steps_ = 0;  // on whole batches
  Group one_{1}, many_;
};

}  // namespace dc::run
