#include "methods/gaussian_mixture.h"

#include "../fixtures.h"
#include "../harness.h"

using namespace dc;
using namespace dc::test;
using methods::Session;

namespace {

OptionValues draw(double count, double cluster, double seed = 1) {
  OptionValues values;
  values.set("count", count);
  values.set("cluster", cluster);
  values.set("seed", seed);
  values.set("minPosterior", 0.0);
  return values;
}

methods::ModelSpec small_spec(const std::vector<int64_t>& shape = {10}) {
  return spec_of("gaussian-mixture", options_for("gaussian-mixture"), shape);
}

}  // namespace

TEST("gaussian mixture method: results are labels and the mean log-likelihood, which predict and logLikelihood say of fitted items") {
  const Blobs data = blobs(200, 4, 10);
  Session session(small_spec());
  const NamedTensors results = fit(session, data.items).results;
  EXPECT(same_partition(results.at("labels"), data.labels));
  EXPECT(results.at("converged").item<int64_t>() == 1);
  EXPECT(infer(session, "predict", "labels", data.items).equal(results.at("labels")));
  EXPECT_CLOSE(infer(session, "logLikelihood", "logLikelihood", data.items).mean(), results.at("logLikelihood"), 1e-3, 0);
  const at::Tensor p = infer(session, "predictProba", "probabilities", data.items);
  EXPECT_CLOSE(p.sum(1), at::ones({200}), 1e-5, 0);
  EXPECT(p.argmax(1).equal(results.at("labels").to(at::kLong)));
}

TEST("gaussian mixture method: the mixture is that of the scaled data, the prototypes its means in the units of the data") {
  const Blobs data = blobs(200, 4, 10);
  const at::Tensor items = data.items * 3 + 100;
  Session session(small_spec());
  const at::Tensor labels = fit(session, items).results.at("labels");
  const NamedTensors mixture = session.generate("mixture", {});
  EXPECT_CLOSE(mixture.at("weights"), at::full({4}, 0.25, at::kDouble), 1e-6, 0);
  const at::Tensor scaled = (items - items.mean(0)) / items.std(0, false), prototypes = session.generate("prototypes", {}).at("prototypes");
  for (int64_t k = 0; k < 4; ++k) {
    const at::Tensor members = labels.eq(k);
    EXPECT_CLOSE(mixture.at("means")[k], scaled.index({members}).mean(0), 1e-3, 0);
    EXPECT_CLOSE(mixture.at("variances")[k], scaled.index({members}).var(0, false), 1e-3, 1e-2);
    EXPECT_CLOSE(prototypes[k], items.index({members}).mean(0), 1e-1, 0);
  }
  EXPECT_CLOSE(infer(session, "decode", "items", mixture.at("means").to(at::kFloat)), prototypes, 1e-4, 1e-5);
}

TEST("gaussian mixture method: samples of a cluster are predicted to be of it, have the items' shape and repeat by seed") {
  const Blobs data = bars(200);
  Session session(small_spec({8, 8}));
  fit(session, data.items);
  for (double cluster = 0; cluster < 4; ++cluster) {
    const NamedTensors drawn = session.generate("sample", draw(50, cluster));
    EXPECT((drawn.at("samples").sizes() == at::IntArrayRef({50, 8, 8})));
    EXPECT(drawn.at("labels").eq(cluster).all().item<bool>());
    EXPECT(infer(session, "predict", "labels", drawn.at("samples")).eq(cluster).to(at::kFloat).mean().item<double>() > 0.95);
  }
  EXPECT(bit_equal(session.generate("sample", draw(9, -1)), session.generate("sample", draw(9, -1))));
  EXPECT(!bit_equal(session.generate("sample", draw(9, -1)), session.generate("sample", draw(9, -1, 2))));
}

TEST("gaussian mixture method: a restored model answers alike, and fitted on it returns the same") {
  const Blobs data = blobs(200, 4, 10);
  Session session(small_spec()), loaded(small_spec());
  const NamedTensors results = fit(session, data.items).results;
  loaded.restore(*session.state());
  EXPECT(infer(loaded, "logLikelihood", "logLikelihood", data.items).equal(infer(session, "logLikelihood", "logLikelihood", data.items)));
  EXPECT(bit_equal(fit(loaded, data.items).results, results));
}

TEST("gaussian mixture method: one that has not settled warns, and says so in its results") {
  methods::ModelSpec spec = small_spec();
  spec.options.set("iterations", 1.0);
  spec.options.set("tolerance", 0.0);
  Session session(spec);
  const Fitted fitted = fit(session, at::rand({200, 10}));
  EXPECT(fitted.results.at("converged").item<int64_t>() == 0);
  EXPECT(std::any_of(fitted.events.begin(), fitted.events.end(), [](const run::Event& event) {
    return event.kind == run::Event::Kind::warning && event.message.find("`iterations`") != std::string::npos;
  }));
}

TEST("gaussian mixture method: fewer items than clusters, and operations that it does not have, are RangeErrors") {
  Session session(small_spec());
  EXPECT(code_of([&] { fit(session, at::rand({3, 10})); }) == "RangeError");
  fit(session, blobs(50, 4, 10).items);
  EXPECT(code_of([&] { infer(session, "transform", "embedding", at::rand({3, 10})); }) == "RangeError");
  EXPECT(code_of([&] { infer(session, "decode", "items", at::rand({3, 9})); }) == "RangeError");
  EXPECT(code_of([&] { session.generate("traverse", {}); }) == "RangeError");
}
