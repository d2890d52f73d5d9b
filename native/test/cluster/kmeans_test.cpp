#include "cluster/kmeans.h"

#include "error.h"

#include "../fixtures.h"
#include "../harness.h"
#include "random.h"

using namespace dc;
using namespace dc::test;
using cluster::KMeansOptions;
using data::Rows;

namespace {

const KMeansOptions kOptions{.clusters = 4, .restarts = 5, .iterations = 100, .tolerance = 1e-6, .plus_plus = true};
void never() {}

// Lloyd's algorithm as anybody would write it, for comparison.
struct Plain {
  std::vector<std::vector<double>> centroids;
  std::vector<int64_t> labels;
  double inertia;
};
Plain plain_kmeans(const at::Tensor& x, const at::Tensor& start, int iterations) {
  const int64_t n = x.size(0), d = x.size(1), k = start.size(0);
  Plain result;
  for (int64_t c = 0; c < k; ++c) {
    result.centroids.emplace_back();
    for (int64_t j = 0; j < d; ++j) result.centroids[c].push_back(start[c][j].item<double>());
  }
  const auto* values = x.data_ptr<float>();
  for (int iteration = 0; iteration <= iterations; ++iteration) {
    result.labels.assign(n, 0);
    result.inertia = 0;
    std::vector<std::vector<double>> sums(k, std::vector<double>(d, 0.0));
    std::vector<int64_t> counts(k, 0);
    for (int64_t i = 0; i < n; ++i) {
      double best = INFINITY;
      for (int64_t c = 0; c < k; ++c) {
        double distance = 0;
        for (int64_t j = 0; j < d; ++j) distance += std::pow(values[i * d + j] - result.centroids[c][j], 2);
        if (distance < best) best = distance, result.labels[i] = c;
      }
      result.inertia += best;
      ++counts[result.labels[i]];
      for (int64_t j = 0; j < d; ++j) sums[result.labels[i]][j] += values[i * d + j];
    }
    if (iteration == iterations) break;
    for (int64_t c = 0; c < k; ++c) {
      for (int64_t j = 0; j < d && counts[c] > 0; ++j) result.centroids[c][j] = sums[c][j] / static_cast<double>(counts[c]);
    }
  }
  return result;
}

}  // namespace

TEST("kmeans: finds well separated clusters") {
  const Blobs data = blobs(400, 4, 6);
  at::Generator generator = make_generator(at::kCPU, 1);
  const auto result = cluster::kmeans(Rows::of(data.items), kOptions, generator, never);
  EXPECT(same_partition(result.labels, data.labels));
  EXPECT(result.counts.eq(100).all().item<bool>());
}

TEST("kmeans: iterations from given centroids equal a plain Lloyd loop") {
  at::Generator generator = make_generator(at::kCPU, 3);
  const at::Tensor x = at::randn({300, 5}, generator, at::TensorOptions());
  const at::Tensor start = x.narrow(0, 0, 6).clone();
  KMeansOptions options = kOptions;
  options.iterations = 9;
  options.tolerance = 0;
  const auto result = cluster::kmeans_from(Rows::of(x), start, options, never);
  const Plain plain = plain_kmeans(x, start, 9);
  for (int64_t i = 0; i < 300; ++i) EXPECT(result.labels[i].item<int64_t>() == plain.labels[i]);
  EXPECT(std::abs(result.inertia - plain.inertia) < 1e-4 * plain.inertia);
}

TEST("kmeans: rows far from the origin cost no precision") {
  const Blobs data = blobs(200, 4, 3);
  at::Generator generator = make_generator(at::kCPU, 1);
  const auto result = cluster::kmeans(Rows::of(data.items + 10000), kOptions, generator, never);
  EXPECT(same_partition(result.labels, data.labels));
}

TEST("kmeans: an empty cluster takes the farthest item") {
  // Two centroids at the same place: the second starts empty.
  const at::Tensor x = at::tensor({0.f, 0.1f, 5.f, 5.1f, 40.f}).view({5, 1});
  const at::Tensor start = at::tensor({2.f, 2.f}).view({2, 1});
  const auto result = cluster::kmeans_from(Rows::of(x), start, kOptions, never);
  EXPECT_CLOSE(result.counts, at::tensor({4, 1}), 0, 0);
  EXPECT_CLOSE(result.centroids.view({2}), at::tensor({2.55f, 40.f}), 1e-5, 0);
}

TEST("kmeans: constant data, and as many clusters as rows") {
  at::Generator generator = make_generator(at::kCPU, 1);
  const auto constant = cluster::kmeans(Rows::of(at::ones({50, 3})), kOptions, generator, never);
  EXPECT(constant.inertia == 0);
  const auto exact = cluster::kmeans(Rows::of(at::eye(4)), kOptions, generator, never);
  EXPECT(exact.inertia < 1e-10);
  EXPECT(exact.counts.eq(1).all().item<bool>());
}

TEST("kmeans: fewer rows than clusters is a RangeError, and the poll can end it") {
  at::Generator generator = make_generator(at::kCPU, 1);
  EXPECT(code_of([&] { cluster::kmeans(Rows::of(at::ones({3, 2})), kOptions, generator, never); }) == "RangeError");
  EXPECT(code_of([&] { cluster::kmeans(Rows::of(at::rand({30, 2})), kOptions, generator, [] { throw Aborted(); }); }) == "ABORTED");
}

TEST("kmeans: the same seed gives the same bits, more restarts never a larger inertia") {
  at::Generator data_generator = make_generator(at::kCPU, 5);
  const at::Tensor x = at::rand({500, 8}, data_generator, at::TensorOptions());
  const auto run = [&](int64_t restarts) {
    at::Generator generator = make_generator(at::kCPU, 2);
    KMeansOptions options = kOptions;
    options.restarts = restarts;
    return cluster::kmeans(Rows::of(x), options, generator, never);
  };
  EXPECT(run(3).centroids.equal(run(3).centroids));
  EXPECT(run(8).inertia <= run(1).inertia);
}

TEST("soft assignments: a Gaussian mixture's posterior, hand-worked") {
  // distances 0 and 2, variance 1: p = (1, e^-1) / (1 + e^-1)
  const at::Tensor p = cluster::soft_assignments(at::tensor({0.f, 2.f}).view({1, 2}), at::scalar_tensor(1.f));
  EXPECT_CLOSE(p, at::tensor({0.7310586, 0.2689414}).view({1, 2}), 1e-6, 0);
}
