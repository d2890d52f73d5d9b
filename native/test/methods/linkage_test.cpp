#include "methods/linkage.h"

#include "../fixtures.h"
#include "../harness.h"

using namespace dc;
using namespace dc::test;
using methods::Session;

namespace {

// The clusters that are left after so many merges: those of `start`, then merge i makes the cluster first + i of two.
at::Tensor cut(const NamedTensors& results, int64_t merges) {
  const int64_t first = results.at("start").max().item<int64_t>() + 1;
  at::Tensor labels = results.at("start").to(at::kLong).clone();
  for (int64_t i = 0; i < merges; ++i) {
    const at::Tensor pair = results.at("merges")[i];
    labels.masked_fill_(labels.eq(pair[0]).logical_or(labels.eq(pair[1])), first + i);
  }
  return labels;
}

}  // namespace

TEST("linkage method: results are the merge tree and its cut at `clusters`, and predict says of fitted items what the labels say") {
  const Blobs data = blobs(200, 4, 10);
  OptionValues options = options_for("linkage");
  options.set("clusters", 2.0);
  Session session(spec_of("linkage", options, {10}));
  const NamedTensors results = fit(session, data.items).results;
  const int64_t merges = results.at("merges").size(0), first = results.at("start").max().item<int64_t>() + 1;
  EXPECT(merges > 0 && results.at("affinities").size(0) == merges && results.at("merges").scalar_type() == at::kInt);
  EXPECT(same_partition(results.at("labels"), cut(results, first - 2)));
  EXPECT(same_partition(cut(results, first - 4), data.labels));
  EXPECT(infer(session, "predict", "labels", data.items).equal(results.at("labels")));
}

TEST("linkage method: new items get the votes of the nearest fitted ones") {
  const Blobs data = blobs(200, 4, 10);
  for (const bool cap_norms : {false, true}) {
    OptionValues options = options_for("linkage");
    options.set("capNorms", cap_norms);
    Session session(spec_of("linkage", options, {10}));
    const at::Tensor labels = fit(session, data.items.narrow(0, 0, 120)).results.at("labels");
    EXPECT(same_partition(labels, data.labels.narrow(0, 0, 120)));
    const at::Tensor p = infer(session, "predictProba", "probabilities", data.items);
    EXPECT((p.sizes() == at::IntArrayRef({200, 4})));
    EXPECT_CLOSE(p.sum(1), at::ones({200}), 1e-5, 0);
    EXPECT(same_partition(p.argmax(1), data.labels));
  }
}

TEST("linkage method: a run that was stopped between its stages ends as one that was not; a restored one answers alike") {
  const Blobs data = blobs(200, 4, 10);
  const methods::ModelSpec spec = spec_of("linkage", options_for("linkage"), {10});
  Session whole(spec), broken(spec), resumed(spec);
  const NamedTensors wanted = fit(whole, data.items).results;
  std::atomic<bool> cancelled{false};
  const auto stop = [&](const run::Event& event) { cancelled = event.kind == run::Event::Kind::phase_end; };
  EXPECT(code_of([&] { broken.fit(data.items, stop, cancelled); }) == "ABORTED");
  EXPECT(code_of([&] { infer(broken, "predict", "labels", data.items); }) == "ERR_NOT_FITTED");
  resumed.restore(*broken.state());
  EXPECT(bit_equal(fit(resumed, data.items).results, wanted));
  EXPECT(bit_equal(fit(resumed, data.items).results, wanted));
  EXPECT(infer(resumed, "predictProba", "probabilities", data.items).equal(infer(whole, "predictProba", "probabilities", data.items)));
}

TEST("linkage method: one item, and operations that it does not have, are RangeErrors") {
  Session session(spec_of("linkage", options_for("linkage"), {10}));
  EXPECT(code_of([&] { fit(session, at::rand({1, 10})); }) == "RangeError");
  fit(session, blobs(60, 4, 10).items);
  EXPECT(code_of([&] { infer(session, "transform", "embedding", at::rand({3, 10})); }) == "RangeError");
}
