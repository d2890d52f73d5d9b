#include "methods/autoencoder.h"

#include "../fixtures.h"
#include "../harness.h"

using namespace dc;
using namespace dc::test;
using methods::Session;

namespace {

methods::ModelSpec small_spec(double epochs, const std::vector<int64_t>& shape = {10}) {
  OptionValues options = options_for("autoencoder");
  options.set("epochs", epochs);
  options.set("learningRate", 5e-3);
  return spec_of("autoencoder", options, shape);
}

double error_of(Session& session, const at::Tensor& items) {
  return (infer(session, "reconstruct", "reconstruction", items) - items).square().mean().item<double>();
}

}  // namespace

TEST("autoencoder method: its loss falls, and so does the error of what it reconstructs, in the units of the data") {
  const at::Tensor items = blobs(200, 4, 10).items * 3 + 20;
  Session little(small_spec(2)), much(small_spec(40));
  EXPECT(fit(little, items).results.empty());
  std::vector<double> losses;
  for (const run::Event& event : fit(much, items).events) {
    if (event.kind == run::Event::Kind::epoch) losses.push_back(event.values.at(0).second);
  }
  EXPECT(losses.size() == 40 && losses.back() < 0.3 * losses.front());
  EXPECT(error_of(much, items) < 0.5 * error_of(little, items));
  EXPECT(error_of(much, items) < 0.3 * items.var(0).mean().item<double>());
}

TEST("autoencoder method: an item's code does not depend on the others, and what is reconstructed has the items' shape") {
  const at::Tensor items = bars(80).items;
  for (const Precision precision : {Precision::float32, Precision::bfloat16}) {
    methods::ModelSpec spec = small_spec(3, {8, 8});
    spec.precision = precision;
    Session session(spec);
    fit(session, items);
    const at::Tensor codes = infer(session, "transform", "embedding", items);
    EXPECT((codes.sizes() == at::IntArrayRef({80, 3})) && codes.scalar_type() == at::kFloat);
    EXPECT_CLOSE(infer(session, "transform", "embedding", items.narrow(0, 7, 1)), codes.narrow(0, 7, 1), 1e-6, 1e-5);
    EXPECT((infer(session, "reconstruct", "reconstruction", items).sizes() == items.sizes()));
  }
}

TEST("autoencoder method: a restored model answers alike, and a finished one that is fitted on stays as it is") {
  const at::Tensor items = blobs(100, 4, 10).items;
  Session session(small_spec(3)), loaded(small_spec(3));
  fit(session, items);
  loaded.restore(*session.state());
  EXPECT(infer(loaded, "reconstruct", "reconstruction", items).equal(infer(session, "reconstruct", "reconstruction", items)));
  fit(loaded, items);
  EXPECT(bit_equal(*loaded.state(), *session.state()));
}

TEST("autoencoder method: operations that it does not have are RangeErrors") {
  Session session(small_spec(1));
  fit(session, at::rand({40, 10}));
  EXPECT(code_of([&] { infer(session, "predict", "labels", at::rand({3, 10})); }) == "RangeError");
  EXPECT(code_of([&] { session.generate("prototypes", {}); }) == "RangeError");
}
