// Work of a device that it repeats without the host: on CUDA, a captured graph.
//
// A step of a small network is some hundred operators of a few microseconds each; launching them one by one takes the host longer
// than the device takes to compute them.
#pragma once

#include "torch.h"

struct DcCudaPlugin;

namespace dc::training {

class Recording {
 public:
  virtual ~Recording() = default;
  // Runs the work again, on the current stream: the same operators on the same buffers.
  virtual void replay() = 0;
};

class Recorder {
 public:
  virtual ~Recorder() = default;
  // Records what `work` launches on the current stream, without running it; buffers that it makes belong to the recording. Numbers of
  // `generator` are drawn anew at each replay. Passes on what `work` throws, and throws where it waits for the device or uploads.
  virtual std::unique_ptr<Recording> record(const std::function<void()>& work, at::Generator& generator) = 0;
};

// How a phase's steps are recorded; without a recorder they are not.
struct Capture {
  Recorder* recorder = nullptr;
  // Whole batches that one recording holds where an epoch has as many left. Between two replays a GPU waits for the host some
  // microseconds, a third of what a step of a small network takes it.
  int64_t steps = 8;
};

// The recorder of a device; null where there is none, as on a CPU.
Recorder* recorder_of(at::Device device);

// Gives the devices of a type their recorder, which lives to the end of the process.
void set_recorder(at::DeviceType type, Recorder* recorder);

// The recorder behind an open CUDA plugin, which is never closed.
Recorder* cuda_recorder(const DcCudaPlugin* plugin);

}  // namespace dc::training
