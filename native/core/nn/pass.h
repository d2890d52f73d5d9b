// What a forward pass through a network is for.
#pragma once

#include "parameter.h"

namespace dc::nn {

class Pass {
 public:
  // Differentiable, in the training precision, normalised by the batch, whose statistics move the running ones if there is a momentum.
  static Pass train(double momentum = 0) { return {Kind::train, momentum}; }

  bool trains() const { return kind_ == Kind::train; }
  bool infers() const { return kind_ == Kind::infer; }
  double momentum() const { return momentum_; }  // weight of this batch's statistics

  const at::Tensor& of(const Parameter& parameter) const { return trains() ? parameter.leaf : parameter.value; }
  // What the first layer takes.
  at::Tensor input(const at::Tensor& x, Precision precision) const {
    return trains() && precision == Precision::bfloat16 ? x.to(at::kBFloat16) : x;
  }

 private:
  enum class Kind { train, gather, infer };

  Pass(Kind kind, double momentum) : kind_(kind), momentum_(momentum) {}

  // The two passes below are made here alone, so that none of them differentiates or rounds.
  template <class Work>
  static auto exactly(const Pass& pass, const Work& work) {
    at::NoGradGuard no_grad;
    const at::NoTF32Guard exact;
    return work(pass);
  }

  template <class Work>
  friend auto gather(double momentum, const Work& work);
  template <class Work>
  friend auto infer(const Work& work);

  Kind kind_;
  double momentum_;
};

// work(pass): float32, normalised by the batch, whose statistics move the running ones.
template <class Work>
auto gather(double momentum, const Work& work) {
  return Pass::exactly({Pass::Kind::gather, momentum}, work);
}

// work(pass): inference, in float32, normalised by the running statistics: an item's result does not depend on the others.
template <class Work>
auto infer(const Work& work) {
  return Pass::exactly({Pass::Kind::infer, 0}, work);
}

}  // namespace dc::nn
