// Codes that a run hands out of its embedding: when, of which items, and that training does not notice.
#include "run/frames.h"

#include "../fixtures.h"
#include "../harness.h"
#include "error.h"
#include "random.h"

using namespace dc;
using namespace dc::test;

namespace {

std::vector<int64_t> due_epochs(const run::Frames& frames, int64_t epochs, int64_t n) {
  std::vector<int64_t> due;
  for (int64_t epoch = 1; epoch <= epochs; ++epoch) {
    if (frames.due(epoch, epochs, n)) due.push_back(epoch);
  }
  return due;
}

Fitted recorded_fit(methods::Session& session, const at::Tensor& items, const run::Frames& frames) {
  Fitted fitted;
  const std::atomic<bool> cancelled{false};
  fitted.results = session.fit(items, [&](const run::Event& event) { fitted.events.push_back(event); }, cancelled, frames);
  return fitted;
}

}  // namespace

TEST("frames: as many evenly spaced epochs as the share pays for, the last always") {
  const run::Frames frames{.items = at::arange(100, at::kLong), .count = 4, .share = 0.1};
  // 0.1 * 20 * 1000 / 100 = 20 epochs could be paid for, of which 4 are wanted
  EXPECT((due_epochs(frames, 20, 1000) == std::vector<int64_t>{5, 10, 15, 20}));
  // 0.1 * 20 * 100 / 100 = 2
  EXPECT((due_epochs(frames, 20, 100) == std::vector<int64_t>{10, 20}));
  EXPECT((due_epochs(frames, 3, 100) == std::vector<int64_t>{3}));
  EXPECT((due_epochs(frames, 2, 100'000) == std::vector<int64_t>{1, 2}));
  EXPECT(due_epochs({}, 3, 100).empty());
}

TEST("frames: the event of a due epoch carries the codes that the model gives to those items then") {
  const Blobs data = blobs(150, 4, 10);
  const at::Tensor watched = at::tensor({3, 77, 149}, at::kLong);
  for (const std::string method : {"autoencoder", "dcn", "jule", "vade", "vae"}) {
    methods::Session session(spec_of(method, method == "vade" || method == "vae" ? vade_options() : small_options(), {10}));
    const Fitted fitted = recorded_fit(session, data.items, {.items = watched, .count = 2, .share = 1});
    const auto carries = [](const run::Event& event) { return event.codes.defined(); };
    EXPECT(std::count_if(fitted.events.begin(), fitted.events.end(), carries) >= 2);
    const auto last = std::find_if(fitted.events.rbegin(), fitted.events.rend(), carries);
    const std::atomic<bool> cancelled{false};
    EXPECT(last->codes.allclose(session.infer("transform", data.items.index_select(0, watched), cancelled).at("embedding"), 1e-4, 1e-5));
  }
}

TEST("frames: JULE hands out codes when it merges, which need them of all items, and embeds none for the frames") {
  methods::Session session(spec_of("jule", small_options(), {10}));
  const Fitted fitted =
      recorded_fit(session, blobs(150, 4, 10).items, {.items = at::tensor({3, 77, 149}, at::kLong), .count = 1, .share = 0});
  int64_t merges = 0;
  for (const run::Event& event : fitted.events) {
    const bool merged = event.kind == run::Event::Kind::epoch && event.phase.starts_with("merge");
    EXPECT(event.codes.defined() == merged);
    if (merged) EXPECT((event.codes.sizes() == at::IntArrayRef({3, small_options().integer("dimensions")})));
    merges += merged;
  }
  EXPECT(merges > 1 && fitted.results.at("partitions").size(0) == merges + 1);
}

TEST("frames: of adversarial training it carries what inference gives, by statistics of real items: features, logits and means") {
  const Blobs data = blobs(150, 4, 10);
  const at::Tensor watched = at::tensor({3, 77, 149}, at::kLong);
  const std::atomic<bool> cancelled{false};
  for (const std::string method : {"gan", "infogan"}) {
    methods::Session session(spec_of(method, options_for(method), {10}));
    const Fitted fitted = recorded_fit(session, data.items, {.items = watched, .count = 2, .share = 1});
    const auto carries = [](const run::Event& event) { return event.codes.defined(); };
    const auto last = std::find_if(fitted.events.rbegin(), fitted.events.rend(), carries);
    EXPECT(last != fitted.events.rend());
    const at::Tensor embedding = session.infer("transform", data.items.index_select(0, watched), cancelled).at("embedding");
    // Of InfoGAN: logits of the first code, 4 categories, then the means of numbers.
    const at::Tensor read =
        method == "gan" ? last->codes : at::cat({last->codes.narrow(1, 0, 4).softmax(1), last->codes.narrow(1, 4, 2)}, 1);
    EXPECT_CLOSE(read, embedding, 1e-5, 1e-4);
  }
}

TEST("frames: wide codes become their leading principal components, which keep the distances of codes that span no more") {
  at::Generator generator = make_generator(at::kCPU, 5);
  const at::Tensor wide = at::matmul(at::randn({40, 3}, generator, at::kDouble), at::randn({3, 60}, generator, at::kDouble)) + 7;
  for (const at::Tensor& codes : {wide, wide.narrow(0, 0, 12), wide.repeat({3, 1})}) {  // more dimensions than items, and fewer
    const at::Tensor components = run::leading_components(codes, 5);
    EXPECT((components.sizes() == at::IntArrayRef({codes.size(0), 5})));
    EXPECT_CLOSE(at::cdist(components, components), at::cdist(codes, codes), 1e-5, 1e-5);
    const at::Tensor variances = components.var(0, false);
    EXPECT((variances.narrow(0, 0, 3) >= variances.narrow(0, 1, 3)).all().item<bool>() && variances[3].item<double>() < 1e-10);
  }
  EXPECT(run::leading_components(wide, 60).equal(wide));
}

TEST("frames: training gives the same bits as without") {
  const Blobs data = blobs(150, 4, 10);
  for (const std::string method : {"dcn", "gan", "infogan", "jule", "vade"}) {
    const methods::ModelSpec spec = spec_of(method, options_for(method), {10});
    methods::Session watched(spec), plain(spec);
    recorded_fit(watched, data.items, {.items = at::arange(50, at::kLong), .count = 100, .share = 1});
    fit(plain, data.items);
    EXPECT(bit_equal(*watched.state(), *plain.state()));
  }
}

TEST("frames: positions outside the data are refused") {
  const Blobs data = blobs(20, 2, 10);
  methods::Session session(spec_of("dcn", small_options(), {10}));
  EXPECT(code_of([&] { recorded_fit(session, data.items, {.items = at::tensor({3, 20}, at::kLong), .count = 2, .share = 1}); }) ==
         "RangeError");
}

TEST("prototypes: centres in the units of the data") {
  const Blobs data = blobs(200, 4, 10);
  for (const std::string method : {"dcn", "gaussian-mixture", "kmeans", "vade"}) {
    OptionValues options = method == "vade" ? vade_options() : small_options();
    options.set("pretrainEpochs", 60.);
    if (method == "gaussian-mixture") options.set("tolerance", 1e-3);
    if (method == "kmeans") {
      options.set("initialisation", std::string("kmeans++"));
      options.set("tolerance", 1e-4);
    }
    methods::Session session(spec_of(method, options, {10}));
    fit(session, data.items);
    const at::Tensor prototypes = session.generate("prototypes", {}).at("prototypes");
    EXPECT((prototypes.sizes() == std::vector<int64_t>{4, 10}));
    if (method == "dcn" || method == "vade") {
      // A decoded centre is an item of its own cluster.
      const std::atomic<bool> cancelled{false};
      EXPECT(session.infer("predict", prototypes, cancelled).at("labels").equal(at::arange(4, at::kInt)));
      continue;
    }
    for (int64_t k = 0; k < 4; ++k) {
      const at::Tensor mean = data.items.index({data.labels == k}).mean(0);
      EXPECT((prototypes - mean).abs().amax(1).min().item<double>() < 0.05);
    }
  }
}
