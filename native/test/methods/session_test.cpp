// What every method owes its caller: repeat by seed, abort, resume, restore, diverge with a word. Run on all of them.
#include "methods/session.h"

#include "../fixtures.h"
#include "../harness.h"
#include "error.h"

using namespace dc;
using namespace dc::test;
using methods::Session;

namespace {

const std::vector<std::string> kMethods{"autoencoder", "dcn",  "gan", "gaussian-mixture", "infogan", "jule",
                                        "kmeans",      "vade", "vae"};  // that draw random numbers and have epochs or rounds

}  // namespace

TEST("session: the registry holds every method") {
  EXPECT((methods::method_names() == std::vector<std::string>{"autoencoder", "dcn", "gan", "gaussian-mixture", "infogan", "jule", "kmeans",
                                                              "knn-graph", "linkage", "spectral", "vade", "vae"}));
}

TEST("session: the same seed gives the same bits, another seed others") {
  const Blobs data = blobs(150, 4, 10);
  for (const std::string& method : kMethods) {
    Session a(spec_of(method, options_for(method), {10}, 3)), b(spec_of(method, options_for(method), {10}, 3));
    fit(a, data.items);
    fit(b, data.items);
    EXPECT(bit_equal(*a.state(), *b.state()));
    if (method == "kmeans" || method == "gaussian-mixture") continue;  // on these items every seed ends in the same place
    Session c(spec_of(method, options_for(method), {10}, 4));
    fit(c, data.items);
    EXPECT(!bit_equal(*a.state(), *c.state()));
  }
}

TEST("session: an aborted run keeps the last epoch, and resumed gives the bits of an uninterrupted one") {
  const Blobs data = blobs(150, 4, 10);
  for (const std::string method : {"autoencoder", "dcn", "vade", "vae"}) {
    for (const std::string precision : {"float32", "bfloat16"}) {
      methods::ModelSpec spec = spec_of(method, options_for(method), {10});
      spec.precision = precision == "bfloat16" ? Precision::bfloat16 : Precision::float32;
      Session whole(spec), broken(spec);
      const Fitted wanted = fit(whole, data.items);
      const std::string phase = method == "dcn" || method == "vade" ? "joint" : "train";
      EXPECT(code_of([&] { fit(broken, data.items, phase, 8); }) == "ABORTED");
      // 150 items in batches of 32 are 5 steps: it stopped within the second epoch.
      EXPECT(broken.state()->at("progress.epochs").item<int64_t>() == 1);
      // Through a copy, as a saved and loaded model would.
      Session loaded(spec);
      loaded.restore(*broken.state());
      const Fitted resumed = fit(loaded, data.items);
      EXPECT(bit_equal(*whole.state(), *loaded.state()));
      EXPECT(bit_equal(wanted.results, resumed.results));
    }
  }
}

TEST("session: abort before the first epoch leaves nothing, and a later fit starts afresh") {
  const Blobs data = blobs(150, 4, 10);
  Session session(spec_of("dcn", small_options(), {10})), fresh(spec_of("dcn", small_options(), {10}));
  EXPECT(code_of([&] { fit(session, data.items, "pretrain", 2); }) == "ABORTED");
  EXPECT(session.state() == nullptr);
  fit(session, data.items);
  fit(fresh, data.items);
  EXPECT(bit_equal(*session.state(), *fresh.state()));
}

TEST("session: a diverging run names the term and the epoch, and keeps the last finite state") {
  const Blobs data = blobs(150, 4, 10);
  OptionValues options = small_options();
  options.set("optimizer", std::string("sgd"));
  options.set("learningRate", 1e6);
  Session session(spec_of("autoencoder", options, {10}));
  std::string message;
  try {
    fit(session, data.items);
  } catch (const Error& error) {
    message = error.code() + " " + error.what();
  }
  EXPECT(message.starts_with("ERR_DIVERGED"));
  EXPECT(message.find("`reconstruction`") != std::string::npos && message.find("epoch 1") != std::string::npos);
  EXPECT(session.state() == nullptr);
}

TEST("session: events come in order, every phase is closed, losses fall") {
  const Blobs data = blobs(150, 4, 10);
  Session session(spec_of("dcn", small_options(), {10}));
  const Fitted fitted = fit(session, data.items);
  std::string open;
  std::vector<std::string> phases;
  std::vector<double> losses;
  for (const run::Event& event : fitted.events) {
    if (event.kind == run::Event::Kind::phase) {
      EXPECT(open.empty());
      open = event.phase;
      phases.push_back(open);
    }
    EXPECT(event.phase == open);
    if (event.kind == run::Event::Kind::epoch && open == "pretrain") losses.push_back(event.values.at(0).second);
    if (event.kind == run::Event::Kind::phase_end) open.clear();
  }
  EXPECT(open.empty());
  EXPECT((phases == std::vector<std::string>{"pretrain", "start", "joint", "read-out"}));
  EXPECT(losses.size() == 6 && losses.back() < losses.front());
}

TEST("session: a state that does not fit is refused and changes nothing") {
  const Blobs data = blobs(150, 4, 10);
  Session session(spec_of("dcn", small_options(), {10}));
  fit(session, data.items);
  const NamedTensors before = *session.state();
  NamedTensors wrong = before;
  wrong["centroids"] = at::zeros({4, 99});
  EXPECT(code_of([&] { session.restore(wrong); }) == "ERR_FILE_FORMAT");
  wrong = before;
  wrong.erase("encoder.0.weight");
  EXPECT(code_of([&] { session.restore(wrong); }) == "ERR_FILE_FORMAT");
  EXPECT(bit_equal(*session.state(), before));
  std::atomic<bool> cancelled{false};
  session.infer("predict", data.items, cancelled);
}

TEST("session: items of another shape or type, an unknown operation and an unfitted model say so") {
  std::atomic<bool> cancelled{false};
  Session session(spec_of("dcn", small_options(), {10}));
  EXPECT(code_of([&] { session.infer("predict", at::rand({5, 10}), cancelled); }) == "ERR_NOT_FITTED");
  EXPECT(code_of([&] { session.infer("predict", at::rand({5, 9}), cancelled); }) == "RangeError");
  EXPECT(code_of([&] { session.infer("predict", at::rand({5, 10}).to(at::kDouble), cancelled); }) == "TypeError");
  const Blobs data = blobs(150, 4, 10);
  fit(session, data.items);
  EXPECT(code_of([&] { session.infer("sing", data.items, cancelled); }) == "RangeError");
  EXPECT(code_of([] { methods::make_method(spec_of("nonesuch", small_options(), {10})); }) == "RangeError");
}

TEST("session: what a period of JULE does not change is shared by the states of its epochs") {
  const Blobs data = blobs(150, 4, 10);
  Session session(spec_of("jule", options_for("jule"), {10}));
  std::map<const void*, int64_t> seen;
  std::atomic<bool> cancelled{false};
  int64_t states = 0;
  session.fit(
      data.items,
      [&](const run::Event& event) {
        if (event.kind != run::Event::Kind::epoch || event.phase != "period 1") return;
        ++states;
        ++seen[session.state()->at("current").data_ptr()];
      },
      cancelled);
  EXPECT(states > 1 && seen.size() == 1);
}

TEST("session: every method stops at the first poll that says so, wherever that is") {
  const Blobs data = blobs(150, 4, 10);
  for (const std::string& method : methods::method_names()) {
    // How often a whole run asks.
    const methods::ModelSpec spec = spec_of(method, options_for(method), {10});
    const auto stopped_after = [&](int64_t most) {
      std::unique_ptr<methods::Method> model = methods::make_method(spec);
      int64_t asked = 0;
      run::Run::Hooks hooks{[](const run::Event&) {}, [](NamedTensors) {},
                            [&] {
                              if (++asked == most) throw Aborted();
                            }};
      run::Run run(spec.seed, spec.device, std::move(hooks));
      const std::string code = code_of([&] { model->fit(data::Resident(data.items, at::kCPU), run); });
      EXPECT(code == (most > 0 ? "ABORTED" : "") && (most == 0 || asked == most));
      return asked;
    };
    const int64_t polls = stopped_after(0);
    EXPECT(polls > 0);
    for (int64_t most = 1; most <= polls; most += std::max<int64_t>(1, polls / 40)) stopped_after(most);
  }
}
