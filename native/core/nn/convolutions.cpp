#include "nn/convolutions.h"

namespace dc::nn {

namespace {
constexpr int64_t kKernel = 5, kLeastSide = 5;
// Ioffe & Szegedy 2015: the constants that libtorch and its peers take.
constexpr double kMomentum = 0.1, kEpsilon = 1e-5;

at::Tensor pooled(const at::Tensor& x) { return at::max_pool2d(x, {2, 2}, {2, 2}, {0, 0}, {1, 1}, /*ceil_mode=*/true); }
}  // namespace

std::vector<ConvolutionStage> convolution_stages(int64_t height, int64_t width) {
  std::vector<ConvolutionStage> stages;
  for (;;) {
    height -= kKernel - 1;
    width -= kKernel - 1;
    if (std::min(height, width) < kLeastSide) return stages;
    const int64_t half_height = (height + 1) / 2, half_width = (width + 1) / 2;
    const bool pool = std::min(half_height, half_width) >= kLeastSide;
    if (pool) {
      height = half_height;
      width = half_width;
    }
    stages.push_back({height, width, pool});
    if (!pool) return stages;
  }
}

Convolutions::Convolutions(const std::string& name, int64_t channels, int64_t height, int64_t width, int64_t maps, Initialisation initialisation,
                           Precision precision, at::Device device, at::Generator& generator)
    : channels_(channels), height_(height), width_(width), maps_(maps), precision_(precision), stages_(convolution_stages(height, width)) {
  at::NoGradGuard no_grad;
  const auto floats = at::TensorOptions().dtype(at::kFloat).device(device);
  int64_t in = channels;
  for (size_t stage = 0; stage < stages_.size(); ++stage) {
    const std::string prefix = name + "." + std::to_string(stage);
    at::Tensor weight = at::empty({maps, in, kKernel, kKernel}, floats);
    initialise_weight(weight, initialisation, generator);
    parameters_.push_back(Parameter::make(prefix + ".weight", weight, precision));
    parameters_.push_back(Parameter::make(prefix + ".scale", at::ones({maps}, floats), precision));
    parameters_.push_back(Parameter::make(prefix + ".shift", at::zeros({maps}, floats), precision));
    statistics_.push_back({prefix, at::zeros({maps}, floats), at::ones({maps}, floats)});
    in = maps;
  }
}

at::Tensor Convolutions::forward(const at::Tensor& x) {
  at::Tensor h = x.view({x.size(0), channels_, height_, width_});
  // Channels last: the layout in which libtorch's convolutions, normalisation and pooling are fastest, in both precisions.
  h = (precision_ == Precision::bfloat16 ? h.to(at::kBFloat16) : h).contiguous(at::MemoryFormat::ChannelsLast);
  for (size_t stage = 0; stage < stages_.size(); ++stage) {
    const Parameter* parameter = &parameters_[3 * stage];
    h = at::conv2d(h, parameter[0].leaf);
    h = at::batch_norm(h, parameter[1].leaf.to(at::kFloat), parameter[2].leaf.to(at::kFloat), statistics_[stage].mean, statistics_[stage].variance,
                       /*training=*/true, kMomentum, kEpsilon, /*cudnn_enabled=*/true);
    if (stages_[stage].pooled) h = pooled(h);
    h = h.relu_();  // after pooling, which it commutes with: a quarter of the work
  }
  return h.flatten(1);
}

at::Tensor Convolutions::infer(const at::Tensor& x) const {
  at::NoGradGuard no_grad;
  const at::NoTF32Guard exact;
  at::Tensor h = x.view({x.size(0), channels_, height_, width_}).contiguous(at::MemoryFormat::ChannelsLast);
  for (size_t stage = 0; stage < stages_.size(); ++stage) {
    const Parameter* parameter = &parameters_[3 * stage];
    h = at::conv2d(h, parameter[0].value);
    h = at::batch_norm(h, parameter[1].value, parameter[2].value, statistics_[stage].mean, statistics_[stage].variance, /*training=*/false, kMomentum,
                       kEpsilon, /*cudnn_enabled=*/true);
    if (stages_[stage].pooled) h = pooled(h);
    h = h.relu_();  // after pooling, which it commutes with: a quarter of the work
  }
  return h.flatten(1);
}

int64_t Convolutions::outputs() const { return maps_ * stages_.back().height * stages_.back().width; }

std::vector<Parameter*> Convolutions::parameters() {
  std::vector<Parameter*> all;
  for (Parameter& parameter : parameters_) all.push_back(&parameter);
  return all;
}

std::vector<Buffer> Convolutions::buffers() {
  std::vector<Buffer> all;
  for (Statistics& statistics : statistics_) {
    all.push_back({statistics.name + ".mean", &statistics.mean});
    all.push_back({statistics.name + ".variance", &statistics.variance});
  }
  return all;
}

}  // namespace dc::nn
