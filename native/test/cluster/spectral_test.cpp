#include "cluster/spectral.h"

#include "cluster/eigenvectors.h"
#include "error.h"

#include "../fixtures.h"
#include "../harness.h"
#include "random.h"

using namespace dc;
using namespace dc::test;
using namespace dc::cluster;

namespace {

void never() {}

SpectralOptions options_for(int64_t clusters) {
  return {.clusters = clusters,
          .graph = {.neighbours = 10},
          .scale_neighbour = 7,
          .fewest_vectors = clusters,
          .most_vectors = 2 * clusters,
          .restarts = 5,
          .balance = 0.5};
}

at::Tensor dense(const Affinity& affinity) {
  at::Tensor w = at::zeros({affinity.n, affinity.n});
  w.index_put_({affinity.rows, affinity.columns}, affinity.weights);
  return w;
}

SpectralResult cluster_of(const at::Tensor& x, const SpectralOptions& options, uint64_t seed = 1) {
  at::Generator generator = make_generator(at::kCPU, seed);
  return spectral_clustering(data::Rows::of(x), options, generator, never);
}

// Two rings about one centre, which k-means cannot tell apart.
Blobs rings(int64_t n) {
  at::Generator generator = make_generator(at::kCPU, 3);
  const at::Tensor labels = at::arange(n, at::kLong).remainder(2);
  const at::Tensor angle = at::rand({n}, generator, at::TensorOptions().dtype(at::kFloat)) * 6.2831853f;
  const at::Tensor radius = labels.to(at::kFloat) * 2 + 1 + at::randn({n}, generator, at::TensorOptions().dtype(at::kFloat)) * 0.05;
  return {at::stack({radius * angle.cos(), radius * angle.sin()}, 1), labels};
}

}  // namespace

TEST("affinity: is symmetric, and exp(-d^2 / (s_i s_j)) on every edge of the graph") {
  const at::Tensor x = blobs(120, 3, 4).items;
  const NeighbourGraph graph = knn_graph(data::Rows::of(x), {.neighbours = 6}, never);
  const at::Tensor w = dense(self_tuning_affinity(graph, 4, never));
  EXPECT(w.equal(w.t()));
  const at::Tensor scale = graph.squared_distances.select(1, 3).sqrt();
  at::Tensor wanted = at::zeros({120, 120});
  for (int64_t i = 0; i < 120; ++i) {
    for (int64_t c = 0; c < 6; ++c) {
      const int64_t j = graph.items[i][c].item<int64_t>();
      wanted[i][j] = wanted[j][i] = (-graph.squared_distances[i][c] / (scale[i] * scale[j])).exp();
    }
  }
  EXPECT_CLOSE(w, wanted, 1e-6, 1e-5);
  EXPECT_CLOSE(self_tuning_affinity(graph, 4, never).degrees, wanted.sum(1), 1e-5, 1e-5);
}

TEST("affinity: the sparse product is the dense one") {
  const Affinity affinity = self_tuning_affinity(knn_graph(data::Rows::of(blobs(150, 3, 4).items), {.neighbours = 8}, never), 7, never);
  const at::Tensor scale = affinity.degrees.rsqrt();
  const at::Tensor s = scale.unsqueeze(1) * dense(affinity) * scale;
  const at::Tensor v = at::randn({150, 9});
  EXPECT_CLOSE(NormalisedAffinity(affinity)(v), at::mm(s, v), 1e-5, 1e-5);
}

TEST("affinity: normalised cut of a path of four, by hand") {
  // 0 -1- 1 -0.5- 2 -1- 3, cut in the middle: 0.5 / 2.5 on both sides
  Affinity path{.n = 4,
                .offsets = at::tensor({0, 1, 3, 5, 6}, at::kLong),
                .columns = at::tensor({1, 0, 2, 1, 3, 2}, at::kLong),
                .rows = at::tensor({0, 1, 1, 2, 2, 3}, at::kLong),
                .weights = at::tensor({1.0, 1.0, 0.5, 0.5, 1.0, 1.0}, at::kFloat),
                .degrees = at::tensor({1.0, 1.5, 1.5, 1.0}, at::kFloat)};
  EXPECT(std::abs(normalised_cut(path, at::tensor({0, 0, 1, 1}, at::kLong), 2) - 0.2) < 1e-7);
  EXPECT(std::abs(normalised_cut(path, at::tensor({0, 0, 0, 0}, at::kLong), 2) - 0.5) < 1e-7);  // an empty cluster counts as 1
}

TEST("eigenvectors: agree with a dense solver on 300 points") {
  const Affinity affinity =
      self_tuning_affinity(knn_graph(data::Rows::of(blobs(300, 4, 2).items * 0.2), {.neighbours = 10}, never), 7, never);
  const at::Tensor scale = affinity.degrees.to(at::kDouble).rsqrt();
  const auto [values, vectors] = at::linalg_eigh(scale.unsqueeze(1) * dense(affinity).to(at::kDouble) * scale);
  at::Generator generator = make_generator(at::kCPU, 1);
  const NormalisedAffinity apply(affinity);
  const Eigenpairs pairs = leading_eigenpairs([&](const at::Tensor& v) { return apply(v); }, 300, 12, 1e-5, at::kCPU, generator, never);
  EXPECT(pairs.residual < 1e-5);
  EXPECT_CLOSE(pairs.values, values.flip(0).narrow(0, 0, 12), 1e-6, 0);
  // The same subspace, whatever the signs and the rotations within equal eigenvalues.
  const at::Tensor wanted = vectors.flip(1).narrow(1, 0, 12), found = pairs.vectors.to(at::kDouble);
  EXPECT_CLOSE(at::mm(wanted.t(), found).square().sum(0), at::ones({12}, at::kDouble), 1e-3, 0);
}

TEST("eigenvectors: find an eigenvalue as often as it occurs") {
  const at::Tensor spectrum = at::cat({at::ones({5}), at::full({3}, 0.9), at::linspace(-0.9, 0.5, 192)});
  at::Generator generator = make_generator(at::kCPU, 2);
  const Eigenpairs pairs =
      leading_eigenpairs([&](const at::Tensor& v) { return v * spectrum.unsqueeze(1); }, 200, 8, 1e-5, at::kCPU, generator, never);
  EXPECT_CLOSE(pairs.values, spectrum.narrow(0, 0, 8), 1e-6, 0);
}

TEST("spectral: tells two rings apart") {
  const Blobs data = rings(600);
  const SpectralResult result = cluster_of(data.items, options_for(2));
  EXPECT(same_partition(result.labels, data.labels));
  EXPECT(result.normalised_cut < 0.01 && result.balanced);
}

TEST("spectral: finds separate clusters, their number, and that the graph falls apart") {
  const Blobs data = blobs(400, 5, 6);
  const SpectralResult result = cluster_of(data.items, options_for(5));
  EXPECT(same_partition(result.labels, data.labels));
  EXPECT(result.components == 5 && result.attached == 0 && result.suggested_clusters == 5);
}

TEST("spectral: permuted items have permuted labels") {
  const Blobs data = rings(500);
  const at::Tensor order = at::randperm(500);
  const SpectralResult a = cluster_of(data.items, options_for(2)), b = cluster_of(data.items.index_select(0, order), options_for(2));
  EXPECT(same_partition(a.labels.index_select(0, order), b.labels));
}

TEST("spectral: a small island follows its nearest item and takes no cluster's place") {
  const Blobs data = rings(600);
  const at::Tensor island = at::randn({12, 2}) * 0.01 + at::tensor({9.0, 0.0}, at::kFloat);
  const SpectralResult result = cluster_of(at::cat({data.items, island}), options_for(2));
  EXPECT(result.attached == 12);
  EXPECT(same_partition(result.labels.narrow(0, 0, 600), data.labels));
  const int64_t outer = result.labels[1].item<int64_t>();
  EXPECT(result.labels.narrow(0, 600, 12).eq(outer).all().item<bool>());
}

TEST("spectral: the balance of the clusters decides where it is asked to, and says so") {
  // Two broad groups that overlap, and a small one that hangs on the second by a thread: cutting the thread costs least.
  at::Generator generator = make_generator(at::kCPU, 5);
  const auto normal = [&](int64_t n, double x, double deviation) {
    return at::randn({n, 2}, generator, at::TensorOptions().dtype(at::kFloat)) * deviation + at::tensor({x, 0.0}, at::kFloat);
  };
  const at::Tensor thread = at::stack({at::linspace(5.5, 9.0, 12), at::zeros({12})}, 1);
  const at::Tensor x = at::cat({normal(150, 0, 1), normal(150, 2.5, 1), thread, normal(30, 9.5, 0.2)});
  SpectralOptions options = options_for(2);
  options.most_vectors = 6;
  options.balance = 0;
  const SpectralResult free = cluster_of(x, options);
  options.balance = 0.5;
  const SpectralResult even = cluster_of(x, options);
  const auto smaller = [](const SpectralResult& result) { return at::bincount(result.labels).min().item<int64_t>(); };
  EXPECT(!free.balance_decided && smaller(free) < 60);
  EXPECT(even.balance_decided && even.balanced && smaller(even) > 100);

  options.balance = 1;
  EXPECT(!cluster_of(x, options).balanced);
}

TEST("spectral: constant data, few items and as many clusters as items do no harm") {
  EXPECT(cluster_of(at::ones({50, 3}), options_for(3)).labels.size(0) == 50);
  EXPECT(cluster_of(at::randn({5, 3}), options_for(5)).labels.max().item<int64_t>() < 5);
  EXPECT(code_of([] { cluster_of(at::randn({4, 3}), options_for(5)); }) == "RangeError");
}
