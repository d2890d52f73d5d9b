// Where a convolution of the adversarial networks is fastest:  bench_layouts [ROUNDS]
// Forward and backward of each on a batch of 128, with its images one map after another (contiguous) and pixel by pixel (channels last), in turns, as a table in
// Markdown. nn/layer.cpp chooses by it.
#include <cstdio>

#include "torch.h"

namespace {

using Clock = std::chrono::steady_clock;
constexpr int64_t kBatch = 128;

struct Convolution {
  const char* name;
  int64_t in, out, side;  // maps, and the input's side
  bool doubling;
};

// The networks for 28 x 28 images of one channel, and of three.
constexpr Convolution kConvolutions[] = {{"discriminator, 1 to 64", 1, 64, 28, false},  {"discriminator, 3 to 64", 3, 64, 28, false}, {"discriminator, 64 to 128", 64, 128, 14, false},
                                         {"generator, 128 to 64", 128, 64, 7, true},    {"generator, 64 to 1", 64, 1, 14, true},      {"generator, 64 to 3", 64, 3, 14, true}};

double median(std::vector<double> numbers) {
  std::sort(numbers.begin(), numbers.end());
  return numbers[numbers.size() / 2];
}

double milliseconds(const at::Tensor& x, const at::Tensor& weight, bool doubling) {
  const auto start = Clock::now();
  const at::Tensor y = doubling ? at::conv_transpose2d(x, weight, {}, 2, 1) : at::conv2d(x, weight, {}, 2, 1);
  torch::autograd::grad({y.sum()}, {x, weight});
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

}  // namespace

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 15;
  std::printf("| convolution, 4 x 4, stride 2 | precision | contiguous, ms | channels last, ms |\n|---|---|---:|---:|\n");
  for (const at::ScalarType type : {at::kFloat, at::kBFloat16}) {
    for (const Convolution& layer : kConvolutions) {
      std::vector<double> times[2];
      const at::Tensor images = at::rand({kBatch, layer.in, layer.side, layer.side}).to(type);
      const at::Tensor weight = (layer.doubling ? at::rand({layer.in, layer.out, 4, 4}) : at::rand({layer.out, layer.in, 4, 4})).to(type).requires_grad_(true);
      for (int round = -2; round < rounds; ++round) {
        for (const bool last : {false, true}) {
          const at::Tensor x = images.clone(last ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous).requires_grad_(true);
          const double time = milliseconds(x, weight, layer.doubling);
          if (round >= 0) times[last].push_back(time);
        }
      }
      std::printf("| %s | %s | %.1f | %.1f |\n", layer.name, type == at::kFloat ? "float32" : "bfloat16", median(times[0]), median(times[1]));
    }
  }
}
