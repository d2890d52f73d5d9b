#include "cluster/knn_graph.h"

#include "error.h"

#include "../fixtures.h"
#include "../harness.h"
#include "random.h"

using namespace dc;
using namespace dc::test;
using cluster::knn_graph;
using cluster::NeighbourGraph;

namespace {

void never() {}

// All pairs, as anybody would write it.
NeighbourGraph plain_graph(const at::Tensor& x, int64_t k) {
  const int64_t n = x.size(0), d = x.size(1);
  NeighbourGraph graph{at::empty({n, k}, at::kLong), at::empty({n, k}), 0};
  const float* values = x.data_ptr<float>();
  for (int64_t i = 0; i < n; ++i) {
    std::vector<std::pair<double, int64_t>> others;
    for (int64_t j = 0; j < n; ++j) {
      double distance = 0;
      for (int64_t c = 0; c < d; ++c) distance += std::pow(static_cast<double>(values[i * d + c]) - values[j * d + c], 2);
      if (j != i) others.emplace_back(distance, j);
    }
    std::sort(others.begin(), others.end());
    for (int64_t c = 0; c < k; ++c) {
      graph.squared_distances[i][c] = others[c].first;
      graph.items[i][c] = others[c].second;
    }
  }
  return graph;
}

at::Tensor random(int64_t n, int64_t d, uint64_t seed = 1) {
  at::Generator generator = make_generator(at::kCPU, seed);
  return at::randn({n, d}, generator, at::TensorOptions().dtype(at::kFloat));
}

void expect_same(const NeighbourGraph& graph, const NeighbourGraph& plain) {
  EXPECT_CLOSE(graph.squared_distances, plain.squared_distances, 0, 1e-5);
  EXPECT(graph.items.equal(plain.items));
}

}  // namespace

TEST("knn: is what a plain double loop finds, in float32 and from bfloat16 candidates") {
  for (const auto& [n, d] : std::vector<std::pair<int64_t, int64_t>>{{200, 5}, {333, 80}, {150, 1}, {400, 200}}) {
    const at::Tensor x = random(n, d);
    const NeighbourGraph plain = plain_graph(x, 7);
    expect_same(knn_graph(data::Rows::of(x), {.neighbours = 7}, never), plain);
    expect_same(knn_graph(data::Rows::of(x), {.neighbours = 7, .bfloat16 = true}, never), plain);
    expect_same(knn_graph(data::Rows::of(x + 1000), {.neighbours = 7, .bfloat16 = true}, never), plain_graph(x + 1000, 7));
  }
}

TEST("knn: is the same in tiles of any size") {
  const at::Tensor x = random(500, 8);
  const NeighbourGraph whole = knn_graph(data::Rows::of(x), {.neighbours = 5}, never);
  for (const int64_t bytes : {int64_t{1024}, int64_t{40'000}})
    expect_same(knn_graph(data::Rows::of(x), {.neighbours = 5, .workspace_bytes = bytes}, never), whole);
}

TEST("knn: duplicates are neighbours at distance 0, no item is its own") {
  const at::Tensor x = random(30, 70).repeat({4, 1});
  for (const bool bfloat16 : {false, true}) {
    const NeighbourGraph graph = knn_graph(data::Rows::of(x), {.neighbours = 5, .bfloat16 = bfloat16}, never);
    expect_same(graph, plain_graph(x, 5));
    EXPECT(graph.squared_distances.narrow(1, 0, 3).eq(0).all().item<bool>());
    EXPECT(graph.items.ne(at::arange(120).unsqueeze(1)).all().item<bool>());
  }
}

TEST("knn: more duplicates than candidates go to the lower positions") {
  const at::Tensor x = random(3, 66).repeat({60, 1});
  for (const bool bfloat16 : {false, true}) {
    const NeighbourGraph graph = knn_graph(data::Rows::of(x), {.neighbours = 4, .bfloat16 = bfloat16}, never);
    EXPECT(graph.squared_distances.eq(0).all().item<bool>());
  }
  // On a grid the k-th neighbour ties with others.
  const at::Tensor side = at::arange(20, at::kFloat);
  const at::Tensor grid = at::cartesian_prod({side, side});
  expect_same(knn_graph(data::Rows::of(grid), {.neighbours = 6}, never), plain_graph(grid, 6));
}

TEST("knn: nearly equal points far from the rest are told apart") {
  at::Tensor x = random(300, 64);
  x = at::cat({x * 1e-3 + 50, x * 10});
  expect_same(knn_graph(data::Rows::of(x), {.neighbours = 4}, never), plain_graph(x, 4));
  expect_same(knn_graph(data::Rows::of(x), {.neighbours = 4, .bfloat16 = true}, never), plain_graph(x, 4));
}

TEST("knn: finds all others where k is larger than the data") {
  const at::Tensor x = random(6, 3);
  expect_same(knn_graph(data::Rows::of(x), {.neighbours = 40}, never), plain_graph(x, 5));
}

TEST("knn: constant data have a graph") {
  const NeighbourGraph graph = knn_graph(data::Rows::of(at::ones({100, 3})), {.neighbours = 4}, never);
  EXPECT(graph.squared_distances.eq(0).all().item<bool>());
}

TEST("knn: refuses one item, and numbers that are not finite") {
  EXPECT(code_of([] { knn_graph(data::Rows::of(at::ones({1, 3})), {.neighbours = 2}, never); }) == "RangeError");
  EXPECT(code_of([] { knn_graph(data::Rows::of(at::full({9, 3}, NAN)), {.neighbours = 2}, never); }) == "RangeError");
}
