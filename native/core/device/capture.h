// Work of a device that it repeats without the host: on CUDA, a captured graph.
//
// A step of a small network is some hundred operators of a few microseconds each; launching them one by one takes the host longer
// than the device takes to compute them.
#pragma once

#include "torch.h"

struct DcCudaPlugin;

namespace dc::device {

class CapturedWork {
 public:
  virtual ~CapturedWork() = default;
  // Runs the work again, on the current stream: the same operators on the same buffers.
  virtual void replay() = 0;
};

class Capturer {
 public:
  virtual ~Capturer() = default;
  // Records what `work` launches on the current stream, without running it; buffers that it makes belong to the capture. Numbers of
  // `generator` are drawn anew at each replay. Passes on what `work` throws, and throws where it waits for the device or uploads.
  virtual std::unique_ptr<CapturedWork> record(const std::function<void()>& work, at::Generator& generator) = 0;
};

// How a phase's steps are recorded; without a capturer they are not.
struct Capture {
  Capturer* capturer = nullptr;
  // Whole batches that one capture holds where an epoch has as many left. Between two replays a GPU waits for the host some
  // microseconds, a third of what a step of a small network takes it.
  int64_t steps = 8;
};

// The capturer behind an open CUDA plugin, which is never closed.
Capturer* cuda_capturer(const DcCudaPlugin* plugin);

}  // namespace dc::device
