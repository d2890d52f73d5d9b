// Time of one training step, in milliseconds, for scripts/bench to compare with peers.
//   bench_steps products PRECISION STEPS                      the matrix products of the autoencoder step alone
//   bench_steps vade-products PRECISION STEPS                 and those of the encoder's second head, the log variance
//   bench_steps METHOD PRECISION STEPS DEVICE NAME=VALUE …    the method's first phase, with all of its options
// scripts/bench/steps.ts takes the options from the method's table; its --print shows the command lines, for a machine without Node.
// Prints one line of JSON: {"what": …, "precision": …, "milliseconds": [one per step]}.
#include <cstdio>

#include "error.h"
#include "methods/session.h"
#include "option_text.h"

using namespace dc;

namespace {

using Clock = std::chrono::steady_clock;
constexpr int64_t kBatch = 256;
const std::vector<int64_t> kSizes{784, 500, 500, 2000, 10, 2000, 500, 500, 784};

// Forward, gradient of the weights, gradient of the input (not for the first layer): what the step cannot do without.
void products(at::ScalarType type, bool variational, int64_t steps, std::vector<double>& milliseconds) {
  at::NoGradGuard no_grad;
  std::vector<at::Tensor> weights, inputs, gradients;
  const auto layer = [&](int64_t in, int64_t out) {
    weights.push_back(at::rand({out, in}).to(type));
    inputs.push_back(at::rand({kBatch, in}).to(type));
    gradients.push_back(at::rand({kBatch, out}).to(type));
  };
  for (size_t i = 0; i + 1 < kSizes.size(); ++i) layer(kSizes[i], kSizes[i + 1]);
  if (variational) layer(kSizes[3], kSizes[4]);
  for (int64_t step = 0; step < steps; ++step) {
    const auto start = Clock::now();
    for (size_t i = 0; i < weights.size(); ++i) at::mm(inputs[i], weights[i].t());
    for (size_t i = weights.size(); i-- > 0;) {
      at::mm(gradients[i].t(), inputs[i]);
      if (i > 0) at::mm(gradients[i], weights[i]);
    }
    milliseconds.push_back(std::chrono::duration<double, std::milli>(Clock::now() - start).count());
  }
}

// The real training loop, stopped after `steps` steps of the phase that is measured.
void training_steps(const methods::ModelSpec& spec, int64_t steps, std::vector<double>& milliseconds) {
  methods::Session session(spec);
  std::atomic<bool> cancelled{false};
  auto last = Clock::now();
  try {
    session.fit(
        at::randint(0, 256, {kBatch * 40, 28, 28}, at::kByte),
        [&](const run::Event& event) {
          const auto now = Clock::now();
          if (event.kind == run::Event::Kind::step) {
            milliseconds.push_back(std::chrono::duration<double, std::milli>(now - last).count());
            if (static_cast<int64_t>(milliseconds.size()) >= steps) cancelled = true;
          }
          last = now;
        },
        cancelled);
  } catch (const Aborted&) {}
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    std::fprintf(stderr, "usage: bench_steps products|vade-products|METHOD float32|bfloat16 STEPS [DEVICE NAME=VALUE …]\n");
    return 2;
  }
  const std::string what = argv[1], precision = argv[2];
  const int64_t steps = std::stoll(argv[3]);
  std::vector<double> milliseconds;
  if (what == "products" || what == "vade-products") {
    products(precision == "bfloat16" ? at::kBFloat16 : at::kFloat, what == "vade-products", steps, milliseconds);
  } else {
    methods::ModelSpec spec{.method = what,
                            .options = {},
                            .item_shape = {28, 28},
                            .device = at::Device(argc > 4 ? argv[4] : "cpu"),
                            .precision = precision == "bfloat16" ? Precision::bfloat16 : Precision::float32,
                            .threads = at::get_num_threads(),
                            .seed = 0};
    for (int i = 5; i < argc; ++i) bench::set_option(spec.options, argv[i]);
    training_steps(spec, steps, milliseconds);
  }
  std::printf("{\"what\": \"%s\", \"precision\": \"%s\", \"milliseconds\": [", what.c_str(), precision.c_str());
  for (size_t i = 0; i < milliseconds.size(); ++i) std::printf("%s%.4f", i ? ", " : "", milliseconds[i]);
  std::printf("]}\n");
}
