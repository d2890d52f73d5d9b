// Batch normalisation (Ioffe & Szegedy 2015), over the second side of its input.
#pragma once

#include "parameter.h"

namespace dc::nn {

// What a forward pass is for.
struct Pass {
  enum class Kind {
    train,   // differentiable, in the training precision, normalised by the batch, whose statistics move the running ones if
             // there is a momentum
    gather,  // float32, normalised by the batch, whose statistics move the running ones
    infer,   // float32, normalised by the running statistics: an item's result does not depend on the others
  };
  Kind kind;
  double momentum = 0;  // weight of this batch's statistics

  static Pass train(double momentum = 0) { return {Kind::train, momentum}; }
  static Pass gather(double momentum) { return {Kind::gather, momentum}; }
  static Pass infer() { return {Kind::infer}; }

  const at::Tensor& of(const Parameter& parameter) const { return kind == Kind::train ? parameter.leaf : parameter.value; }
  // What the first layer takes.
  at::Tensor input(const at::Tensor& x, Precision precision) const {
    return kind == Kind::train && precision == Precision::bfloat16 ? x.to(at::kBFloat16) : x;
  }
};

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
