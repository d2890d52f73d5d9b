#include "methods/spectral.h"

#include "../fixtures.h"
#include "../harness.h"

using namespace dc;
using namespace dc::test;
using methods::Session;

TEST("spectral method: results are labels, unit rows of eigenvectors and what was found of the graph; predict agrees on fitted items") {
  const Blobs data = blobs(200, 4, 10);
  Session session(spec_of("spectral", options_for("spectral"), {10}));
  const NamedTensors results = fit(session, data.items).results;
  EXPECT(same_partition(results.at("labels"), data.labels));
  EXPECT_CLOSE(results.at("embedding").norm(2, 1), at::ones({200}), 1e-5, 0);
  const at::Tensor eigenvalues = results.at("eigenvalues"), summary = results.at("summary");
  EXPECT(eigenvalues.size(0) == 9 && eigenvalues.diff().le(1e-9).all().item<bool>());
  // Normalised cut, suggested clusters, components of the graph, items that follow another.
  EXPECT(summary[0].item<double>() < 0.01 && summary[1].item<double>() == 4 && summary[2].item<double>() >= 4 &&
         summary[3].item<double>() == 0);
  EXPECT(infer(session, "predict", "labels", data.items).equal(results.at("labels")));
}

TEST("spectral method: new items get the votes of the nearest fitted ones, in the scale that was learned") {
  const Blobs data = blobs(200, 4, 10);
  const at::Tensor items = data.items * at::arange(1, 11);
  Session session(spec_of("spectral", options_for("spectral"), {10}));
  fit(session, items.narrow(0, 0, 120));
  const at::Tensor p = infer(session, "predictProba", "probabilities", items);
  EXPECT_CLOSE(p.sum(1), at::ones({200}), 1e-5, 0);
  EXPECT(same_partition(p.argmax(1), data.labels));
}

TEST("spectral method: the same seed gives the same bits; a restored model answers alike and returns the same") {
  const Blobs data = blobs(150, 3, 2);  // of which four clusters are to be found: seeds may disagree
  const methods::ModelSpec spec = spec_of("spectral", options_for("spectral"), {2}, 5);
  Session a(spec), b(spec), loaded(spec);
  const NamedTensors results = fit(a, data.items).results;
  EXPECT(bit_equal(fit(b, data.items).results, results) && bit_equal(*a.state(), *b.state()));
  loaded.restore(*a.state());
  EXPECT(bit_equal(fit(loaded, data.items).results, results));
  const at::Tensor fresh = at::randn({40, 2}) * 8;
  EXPECT(infer(loaded, "predictProba", "probabilities", fresh).equal(infer(a, "predictProba", "probabilities", fresh)));
}

TEST("spectral method: warns where the balance could not be kept") {
  // One heap and a few items far away: no labelling of a third each.
  const at::Tensor items = at::cat({at::randn({90, 2}) * 0.1, at::randn({12, 2}) * 0.1 + 50});
  OptionValues options = options_for("spectral");
  options.set("clusters", 2.0);
  options.set("balance", 1.0);
  options.set("scaling", std::string("none"));
  Session session(spec_of("spectral", options, {2}));
  const Fitted fitted = fit(session, items);
  EXPECT(std::any_of(fitted.events.begin(), fitted.events.end(), [](const run::Event& event) {
    return event.kind == run::Event::Kind::warning && event.message.find("`balance`") != std::string::npos;
  }));
}

TEST("spectral method: fewer items than clusters, and operations that it does not have, are RangeErrors") {
  Session session(spec_of("spectral", options_for("spectral"), {10}));
  EXPECT(code_of([&] { fit(session, at::rand({3, 10})); }) == "RangeError");
  fit(session, blobs(60, 4, 10).items);
  EXPECT(code_of([&] { infer(session, "transform", "embedding", at::rand({3, 10})); }) == "RangeError");
}
