#include "methods/dcn.h"

#include "../fixtures.h"
#include "../harness.h"
#include "error.h"
#include "nn/reconstruction_loss.h"
#include "random.h"

using namespace dc;
using namespace dc::test;
using methods::Session;

TEST("dcn: the centroid update, hand-worked") {
  // m = 0, c = 100, two samples equal to 1: c = 102, m = 2 / 102.
  at::Tensor centroids = at::zeros({1, 1}), counts = at::full({1}, 100.f);
  methods::update_centroids_(centroids, counts, at::ones({2, 1}), at::zeros({2}, at::kLong));
  EXPECT_CLOSE(counts, at::tensor({102.f}), 0, 0);
  EXPECT_CLOSE(centroids.view({1}), at::tensor({0.0196078}), 1e-7, 0);
}

TEST("dcn: the centroid update of ClustPy's own test") {
  at::Tensor centroids = at::tensor({1.f, 1.f, 1.f, 2.f, 2.f, 2.f, 3.f, 3.f, 3.f}).view({3, 3}), counts = at::tensor({1.f, 3.f, 1.f});
  const at::Tensor z = at::tensor({0.f, 1.f, 1.f, 1.f, 0.f, 1.f, 2.f, 2.f, 1.f, 1.f, 2.f, 2.f, 3.f, 4.f, 5.f}).view({5, 3});
  methods::update_centroids_(centroids, counts, z, at::tensor({0, 0, 1, 1, 2}, at::kLong));
  EXPECT_CLOSE(counts, at::tensor({3.f, 5.f, 2.f}), 0, 0);
  EXPECT_CLOSE(centroids, at::tensor({2. / 3, 2. / 3, 1., 1.8, 2., 1.8, 3., 3.5, 4.}).view({3, 3}), 1e-6, 0);
}

TEST("dcn: the closed form equals the published loop over samples") {
  at::Generator generator = make_generator(at::kCPU, 4);
  at::Tensor centroids = at::randn({5, 7}, generator, at::TensorOptions()), counts = at::rand({5}, generator, at::TensorOptions()) * 50 + 1;
  const at::Tensor z = at::randn({64, 7}, generator, at::TensorOptions());
  const at::Tensor assignments = at::randint(0, 4, {64}, generator, at::TensorOptions().dtype(at::kLong));  // cluster 4 gets nobody
  at::Tensor loop_centroids = centroids.to(at::kDouble), loop_counts = counts.to(at::kDouble);
  for (int64_t i = 0; i < 64; ++i) {
    const int64_t k = assignments[i].item<int64_t>();
    loop_counts[k] += 1;
    loop_centroids[k] -= (loop_centroids[k] - z[i].to(at::kDouble)) / loop_counts[k];
  }
  methods::update_centroids_(centroids, counts, z, assignments);
  EXPECT_CLOSE(centroids, loop_centroids, 1e-6, 1e-5);
  EXPECT_CLOSE(counts, loop_counts, 1e-4, 0);
}

TEST("dcn: the gradient of the clustering term is lambda (z - m) / b") {
  at::Tensor z = at::rand({6, 3}).requires_grad_(true);
  const at::Tensor m = at::rand({6, 3});
  const double lambda = 0.7;
  const at::Tensor gradient = torch::autograd::grad({nn::squared_error(z, m) * (lambda / 2)}, {z})[0];
  EXPECT_CLOSE(gradient, lambda * (z - m).detach() / 6, 1e-6, 0);
}

TEST("dcn: recovers known clusters, and labels are what predict says") {
  const Blobs data = blobs(400, 4, 10);
  Session session(spec_of("dcn", small_options(), {10}));
  const Fitted fitted = fit(session, data.items);
  EXPECT(same_partition(fitted.results.at("labels"), data.labels));
  EXPECT_CLOSE(fitted.results.at("sizes"), at::full({4}, 100), 0, 0);
  std::atomic<bool> cancelled{false};
  EXPECT(session.infer("predict", data.items, cancelled).at("labels").equal(fitted.results.at("labels")));
  const at::Tensor p = session.infer("predictProba", data.items, cancelled).at("probabilities");
  EXPECT_CLOSE(p.sum(1), at::ones({400}), 1e-5, 0);
  EXPECT(p.argmax(1).equal(fitted.results.at("labels").to(at::kLong)));
}

TEST("dcn: lambda 0 trains the network as an autoencoder does, bit for bit") {
  const Blobs data = blobs(200, 4, 10);
  OptionValues options = small_options();
  options.set("lambda", 0.0);
  Session with_clusters(spec_of("dcn", options, {10}));
  fit(with_clusters, data.items);
  // The same two phases without clusters: the second begins from the first's state with a fresh optimiser.
  options.set("reencode", true);
  options.set("pseudoCount", 1.0);
  Session again(spec_of("dcn", options, {10}));
  fit(again, data.items);
  for (const auto& [name, tensor] : *with_clusters.state()) {
    if (name.starts_with("encoder") || name.starts_with("decoder")) EXPECT(tensor.equal(again.state()->at(name)));
  }
}

TEST("dcn: learning rate 0 leaves the labels of the k-means start") {
  const Blobs data = blobs(200, 4, 10);
  OptionValues options = small_options();
  options.set("learningRate", 0.0);
  options.set("pseudoCount", 1e9);  // and centroids that do not move
  options.set("finalKmeans", false);
  Session session(spec_of("dcn", options, {10}));
  const Fitted fitted = fit(session, data.items);
  EXPECT(fitted.results.at("labels").equal(fitted.results.at("assignments")));
  for (const run::Event& event : fitted.events) {
    if (event.kind != run::Event::Kind::epoch || event.phase != "joint") continue;
    for (const auto& [name, value] : event.values) {
      if (name == "changed") EXPECT(value == 0);
    }
  }
}

TEST("dcn: every schedule, refresh, layer-wise pre-training and bfloat16 run and find the clusters") {
  const Blobs data = blobs(400, 4, 10);
  OptionValues options = small_options();
  options.set("layerwiseEpochs", 2.0);
  options.set("corruption", 0.2);
  options.set("refreshEvery", 1.0);
  options.set("reencode", true);
  options.set("schedule", std::string("cosine"));
  options.set("pretrainSchedule", std::string("step"));
  options.set("pretrainDecayFactor", 0.9);
  methods::ModelSpec spec = spec_of("dcn", options, {10});
  spec.precision = Precision::bfloat16;
  Session session(spec);
  EXPECT(same_partition(fit(session, data.items).results.at("labels"), data.labels));
}

TEST("dcn: stops early when assignments settle") {
  const Blobs data = blobs(400, 4, 10);
  OptionValues options = small_options();
  options.set("epochs", 50.0);
  options.set("tolerance", 0.01);
  Session session(spec_of("dcn", options, {10}));
  int64_t epochs = 0;
  for (const run::Event& event : fit(session, data.items).events) {
    if (event.kind == run::Event::Kind::epoch && event.phase == "joint") ++epochs;
  }
  EXPECT(epochs < 50);
}

TEST("dcn: starts from the graph after rounds of refinement, whose cut stands in the history") {
  const Blobs data = blobs(400, 4, 10);
  OptionValues options = small_options();
  options.set("start", std::string("graph"));
  options.set("rounds", 2.0);
  options.set("finalKmeans", false);
  Session session(spec_of("dcn", options, {10}));
  const Fitted fitted = fit(session, data.items);
  EXPECT(same_partition(fitted.results.at("labels"), data.labels));
  std::vector<std::string> phases;
  for (const run::Event& event : fitted.events) {
    if (event.kind == run::Event::Kind::phase) phases.push_back(event.phase);
    if (event.kind == run::Event::Kind::epoch && event.phase == "graph") {
      EXPECT(event.values[0].first == "normalisedCut" && event.values[0].second >= 0 && event.values[0].second < 0.1);
    }
  }
  EXPECT((phases == std::vector<std::string>{"pretrain", "graph 1", "refine 1", "graph 2", "refine 2", "graph", "joint", "read-out"}));
}

TEST("dcn: with a graph start, an aborted and resumed run equals an uninterrupted one bit for bit") {
  const Blobs data = blobs(400, 4, 10);
  OptionValues options = small_options();
  options.set("start", std::string("graph"));
  options.set("rounds", 2.0);
  options.set("finalKmeans", false);
  Session whole(spec_of("dcn", options, {10}));
  const Fitted wanted = fit(whole, data.items);
  for (const std::string phase : {"refine 2", "joint"}) {
    Session session(spec_of("dcn", options, {10}));
    EXPECT(code_of([&] { fit(session, data.items, phase, 14); }) != "");
    Session resumed(spec_of("dcn", options, {10}));
    resumed.restore(*session.state());
    EXPECT(bit_equal(fit(resumed, data.items).results, wanted.results));
    EXPECT(bit_equal(*resumed.state(), *whole.state()));
  }
}

TEST("dcn: starts from the linkage of its embedding's graph, ranked by the same cut") {
  const Blobs data = blobs(400, 4, 10);
  OptionValues options = small_options();
  options.set("start", std::string("linkage"));
  options.set("rounds", 1.0);
  options.set("finalKmeans", false);
  Session session(spec_of("dcn", options, {10}));
  const Fitted fitted = fit(session, data.items);
  EXPECT(same_partition(fitted.results.at("labels"), data.labels));
  for (const run::Event& event : fitted.events) {
    if (event.kind != run::Event::Kind::epoch || !event.phase.starts_with("graph")) continue;
    EXPECT(event.values[0].first == "normalisedCut" && event.values[0].second < 0.1 && event.values[1].first == "firstClusters");
  }
}

TEST("dcn: a finished run that is resumed returns the joint phase's assignments and the read-out's labels as the first time") {
  const Blobs data = blobs(400, 4, 10);
  OptionValues options = small_options();
  options.set("finalKmeans", true);  // which numbers the clusters anew
  Session session(spec_of("dcn", options, {10}, /*seed=*/2));
  const Fitted first = fit(session, data.items);
  EXPECT(!first.results.at("labels").equal(first.results.at("assignments")));
  EXPECT(bit_equal(fit(session, data.items).results, first.results));
  Session loaded(spec_of("dcn", options, {10}, /*seed=*/2));
  loaded.restore(*session.state());
  EXPECT(bit_equal(fit(loaded, data.items).results, first.results));

  // A file from before there were `labels` has the read-out's in their place.
  NamedTensors old = *session.state();
  old["assignments"] = old.at("labels");
  old.erase("labels");
  Session older(spec_of("dcn", options, {10}, /*seed=*/2));
  older.restore(old);
  const NamedTensors results = fit(older, data.items).results;
  EXPECT(results.at("labels").equal(first.results.at("labels")) && results.at("sizes").equal(first.results.at("sizes")));
}
