// Run control: phases, epochs, shuffled batches, progress, abort, divergence, and where an interrupted run goes on.
// It knows nothing of any method.
#pragma once

#include "data/part.h"
#include "device/capture.h"
#include "run/frames.h"
#include "run/phase.h"

namespace dc::run {

struct Event {
  enum class Kind { phase, step, epoch, phase_end, warning };
  Kind kind;
  std::string phase = {};
  int64_t epoch = 0, epochs = 0;  // epochs are counted from 1
  int64_t step = 0, steps = 0;
  int64_t samples = 0;
  double seconds = 0;
  std::vector<std::pair<std::string, double>> values = {};
  std::string message = {};
  at::Tensor assignments = {};  // epoch: int32 [n] on the CPU, the cluster of each item; undefined where there are none
  at::Tensor items = {};        // epoch: int32 [n] on the CPU, the items that were trained on, where they are not all
  at::Tensor codes = {};        // epoch: float32 [m, d] on the CPU, of the items of the record; undefined where there are none
};

class Run {
 public:
  struct Hooks {
    std::function<void(const Event&)> listener;  // called on the job thread
    std::function<void(NamedTensors)> commit;    // a state is complete: these are the run's own tensors
    Poll poll;                                   // throws if the run is to stop
    Frames frames = {};
  };

  // `resume` holds the run's own tensors of a state (progress.*, optimizer.*), or nothing for a fresh run. `capture` says how
  // steps are recorded and replayed, with the device's capturer.
  Run(uint64_t seed, at::Device device, Hooks hooks, const NamedTensors& resume = {}, const device::Capture& capture = {});

  using Values = std::vector<std::pair<std::string, double>>;

  // What a stage leaves behind. Its numbers stand in the history, as those of one epoch.
  struct StageEnd {
    StageEnd(Values numbers = {}, std::function<at::Tensor(const at::Tensor& items)> codes_of_items = nullptr)
        : values(std::move(numbers)),
          codes_of(std::move(codes_of_items)) {}
    Values values;
    std::function<at::Tensor(const at::Tensor& items)> codes_of;  // int64 [b] -> float32 [b, d], for the record; may be empty
  };

  // A piece of work without epochs; skipped if an interrupted run had finished it.
  void stage(const std::string& name, const std::function<StageEnd()>& work);

  // Trains a phase; skipped, or begun at its next epoch, if an interrupted run had come so far.
  void train(const Phase& phase, const data::Dataset& data, const data::Scaling& scaling);

  // At most `most` items (0: all) that the seed draws, the same in all stages; nothing where that is all of them.
  std::optional<data::Part> part_of(const data::Dataset& data, int64_t most) const;

  // After the last stage: throws ERR_FILE_FORMAT if the resumed state says that it finished more than there are.
  void finish() const;

  // Throws Aborted if the run was asked to stop. Cheap: call it once a batch, or once a block of a long computation.
  void poll() const { hooks_.poll(); }
  const Poll& poller() const { return hooks_.poll; }  // the same, for what walks over blocks
  void warn(const std::string& message) const;

  // Random numbers on the device. Seeded anew at each stage and epoch, so that a resumed run draws what an
  // uninterrupted one would have drawn.
  at::Generator& generator() { return generator_; }

 private:
  bool enter();  // opens the next stage; false if it was finished before
  void leave();  // closes it
  void seed(int64_t epoch);
  void commit(const std::vector<optim::Optimizer*>& optimizers, int64_t epoch);
  at::Tensor frame_of(const Phase& phase, const data::Dataset& data, const data::Scaling& scaling) const;

  uint64_t seed_;
  Hooks hooks_;
  NamedTensors resume_;
  device::Capture capture_;
  at::Generator generator_;
  int64_t stage_ = -1;           // the stage that is open, or was last
  int64_t finished_stages_ = 0;  // of the interrupted run
  int64_t finished_epochs_ = 0;  // of its unfinished phase
};

}  // namespace dc::run
