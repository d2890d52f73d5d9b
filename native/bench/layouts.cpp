// The way in which a convolution of the adversarial networks is fastest:  bench_layouts [ROUNDS]
// Forward and backward of each on a batch of 128, with its images one map after another (contiguous), pixel by pixel (channels last), and
// as a matrix product with patches (nn/thin_convolution.h), in turns, as a table in Markdown.
// nn/layer.cpp chooses by it.
#include <cstdio>

#include "median.h"
#include "nn/thin_convolution.h"

namespace {

using dc::bench::median;
using dc::nn::Window;
using Clock = std::chrono::steady_clock;
constexpr int64_t kBatch = 128;

struct Convolution {
  const char* name;
  int64_t in, out, side;  // maps, and the input's side
  bool doubling;
};

// The networks for 28 x 28 images of one channel, and of three.
constexpr Convolution kConvolutions[] = {{"discriminator, 1 to 64", 1, 64, 28, false},     {"discriminator, 3 to 64", 3, 64, 28, false},
                                         {"discriminator, 64 to 128", 64, 128, 14, false}, {"generator, 128 to 64", 128, 64, 7, true},
                                         {"generator, 64 to 1", 64, 1, 14, true},          {"generator, 64 to 3", 64, 3, 14, true}};

enum Way { contiguous, channels_last, patches, ways };

double milliseconds(Way way, const at::Tensor& images, const at::Tensor& weight, bool doubling) {
  // Patches of the layout that their neighbours in the networks have.
  const bool last = way == channels_last || (way == patches && doubling);
  const at::Tensor x = images.clone(last ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous).requires_grad_(true);
  Clock::time_point start = Clock::now();
  at::Tensor y;
  if (way == patches) {
    y = doubling ? dc::nn::thin_transposed_convolution(x, weight, std::nullopt) : dc::nn::thin_convolution(x, weight, std::nullopt);
  } else {
    y = doubling ? at::conv_transpose2d(x, weight, {}, Window::stride, Window::padding)
                 : at::conv2d(x, weight, {}, Window::stride, Window::padding);
  }
  Clock::duration time = Clock::now() - start;
  const at::Tensor gradient = at::rand_like(y);
  start = Clock::now();
  torch::autograd::grad({y}, {x, weight}, {gradient});
  time += Clock::now() - start;
  return std::chrono::duration<double, std::milli>(time).count();
}

}  // namespace

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 15;
  std::printf(
      "| convolution, 4 x 4, stride 2 | precision | contiguous, ms | channels last, ms | patches, ms |\n|---|---|---:|---:|---:|\n");
  for (const at::ScalarType type : {at::kFloat, at::kBFloat16}) {
    for (const Convolution& layer : kConvolutions) {
      std::vector<double> times[ways];
      const at::Tensor images = at::rand({kBatch, layer.in, layer.side, layer.side}).to(type);
      const auto [first, second] = layer.doubling ? std::pair(layer.in, layer.out) : std::pair(layer.out, layer.in);
      const at::Tensor weight = at::rand({first, second, Window::side, Window::side}).to(type).requires_grad_(true);
      for (int round = -2; round < rounds; ++round) {
        for (const Way way : {contiguous, channels_last, patches}) {
          const double time = milliseconds(way, images, weight, layer.doubling);
          if (round >= 0) times[way].push_back(time);
        }
      }
      std::printf("| %s | %s | %.1f | %.1f | %.1f |\n", layer.name, type == at::kFloat ? "float32" : "bfloat16", median(times[contiguous]),
                  median(times[channels_last]), median(times[patches]));
    }
  }
}
