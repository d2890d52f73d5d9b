// What methods do with data that are not all in memory, or more than they train on.
#include <fstream>

#include "../fixtures.h"
#include "../harness.h"
#include "../temporary_folder.h"

using namespace dc;
using namespace dc::test;
using methods::Session;

namespace {

const std::vector<std::string> kMethods{"autoencoder",      "dcn",      "vae",     "vade",     "gan", "infogan", "jule", "kmeans",
                                        "gaussian-mixture", "spectral", "linkage", "knn-graph"};

Fitted fit_source(Session& session, const data::Source& source, const run::Frames& frames = {}, int64_t stop_after = 0) {
  Fitted fitted;
  std::atomic<bool> cancelled{false};
  int64_t steps = 0;
  fitted.results = session.fit(
      source,
      [&](const run::Event& event) {
        fitted.events.push_back(event);
        if (event.kind == run::Event::Kind::step && ++steps == stop_after) cancelled = true;
      },
      cancelled, frames);
  return fitted;
}

OptionValues graph_options(const std::string& method) {
  OptionValues options = options_for(method);
  if (method == "dcn" || method == "vade") options.set("start", std::string("graph"));
  options.set("rounds", 1.0);
  return options;
}

double share_equal(const at::Tensor& a, const at::Tensor& b) { return a.eq(b).to(at::kFloat).mean().item<double>(); }

// The share of items whose cluster is that of most items of their own group.
double purity(const at::Tensor& labels, const at::Tensor& truth) {
  int64_t right = 0;
  for (int64_t group = 0; group <= truth.max().item<int64_t>(); ++group)
    right += at::bincount(labels.to(at::kLong).masked_select(truth.eq(group))).max().item<int64_t>();
  return static_cast<double>(right) / static_cast<double>(truth.size(0));
}

}  // namespace

TEST("large data: read from a file, every method ends with the bits of the same data in memory") {
  const TemporaryFolder folder;
  for (const std::string& method : kMethods) {
    const Blobs data = method.ends_with("gan") ? pictures(120, 1) : blobs(300, 4, 10);
    const std::vector<int64_t> shape(data.items.sizes().begin() + 1, data.items.sizes().end());
    Session memory(spec_of(method, graph_options(method), shape)), file(spec_of(method, graph_options(method), shape));
    const data::Source source = in_file(folder, data.items);
    const Fitted there = fit_source(memory, data.items), here = fit_source(file, source);
    EXPECT(bit_equal(there.results, here.results));
    EXPECT(bit_equal(*memory.state(), *file.state()));
    const std::string operation = method == "knn-graph"                         ? ""
                                  : method == "spectral" || method == "linkage" ? "predict"
                                  : method == "gaussian-mixture"                ? "predict"
                                                                                : "transform";
    const std::atomic<bool> cancelled{false};
    if (!operation.empty()) EXPECT(bit_equal(memory.infer(operation, data.items, cancelled), file.infer(operation, source, cancelled)));
  }
}

TEST("large data: clusters are trained on some items, drawn by the seed, and all get labels") {
  const Blobs data = blobs(2000, 4, 10);
  for (const std::string method : {"dcn", "vade", "jule"}) {
    OptionValues options = graph_options(method);
    options.set("trainItems", 400.0);
    options.set("graphItems", 150.0);
    Session session(spec_of(method, options, {10})), same(spec_of(method, options, {10})), other(spec_of(method, options, {10}, 5));
    const Fitted fitted = fit_source(session, data.items);
    const at::Tensor labels = fitted.results.at("labels");
    EXPECT(labels.size(0) == 2000 && purity(labels, data.labels) > 0.95);
    EXPECT(bit_equal(fitted.results, fit_source(same, data.items).results));
    EXPECT(!bit_equal(fitted.results, fit_source(other, data.items).results));
    // What it says of new items is what it said of the old ones.
    EXPECT(share_equal(infer(session, "predict", "labels", data.items), labels) > 0.999);
    // The epochs tell which items their assignments are of.
    for (const run::Event& event : fitted.events) {
      if (event.assignments.defined()) EXPECT(event.items.defined() && event.items.size(0) == 400 && event.assignments.size(0) == 400);
    }
    Session loaded(spec_of(method, options, {10}));
    loaded.restore(*session.state());
    EXPECT(infer(loaded, "predict", "labels", data.items).equal(infer(session, "predict", "labels", data.items)));
  }
}

TEST("large data: the graph of some items gives all their labels") {
  const Blobs data = blobs(1200, 4, 10);
  for (const std::string method : {"spectral", "linkage"}) {
    for (const double balance : {0.5, 0.0}) {
      OptionValues options = options_for(method);
      options.set("graphItems", 200.0);
      options.set("balance", balance);
      Session session(spec_of(method, options, {10})), loaded(spec_of(method, options, {10}));
      const Fitted fitted = fit_source(session, data.items);
      const at::Tensor labels = fitted.results.at("labels");
      EXPECT(labels.size(0) == 1200 && purity(labels, data.labels) > 0.99);
      EXPECT(share_equal(infer(session, "predict", "labels", data.items), labels) > 0.99);
      loaded.restore(*session.state());
      EXPECT(bit_equal(fit_source(loaded, data.items).results, fitted.results));
      if (method == "linkage") {
        EXPECT(fitted.results.at("start").size(0) == 1200);
      } else {
        EXPECT(fitted.results.at("items").size(0) <= 200 && fitted.results.at("embedding").size(0) == fitted.results.at("items").size(0));
      }
    }
  }
}

TEST("large data: a run on some of the items goes on after an abort as if nothing had been") {
  const TemporaryFolder folder;
  const Blobs data = blobs(1500, 4, 10);
  const data::Source source = in_file(folder, data.items);
  for (const std::string method : {"dcn", "vade", "infogan", "jule"}) {
    const Blobs items = method == "infogan" ? pictures(150, 1) : data;
    const data::Source where = method == "infogan" ? data::Source(items.items) : source;
    OptionValues options = graph_options(method);
    options.set("trainItems", method == "infogan" ? 60.0 : 300.0);
    options.set("graphItems", 100.0);
    const std::vector<int64_t> shape(items.items.sizes().begin() + 1, items.items.sizes().end());
    Session whole(spec_of(method, options, shape)), broken(spec_of(method, options, shape)), resumed(spec_of(method, options, shape));
    const Fitted fitted = fit_source(whole, where);
    const int64_t steps = std::count_if(fitted.events.begin(), fitted.events.end(),
                                        [](const run::Event& event) { return event.kind == run::Event::Kind::step; });
    EXPECT(code_of([&] { fit_source(broken, where, {}, steps * 2 / 3); }) == "ABORTED");
    resumed.restore(*broken.state());
    EXPECT(bit_equal(fit_source(resumed, where).results, fitted.results));
  }
}

TEST("large data: epochs below one see as many items as they say") {
  OptionValues options = small_options();
  options.set("epochs", 0.25);
  Session session(spec_of("autoencoder", options, {10}));
  const Fitted fitted = fit_source(session, blobs(1000, 4, 10).items);
  int64_t samples = 0;
  for (const run::Event& event : fitted.events) {
    if (event.kind == run::Event::Kind::epoch) samples += event.samples;
  }
  EXPECT(samples == 256);  // 8 batches of 32
}

TEST("large data: frames of the record are of items of the whole") {
  const Blobs data = blobs(1000, 4, 10);
  const run::Frames frames{.items = at::tensor({3, 77, 999}, at::kLong), .count = 2, .share = 1};
  for (const std::string method : {"dcn", "vade", "jule"}) {
    OptionValues options = graph_options(method);
    options.set("trainItems", 300.0);
    Session session(spec_of(method, options, {10}));
    const Fitted fitted = fit_source(session, data.items, frames);
    const auto last =
        std::find_if(fitted.events.rbegin(), fitted.events.rend(), [](const run::Event& event) { return event.codes.defined(); });
    EXPECT(last != fitted.events.rend());
    EXPECT_CLOSE(last->codes, infer(session, "transform", "embedding", data.items.index_select(0, frames.items)), 1e-4, 1e-4);
  }
}
