#include "nn/batch_norm.h"

namespace dc::nn {

namespace {
// The constant that libtorch and its peers take.
constexpr double kEpsilon = 1e-5;
}  // namespace

BatchNorm::BatchNorm(const std::string& name, int64_t size, Precision precision, at::Device device) : name_(name) {
  const auto floats = at::TensorOptions().dtype(at::kFloat).device(device);
  scale_ = Parameter::make(name + ".scale", at::ones({size}, floats), precision);
  shift_ = Parameter::make(name + ".shift", at::zeros({size}, floats), precision);
  mean_ = at::zeros({size}, floats);
  variance_ = at::ones({size}, floats);
}

at::Tensor BatchNorm::forward(const at::Tensor& x, const Pass& pass) const {
  const bool keeps = pass.trains() && pass.momentum() == 0;
  return at::batch_norm(x, pass.of(scale_).to(at::kFloat), pass.of(shift_).to(at::kFloat), keeps ? at::Tensor() : mean_,
                        keeps ? at::Tensor() : variance_,
                        /*training=*/!pass.infers(), pass.momentum(), kEpsilon, /*cudnn_enabled=*/true);
}

}  // namespace dc::nn
