#include "methods/vae.h"

#include "../fixtures.h"
#include "../harness.h"
#include "random.h"

using namespace dc;
using namespace dc::test;
using methods::Session;

TEST("vae: the ELBO rises, and the ELBO of items is near what training reports") {
  const Blobs data = blobs(400, 4, 10);
  OptionValues options = vade_options();
  options.set("epochs", 30.0);
  for (const Precision precision : {Precision::float32, Precision::bfloat16}) {
    methods::ModelSpec spec = spec_of("vae", options, {10});
    spec.precision = precision;
    Session session(spec);
    std::vector<double> elbos;
    for (const run::Event& event : fit(session, data.items).events) {
      if (event.kind != run::Event::Kind::epoch) continue;
      EXPECT(event.values.at(2).first == "elbo");
      EXPECT(std::abs(event.values[0].second + event.values[1].second + event.values[2].second) < 1e-6);
      elbos.push_back(event.values[2].second);
    }
    EXPECT(elbos.size() == 30 && elbos.back() > elbos.front());
    std::atomic<bool> cancelled{false};
    const double elbo = session.infer("elbo", data.items, cancelled).at("elbo").mean().item<double>();
    EXPECT(std::abs(elbo - elbos.back()) < 0.1 * std::abs(elbos.back()));
  }
}

TEST("vae: with the gaussian loss on data without structure it learns the prior: no divergence") {
  at::Generator generator = make_generator(at::kCPU, 3);
  OptionValues options = vade_options();
  options.set("epochs", 40.0);
  options.set("scaling", std::string("none"));
  Session session(spec_of("vae", options, {6}));
  // Deviation .1 against the decoder's 1: no code can pay for itself.
  const Fitted fitted = fit(session, at::randn({300, 6}, generator, at::TensorOptions()) * 0.1);
  double divergence = NAN;
  for (const run::Event& event : fitted.events) {
    if (event.kind == run::Event::Kind::epoch) divergence = event.values.at(1).second;
  }
  EXPECT(divergence < 0.05);
}

TEST("vae: samples, decodes and reconstructs in the units of the data") {
  const Blobs data = blobs(400, 4, 10);
  OptionValues options = vade_options();
  options.set("epochs", 60.0);
  options.set("learningRate", 5e-3);
  Session session(spec_of("vae", options, {10}));
  fit(session, data.items);
  std::atomic<bool> cancelled{false};
  const at::Tensor rebuilt = session.infer("reconstruct", data.items, cancelled).at("reconstruction");
  EXPECT((rebuilt - data.items).square().mean().item<double>() < 0.7 * data.items.var(0).mean().item<double>());
  OptionValues draw;
  draw.set("count", 7.0);
  draw.set("seed", 1.0);
  const NamedTensors drawn = session.generate("sample", draw);
  EXPECT((drawn.at("samples").sizes() == at::IntArrayRef({7, 10})));
  EXPECT(session.infer("decode", drawn.at("latents"), cancelled).at("items").equal(drawn.at("samples")));
  draw.set("seed", 2.0);
  EXPECT(!session.generate("sample", draw).at("samples").equal(drawn.at("samples")));
}
