#include "phases/self_training.h"

#include "../fixtures.h"
#include "../harness.h"
#include "random.h"

using namespace dc;
using namespace dc::test;
using methods::Session;

namespace {

double share_equal(const at::Tensor& a, const at::Tensor& b) { return a.to(at::kLong).eq(b).to(at::kDouble).mean().item<double>(); }

OptionValues dcn_options() {
  OptionValues options = self_trained(small_options());
  options.set("scaling", std::string("none"));
  return options;
}

}  // namespace

TEST("self-training: a batch learns the labels that were found, and after the warm-up those on which the answers agree") {
  const auto pairs = [](const std::vector<double>& p) { return at::stack({at::tensor(p), 1 - at::tensor(p)}, 1).to(at::kFloat); };
  const at::Tensor item = pairs({0.9, 0.9, 0.6}), first = pairs({0.8, 0.2, 0.6}), second = pairs({1, 1, 0.6});
  const at::Tensor found = at::tensor({1, 1, 0}, at::kLong), answers = pairs({0.9, 0.7, 0.6});
  for (const bool warming : {true, false}) {
    const phases::Lesson lesson = phases::lesson_of(found, at::full({1}, warming, at::kBool), item, first, second, 0.65);
    EXPECT_CLOSE(lesson.answers, answers, 1e-6, 0);
    EXPECT(lesson.trusted.equal(at::tensor({1.0f, 0.0f, 0.0f})));  // the second is not agreed on, the third not sure
    EXPECT(lesson.weights.equal(warming ? at::ones({3}) : lesson.trusted));
    if (warming)
      EXPECT(lesson.targets.equal(pairs({0, 0, 1})));
    else
      EXPECT(lesson.targets.equal(lesson.answers));
  }
}

TEST("self-training: labels of which a quarter are wrong end as the true ones") {
  const Blobs data = corners(600, 1);
  at::Generator draw = make_generator(at::kCPU, 1);
  const at::Tensor wrong = at::rand({600}, draw).lt(0.25), found = at::where(wrong, (data.labels + 1).remainder(4), data.labels);
  const auto shape = data.items.sizes().slice(1).vec();
  for (const Precision precision : {Precision::float32, Precision::bfloat16}) {
    phases::SelfTraining training(phases::SelfTrainingOptions::read(dcn_options()), shape, precision, at::kCPU, 1);
    data::Scaling scaling("none", data.items[0].numel());
    const data::Resident items(data.items, at::kCPU);
    scaling.fit(items, [] {});
    std::vector<run::Event> events;
    run::Run run(1, at::kCPU,
                 {.listener = [&](const run::Event& event) { events.push_back(event); }, .commit = [](NamedTensors) {}, .poll = [] {}});
    training.train(found, items, scaling, run);
    EXPECT(share_equal(training.probabilities(scaling.all(items)).argmax(1), data.labels) > 0.99);
    const run::Event last =
        *std::find_if(events.rbegin(), events.rend(), [](const run::Event& event) { return event.kind == run::Event::Kind::epoch; });
    EXPECT(last.values.back().first == "agreement" && last.values.back().second > 0.9);
  }
}

TEST("self-training: the network answers for the model, which keeps what else the method learned") {
  const Blobs data = corners(200, 3);
  const auto shape = data.items.sizes().slice(1).vec();
  Session session(spec_of("dcn", dcn_options(), shape));
  const Fitted fitted = fit(session, data.items);
  EXPECT(infer(session, "predict", "labels", data.items).equal(fitted.results.at("labels")));
  const at::Tensor p = infer(session, "predictProba", "probabilities", data.items);
  EXPECT(p.argmax(1).to(at::kInt).equal(fitted.results.at("labels")));
  EXPECT_CLOSE(p.sum(1), at::ones({200}), 1e-5, 0);
  EXPECT((infer(session, "transform", "embedding", data.items).sizes() == std::vector<int64_t>{200, 3}));
  EXPECT(fitted.results.at("sizes").sum().item<int64_t>() == 200);
  Session loaded(spec_of("dcn", dcn_options(), shape));
  loaded.restore(*session.state());
  EXPECT(bit_equal(fit(loaded, data.items).results, fitted.results));
}

TEST("self-training: an aborted and resumed run equals an uninterrupted one bit for bit, and until its end the method answers") {
  const Blobs data = corners(150, 1);
  const auto shape = data.items.sizes().slice(1).vec();
  for (const std::string method : {"dcn", "vade", "jule", "infogan"}) {
    const OptionValues options = self_trained(options_for(method));
    Session whole(spec_of(method, options, shape)), broken(spec_of(method, options, shape)),
        alone(spec_of(method, options_for(method), shape));
    const Fitted wanted = fit(whole, data.items);
    EXPECT(code_of([&] { fit(broken, data.items, "self-training", 13); }) == "ABORTED");
    fit(alone, data.items);
    EXPECT(infer(broken, "predict", "labels", data.items).equal(infer(alone, "predict", "labels", data.items)));
    Session resumed(spec_of(method, options, shape));
    resumed.restore(*broken.state());
    EXPECT(bit_equal(fit(resumed, data.items).results, wanted.results));
    EXPECT(bit_equal(*resumed.state(), *whole.state()));
  }
}

TEST("self-training: of data beyond what clusters are trained on, all items get labels from a part") {
  const Blobs data = corners(400, 1);
  OptionValues options = dcn_options();
  options.set("trainItems", 200.0);
  Session session(spec_of("dcn", options, data.items.sizes().slice(1).vec()));
  const Fitted fitted = fit(session, data.items);
  EXPECT(fitted.results.at("labels").size(0) == 400);
  EXPECT(infer(session, "predict", "labels", data.items).equal(fitted.results.at("labels")));
}

TEST("self-training: vectors are refused by name") {
  const Blobs data = blobs(100, 4, 10);
  Session session(spec_of("dcn", dcn_options(), {10}));
  EXPECT(code_of([&] { fit(session, data.items); }) == "RangeError");
}
