#include "methods/kmeans.h"

#include "../fixtures.h"
#include "../harness.h"

using namespace dc;
using namespace dc::test;
using methods::Session;

TEST("kmeans method: results are labels, sizes and inertia, and predict says of fitted items what the labels say") {
  const Blobs data = blobs(200, 4, 10);
  Session session(spec_of("kmeans", options_for("kmeans"), {10}));
  const NamedTensors results = fit(session, data.items).results;
  const at::Tensor labels = results.at("labels");
  EXPECT(labels.scalar_type() == at::kInt && same_partition(labels, data.labels));
  EXPECT(results.at("sizes").equal(at::bincount(labels, {}, 4).to(at::kInt)));
  EXPECT(infer(session, "predict", "labels", data.items).equal(labels));
  // The inertia is the sum of the squared distances that transform gives to the own centroid, of the scaled items.
  const at::Tensor nearest = std::get<0>(infer(session, "transform", "embedding", data.items).min(1));
  EXPECT_CLOSE(results.at("inertia"), nearest.to(at::kDouble).square().sum(), 0, 1e-5);
}

TEST("kmeans method: probabilities sum to 1 and are highest at the label") {
  const Blobs data = blobs(200, 4, 10);
  Session session(spec_of("kmeans", options_for("kmeans"), {10}));
  const at::Tensor labels = fit(session, data.items).results.at("labels");
  const at::Tensor p = infer(session, "predictProba", "probabilities", data.items);
  EXPECT((p.sizes() == at::IntArrayRef({200, 4})));
  EXPECT_CLOSE(p.sum(1), at::ones({200}), 1e-5, 0);
  EXPECT(p.argmax(1).equal(labels.to(at::kLong)));
}

TEST("kmeans method: prototypes are the clusters' means, of the shape and in the units of the data") {
  const Blobs data = bars(200);
  const at::Tensor items = data.items * 50 + 7;
  Session session(spec_of("kmeans", options_for("kmeans"), {8, 8}));
  const at::Tensor labels = fit(session, items).results.at("labels");
  const at::Tensor prototypes = session.generate("prototypes", {}).at("prototypes");
  EXPECT((prototypes.sizes() == at::IntArrayRef({4, 8, 8})));
  for (int64_t k = 0; k < 4; ++k) EXPECT_CLOSE(prototypes[k], items.index({labels.eq(k)}).mean(0), 1e-2, 1e-4);
}

TEST("kmeans method: a restored model answers alike, and fitted on it assigns again") {
  const Blobs data = blobs(200, 4, 10);
  Session session(spec_of("kmeans", options_for("kmeans"), {10})), loaded(spec_of("kmeans", options_for("kmeans"), {10}));
  const NamedTensors results = fit(session, data.items).results;
  loaded.restore(*session.state());
  const at::Tensor fresh = at::randn({50, 10}) * 8;
  EXPECT(infer(loaded, "transform", "embedding", fresh).equal(infer(session, "transform", "embedding", fresh)));
  const NamedTensors again = fit(loaded, data.items).results;
  EXPECT(again.at("labels").equal(results.at("labels")) && again.at("sizes").equal(results.at("sizes")));
}

TEST("kmeans method: fewer items than clusters, and operations that it does not have, are RangeErrors") {
  Session session(spec_of("kmeans", options_for("kmeans"), {10}));
  EXPECT(code_of([&] { fit(session, at::rand({3, 10})); }) == "RangeError");
  fit(session, blobs(50, 4, 10).items);
  EXPECT(code_of([&] { infer(session, "reconstruct", "reconstruction", at::rand({3, 10})); }) == "RangeError");
  EXPECT(code_of([&] { session.generate("sample", {}); }) == "RangeError");
}
