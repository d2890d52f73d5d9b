#include "fixtures.h"

#include <fstream>

#include "harness.h"
#include "random.h"

namespace dc::test {

OptionValues small_options() {
  OptionValues values;
  for (const auto& [name, number] : std::map<std::string, double>{{"latent", 3},
                                                                  {"trainItems", 0},
                                                                  {"graphItems", 0},
                                                                  {"batchSize", 32},
                                                                  {"shift", 0},
                                                                  {"rotation", 0},
                                                                  {"zoom", 0},
                                                                  {"shear", 0},
                                                                  {"layerwiseEpochs", 0},
                                                                  {"corruption", 0},
                                                                  {"clusters", 4},
                                                                  {"lambda", 1},
                                                                  {"kmeansRestarts", 4},
                                                                  {"kmeansIterations", 50},
                                                                  {"pseudoCount", 100},
                                                                  {"refreshEvery", 0},
                                                                  {"tolerance", 0},
                                                                  {"graphNeighbours", 8},
                                                                  {"graphScale", 7},
                                                                  {"graphVectors", 0},
                                                                  {"graphRestarts", 4},
                                                                  {"balance", 0.5},
                                                                  {"rounds", 0},
                                                                  {"restarts", 4},
                                                                  {"iterations", 50},
                                                                  {"alpha", 1},
                                                                  {"mutualInformation", 0},
                                                                  {"contrast", 0},
                                                                  {"pretrainContrast", 0},
                                                                  {"temperature", 0.2},
                                                                  {"initialLogVariance", -4},
                                                                  {"leastLogVariance", -6},
                                                                  {"mixtureLearningRate", 2e-3},
                                                                  {"mixtureRestarts", 4},
                                                                  {"mixtureIterations", 50},
                                                                  {"mixtureTolerance", 1e-3},
                                                                  {"startItems", 500},
                                                                  {"startViews", 3},
                                                                  {"startKmeansItems", 100},
                                                                  {"startSteps", 60},
                                                                  {"startBatch", 100},
                                                                  {"startLearningRate", 0.02},
                                                                  {"varianceFloor", 1e-6},
                                                                  {"neighbours", 8},
                                                                  {"bandwidth", 1},
                                                                  {"nearClusters", 5},
                                                                  {"dimensions", 8},
                                                                  {"maps", 4},
                                                                  {"gamma", 2},
                                                                  {"margin", 0.2},
                                                                  {"negatives", 10},
                                                                  {"members", 8},
                                                                  {"eta", 0.6},
                                                                  {"weightDecay", 0},
                                                                  {"linkageNeighbours", 8},
                                                                  {"linkageBandwidth", 1},
                                                                  {"linkageNearClusters", 5},
                                                                  {"linkageLambda", 1},
                                                                  {"linkageBalance", 0.1},
                                                                  {"noise", 6},
                                                                  {"hidden", 16},
                                                                  {"leak", 0.1},
                                                                  {"beta1", 0.5},
                                                                  {"discriminatorLearningRate", 1e-3},
                                                                  {"numberLambda", 0.1},
                                                                  {"viewInformation", 0},
                                                                  {"leastLogVariance", -4}}) {
    values.set(name, number);
  }
  for (const std::string prefix : {"", "pretrain", "round"}) {
    values.set(option_name(prefix, "epochs"), prefix.empty() ? 3.0 : 6.0);
    values.set(option_name(prefix, "optimizer"), std::string("adam"));
    values.set(option_name(prefix, "learningRate"), 2e-3);
    values.set(option_name(prefix, "schedule"), std::string("constant"));
    values.set(option_name(prefix, "finalRate"), 1.0);
    values.set(option_name(prefix, "decayEvery"), 1.0);
    values.set(option_name(prefix, "decayFactor"), 1.0);
    values.set(option_name(prefix, "momentum"), 0.9);
    values.set(option_name(prefix, "nesterov"), false);
  }
  values.set("start", std::string("kmeans"));
  values.set("widths", std::vector<double>{32, 16});
  values.set("activation", std::string("relu"));
  values.set("initialisation", std::string("fan-in-uniform"));
  values.set("loss", std::string("squared"));
  values.set("target", std::string("augmented"));
  values.set("scaling", std::string("standard"));
  values.set("reencode", false);
  values.set("finalKmeans", true);
  values.set("update", std::string("exact"));
  values.set("linkageUpdate", std::string("exact"));
  values.set("capNorms", false);
  values.set("recluster", true);
  values.set("codes", std::string("uniform,gaussian"));
  values.set("noiseDistribution", std::string("uniform"));
  values.set("output", std::string("linear"));
  values.set("informationTrains", std::string("features"));
  values.set("learnedVariance", false);
  return values;
}

OptionValues vade_options() {
  OptionValues values = small_options();
  values.set("start", std::string("likelihood"));
  values.set("loss", std::string("gaussian"));
  return values;
}

OptionValues invariant_options() {
  OptionValues options = vade_options();
  options.set("loss", std::string("bernoulli"));
  options.set("scaling", std::string("none"));
  options.set("start", std::string("mutual-information"));
  options.set("target", std::string("original"));
  options.set("shift", 0.1);
  options.set("mutualInformation", 10.0);
  options.set("contrast", 2.0);
  options.set("pretrainContrast", 2.0);
  options.set("pretrainEpochs", 15.0);
  return options;
}

OptionValues options_for(const std::string& method) {
  OptionValues options = method == "vade" || method == "vae" ? vade_options() : small_options();
  if (method == "gaussian-mixture") options.set("tolerance", 1e-3);
  if (method == "kmeans") {
    options.set("initialisation", std::string("kmeans++"));
    options.set("tolerance", 1e-4);
  }
  if (method == "infogan" || method == "gan") {
    options.set("maps", 8.0);
    options.set("hidden", 32.0);
  }
  if (method == "gan") options.set("codes", std::string("cat4,uniform"));
  if (method == "knn-graph") {
    options.set("workspace", 64.0);
    options.set("search", std::string("auto"));
  }
  if (method == "spectral") {
    options.set("scale", 7.0);
    options.set("vectors", 0.0);
  }
  return options;
}

OptionValues self_trained(OptionValues options) {
  for (const auto& [name, number] : std::map<std::string, double>{{"selfTrainingEpochs", 6},
                                                                  {"selfTrainingLearningRate", 2e-3},
                                                                  {"selfTrainingWarmUp", 0.3},
                                                                  {"selfTrainingConfidence", 0.6},
                                                                  {"selfTrainingInformation", 1},
                                                                  {"selfTrainingShift", 0.05},
                                                                  {"selfTrainingRotation", 5},
                                                                  {"selfTrainingZoom", 0.05},
                                                                  {"selfTrainingShear", 0.05}}) {
    options.set(name, number);
  }
  return options;
}

Blobs blobs(int64_t n, int64_t clusters, int64_t d) {
  at::Generator generator = make_generator(at::kCPU, 7);
  const at::Tensor centers = at::randn({clusters, d}, generator, at::TensorOptions().dtype(at::kFloat)) * 8;
  const at::Tensor labels = at::arange(n, at::kLong).remainder(clusters);
  return {centers.index_select(0, labels) + at::randn({n, d}, generator, at::TensorOptions().dtype(at::kFloat)), labels};
}

Blobs pictures(int64_t n, int64_t channels) {
  at::Generator generator = make_generator(at::kCPU, 5);
  const at::Tensor labels = at::arange(n, at::kLong).remainder(4);
  at::Tensor items = at::rand({n, channels, 12, 12}, generator, at::TensorOptions().dtype(at::kFloat)) * 0.5;
  const at::Tensor brightness = at::rand({n}, generator, at::TensorOptions().dtype(at::kFloat)) + 1;
  for (int64_t i = 0; i < n; ++i) {
    const int64_t corner = i % 4;
    items[i].narrow(1, 1 + 6 * (corner / 2), 4).narrow(2, 1 + 6 * (corner % 2), 4).add_(brightness[i]);
  }
  return {channels == 1 ? items.squeeze(1) : items, labels};
}

Blobs bars(int64_t n) {
  at::Generator generator = make_generator(at::kCPU, 9);
  const at::Tensor labels = at::arange(n, at::kLong).remainder(4);
  at::Tensor items = at::rand({n, 8, 8}, generator, at::TensorOptions()) * 0.1;
  for (int64_t i = 0; i < n; ++i) {
    const int64_t kind = i % 4, place = kind % 2 ? 5 : 2;
    items[i].narrow(kind / 2, place, 1).fill_(0.9);
  }
  return {items, labels};
}

Blobs corners(int64_t n, int64_t channels) {
  at::Generator generator = make_generator(at::kCPU, 11);
  const at::Tensor labels = at::arange(n, at::kLong).remainder(4);
  at::Tensor items = at::zeros({n, channels, 12, 12}, at::kFloat);
  const at::Tensor places = at::randint(2, {n, 2}, generator, at::TensorOptions().dtype(at::kLong));
  for (int64_t i = 0; i < n; ++i) {
    const int64_t y = places[i][0].item<int64_t>() + 6 * (i % 4 / 2), x = places[i][1].item<int64_t>() + 6 * (i % 2);
    items[i].narrow(1, y, 5).narrow(2, x, 5).fill_(1);
  }
  return {channels == 1 ? items.squeeze(1) : items, labels};
}

bool same_partition(const at::Tensor& a, const at::Tensor& b) {
  std::map<int64_t, int64_t> forth, back;
  const at::Tensor x = a.to(at::kLong).contiguous(), y = b.to(at::kLong).contiguous();
  for (int64_t i = 0; i < x.numel(); ++i) {
    const int64_t u = x.data_ptr<int64_t>()[i], v = y.data_ptr<int64_t>()[i];
    if (forth.emplace(u, v).first->second != v || back.emplace(v, u).first->second != u) return false;
  }
  return x.numel() == y.numel();
}

data::Source in_file(const TemporaryFolder& folder, const at::Tensor& items) {
  const std::string path = folder.path("items");
  const at::Tensor dense = items.contiguous();
  std::ofstream(path, std::ios::binary).write(static_cast<const char*>(dense.data_ptr()), static_cast<std::streamsize>(dense.nbytes()));
  return {{{path, 0, items.size(0)}}, {items.sizes().begin() + 1, items.sizes().end()}, items.scalar_type()};
}

Fitted fit(methods::Session& session, const at::Tensor& items, const std::string& stop_phase, int64_t stop_after) {
  Fitted fitted;
  std::atomic<bool> cancelled{false};
  int64_t steps = 0;
  fitted.results = session.fit(
      items,
      [&](const run::Event& event) {
        fitted.events.push_back(event);
        if (event.kind == run::Event::Kind::step && event.phase == stop_phase && ++steps == stop_after) cancelled = true;
      },
      cancelled);
  return fitted;
}

at::Tensor infer(methods::Session& session, const std::string& operation, const std::string& result, const at::Tensor& items) {
  std::atomic<bool> cancelled{false};
  return session.infer(operation, items, cancelled).at(result);
}

OptionValues code_draw(double count, std::vector<double> codes, double seed) {
  OptionValues values;
  values.set("count", count);
  values.set("seed", seed);
  values.set("codes", std::move(codes));
  return values;
}

methods::ModelSpec spec_of(const std::string& method, const OptionValues& options, std::vector<int64_t> item_shape, uint64_t seed) {
  methods::ModelSpec spec;
  spec.method = method;
  spec.options = options;
  spec.item_shape = std::move(item_shape);
  spec.threads = at::get_num_threads();
  spec.seed = seed;
  return spec;
}

namespace {

double status_mib(const std::string& field) {
  std::ifstream status("/proc/self/status");
  std::string line;
  while (std::getline(status, line)) {
    if (line.starts_with(field + ":")) return std::stod(line.substr(field.size() + 1)) / 1024;
  }
  throw Skipped("there is no /proc/self/status here");
}

}  // namespace

PeakMemory::PeakMemory() : before_(status_mib("VmRSS")) {
  std::ofstream("/proc/self/clear_refs") << "5";  // forgets the peak of earlier tests
}

double PeakMemory::mib() const { return status_mib("VmHWM") - before_; }

bool bit_equal(const NamedTensors& a, const NamedTensors& b) {
  if (a.size() != b.size()) return false;
  for (const auto& [name, tensor] : a) {
    const auto other = b.find(name);
    if (other == b.end() || !tensor.equal(other->second)) return false;
  }
  return true;
}

}  // namespace dc::test
