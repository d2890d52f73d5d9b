// Every method on the stand-in for CUDA: it trains, answers, saves and loads there as on the CPU; within a step nothing is read back
// or uploaded, and each step is the same work on the same buffers, within a budget of launches.
#include "../harness.h"
#include "../method_rows.h"
#include "kernels.h"
#include "stand_in.h"

using namespace dc;
using namespace dc::test;
using methods::Session;
using run::Event;

namespace {

// What the steps of one phase asked of the device.
struct Steps {
  Traffic most;
  std::vector<std::string> first;  // the operations of a whole batch
  std::string changed;             // where another whole batch was other work, or other buffers
};

// Follows a fit by its events. From the end of one step to the end of the next, reads are refused.
class StepWatcher {
 public:
  void operator()(const Event& event) {
    if (event.kind != Event::Kind::step) return;
    if (watch_) {
      // "refine 2" is the phase "refine" again; its buffers may be others.
      Steps& steps = phases_[event.phase];
      const Traffic traffic = watch_->traffic();
      steps.most.launches = std::max(steps.most.launches, traffic.launches);
      steps.most.uploads = std::max(steps.most.uploads, traffic.uploads);
      steps.most.reads = std::max(steps.most.reads, traffic.reads);
      if (event.step < event.steps) compare(steps, watch_->operations());
      watch_.reset();
    }
    if (event.step < event.steps) watch_ = std::make_unique<Watch>(/*refuse_reads=*/true);
  }

  const std::map<std::string, Steps>& phases() const { return phases_; }

 private:
  static void compare(Steps& steps, std::vector<std::string> operations) {
    operations.erase(operations.begin());  // the batch's positions are copied to where the step reads them
    if (steps.first.empty()) steps.first = operations;
    for (size_t i = 0; i < std::max(operations.size(), steps.first.size()) && steps.changed.empty(); ++i) {
      const std::string was = i < steps.first.size() ? steps.first[i] : "nothing", is = i < operations.size() ? operations[i] : "nothing";
      if (was != is) steps.changed = was + "\n  became\n" + is;
    }
  }

  std::unique_ptr<Watch> watch_;
  std::map<std::string, Steps> phases_;
};

NamedTensors fit_on(Session& session, const at::Tensor& items, const std::function<void(const Event&)>& listener) {
  std::atomic<bool> cancelled{false};
  return session.fit(items, listener, cancelled);
}

std::string without_number(const std::string& phase) { return phase.substr(0, phase.find(' ')); }

}  // namespace

TEST("cuda: every method trains there as on the CPU") {
  for (const MethodRow& row : method_rows()) {
    Session there(row.spec(at::Device(at::kCUDA, 0))), here(row.spec(at::kCPU));
    const Fitted received = fit(there, row.data.items), wanted = fit(here, row.data.items);
    EXPECT(received.results.size() == wanted.results.size());
    for (const auto& [name, tensor] : received.results) EXPECT(tensor.is_cpu() && tensor.sizes() == wanted.results.at(name).sizes());
    if (wanted.results.contains("labels")) EXPECT(same_partition(received.results.at("labels"), wanted.results.at("labels")));
    // The same random numbers stand behind both, so what follows from the data and some steps alone is the same up to the order of sums.
    for (const std::string name : {"distances", "logLikelihood", "affinities"}) {
      if (wanted.results.contains(name)) EXPECT_CLOSE(received.results.at(name), wanted.results.at(name), 1e-4, 1e-4);
    }
    const auto losses = [](const Fitted& fitted) {
      std::vector<double> all;
      for (const Event& event : fitted.events) {
        if (event.kind == Event::Kind::epoch && event.phase == fitted.events.front().phase)
          all.push_back(event.values.empty() ? 0 : event.values.front().second);
      }
      return at::tensor(all, at::kDouble);
    };
    EXPECT_CLOSE(losses(received), losses(wanted), 1e-6, 2e-3);
  }
}

TEST("cuda: within a step nothing is read or uploaded, and each is the same work on the same buffers, within its budget") {
  std::cout << "| method | phase | operators | uploads | reads |\n|---|---|---:|---:|---:|\n";
  std::string over;
  for (const MethodRow& row : method_rows()) {
    Session session(row.spec(at::Device(at::kCUDA, 0), /*capture=*/false));
    StepWatcher watcher;
    fit_on(session, row.data.items, std::ref(watcher));
    std::map<std::string, Traffic> seen;
    for (const auto& [phase, steps] : watcher.phases()) {
      if (steps.changed != "") over += row.name + ", " + phase + ": " + steps.changed + "\n";
      if (steps.most.uploads != 0) over += row.name + ", " + phase + ": " + std::to_string(steps.most.uploads) + " uploads\n";
      Traffic& most = seen[without_number(phase)];
      most = {std::max(most.launches, steps.most.launches), std::max(most.reads, steps.most.reads),
              std::max(most.uploads, steps.most.uploads)};
    }
    for (const auto& [phase, most] : seen) {
      std::cout << "| " << row.name << " | " << phase << " | " << most.launches << " | " << most.uploads << " | " << most.reads << " |\n";
      const auto budget = row.budget.find(phase);
      if (budget == row.budget.end() || most.launches > budget->second)
        over += row.name + ", " + phase + ": " + std::to_string(most.launches) + " launches a step\n";
    }
    EXPECT(seen.size() == row.budget.size());
  }
  if (!over.empty()) throw Failed(over);
}

TEST("cuda: recorded steps are two launches of the host, and give the bits of steps that run one operator at a time") {
  for (const MethodRow& row : method_rows()) {
    if (row.budget.empty()) continue;  // no epochs
    const at::Device cuda(at::kCUDA, 0);
    // An epoch has four whole batches or more: three at once, and what is left one by one.
    methods::ModelSpec grouped = row.spec(cuda);
    grouped.steps_per_replay = 3;
    Session recorded(grouped), eager(row.spec(cuda, /*capture=*/false));
    std::unique_ptr<Watch> watch;
    std::map<std::string, int64_t> replays, with_another;  // steps that a replay began with, and the others of a replay
    const NamedTensors results = fit_on(recorded, row.data.items, [&](const Event& event) {
      EXPECT(event.kind != Event::Kind::warning || event.message.find("recorded") == std::string::npos);
      if (event.kind != Event::Kind::step) return;
      if (watch && watch->traffic().replays > 0) {
        // The positions of the batch are put where the recording reads them, and it is launched; the first time it was recorded before.
        const Traffic traffic = watch->traffic();
        EXPECT(traffic.replays == 1 && traffic.uploads == 0 && traffic.reads == 0);
        if (replays[event.phase]++ > 0) EXPECT(traffic.launches == 1);
      }
      if (watch && watch->traffic().replays + watch->traffic().launches == 0) ++with_another[event.phase];
      watch.reset();
      if (event.step < event.steps) watch = std::make_unique<Watch>(/*refuse_reads=*/true);
    });
    const Fitted wanted = fit(eager, row.data.items);
    EXPECT(bit_equal(results, wanted.results));
    EXPECT(bit_equal(*recorded.state(), *eager.state()));
    for (const Event& event : wanted.events) {
      if (event.kind == Event::Kind::phase && event.steps > 0 && event.epochs > 1)
        EXPECT(replays[event.phase] > 1 && with_another[event.phase] > 0);
    }
  }
}

TEST("cuda: rows of a file are staged where recorded steps read them, and clusters are trained on some of them") {
  const TemporaryFolder folder;
  const at::Device cuda(at::kCUDA, 0);
  for (const MethodRow& row : method_rows()) {
    if (row.budget.empty()) continue;  // no epochs
    const data::Source source = in_file(folder, row.data.items);
    for (const bool some : {false, true}) {
      methods::ModelSpec grouped = row.spec(cuda), plain = row.spec(cuda, /*capture=*/false);
      grouped.steps_per_replay = 3;
      for (methods::ModelSpec* spec : {&grouped, &plain}) spec->options.set("trainItems", some ? 100.0 : 0.0);
      Session recorded(grouped), eager(plain);
      std::atomic<bool> cancelled{false};
      std::string warning;
      const NamedTensors results = recorded.fit(
          source,
          [&](const Event& event) {
            if (event.kind == Event::Kind::warning) warning = event.message;
          },
          cancelled);
      EXPECT(warning.find("recorded") == std::string::npos);
      EXPECT(bit_equal(results, eager.fit(source, [](const Event&) {}, cancelled)));
      EXPECT(bit_equal(*recorded.state(), *eager.state()));
    }
  }
}

TEST("cuda: a step that cannot be recorded runs eagerly, with a warning and the same results") {
  const Blobs data = blobs(150, 4, 10);
  const at::Device cuda(at::kCUDA, 0);
  const auto train = [&](device::Capturer* capturer, std::string& warning) {
    const data::Resident items(data.items, cuda);
    data::Scaling scaling("none", 10);
    scaling.fit(items, [] {});
    at::Tensor seen = at::zeros({10}, at::TensorOptions().dtype(at::kFloat).device(cuda));
    run::Run::Hooks hooks{[&](const Event& event) {
                            if (event.kind == Event::Kind::warning) warning = event.message;
                          },
                          [](const NamedTensors&) {}, [] {}};
    run::Run run(1, cuda, std::move(hooks), {}, {capturer});
    run.train({.name = "reads",
               .epochs = 3,
               .batch_size = 32,
               .optimizers = {},
               .terms = {"sum"},
               .step = [&](const run::Batch& batch) -> std::vector<at::Tensor> {
                 seen.add_(batch.x.sum(0), batch.x.sum().item<float>() > 0 ? 1 : -1);
                 return {seen.sum()};
               }},
              items, scaling);
    return seen.cpu();
  };
  std::string warning, none;
  const at::Tensor wanted = train(nullptr, none), received = train(kernels_of(cuda).capturer, warning);
  EXPECT(received.equal(wanted) && none.empty());
  EXPECT(warning.starts_with(
      "The steps of the phase reads could not be recorded and run one operator at a time: `_local_scalar_dense` reads back"));
}

TEST("cuda: what was trained there answers and samples there, and on the CPU after loading") {
  for (const MethodRow& row : method_rows()) {
    const at::Device cuda(at::kCUDA, 0);
    Session trained(row.spec(cuda)), loaded(row.spec(cuda)), moved(row.spec(at::kCPU));
    fit_on(trained, row.data.items, [](const Event&) {});
    for (Session* session : {&loaded, &moved}) session->restore(*trained.state());
    EXPECT(bit_equal(*loaded.state(), *trained.state()));
    std::atomic<bool> cancelled{false};
    for (const std::string& operation : row.operations) {
      for (const auto& [name, tensor] : trained.infer(operation, row.data.items, cancelled)) {
        EXPECT(loaded.infer(operation, row.data.items, cancelled).at(name).equal(tensor));
        EXPECT_CLOSE(moved.infer(operation, row.data.items, cancelled).at(name), tensor, 1e-4, 1e-4);
      }
    }
    if (!row.samples) continue;
    for (const auto& [name, tensor] : trained.generate("sample", nine_samples())) {
      EXPECT(tensor.is_cpu() && tensor.size(0) == 9 && loaded.generate("sample", nine_samples()).at(name).equal(tensor));
    }
  }
}

TEST("cuda: inference rounds no factor of a product, whatever training may") {
  for (const MethodRow& row : method_rows()) {
    Session session(row.spec(at::Device(at::kCUDA, 0)));
    fit_on(session, row.data.items, [](const Event&) {});
    std::atomic<bool> cancelled{false};
    const Watch watch;
    for (const std::string& operation : row.operations) session.infer(operation, row.data.items, cancelled);
    if (row.samples) session.generate("sample", nine_samples());
    if (watch.traffic().rounded > 0) throw Failed(row.name + ": " + std::to_string(watch.traffic().rounded) + " products may be rounded");
  }
}

TEST("cuda: the state of an epoch stays on the device until somebody asks, also while the fit goes on") {
  const MethodRow row = method_rows().front();
  Session session(row.spec(at::Device(at::kCUDA, 0)));
  NamedTensors asked;
  std::thread asking;
  {
    const Watch watch;
    fit_on(session, row.data.items, [](const Event&) {});
    // What the history tells of an epoch is one read.
    EXPECT(watch.traffic().reads == row.options.integer("epochs"));
  }
  const NamedTensors last = *session.state();
  for (const auto& [name, tensor] : last) EXPECT(tensor.is_cpu());

  Session other(row.spec(at::Device(at::kCUDA, 0)));
  fit_on(other, row.data.items, [&](const Event& event) {
    if (event.kind == Event::Kind::step && event.epoch == 2 && event.step == 1) asking = std::thread([&] { asked = *other.state(); });
  });
  asking.join();
  EXPECT(asked.at("progress.stages").item<int64_t>() == 0 || asked.at("progress.epochs").item<int64_t>() == 0);
  EXPECT(bit_equal(*other.state(), last));
}

TEST("cuda: an aborted run resumed there equals an uninterrupted one bit for bit") {
  for (const MethodRow& row : method_rows()) {
    if (row.budget.empty()) continue;  // no epochs
    const methods::ModelSpec spec = row.spec(at::Device(at::kCUDA, 0));
    const std::string phase = row.budget.contains("joint") ? "joint" : row.budget.contains("train") ? "train" : "period 1";
    Session whole(spec), broken(spec), resumed(spec);
    const NamedTensors wanted = fit(whole, row.data.items).results;
    EXPECT(code_of([&] { fit(broken, row.data.items, phase, 7); }) == "ABORTED");
    resumed.restore(*broken.state());
    EXPECT(bit_equal(fit(resumed, row.data.items).results, wanted));
    EXPECT(bit_equal(*resumed.state(), *whole.state()));
  }
}

TEST("cuda: any device gives the same bits, and several models at once give theirs") {
  const std::vector<MethodRow> all = method_rows();
  const auto trained = [](const MethodRow& row, c10::DeviceIndex index) {
    // Recording on the stand-in is of the whole process.
    Session session(row.spec(at::Device(at::kCUDA, index), /*capture=*/false));
    fit_on(session, row.data.items, [](const Event&) {});
    return *session.state();
  };
  const MethodRow &first = all.front(), &second = all[6];
  const NamedTensors wanted = trained(first, 0), other = trained(second, 0);
  EXPECT(bit_equal(trained(first, 1), wanted));
  NamedTensors received;
  std::thread beside([&] { received = trained(second, 0); });
  const NamedTensors own = trained(first, 0);
  beside.join();
  EXPECT(bit_equal(own, wanted) && bit_equal(received, other));
}

TEST("cuda: where memory does not suffice, the error says what was asked and free, and the model goes on from its last epoch") {
  for (const MethodRow& row : method_rows()) {
    if (!row.budget.contains("joint") && !row.budget.contains("train")) continue;
    const methods::ModelSpec spec = row.spec(at::Device(at::kCUDA, 0));
    Session whole(spec), broken(spec);
    const Fitted wanted = fit(whole, row.data.items);
    const std::string phase = row.budget.contains("joint") ? "joint" : "train";
    const int64_t before = device_memory();
    std::unique_ptr<MemoryLimit> limit;
    std::string message;
    try {
      fit_on(broken, row.data.items, [&](const Event& event) {
        if (event.kind == Event::Kind::step && event.phase == phase && event.epoch == 2)
          limit = std::make_unique<MemoryLimit>(device_memory());
      });
    } catch (const c10::OutOfMemoryError& error) {
      message = error.what_without_backtrace();
    }
    EXPECT(message.find("Tried to allocate") != std::string::npos && message.find("free") != std::string::npos);
    // Nothing of the fit is kept on the device; the thread of the backward pass lets go of it in its own time.
    for (int wait = 0; wait < 1000 && device_memory() > before; ++wait) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    EXPECT(device_memory() <= before);
    limit.reset();
    EXPECT(bit_equal(fit(broken, row.data.items).results, wanted.results));
    EXPECT(bit_equal(*broken.state(), *whole.state()));
  }
}
