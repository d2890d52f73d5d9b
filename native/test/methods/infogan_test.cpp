#include "methods/infogan.h"

#include "../fixtures.h"
#include "../harness.h"
#include "random.h"

using namespace dc;
using namespace dc::test;
using methods::Session;

namespace {

OptionValues on_images() {
  OptionValues values = options_for("infogan");
  values.set("scaling", std::string("none"));
  values.set("output", std::string("sigmoid"));
  values.set("shift", 1.0 / 12);
  values.set("viewInformation", 2.0);
  return values;
}

std::map<std::string, double> last_values(const Fitted& fitted, const std::string& phase) {
  std::map<std::string, double> values;
  for (const run::Event& event : fitted.events) {
    if (event.kind == run::Event::Kind::epoch && event.phase == phase) values = {event.values.begin(), event.values.end()};
  }
  return values;
}

}  // namespace

TEST("infogan: finds known kinds of images by its first code, and generates items of a kind") {
  const Blobs data = corners(320, 1);
  OptionValues options = on_images();
  options.set("epochs", 120.0);  // after 60 the generator of two seeds in five mixes up the categories
  options.set("learningRate", 5e-3);
  Session session(spec_of("infogan", options, {12, 12}));
  const Fitted fitted = fit(session, data.items);
  EXPECT(same_partition(fitted.results.at("labels"), data.labels));
  EXPECT(infer(session, "predict", "labels", data.items).equal(fitted.results.at("labels")));
  const std::map<std::string, double> read_out = last_values(fitted, "read-out");
  EXPECT(read_out.at("mutualInformation") > 0.8 * std::log(4.) && read_out.at("evenness") > 0.9 * std::log(4.));
  // What was generated from a category is predicted to be of it.
  for (int64_t kind = 0; kind < 4; ++kind) {
    const NamedTensors drawn = session.generate("sample", code_draw(40, {static_cast<double>(kind), NAN, NAN}));
    EXPECT(infer(session, "predict", "labels", drawn.at("samples")).eq(kind).to(at::kFloat).mean().item<double>() > 0.9);
  }
}

TEST("infogan: the history holds both losses, the balance, each code's bound, at most its entropy, and the criteria") {
  const Blobs data = corners(96, 1);
  Session session(spec_of("infogan", on_images(), {12, 12}));
  const Fitted fitted = fit(session, data.items);
  const std::map<std::string, double> values = last_values(fitted, "train");
  for (const std::string name : {"discriminator", "generator", "realScore", "generatedScore", "diversity", "c1", "c1Share", "c2", "c2Share",
                                 "c3", "c3Share", "viewInformation", "changed", "evenness", "empty"}) {
    EXPECT(std::isfinite(values.at(name)));
  }
  EXPECT(values.at("c1") <= std::log(4.) && std::abs(values.at("c1Share") - values.at("c1") / std::log(4.)) < 1e-4);
  for (const run::Event& event : fitted.events) {
    if (event.kind == run::Event::Kind::epoch) EXPECT(event.assignments.defined() == (event.phase == "train"));
  }
  const std::map<std::string, double> read_out = last_values(fitted, "read-out");
  for (const std::string name : {"mutualInformation", "evenness", "bound"})
    EXPECT(std::isfinite(read_out.at(name)) && read_out.at(name) <= std::log(4.) + 1e-4);
}

TEST("infogan: the codes' read-out: probabilities that sum to 1, then means of numbers, c1 first") {
  const Blobs data = corners(96, 3);
  Session session(spec_of("infogan", on_images(), {3, 12, 12}));
  fit(session, data.items);
  const at::Tensor codes = infer(session, "transform", "embedding", data.items),
                   p = infer(session, "predictProba", "probabilities", data.items);
  EXPECT((codes.sizes() == at::IntArrayRef({96, 6})));
  EXPECT(codes.narrow(1, 0, 4).equal(p));
  EXPECT_CLOSE(p.sum(1), at::ones({96}), 1e-5, 0);
  // An item's answer does not depend on the others in its block: the statistics were gathered.
  EXPECT_CLOSE(infer(session, "transform", "embedding", data.items.narrow(0, 5, 1)), codes.narrow(0, 5, 1), 1e-5, 1e-4);
  EXPECT(code_of([&] { infer(session, "reconstruct", "reconstruction", data.items); }) == "RangeError");
}

TEST("infogan and gan: an aborted and resumed run equals an uninterrupted one bit for bit") {
  const Blobs images = corners(80, 1), vectors = blobs(80, 4, 10);
  for (const std::string method : {"infogan", "gan"}) {
    for (const bool convolutional : {true, false}) {
      OptionValues options = options_for(method);
      options.set("scaling", std::string(convolutional ? "none" : "standard"));
      const methods::ModelSpec spec = spec_of(method, options, convolutional ? std::vector<int64_t>{12, 12} : std::vector<int64_t>{10});
      const at::Tensor& items = convolutional ? images.items : vectors.items;
      Session whole(spec), broken(spec), resumed(spec);
      const Fitted wanted = fit(whole, items);
      EXPECT(code_of([&] { fit(broken, items, "train", 5); }) == "ABORTED");
      resumed.restore(*broken.state());
      EXPECT(bit_equal(fit(resumed, items).results, wanted.results));
      EXPECT(bit_equal(*resumed.state(), *whole.state()));
    }
  }
}

TEST("infogan and gan: finite in both precisions, on images with three channels and on vectors") {
  const Blobs images = corners(80, 3), vectors = blobs(80, 4, 10);
  for (const std::string method : {"infogan", "gan"}) {
    for (const Precision precision : {Precision::float32, Precision::bfloat16}) {
      for (const bool convolutional : {true, false}) {
        OptionValues options = options_for(method);
        options.set("scaling", std::string(convolutional ? "none" : "standard"));
        options.set("learnedVariance", true);
        methods::ModelSpec spec = spec_of(method, options, convolutional ? std::vector<int64_t>{3, 12, 12} : std::vector<int64_t>{10});
        spec.precision = precision;
        Session session(spec);
        const Fitted fitted = fit(session, convolutional ? images.items : vectors.items);
        for (const auto& [name, value] : last_values(fitted, "train")) EXPECT(std::isfinite(value));
        for (const auto& [name, tensor] : *session.state()) EXPECT(!tensor.is_floating_point() || tensor.isfinite().all().item<bool>());
      }
    }
  }
}

TEST("infogan and gan: one item gives finite statistics and answers") {
  for (const std::string method : {"infogan", "gan"}) {
    for (const bool convolutional : {true, false}) {
      OptionValues options = options_for(method);
      options.set("scaling", std::string("none"));
      Session session(spec_of(method, options, convolutional ? std::vector<int64_t>{12, 12} : std::vector<int64_t>{10}));
      const at::Tensor item = convolutional ? corners(1, 1).items : blobs(1, 1, 10).items;
      fit(session, item);
      for (const auto& [name, tensor] : *session.state()) EXPECT(!tensor.is_floating_point() || tensor.isfinite().all().item<bool>());
      EXPECT(infer(session, "transform", "embedding", item).isfinite().all().item<bool>());
    }
  }
}

TEST("infogan and gan: data outside 0..1 are refused for the sigmoid output") {
  for (const std::string method : {"infogan", "gan"}) {
    OptionValues options = options_for(method);
    options.set("scaling", std::string("none"));
    options.set("output", std::string("sigmoid"));
    Session session(spec_of(method, options, {12, 12}));
    EXPECT(code_of([&] { fit(session, corners(64, 1).items * 2); }) == "RangeError");
  }
}

TEST("infogan: a generator that has collapsed is warned of, with the numbers") {
  OptionValues options = options_for("infogan");
  options.set("learningRate", 1e-9);  // its items stay as alike as at first
  options.set("epochs", 4.0);
  Session session(spec_of("infogan", options, {10}));
  std::vector<std::string> warnings;
  for (const run::Event& event : fit(session, blobs(128, 4, 10).items).events) {
    if (event.kind == run::Event::Kind::warning) warnings.push_back(event.message);
  }
  EXPECT(std::any_of(warnings.begin(), warnings.end(),
                     [](const std::string& message) { return message.starts_with("The generator has collapsed: its items vary 0.0"); }));
}
