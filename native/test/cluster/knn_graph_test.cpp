#include "cluster/knn_graph.h"

#include "error.h"

#include "../fixtures.h"
#include "../harness.h"
#include "random.h"

using namespace dc;
using namespace dc::test;
using cluster::knn_graph;
using cluster::NeighbourGraph;
using cluster::Search;

namespace {

void never() {}

struct Threads {
  int before = at::get_num_threads();
  explicit Threads(int threads) { at::set_num_threads(threads); }
  ~Threads() { at::set_num_threads(before); }
};

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
  for (const int64_t d : {8, 70}) {
    const at::Tensor x = random(500, d);
    const NeighbourGraph whole = knn_graph(data::Rows::of(x), {.neighbours = 5}, never);
    for (const int64_t bytes : {int64_t{1024}, int64_t{40'000}})
      expect_same(knn_graph(data::Rows::of(x), {.neighbours = 5, .workspace_bytes = bytes}, never), whole);
  }
}

TEST("knn: blocks that are left out hold no neighbours, whatever the number of threads") {
  // Groups far apart and near each other, items far from all, and numbers of items that fill no panel.
  for (const auto& [n, d] : std::vector<std::pair<int64_t, int64_t>>{{1, 2}, {700, 2}, {1001, 3}, {1500, 33}, {1200, 63}}) {
    const at::Tensor centres = random(7, d, 2) * at::tensor({0., 1., 3., 10., 30., 100., 300.}, at::kFloat).unsqueeze(1);
    const at::Tensor x = at::cat({random(n, d) + centres.index_select(0, at::arange(n) % 7), random(2, d, 3) * 1000});
    const NeighbourGraph plain = plain_graph(x, std::min<int64_t>(6, n + 1));
    for (const int threads : {1, 2}) {
      const Threads own(threads);
      expect_same(knn_graph(data::Rows::of(x), {.neighbours = 6}, never), plain);
    }
  }
}

TEST("knn: nearly all neighbours are found by the approximate search, and it says how many") {
  const at::Tensor groups = random(20'000, 16) + random(8, 16, 2).mul(3).index_select(0, at::arange(20'000) % 8);
  at::Generator generator = make_generator(at::kCPU, 3);
  const at::Tensor uniform = at::rand({20'000, 8}, generator), long_rows = random(12'000, 96);
  for (const at::Tensor& x : {groups, uniform, long_rows}) {
    const data::Rows rows = data::Rows::of(x);
    const NeighbourGraph exact = knn_graph(rows, {.neighbours = 10}, never),
                         graph = knn_graph(rows, {.neighbours = 10, .search = Search::approximate}, never);
    const double found =
        graph.squared_distances.le(exact.squared_distances.select(1, 9).unsqueeze(1) * (1 + 1e-5)).to(at::kDouble).mean().item<double>();
    EXPECT(graph.search == Search::approximate && exact.search == Search::exact && exact.recall == 1);
    EXPECT(found > 0.95);
    EXPECT_CLOSE(at::tensor(graph.recall), at::tensor(found), 0.02, 0);
    // Distances are those of the items, ascending; nobody twice, nobody its own.
    EXPECT(graph.squared_distances.diff(1, 1).ge(0).all().item<bool>());
    EXPECT_CLOSE(graph.squared_distances,
                 (x.unsqueeze(1) - x.index_select(0, graph.items.flatten()).view({x.size(0), 10, -1})).square().sum(2), 0, 1e-5);
    EXPECT(std::get<0>(graph.items.sort(1)).diff(1, 1).ne(0).all().item<bool>());
    EXPECT(graph.items.ne(at::arange(x.size(0)).unsqueeze(1)).all().item<bool>());
  }
}

TEST("knn: the approximate search repeats by its seed for any number of threads, and another seed is another search") {
  for (const int64_t d : {24, 80}) {
    // Duplicates too: ties are broken alike.
    const at::Tensor x = at::cat({random(9000, d), random(60, d, 5).repeat({30, 1})});
    const auto graph_by = [&](int threads, uint64_t seed) {
      const Threads own(threads);
      return knn_graph(data::Rows::of(x), {.neighbours = 12, .search = Search::approximate, .seed = seed}, never);
    };
    const NeighbourGraph alone = graph_by(1, 4);
    for (int round = 0; round < 3; ++round) {
      const NeighbourGraph together = graph_by(2, 4);
      EXPECT(together.items.equal(alone.items) && together.squared_distances.equal(alone.squared_distances) &&
             together.recall == alone.recall);
    }
    EXPECT(!graph_by(1, 5).items.equal(alone.items));
  }
}

TEST("knn: the approximate search is exact where all items are one group, and takes data of any kind") {
  for (const auto& [n, d] : std::vector<std::pair<int64_t, int64_t>>{{2, 1}, {6, 3}, {900, 1}, {333, 70}}) {
    const at::Tensor x = random(n, d);
    const NeighbourGraph graph = knn_graph(data::Rows::of(x), {.neighbours = 8, .search = Search::approximate}, never);
    expect_same(graph, plain_graph(x, std::min<int64_t>(8, n - 1)));
    EXPECT(graph.recall == 1);
  }
  for (const at::Tensor& x : {at::ones({6000, 3}), random(3, 5).repeat({2000, 1})}) {
    const NeighbourGraph graph = knn_graph(data::Rows::of(x), {.neighbours = 4, .search = Search::approximate}, never);
    EXPECT(graph.squared_distances.eq(0).all().item<bool>() && graph.recall == 1);
  }
  const at::Tensor line = random(10'000, 1);
  EXPECT(knn_graph(data::Rows::of(line), {.neighbours = 8, .search = Search::approximate}, never).recall > 0.99);
  EXPECT(code_of([] { knn_graph(data::Rows::of(at::full({9, 3}, NAN)), {.neighbours = 2, .search = Search::approximate}, never); }) ==
         "RangeError");
}

TEST("knn: rows that are no tensor in memory give the same, exact or not") {
  const at::Tensor x = random(6000, 12);
  const data::Rows read = data::Rows::of(x).changed([](const at::Tensor& rows) { return rows; });
  for (const Search search : {Search::exact, Search::approximate}) {
    const cluster::KnnOptions options{.neighbours = 9, .search = search};
    EXPECT(knn_graph(read, options, never).items.equal(knn_graph(data::Rows::of(x), options, never).items));
  }
}

TEST("knn: every search ends soon after it is asked to") {
  const at::Tensor x = random(20'000, 16);
  for (const Search search : {Search::exact, Search::approximate}) {
    int64_t polls = 0;
    knn_graph(data::Rows::of(x), {.neighbours = 5, .search = search}, [&] { ++polls; });
    for (const int64_t last : {int64_t{1}, polls / 3, polls - 2}) {
      int64_t asked = 0;
      EXPECT(code_of([&] {
               knn_graph(data::Rows::of(x), {.neighbours = 5, .search = search}, [&] {
                 if (++asked >= last) throw Error("AbortError", "stop");
               });
             }) == "AbortError");
      EXPECT(asked == last);
    }
  }
}

TEST("knn: few items are searched exactly where it may choose") {
  EXPECT(knn_graph(data::Rows::of(random(5000, 8)), {.neighbours = 5, .search = Search::automatic}, never).search == Search::exact);
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
