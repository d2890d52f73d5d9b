#include "methods/jule.h"

#include "../fixtures.h"
#include "../harness.h"

using namespace dc;
using namespace dc::test;
using methods::Session;

TEST("jule: finds known clusters of images with one and three channels and of vectors, in both precisions") {
  const Blobs vectors = blobs(200, 4, 10);
  for (const auto precision : {Precision::float32, Precision::bfloat16}) {
    for (const Blobs& data : {pictures(160, 1), pictures(160, 3), vectors}) {
      methods::ModelSpec spec = spec_of("jule", small_options(), data.items.sizes().slice(1).vec());
      spec.precision = precision;
      Session session(spec);
      const Fitted fitted = fit(session, data.items);
      EXPECT(same_partition(fitted.results.at("labels"), data.labels));
      EXPECT(same_partition(fitted.results.at("joint"), data.labels));
      std::atomic<bool> cancelled{false};
      EXPECT(session.infer("predict", data.items, cancelled).at("labels").equal(fitted.results.at("labels")));
      const at::Tensor z = session.infer("transform", data.items, cancelled).at("embedding");
      EXPECT_CLOSE(z.norm(2, 1), at::ones({z.size(0)}), 1e-5, 0);
    }
  }
}

TEST("jule: each period merges a share of the clusters, and their course stands in the history and in the partitions") {
  const Blobs data = blobs(300, 4, 10);
  Session session(spec_of("jule", small_options(), {10}));
  const Fitted fitted = fit(session, data.items);
  const at::Tensor partitions = fitted.results.at("partitions");
  std::vector<int64_t> course;
  for (const run::Event& event : fitted.events) {
    if (event.kind != run::Event::Kind::epoch || (event.phase != "clusters" && !event.phase.starts_with("merge"))) continue;
    EXPECT(event.values[0].first == "clusters");
    course.push_back(static_cast<int64_t>(event.values[0].second));
  }
  EXPECT(course.size() > 2 && course.back() == 4 && partitions.size(0) == static_cast<int64_t>(course.size()));
  for (size_t period = 0; period < course.size(); ++period) {
    EXPECT(partitions[period].max().item<int64_t>() + 1 == course[period]);
    if (period == 0) continue;
    const double merged = std::ceil(0.6 * static_cast<double>(course[period - 1]));
    EXPECT(course[period] == std::max<int64_t>(4, course[period - 1] - static_cast<int64_t>(merged)));
  }
  EXPECT(partitions[-1].equal(fitted.results.at("joint")));
}

#if !defined(__SANITIZE_ADDRESS__)  // its allocator keeps what is freed
TEST("jule: a run on 30,000 items never holds an n x n matrix") {
  const Blobs data = blobs(30'000, 4, 8);
  OptionValues options = small_options();
  options.set("epochs", 1.0);
  options.set("eta", 0.99);
  options.set("batchSize", 200.0);
  Session session(spec_of("jule", options, {8}));
  const PeakMemory memory;
  EXPECT(fit(session, data.items).results.at("labels").max().item<int64_t>() == 3);
  // One bit for each pair would be 107 MiB, one float 3.4 GiB.
  EXPECT(memory.mib() < 200);
}
#endif

TEST("jule: an aborted and resumed run equals an uninterrupted one bit for bit, and predicts only when it has clusters") {
  const Blobs data = pictures(120, 1);
  Session whole(spec_of("jule", small_options(), {12, 12}));
  const Fitted wanted = fit(whole, data.items);
  for (const std::string phase : {"period 1", "period 2"}) {
    Session session(spec_of("jule", small_options(), {12, 12}));
    EXPECT(code_of([&] { fit(session, data.items, phase, 6); }) == "ABORTED");
    std::atomic<bool> cancelled{false};
    EXPECT(code_of([&] { session.infer("predict", data.items, cancelled); }) == "ERR_NOT_FITTED");
    Session resumed(spec_of("jule", small_options(), {12, 12}));
    resumed.restore(*session.state());
    EXPECT(bit_equal(fit(resumed, data.items).results, wanted.results));
    EXPECT(bit_equal(*resumed.state(), *whole.state()));
  }
}

TEST("jule: the published schedule and augmentation run") {
  const Blobs data = pictures(120, 1);
  OptionValues options = small_options();
  options.set("optimizer", std::string("sgd"));
  options.set("schedule", std::string("inverse"));
  options.set("weightDecay", 5e-5);
  options.set("learningRate", 0.01);
  options.set("members", 1.0);
  options.set("shift", 0.05);
  options.set("recluster", false);
  Session session(spec_of("jule", options, {12, 12}));
  const Fitted fitted = fit(session, data.items);
  EXPECT(fitted.results.at("labels").equal(fitted.results.at("joint")));
}
