#include "methods/knn_graph.h"

#include "../fixtures.h"
#include "../harness.h"
#include "cluster/knn_graph.h"
#include "random.h"

using namespace dc;
using namespace dc::test;
using methods::Session;

namespace {

cluster::NeighbourGraph graph_of(const at::Tensor& x) {
  return cluster::knn_graph(data::Rows::of(x), {.neighbours = 8}, [] {});
}

}  // namespace

TEST("knn-graph method: neighbours and distances, not squared, of the scaled items") {
  const at::Tensor items = blobs(120, 4, 10).items * at::arange(1, 11);
  Session session(spec_of("knn-graph", options_for("knn-graph"), {10}));
  const NamedTensors results = fit(session, items).results;
  EXPECT((results.at("neighbours").sizes() == at::IntArrayRef({120, 8})) && results.at("neighbours").scalar_type() == at::kInt);
  const cluster::NeighbourGraph wanted = graph_of((items - items.mean(0)) / items.std(0, false));
  EXPECT(results.at("neighbours").equal(wanted.items.to(at::kInt)));
  EXPECT_CLOSE(results.at("distances"), wanted.squared_distances.sqrt(), 1e-4, 1e-4);
}

TEST("knn-graph method: caps norms where it is asked to, and takes images as vectors") {
  const at::Tensor items = bars(60).items;
  OptionValues options = options_for("knn-graph");
  options.set("scaling", std::string("none"));
  options.set("capNorms", true);
  Session session(spec_of("knn-graph", options, {8, 8}));
  const NamedTensors results = fit(session, items).results;
  const cluster::NeighbourGraph wanted = graph_of(cluster::cap_norms(data::Rows::of(items.flatten(1))).collected([] {}));
  EXPECT(results.at("neighbours").equal(wanted.items.to(at::kInt)));
  EXPECT_CLOSE(results.at("distances"), wanted.squared_distances.sqrt(), 1e-6, 0);
}

TEST("knn-graph method: says how many items were compared with all") {
  Session session(spec_of("knn-graph", options_for("knn-graph"), {10}));
  // More duplicates than candidates: no product can decide among them, and none has to.
  const Fitted fitted = fit(session, blobs(3, 3, 10).items.repeat({40, 1}));
  const auto record = std::find_if(fitted.events.begin(), fitted.events.end(),
                                   [](const run::Event& event) { return event.kind == run::Event::Kind::epoch; });
  EXPECT(record != fitted.events.end() && record->phase == "graph" && record->values.at(0).first == "comparedWithAll");
  EXPECT(fitted.results.at("distances").eq(0).all().item<bool>());
}

TEST("knn-graph method: says which search it took and how many neighbours it found") {
  for (const std::string search : {"auto", "exact", "approximate"}) {
    OptionValues options = options_for("knn-graph");
    options.set("search", search);
    Session session(spec_of("knn-graph", options, {10}));
    const Fitted fitted = fit(session, blobs(120, 4, 10).items);
    EXPECT(fitted.results.at("summary").equal(at::tensor({1., search == "approximate" ? 1. : 0.}, at::kDouble)));
    EXPECT(std::ranges::any_of(fitted.events, [](const run::Event& event) {
      return event.values.size() == 2 && event.values[1] == std::pair<std::string, double>("recall", 1);
    }));
  }
}

TEST("knn-graph method: warns where the approximate search found too few") {
  const auto warns = [](const at::Tensor& items) {
    OptionValues options = options_for("knn-graph");
    options.set("search", std::string("approximate"));
    Session session(spec_of("knn-graph", options, {items.size(1)}));
    const Fitted fitted = fit(session, items);
    return std::ranges::any_of(fitted.events, [](const run::Event& event) { return event.kind == run::Event::Kind::warning; });
  };
  at::Generator generator = make_generator(at::kCPU, 1);
  // Two groups, whose items are as good as one where they are rounded for the search.
  EXPECT(warns(at::randn({9000, 70}, generator) * 0.01 + (at::arange(9000) % 2).unsqueeze(1) * 10));
  EXPECT(!warns(at::randn({9000, 4}, generator)));
}

TEST("knn-graph method: a restored graph is returned as it was") {
  const at::Tensor items = blobs(120, 4, 10).items;
  Session session(spec_of("knn-graph", options_for("knn-graph"), {10})), loaded(spec_of("knn-graph", options_for("knn-graph"), {10}));
  const NamedTensors results = fit(session, items).results;
  loaded.restore(*session.state());
  EXPECT(bit_equal(fit(loaded, items).results, results));
}

TEST("knn-graph method: one item and any operation on new ones are RangeErrors") {
  Session session(spec_of("knn-graph", options_for("knn-graph"), {10}));
  EXPECT(code_of([&] { fit(session, at::rand({1, 10})); }) == "RangeError");
  fit(session, at::rand({20, 10}));
  EXPECT(code_of([&] { infer(session, "predict", "labels", at::rand({3, 10})); }) == "RangeError");
}
