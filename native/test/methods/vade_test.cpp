#include "methods/vade.h"

#include "../fixtures.h"
#include "../harness.h"
#include "error.h"

using namespace dc;
using namespace dc::test;
using methods::Session;

namespace {

std::vector<std::pair<std::string, double>> last_values(const Fitted& fitted, const std::string& phase) {
  std::vector<std::pair<std::string, double>> values;
  for (const run::Event& event : fitted.events) {
    if (event.kind == run::Event::Kind::epoch && event.phase == phase) values = event.values;
  }
  return values;
}

double value_of(const Fitted& fitted, const std::string& phase, const std::string& name) {
  for (const auto& [own, value] : last_values(fitted, phase)) {
    if (own == name) return value;
  }
  return NAN;
}

}  // namespace

TEST("vade: recovers known clusters; labels are what predict says, and the posterior's largest") {
  const Blobs data = blobs(400, 4, 10);
  Session session(spec_of("vade", vade_options(), {10}));
  const Fitted fitted = fit(session, data.items);
  EXPECT(same_partition(fitted.results.at("labels"), data.labels));
  EXPECT(infer(session, "predict", "labels", data.items).equal(fitted.results.at("labels")));
  const at::Tensor p = infer(session, "predictProba", "probabilities", data.items);
  EXPECT_CLOSE(p.sum(1), at::ones({400}), 1e-5, 0);
  EXPECT(p.argmax(1).equal(fitted.results.at("labels").to(at::kLong)));
  EXPECT(infer(session, "reconstruct", "reconstruction", data.items).sizes() == data.items.sizes());
}

TEST("vade: the history holds every term, whose sum is the ELBO, and the event the assignments") {
  const Blobs data = blobs(400, 4, 10);
  Session session(spec_of("vade", vade_options(), {10}));
  const Fitted fitted = fit(session, data.items);
  const double terms = value_of(fitted, "joint", "reconstruction") + value_of(fitted, "joint", "componentDivergence") +
                       value_of(fitted, "joint", "clusterDivergence");
  EXPECT(std::abs(value_of(fitted, "joint", "elbo") + terms) < 1e-4);
  EXPECT(std::isfinite(value_of(fitted, "mixture", "logLikelihood")));
  for (const run::Event& event : fitted.events) {
    if (event.kind != run::Event::Kind::epoch) continue;
    EXPECT(event.assignments.defined() == (event.phase == "joint"));
    if (event.phase == "joint") EXPECT(event.assignments.scalar_type() == at::kInt && event.assignments.size(0) == 400);
  }
}

TEST("vade: the ELBO of items is near what training reports, and rises over the epochs") {
  const Blobs data = blobs(400, 4, 10);
  OptionValues options = vade_options();
  options.set("epochs", 20.0);
  Session session(spec_of("vade", options, {10}));
  const Fitted fitted = fit(session, data.items);
  const double elbo = infer(session, "elbo", "elbo", data.items).mean().item<double>(), trained = value_of(fitted, "joint", "elbo");
  EXPECT(std::abs(elbo - trained) < 0.1 * std::abs(trained));
  for (const run::Event& event : fitted.events) {
    if (event.kind == run::Event::Kind::epoch && event.phase == "joint" && event.epoch == 1)
      EXPECT(event.values.at(4).first == "elbo" && event.values.at(4).second < trained);
  }
  EXPECT(infer(session, "elbo", "elbo", data.items).equal(infer(session, "elbo", "elbo", data.items)));
}

TEST("vade: the graph start finds the clusters, its cut stands in the history") {
  const Blobs data = blobs(400, 4, 10);
  OptionValues options = vade_options();
  options.set("start", std::string("graph"));
  options.set("rounds", 1.0);
  Session session(spec_of("vade", options, {10}));
  const Fitted fitted = fit(session, data.items);
  EXPECT(same_partition(fitted.results.at("labels"), data.labels));
  EXPECT(value_of(fitted, "graph", "normalisedCut") < 0.1);
}

TEST("vade: on images, the start by mutual information and its term find the groups; the history holds the criterion") {
  const Blobs data = bars(240);
  Session session(spec_of("vade", invariant_options(), {8, 8}));
  const Fitted fitted = fit(session, data.items);
  EXPECT(same_partition(fitted.results.at("labels"), data.labels));
  EXPECT(value_of(fitted, "read-out", "mutualInformation") > 0.9 * std::log(4.));
  for (const std::string name : {"mutualInformation", "contrast"}) EXPECT(std::isfinite(value_of(fitted, "joint", name)));
}

TEST("vade: an aborted and resumed run equals an uninterrupted one bit for bit, whatever the start") {
  const Blobs vectors = blobs(150, 4, 10), images = bars(120);
  for (const std::string start : {"likelihood", "graph", "mutual-information"}) {
    const bool on_images = start == "mutual-information";
    OptionValues options = on_images ? invariant_options() : vade_options();
    options.set("start", start);
    if (start == "graph") options.set("rounds", 1.0);
    const methods::ModelSpec spec = spec_of("vade", options, on_images ? std::vector<int64_t>{8, 8} : std::vector<int64_t>{10});
    const at::Tensor& items = on_images ? images.items : vectors.items;
    Session whole(spec), broken(spec), resumed(spec);
    const Fitted wanted = fit(whole, items);
    EXPECT(code_of([&] { fit(broken, items, "joint", 6); }) == "ABORTED");
    resumed.restore(*broken.state());
    EXPECT(bit_equal(fit(resumed, items).results, wanted.results));
    EXPECT(bit_equal(*resumed.state(), *whole.state()));
  }
}

TEST("vade: finite on data scaled by 1e-3 and 1e3, in both precisions") {
  const Blobs data = blobs(200, 4, 10);
  OptionValues options = vade_options();
  options.set("scaling", std::string("none"));
  for (const double scale : {1e-3, 1e3}) {
    for (const Precision precision : {Precision::float32, Precision::bfloat16}) {
      methods::ModelSpec spec = spec_of("vade", options, {10});
      spec.precision = precision;
      Session session(spec);
      const Fitted fitted = fit(session, data.items * scale);
      for (const auto& [name, value] : last_values(fitted, "joint")) EXPECT(std::isfinite(value));
      for (const auto& [name, tensor] : *session.state()) EXPECT(!tensor.is_floating_point() || tensor.isfinite().all().item<bool>());
      EXPECT(infer(session, "predictProba", "probabilities", data.items * scale).isfinite().all().item<bool>());
    }
  }
}

TEST("vade: one cluster is a VAE whose prior has a mean and a variance") {
  const Blobs data = blobs(200, 4, 10);
  OptionValues options = vade_options();
  options.set("clusters", 1.0);
  Session session(spec_of("vade", options, {10}));
  const Fitted fitted = fit(session, data.items);
  EXPECT(fitted.results.at("labels").eq(0).all().item<bool>());
  EXPECT(std::abs(value_of(fitted, "joint", "clusterDivergence")) < 1e-6);
  EXPECT(infer(session, "predictProba", "probabilities", data.items).eq(1).all().item<bool>());
}

TEST("vade: stops early when assignments settle") {
  const Blobs data = blobs(400, 4, 10);
  OptionValues options = vade_options();
  options.set("epochs", 50.0);
  options.set("tolerance", 0.01);
  Session session(spec_of("vade", options, {10}));
  int64_t epochs = 0;
  for (const run::Event& event : fit(session, data.items).events) epochs += event.kind == run::Event::Kind::epoch && event.phase == "joint";
  EXPECT(epochs > 0 && epochs < 50);
}

TEST("vade: samples of a cluster are predicted to be of it; decode takes points of the latent space") {
  const Blobs data = blobs(400, 4, 10);
  OptionValues options = vade_options();
  options.set("epochs", 30.0);
  Session session(spec_of("vade", options, {10}));
  fit(session, data.items);
  OptionValues draw;
  draw.set("cluster", 2.0);
  draw.set("count", 50.0);
  draw.set("minPosterior", 0.9);
  draw.set("seed", 5.0);
  const NamedTensors drawn = session.generate("sample", draw);
  EXPECT((drawn.at("samples").sizes() == at::IntArrayRef({50, 10})));
  EXPECT(drawn.at("labels").eq(2).all().item<bool>());
  EXPECT(infer(session, "predict", "labels", drawn.at("samples")).eq(2).to(at::kFloat).mean().item<double>() > 0.9);
  EXPECT(infer(session, "decode", "items", drawn.at("latents")).equal(drawn.at("samples")));
  EXPECT(session.generate("sample", draw).at("samples").equal(drawn.at("samples")));
  const NamedTensors mixture = session.generate("mixture", {});
  EXPECT_CLOSE(mixture.at("weights").sum(), at::scalar_tensor(1.f), 1e-5, 0);
  EXPECT((mixture.at("means").sizes() == at::IntArrayRef({4, 3})));
  EXPECT(code_of([&] { session.generate("sing", {}); }) == "RangeError");
  EXPECT(code_of([&] { infer(session, "decode", "items", at::rand({2, 10})); }) == "RangeError");
}

TEST("vade: the typical members of a cluster are near its centre") {
  const Blobs data = blobs(400, 4, 10);
  Session session(spec_of("vade", vade_options(), {10}));
  const Fitted fitted = fit(session, data.items);
  const at::Tensor density = infer(session, "typicality", "logDensity", data.items),
                   code = infer(session, "transform", "embedding", data.items);
  const NamedTensors mixture = session.generate("mixture", {});
  const at::Tensor labels = fitted.results.at("labels").to(at::kLong);
  // log N(z; mu, s^2) = -1/2 sum [ log 2 pi s^2 + (z - mu)^2 / s^2 ]
  const at::Tensor mean = mixture.at("means").index_select(0, labels), variance = mixture.at("variances").index_select(0, labels);
  EXPECT_CLOSE(density, -0.5 * ((2 * M_PI * variance).log() + (code - mean).square() / variance).sum(1), 1e-2, 1e-3);
}

TEST("vade: data outside 0..1 are refused for the bernoulli loss") {
  OptionValues options = vade_options();
  options.set("loss", std::string("bernoulli"));
  options.set("scaling", std::string("none"));
  const Blobs data = blobs(150, 4, 10);
  Session session(spec_of("vade", options, {10}));
  EXPECT(code_of([&] { fit(session, data.items); }) == "RangeError");
}
