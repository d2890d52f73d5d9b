// Time of one training step, in milliseconds, for scripts/bench to compare with peers.
//   bench_steps WHAT PRECISION STEPS [DEVICE]
// WHAT: products (the matrix products of the autoencoder step alone), autoencoder, augmented, dcn, dcn-reencode.
// Prints one line of JSON: {"what": …, "precision": …, "milliseconds": [one per step]}.
#include <cstdio>

#include "error.h"
#include "methods/session.h"

using namespace dc;

namespace {

using Clock = std::chrono::steady_clock;
constexpr int64_t kBatch = 256;
const std::vector<int64_t> kSizes{784, 500, 500, 2000, 10, 2000, 500, 500, 784};

// Forward, gradient of the weights, gradient of the input (not for the first layer): what the step cannot do without.
void products(at::ScalarType type, int64_t steps, std::vector<double>& milliseconds) {
  at::NoGradGuard no_grad;
  std::vector<at::Tensor> weights, inputs, gradients;
  for (size_t i = 0; i + 1 < kSizes.size(); ++i) {
    weights.push_back(at::rand({kSizes[i + 1], kSizes[i]}).to(type));
    inputs.push_back(at::rand({kBatch, kSizes[i]}).to(type));
    gradients.push_back(at::rand({kBatch, kSizes[i + 1]}).to(type));
  }
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

OptionValues options(const std::string& what) {
  OptionValues values;
  const double shift = what == "augmented" ? 0.1 : 0, rotation = what == "augmented" ? 10 : 0;
  for (const auto& [name, number] : std::map<std::string, double>{
           {"latent", 10}, {"batchSize", kBatch}, {"shift", shift}, {"rotation", rotation}, {"zoom", 0}, {"shear", 0},
           {"layerwiseEpochs", 0}, {"corruption", 0}, {"clusters", 10}, {"lambda", 20}, {"kmeansRestarts", 1}, {"kmeansIterations", 10},
           {"pseudoCount", 100}, {"refreshEvery", 0}, {"tolerance", 0}}) {
    values.set(name, number);
  }
  for (const std::string prefix : {"", "pretrain"}) {
    values.set(option_name(prefix, "epochs"), prefix.empty() ? 1e6 : 0.0);
    values.set(option_name(prefix, "optimizer"), std::string("adam"));
    values.set(option_name(prefix, "learningRate"), 1e-3);
    values.set(option_name(prefix, "schedule"), std::string("constant"));
    values.set(option_name(prefix, "finalRate"), 1.0);
    values.set(option_name(prefix, "decayEvery"), 1.0);
    values.set(option_name(prefix, "decayFactor"), 1.0);
    values.set(option_name(prefix, "momentum"), 0.0);
    values.set(option_name(prefix, "nesterov"), false);
  }
  values.set("widths", std::vector<double>{500, 500, 2000});
  values.set("activation", std::string("relu"));
  values.set("initialisation", std::string("fan-in-uniform"));
  values.set("loss", std::string("squared"));
  values.set("target", std::string("augmented"));
  values.set("scaling", std::string("unit"));
  values.set("reencode", what == "dcn-reencode");
  values.set("finalKmeans", false);
  return values;
}

// The real training loop, stopped after `steps` steps of the phase that is measured.
void training_steps(const std::string& what, nn::Precision precision, const at::Device& device, int64_t steps, std::vector<double>& milliseconds) {
  const bool dcn = what.starts_with("dcn");
  methods::ModelSpec spec{.method = dcn ? "dcn" : "autoencoder", .options = options(what), .item_shape = {28, 28}, .device = device,
                          .precision = precision, .threads = at::get_num_threads(), .seed = 0};
  methods::Session session(spec);
  std::atomic<bool> cancelled{false};
  auto last = Clock::now();
  try {
    session.fit(at::randint(0, 256, {kBatch * 40, 28, 28}, at::kByte), [&](const training::Event& event) {
      const auto now = Clock::now();
      if (event.kind == training::Event::Kind::step) {
        milliseconds.push_back(std::chrono::duration<double, std::milli>(now - last).count());
        if (static_cast<int64_t>(milliseconds.size()) >= steps) cancelled = true;
      }
      last = now;
    }, cancelled);
  } catch (const Aborted&) {
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    std::fprintf(stderr, "usage: bench_steps products|autoencoder|augmented|dcn|dcn-reencode float32|bfloat16 STEPS [DEVICE]\n");
    return 2;
  }
  const std::string what = argv[1], precision = argv[2];
  const int64_t steps = std::stoll(argv[3]);
  const at::Device device(argc > 4 ? argv[4] : "cpu");
  std::vector<double> milliseconds;
  if (what == "products") {
    products(precision == "bfloat16" ? at::kBFloat16 : at::kFloat, steps, milliseconds);
  } else {
    training_steps(what, precision == "bfloat16" ? nn::Precision::bfloat16 : nn::Precision::float32, device, steps, milliseconds);
  }
  std::printf("{\"what\": \"%s\", \"precision\": \"%s\", \"milliseconds\": [", what.c_str(), precision.c_str());
  for (size_t i = 0; i < milliseconds.size(); ++i) std::printf("%s%.4f", i ? ", " : "", milliseconds[i]);
  std::printf("]}\n");
}
