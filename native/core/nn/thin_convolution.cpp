#include "nn/thin_convolution.h"

#include <torch/csrc/autograd/custom_function.h>

#include "loops/bfloat16_bits.h"

namespace dc::nn {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr int64_t kFewMaps = 8;
constexpr int64_t kArea = Window::side * Window::side;
constexpr int64_t kImagesAtATime = 8;

// The windows on images [b, c, h, w], each map of which has a border of zeros in a buffer of its own.
struct Windows {
  explicit Windows(at::IntArrayRef images)
      : maps(images[1]),
        height(images[2]),
        width(images[3]),
        across(width / Window::stride),
        places(height / Window::stride * across),
        row(width + 2 * Window::padding),
        padded((height + 2 * Window::padding) * row) {}

  // Of map `map`, counted over all images: where the line `y` of its pixels begins, in the images and with its border.
  int64_t line(int64_t map, int64_t y) const { return (map * height + y) * width; }
  int64_t padded_line(int64_t y) const { return (y + Window::padding) * row + Window::padding; }

  // visit(corner with the border, beginning in patches [b h w, 16 c]: a row holds what one window sees, map after map)
  template <typename Visit>
  void each(int64_t map, const Visit& visit) const {
    for (int64_t place = 0; place < places; ++place) {
      visit(place / across * Window::stride * row + place % across * Window::stride,
            ((map / maps * places + place) * maps + map % maps) * kArea);
    }
  }

  int64_t maps, height, width;
  int64_t across, places;  // windows: in a row, on a map
  int64_t row, padded;     // pixels with the border: in a row, of a map
};

// images [b, c, h, w] -> patches [b windows, 16 c]
template <typename Number, typename Bits>
void gather(const at::Tensor& images, const at::Tensor& patches) {
  const Windows windows(images.sizes());
  const auto* from = reinterpret_cast<const Bits*>(images.const_data_ptr<Number>());
  auto* to = reinterpret_cast<Bits*>(patches.data_ptr<Number>());
  at::parallel_for(0, images.size(0), kImagesAtATime, [&](int64_t begin, int64_t end) {
    std::vector<Bits> padded(windows.padded, Bits{0});
    for (int64_t map = begin * windows.maps; map < end * windows.maps; ++map) {
      for (int64_t y = 0; y < windows.height; ++y)
        std::copy_n(from + windows.line(map, y), windows.width, padded.data() + windows.padded_line(y));
      windows.each(map, [&](int64_t corner, int64_t patch) {
        for (int64_t y = 0; y < Window::side; ++y)
          std::copy_n(padded.data() + corner + y * windows.row, Window::side, to + patch + y * Window::side);
      });
    }
  });
}

// The adjoint: patches [b windows, 16 c] -> images [b, c, h, w], the sums of the windows that see a pixel.
template <typename Number, typename Bits>
void scatter(const at::Tensor& patches, const at::Tensor& images) {
  const Windows windows(images.sizes());
  const auto* from = reinterpret_cast<const Bits*>(patches.const_data_ptr<Number>());
  auto* to = reinterpret_cast<Bits*>(images.data_ptr<Number>());
  at::parallel_for(0, images.size(0), kImagesAtATime, [&](int64_t begin, int64_t end) {
    std::vector<float> padded(windows.padded);
    for (int64_t map = begin * windows.maps; map < end * windows.maps; ++map) {
      std::fill(padded.begin(), padded.end(), 0.0f);
      windows.each(map, [&](int64_t corner, int64_t patch) {
        for (int64_t y = 0; y < Window::side; ++y) {
          for (int64_t x = 0; x < Window::side; ++x) padded[corner + y * windows.row + x] += load(from[patch + y * Window::side + x]);
        }
      });
      for (int64_t y = 0; y < windows.height; ++y) {
        for (int64_t x = 0; x < windows.width; ++x) store(padded[windows.padded_line(y) + x], to[windows.line(map, y) + x]);
      }
    }
  });
}

at::Tensor patches_of(const at::Tensor& images) {
  const at::Tensor x = images.contiguous();
  at::Tensor patches = at::empty({x.size(0) * Windows(x.sizes()).places, x.size(1) * kArea}, x.options());
  x.scalar_type() == at::kBFloat16 ? gather<at::BFloat16, uint16_t>(x, patches) : gather<float, float>(x, patches);
  return patches;
}

at::Tensor images_of(const at::Tensor& patches, at::IntArrayRef shape) {
  at::Tensor images = at::empty(shape, patches.options());
  patches.scalar_type() == at::kBFloat16 ? scatter<at::BFloat16, uint16_t>(patches.contiguous(), images)
                                         : scatter<float, float>(patches.contiguous(), images);
  return images;
}

// [b, c, h, w], channels last -> [b h w, c], the same memory.
at::Tensor pixels_of(const at::Tensor& x) {
  return x.contiguous(at::MemoryFormat::ChannelsLast).permute({0, 2, 3, 1}).view({-1, x.size(1)});
}

at::Tensor channels_last(at::IntArrayRef shape, const at::TensorOptions& options) {
  return at::empty(shape, options.memory_format(at::MemoryFormat::ChannelsLast));
}

// y = patches(x) W^T + b,   dL/dx = patches^T(dL/dy W),   dL/dW = (dL/dy)^T patches(x)
struct Halving : torch::autograd::Function<Halving> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& weight,
                            const std::optional<at::Tensor>& bias) {
    const at::Tensor patches = patches_of(x), w = weight.flatten(1);
    at::Tensor y = channels_last({x.size(0), weight.size(0), x.size(2) / Window::stride, x.size(3) / Window::stride}, x.options()),
               pixels = pixels_of(y);
    bias ? at::addmm_out(pixels, *bias, patches, w.t()) : at::mm_out(pixels, patches, w.t());
    context->save_for_backward({patches, weight});
    context->saved_data["shape"] = x.sizes().vec();
    context->saved_data["biased"] = bias.has_value();
    return y;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const at::Tensor &patches = saved[0], &weight = saved[1], pixels = pixels_of(gradients[0]);
    variable_list result(3);
    if (context->needs_input_grad(0)) result[0] = images_of(at::mm(pixels, weight.flatten(1)), context->saved_data["shape"].toIntVector());
    if (context->needs_input_grad(1)) result[1] = at::mm(pixels.t(), patches).view_as(weight);
    if (context->saved_data["biased"].toBool() && context->needs_input_grad(2)) result[2] = pixels.sum(0);
    return result;
  }
};

// y = patches^T(x W) + b,   dL/dx = patches(dL/dy) W^T,   dL/dW = x^T patches(dL/dy)
struct Doubling : torch::autograd::Function<Doubling> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& weight,
                            const std::optional<at::Tensor>& bias) {
    const at::Tensor pixels = pixels_of(x);
    at::Tensor y =
        images_of(at::mm(pixels, weight.flatten(1)), {x.size(0), weight.size(1), x.size(2) * Window::stride, x.size(3) * Window::stride});
    if (bias) y.add_(bias->view({1, -1, 1, 1}));
    context->save_for_backward({x, weight});
    context->saved_data["biased"] = bias.has_value();
    return y;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const at::Tensor &x = saved[0], &weight = saved[1], patches = patches_of(gradients[0]);
    variable_list result(3);
    if (context->needs_input_grad(0)) {
      result[0] = channels_last(x.sizes(), x.options());
      at::Tensor pixels = pixels_of(result[0]);
      at::mm_out(pixels, patches, weight.flatten(1).t());
    }
    if (context->needs_input_grad(1)) result[1] = at::mm(pixels_of(x).t(), patches).view_as(weight);
    if (context->saved_data["biased"].toBool() && context->needs_input_grad(2)) result[2] = gradients[0].sum({0, 2, 3});
    return result;
  }
};

}  // namespace

bool thin(const at::Tensor& x, int64_t outer_maps) {
  return outer_maps < kFewMaps && x.is_cpu() && (x.scalar_type() == at::kFloat || x.scalar_type() == at::kBFloat16);
}

at::Tensor thin_convolution(const at::Tensor& x, const at::Tensor& weight, const std::optional<at::Tensor>& bias) {
  return Halving::apply(x, weight, bias);
}

at::Tensor thin_transposed_convolution(const at::Tensor& x, const at::Tensor& weight, const std::optional<at::Tensor>& bias) {
  return Doubling::apply(x, weight, bias);
}

}  // namespace dc::nn
