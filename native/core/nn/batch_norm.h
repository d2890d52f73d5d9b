// Batch normalisation (Ioffe & Szegedy 2015), over the second side of its input.
#pragma once

#include "nn/pass.h"

namespace dc::nn {

constexpr double kRunningMomentum = 0.1;  // weight of a batch in the running statistics: what libtorch and its peers take

class BatchNorm {
 public:
  // scale 1 and shift 0, named `<name>.scale` and `<name>.shift`; the statistics `<name>.mean` and `<name>.variance`. Each [size].
  BatchNorm(const std::string& name, int64_t size, Precision precision, at::Device device);

  // x [b, size, …] -> the same shape and type.
  at::Tensor forward(const at::Tensor& x, const Pass& pass) const;

  std::vector<Parameter*> parameters() { return {&scale_, &shift_}; }
  std::vector<Buffer> buffers() { return {{name_ + ".mean", &mean_}, {name_ + ".variance", &variance_}}; }

 private:
  std::string name_;
  Parameter scale_, shift_;
  at::Tensor mean_, variance_;  // running, float32
};

}  // namespace dc::nn
