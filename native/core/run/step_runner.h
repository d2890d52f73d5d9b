// Runs the steps of a phase. Where the device has a capturer, steps on whole batches are recorded and replayed, several at once.
#pragma once

#include "data/read_ahead.h"
#include "device/capture.h"
#include "run/phase.h"

namespace dc::run {

class StepRunner {
 public:
  // `warn` is told why steps could not be recorded, if they could not; they run eagerly then, with the same results.
  StepRunner(const Phase& phase, const data::Dataset& data, const data::Scaling& scaling, at::Generator& generator,
             const device::Capture& capture, std::function<void(const std::string&)> warn);

  // The next steps take their rows in `order`, int64 [count].
  void begin(const at::Tensor& order);

  // The next step, and those after it that are launched with it, `most` at most. Returns how many it did.
  int64_t run(int64_t most);

  // The sums of the phase's terms over the items since the last call, on the host: the one read of an epoch.
  std::vector<double> take_sums();

 private:
  struct Group {
    int64_t steps;
    std::unique_ptr<device::CapturedWork> captured = nullptr;
  };

  void work(const at::Tensor& positions, const at::Tensor& stored);
  void work_on_buffers(int64_t begin, int64_t rows);
  void put(int64_t rows);
  bool record(Group& group);

  const Phase& phase_;
  const data::Dataset& data_;
  const data::Scaling& scaling_;
  const bool in_place_;  // on a CPU, rows and positions are used where they are
  at::Generator& generator_;
  device::Capturer* capturer_;  // null: steps run one operator at a time
  std::function<void(const std::string&)> warn_;
  at::Tensor sums_;  // float32 [terms]
  at::Tensor order_;
  int64_t next_ = 0;                        // row of the order
  std::unique_ptr<data::ReadAhead> ahead_;  // of rows that are not resident
  at::Tensor positions_;                    // int64 [steps of `many_` x batch size]: where recorded steps read them; empty on a CPU
  at::Tensor stored_;                       // the same rows as stored, of those that are not resident
  int64_t eager_steps_ = 0;                 // on whole batches
  Group one_{1}, many_;
};

}  // namespace dc::run
