// What a GPU takes, as one table in Markdown:  bench_gpu [PLUGIN]
// Steps of each method on 70,000 x 784 bytes, launched one by one and captured; the neighbour graph of 70,000 and 1,000,000 x 160, by the
// kernel and by libtorch's topk. Medians. Needs no Node; gpu_peers.py beside it times PyTorch.
#include <cstdio>
#include <filesystem>

#include <torch/headeronly/version.h>

#include "cluster/knn_graph.h"
#include "cluster/tile_selection.h"
#include "error.h"
#include "methods/session.h"
#include "training/device.h"

using namespace dc;

namespace {

using Clock = std::chrono::steady_clock;

double median(std::vector<double> numbers) {
  std::sort(numbers.begin(), numbers.end());
  return numbers.empty() ? NAN : numbers[numbers.size() / 2];
}

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

// Options of a network of 784-500-500-2000-10 and its mirror, or of JULE's, GAN's and InfoGAN's convolutions: everything that steps depend on.
OptionValues options_of(const std::string& method) {
  OptionValues values;
  for (const auto& [name, number] : std::map<std::string, double>{
           {"latent", 10}, {"batchSize", 256}, {"shift", 0}, {"rotation", 0}, {"zoom", 0}, {"shear", 0}, {"layerwiseEpochs", 0}, {"corruption", 0},
           {"clusters", 10}, {"lambda", 1}, {"kmeansRestarts", 1}, {"kmeansIterations", 10}, {"pseudoCount", 100}, {"refreshEvery", 0}, {"tolerance", 0},
           {"graphNeighbours", 10}, {"graphScale", 7}, {"graphVectors", 0}, {"graphRestarts", 1}, {"balance", 0}, {"rounds", 0}, {"alpha", 1},
           {"mutualInformation", 0}, {"contrast", 0}, {"pretrainContrast", 0}, {"temperature", 0.2}, {"initialLogVariance", -4}, {"leastLogVariance", -6},
           {"mixtureLearningRate", 2e-3}, {"mixtureRestarts", 1}, {"mixtureIterations", 5}, {"mixtureTolerance", 1e-3}, {"startItems", 500}, {"startViews", 2},
           {"startKmeansItems", 100}, {"startSteps", 1}, {"startBatch", 100}, {"startLearningRate", 0.02}, {"neighbours", 20}, {"bandwidth", 1},
           {"nearClusters", 5}, {"dimensions", 160}, {"maps", 50}, {"gamma", 2}, {"margin", 0.2}, {"negatives", 20}, {"members", 8}, {"eta", 0.9},
           {"weightDecay", 0}, {"linkageNeighbours", 10}, {"linkageBandwidth", 1}, {"linkageNearClusters", 5}, {"linkageLambda", 1}, {"linkageBalance", 0},
           {"noise", 62}, {"hidden", 1024}, {"leak", 0.1}, {"beta1", 0.5}, {"discriminatorLearningRate", 2e-4}, {"numberLambda", 1}, {"viewInformation", 0}}) {
    values.set(name, number);
  }
  for (const std::string prefix : {"", "pretrain", "round"}) {
    for (const auto& [name, number] : std::map<std::string, double>{{"epochs", 4}, {"learningRate", 1e-3}, {"finalRate", 1}, {"decayEvery", 1}, {"decayFactor", 1}, {"momentum", 0}}) {
      values.set(option_name(prefix, name), number);
    }
    values.set(option_name(prefix, "optimizer"), std::string("adam"));
    values.set(option_name(prefix, "schedule"), std::string("constant"));
    values.set(option_name(prefix, "nesterov"), false);
  }
  for (const auto& [name, text] : std::map<std::string, std::string>{{"start", method == "vade" ? "likelihood" : "kmeans"}, {"activation", "relu"},
                                                                     {"initialisation", "fan-in-uniform"}, {"loss", method == "vade" || method == "vae" ? "bernoulli" : "squared"},
                                                                     {"target", "augmented"}, {"scaling", "unit"}, {"update", "exact"}, {"linkageUpdate", "exact"},
                                                                     {"codes", method == "gan" ? "cat10,uniform,uniform" : "uniform,uniform"}, {"noiseDistribution", "uniform"},
                                                                     {"output", "sigmoid"}, {"informationTrains", "features"}}) {
    values.set(name, text);
  }
  for (const std::string name : {"reencode", "capNorms", "recluster", "finalKmeans", "learnedVariance"}) values.set(name, false);
  if (method == "gan" || method == "infogan") {
    values.set("maps", 64.0);
    values.set("batchSize", 128.0);
  }
  values.set("widths", std::vector<double>{500, 500, 2000});
  return values;
}

// Microseconds of a step by phase: an epoch's time over its steps, the first epoch left out. A phase ends with a read, so nothing is still under way.
std::map<std::string, double> step_times(const methods::ModelSpec& spec, const at::Tensor& items) {
  methods::Session session(spec);
  std::atomic<bool> cancelled{false};
  std::map<std::string, std::vector<double>> times;
  std::map<std::string, int64_t> steps;
  try {
    session.fit(items, [&](const training::Event& event) {
      using Kind = training::Event::Kind;
      const std::string phase = event.phase.substr(0, event.phase.find(' '));
      if (event.kind == Kind::phase) steps[phase] = event.steps;
      if (event.kind == Kind::epoch && event.epoch > 1) times[phase].push_back(event.seconds / static_cast<double>(steps[phase]) * 1e6);
      if (event.kind == Kind::phase_end && (phase == "joint" || phase == "train" || phase == "period")) cancelled = true;
      if (event.kind == Kind::warning) std::fprintf(stderr, "%s: %s\n", spec.method.c_str(), event.message.c_str());
    }, cancelled);
  } catch (const Aborted&) {
  }
  std::map<std::string, double> medians;
  for (const auto& [phase, all] : times) medians[phase] = median(all);
  return medians;
}

double graph_time(const at::Tensor& x, int64_t repeats) {
  std::vector<double> times;
  for (int64_t i = 0; i <= repeats; ++i) {
    const auto start = Clock::now();
    cluster::knn_graph(x, {.neighbours = 20}, [] {}).squared_distances.sum().item<float>();
    if (i > 0) times.push_back(seconds_since(start));
  }
  return median(times);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string plugin = argc > 1 ? argv[1] : (std::filesystem::canonical("/proc/self/exe").parent_path() / "deep_clustering_cuda.so").string();
  const training::CudaReport report = training::cuda_report(plugin);
  if (!report.available) {
    std::printf("No GPU can be used: %s\n", report.reason.c_str());
    return 0;
  }
  const at::Device device(at::kCUDA, 0);
  const training::CudaDevice& gpu = report.devices.front();
  std::printf("%s, %.0f GiB, compute capability %d.%d, torch %d.%d.%d\n\n", gpu.name.c_str(), static_cast<double>(gpu.total_memory) / (1 << 30), gpu.major, gpu.minor,
              TORCH_VERSION_MAJOR, TORCH_VERSION_MINOR, TORCH_VERSION_PATCH);
  std::printf("| step, batch 256 (GAN, InfoGAN: 128) | precision | one by one, us | captured, us |\n|---|---|---:|---:|\n");
  const at::Tensor items = at::randint(0, 256, {70000, 28, 28}, at::kByte);
  for (const std::string method : {"autoencoder", "dcn", "vae", "vade", "gan", "infogan", "jule"}) {
    for (const auto precision : {nn::Precision::float32, nn::Precision::bfloat16}) {
      methods::ModelSpec spec{.method = method, .options = options_of(method), .item_shape = {28, 28}, .device = device, .precision = precision};
      spec.threads = at::get_num_threads();
      spec.capture = false;
      const auto eager = step_times(spec, items);
      spec.capture = true;
      const auto captured = step_times(spec, items);
      for (const auto& [phase, time] : eager) {
        std::printf("| %s, %s | %s | %.1f | %.1f |\n", method.c_str(), phase.c_str(), precision == nn::Precision::float32 ? "float32 (TF32)" : "bfloat16", time, captured.at(phase));
        std::fflush(stdout);
      }
    }
  }
  std::printf("\n| neighbour graph, k 20 | kernel, ms | topk, ms |\n|---|---:|---:|\n");
  training::allow_tf32(true);
  const cluster::TileSelection kernel = cluster::tile_selection(device);
  for (const int64_t n : {70000, 1000000}) {
    const at::Tensor raw = at::randn({n, 160}, at::TensorOptions().dtype(at::kFloat).device(device)), x = raw / raw.norm(2, 1, true);
    const int64_t repeats = n > 100000 ? 1 : 5;
    const double by_kernel = graph_time(x, repeats);
    cluster::set_tile_selection(at::kCUDA, nullptr);
    const double by_topk = graph_time(x, repeats);
    cluster::set_tile_selection(at::kCUDA, kernel);
    std::printf("| %lld x 160 | %.1f | %.1f |\n", static_cast<long long>(n), by_kernel * 1e3, by_topk * 1e3);
    std::fflush(stdout);
  }
}
