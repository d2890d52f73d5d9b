#include "nn/convolutions.h"

#include "nn/convolution.h"

namespace dc::nn {

namespace {
constexpr int64_t kKernel = 5, kLeastSide = 5;

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

Convolutions::Convolutions(const std::string& name, int64_t channels, int64_t height, int64_t width, int64_t maps,
                           Initialisation initialisation, Precision precision, at::Device device, at::Generator& generator)
    : channels_(channels),
      height_(height),
      width_(width),
      maps_(maps),
      precision_(precision),
      stages_(convolution_stages(height, width)) {
  at::NoGradGuard no_grad;
  const auto floats = at::TensorOptions().dtype(at::kFloat).device(device);
  int64_t in = channels;
  for (size_t stage = 0; stage < stages_.size(); ++stage) {
    const std::string prefix = name + "." + std::to_string(stage);
    at::Tensor weight = at::empty({maps, in, kKernel, kKernel}, floats);
    initialise_weight(weight, initialisation, generator);
    weights_.push_back(Parameter::make(prefix + ".weight", weight, precision));
    norms_.emplace_back(prefix, maps, precision, device);
    in = maps;
  }
}

at::Tensor Convolutions::forward(const at::Tensor& x, const Pass& pass) const {
  at::Tensor h = x.view({x.size(0), channels_, height_, width_});
  // Channels last: the layout in which libtorch's convolutions, normalisation and pooling are fastest, in both precisions.
  h = pass.input(h, precision_).contiguous(at::MemoryFormat::ChannelsLast);
  for (size_t stage = 0; stage < stages_.size(); ++stage) {
    h = norms_[stage].forward(convolution(h, pass.of(weights_[stage]), {}, {}, pass), pass);
    if (stages_[stage].pooled) h = pooled(h);
    h = h.relu_();  // after pooling, which it commutes with: a quarter of the work
  }
  return h.flatten(1);
}

int64_t Convolutions::outputs() const { return maps_ * stages_.back().height * stages_.back().width; }

std::vector<Parameter*> Convolutions::parameters() {
  std::vector<Parameter*> all;
  for (size_t stage = 0; stage < stages_.size(); ++stage) {
    all.push_back(&weights_[stage]);
    for (Parameter* parameter : norms_[stage].parameters()) all.push_back(parameter);
  }
  return all;
}

std::vector<Buffer> Convolutions::buffers() {
  std::vector<Buffer> all;
  for (BatchNorm& norm : norms_) {
    for (const Buffer& buffer : norm.buffers()) all.push_back(buffer);
  }
  return all;
}

}  // namespace dc::nn
