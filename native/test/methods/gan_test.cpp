#include "methods/gan.h"

#include "../fixtures.h"
#include "../harness.h"
#include "random.h"

using namespace dc;
using namespace dc::test;
using methods::Session;

TEST("gan: samples repeat by seed, have the items' shape, and are what decode makes of their latents; features are the hidden layer") {
  const Blobs data = corners(96, 1);
  OptionValues options = options_for("gan");
  options.set("scaling", std::string("none"));
  Session session(spec_of("gan", options, {12, 12}));
  fit(session, data.items);
  const NamedTensors drawn = session.generate("sample", code_draw(20, {NAN, 0.5}));
  EXPECT((drawn.at("samples").sizes() == at::IntArrayRef({20, 12, 12})) && (drawn.at("latents").sizes() == at::IntArrayRef({20, 11})));
  EXPECT(drawn.at("latents").select(1, 10).eq(0.5).all().item<bool>());
  EXPECT(drawn.at("latents").narrow(1, 6, 4).sum(1).eq(1).all().item<bool>());
  EXPECT(session.generate("sample", code_draw(20, {NAN, 0.5})).at("samples").equal(drawn.at("samples")));
  EXPECT(!session.generate("sample", code_draw(20, {NAN, 0.5}, 4)).at("samples").equal(drawn.at("samples")));
  EXPECT_CLOSE(infer(session, "decode", "items", drawn.at("latents")), drawn.at("samples"), 1e-6, 1e-5);
  EXPECT((infer(session, "transform", "embedding", data.items).sizes() == at::IntArrayRef({96, 32})));
  EXPECT(code_of([&] { session.generate("sing", code_draw(1, {NAN, NAN})); }) == "RangeError");
  EXPECT(code_of([&] { session.generate("sample", code_draw(1, {4.0, NAN})); }) == "RangeError");
}

TEST("gan: along a row of a grid only one code changes; where it is a number, each row is of another category") {
  const Blobs data = corners(64, 1);
  OptionValues options = options_for("gan");
  options.set("scaling", std::string("none"));
  Session session(spec_of("gan", options, {12, 12}));
  fit(session, data.items);
  const auto walk = [&](double code, double from, double to, double steps) {
    OptionValues values = code_draw(0, {NAN, NAN});
    for (const auto& [name, value] :
         std::map<std::string, double>{{"code", code}, {"from", from}, {"to", to}, {"steps", steps}, {"rows", 4}})
      values.set(name, value);
    return session.generate("traverse", values).at("samples");
  };
  const at::Tensor categories = walk(0, 0, 3, 4), numbers = walk(1, -2, 2, 5);
  EXPECT((categories.sizes() == at::IntArrayRef({16, 12, 12})) && (numbers.sizes() == at::IntArrayRef({20, 12, 12})));
  // Rows 0 .. 3 are of categories 0 .. 3, drawn with the same seed: the generator's inputs by hand.
  at::Generator generator = make_generator(at::kCPU, 3);
  const methods::LatentSpace space("cat4,uniform", 6, methods::LatentSpace::Noise::uniform);
  at::Tensor latents = space.draw(4, generator);
  for (int64_t row = 0; row < 4; ++row) {
    at::Tensor one = latents.narrow(0, row, 1);
    space.set_(one, 0, static_cast<double>(row));
    space.set_(one, 1, 1.0);
  }
  const at::Tensor column = infer(session, "decode", "items", latents);
  for (int64_t row = 0; row < 4; ++row) EXPECT_CLOSE(numbers[row * 5 + 3], column[row], 1e-6, 1e-5);
}

TEST("gan: returns nothing but its history, of both losses and their balance; a restored one answers alike") {
  const Blobs data = corners(96, 1);
  OptionValues options = options_for("gan");
  options.set("scaling", std::string("none"));
  Session session(spec_of("gan", options, {12, 12})), loaded(spec_of("gan", options, {12, 12}));
  const Fitted fitted = fit(session, data.items);
  EXPECT(fitted.results.empty());
  for (const run::Event& event : fitted.events) {
    if (event.kind != run::Event::Kind::epoch) continue;
    std::vector<std::string> names;
    for (const auto& [name, value] : event.values) {
      names.push_back(name);
      EXPECT(std::isfinite(value));
    }
    EXPECT((names == std::vector<std::string>{"discriminator", "generator", "realScore", "generatedScore", "diversity"}));
  }
  loaded.restore(*session.state());
  EXPECT(infer(loaded, "transform", "embedding", data.items).equal(infer(session, "transform", "embedding", data.items)));
  EXPECT(bit_equal(loaded.generate("sample", code_draw(5, {NAN, NAN})), session.generate("sample", code_draw(5, {NAN, NAN}))));
}

TEST("gan: has no clusters to predict") {
  Session session(spec_of("gan", options_for("gan"), {10}));
  fit(session, blobs(64, 4, 10).items);
  EXPECT(code_of([&] { infer(session, "predict", "labels", at::rand({3, 10})); }) == "RangeError");
}
