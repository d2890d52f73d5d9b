// What a GPU takes, as tables in Markdown:  bench_gpu RUNS ITEMS FOLDER [cpu]
// RUNS is gpu_runs.txt, ITEMS a file of n images of 28 x 28 bytes. Steps of each method, launched one by one and captured; whole runs of
// the presets for as many items, whose labels go to FOLDER/METHOD.labels (int32) for gpu_scores.py; the neighbour graph of 70,000 and
// 1,000,000 x 160, by the kernel and by libtorch's topk. Medians. Needs no Node; gpu_peers.py beside it times PyTorch. With `cpu`, the
// whole runs alone, on the CPU: a rehearsal.
#include <cstdio>
#include <filesystem>
#include <fstream>

#include <torch/headeronly/version.h>

#include "cluster/knn_graph.h"
#include "device/device.h"
#include "device/plugin.h"
#include "error.h"
#include "kernels.h"
#include "median.h"
#include "methods/session.h"
#include "option_text.h"

using namespace dc;

namespace {

using bench::median;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

// A line of RUNS that has begun with `kind`.
struct Line {
  std::string kind, method, preset, precision;
  int64_t items = 0;
  OptionValues options;
};

std::vector<Line> lines_of(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw Error("ERR_NATIVE", "Cannot read " + path);
  std::vector<Line> lines;
  for (std::string text; std::getline(file, text);) {
    std::istringstream words(text);
    Line line;
    words >> line.kind;
    if (line.kind == "step")
      words >> line.method;
    else if (line.kind == "run")
      words >> line.items >> line.method >> line.preset >> line.precision;
    else
      continue;  // a comment
    for (std::string word; words >> word;) bench::set_option(line.options, word);
    lines.push_back(line);
  }
  return lines;
}

at::Tensor images_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(file)), {});
  if (bytes.empty() || bytes.size() % 784 != 0) throw Error("ERR_NATIVE", path + " is not a file of images of 28 x 28 bytes");
  return at::from_blob(const_cast<char*>(bytes.data()), {static_cast<int64_t>(bytes.size()) / 784, 28, 28}, at::kByte).clone();
}

Precision precision_named(const std::string& name) { return name == "bfloat16" ? Precision::bfloat16 : Precision::float32; }

methods::ModelSpec spec_of(const Line& line, at::Device device, Precision precision) {
  methods::ModelSpec spec{.method = line.method, .options = line.options, .item_shape = {28, 28}, .device = device, .precision = precision};
  spec.threads = at::get_num_threads();
  return spec;
}

// Microseconds of a step by phase: an epoch's time over its steps, the first epoch left out. A phase ends with a read, so nothing is still
// under way.
std::map<std::string, double> step_times(const methods::ModelSpec& spec, const at::Tensor& items) {
  methods::Session session(spec);
  std::atomic<bool> cancelled{false};
  std::map<std::string, std::vector<double>> times;
  std::map<std::string, int64_t> steps;
  try {
    session.fit(
        items,
        [&](const run::Event& event) {
          using Kind = run::Event::Kind;
          const std::string phase = event.phase.substr(0, event.phase.find(' '));
          if (event.kind == Kind::phase) steps[phase] = event.steps;
          if (event.kind == Kind::epoch && event.epoch > 1) times[phase].push_back(event.seconds / static_cast<double>(steps[phase]) * 1e6);
          if (event.kind == Kind::phase_end && (phase == "joint" || phase == "train" || phase == "period")) cancelled = true;
          if (event.kind == Kind::warning) std::fprintf(stderr, "%s: %s\n", spec.method.c_str(), event.message.c_str());
        },
        cancelled);
  } catch (const Aborted&) {}
  std::map<std::string, double> medians;
  for (const auto& [phase, all] : times) medians[phase] = median(all);
  return medians;
}

// A whole run, and its labels in `path`: seconds.
double whole_run(const methods::ModelSpec& spec, const at::Tensor& items, const std::string& path) {
  methods::Session session(spec);
  std::atomic<bool> cancelled{false};
  const auto start = Clock::now();
  session.fit(
      items,
      [&](const run::Event& event) {
        if (event.kind == run::Event::Kind::warning) std::fprintf(stderr, "%s: %s\n", spec.method.c_str(), event.message.c_str());
      },
      cancelled);
  const double seconds = seconds_since(start);
  const at::Tensor labels = session.infer("predict", items, cancelled).at("labels").contiguous();
  std::ofstream(path, std::ios::binary).write(static_cast<const char*>(labels.data_ptr()), static_cast<std::streamsize>(labels.nbytes()));
  return seconds;
}

void whole_runs(const std::vector<Line>& lines, const at::Tensor& items, at::Device device, const std::string& folder) {
  std::printf("| run, %lld images, seed 0 | preset | precision | seconds |\n|---|---|---|---:|\n", static_cast<long long>(items.size(0)));
  for (const Line& line : lines) {
    if (line.kind != "run" || line.items != items.size(0)) continue;
    const double seconds = whole_run(spec_of(line, device, precision_named(line.precision)), items, folder + "/" + line.method + ".labels");
    std::printf("| %s | %s | %s | %.1f |\n", line.method.c_str(), line.preset.c_str(), line.precision.c_str(), seconds);
    std::fflush(stdout);
  }
}

double graph_time(const at::Tensor& x, int64_t repeats) {
  std::vector<double> times;
  for (int64_t i = 0; i <= repeats; ++i) {
    const auto start = Clock::now();
    cluster::knn_graph(data::Rows::of(x), {.neighbours = 20}, [] {}).squared_distances.sum().item<float>();
    if (i > 0) times.push_back(seconds_since(start));
  }
  return median(times);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    std::fprintf(stderr, "usage: bench_gpu RUNS ITEMS FOLDER [cpu]\n");
    return 2;
  }
  const std::vector<Line> lines = lines_of(argv[1]);
  const at::Tensor items = images_of(argv[2]);
  const std::string folder = argv[3];
  if (argc > 4 && std::string(argv[4]) == "cpu") {
    whole_runs(lines, items, at::kCPU, folder);
    return 0;
  }
  const device::CudaReport report =
      device::cuda_report((std::filesystem::canonical("/proc/self/exe").parent_path() / "deep_clustering_cuda.so").string());
  if (!report.available) {
    std::printf("No GPU can be used: %s\n", report.reason.c_str());
    return 0;
  }
  const at::Device device(at::kCUDA, 0);
  const device::CudaDevice& gpu = report.devices.front();
  std::printf("%s, %.0f GiB, compute capability %d.%d, torch %d.%d.%d\n\n", gpu.name.c_str(),
              static_cast<double>(gpu.total_memory) / (1 << 30), gpu.major, gpu.minor, TORCH_VERSION_MAJOR, TORCH_VERSION_MINOR,
              TORCH_VERSION_PATCH);
  std::printf("| step | batch | precision | one by one, us | captured, one a replay | captured, us |\n|---|---:|---|---:|---:|---:|\n");
  const at::Tensor noise = at::randint(0, 256, {70000, 28, 28}, at::kByte);
  for (const Line& line : lines) {
    if (line.kind != "step") continue;
    for (const std::string precision : {"float32", "bfloat16"}) {
      methods::ModelSpec spec = spec_of(line, device, precision_named(precision));
      const auto together = step_times(spec, noise);
      spec.steps_per_replay = 1;
      const auto single = step_times(spec, noise);
      spec.capture = false;
      for (const auto& [phase, time] : step_times(spec, noise)) {
        std::printf("| %s, %s | %lld | %s | %.1f | %.1f | %.1f |\n", line.method.c_str(), phase.c_str(),
                    static_cast<long long>(line.options.integer("batchSize")), precision == "float32" ? "float32 (TF32)" : "bfloat16", time,
                    single.at(phase), together.at(phase));
        std::fflush(stdout);
      }
    }
  }
  std::printf("\n");
  whole_runs(lines, items, device, folder);
  std::printf("\n| neighbour graph, k 20 | kernel, ms | topk, ms |\n|---|---:|---:|\n");
  device::allow_tf32(true);
  const Kernels with_kernel = kernels_of(device);
  Kernels without = with_kernel;
  without.merge_nearest = nullptr;
  for (const int64_t n : {70000, 1000000}) {
    const at::Tensor raw = at::randn({n, 160}, at::TensorOptions().dtype(at::kFloat).device(device)), x = raw / raw.norm(2, 1, true);
    const int64_t repeats = n > 100000 ? 1 : 5;
    const double by_kernel = graph_time(x, repeats);
    set_kernels(at::kCUDA, without);
    const double by_topk = graph_time(x, repeats);
    set_kernels(at::kCUDA, with_kernel);
    std::printf("| %lld x 160 | %.1f | %.1f |\n", static_cast<long long>(n), by_kernel * 1e3, by_topk * 1e3);
    std::fflush(stdout);
  }
}
