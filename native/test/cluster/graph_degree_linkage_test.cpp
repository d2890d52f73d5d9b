#include "cluster/graph_degree_linkage.h"

#include "cluster/cluster_affinities.h"
#include "error.h"

#include "../fixtures.h"
#include "../harness.h"
#include "random.h"

using namespace dc;
using namespace dc::test;
using namespace dc::cluster;

namespace {

void never() {}

LinkageOptions options_for(int64_t clusters, int64_t until = 1) {
  return {.clusters = clusters, .until = until, .bandwidth = 1, .near_clusters = 5, .lambda = 1, .exact = true, .balance = 0};
}

at::Tensor random(int64_t n, int64_t d, uint64_t seed) {
  at::Generator generator = make_generator(at::kCPU, seed);
  return at::randn({n, d}, generator, at::TensorOptions().dtype(at::kFloat));
}

// Six points on a line, worked out by hand.
at::Tensor line() { return at::tensor({0.0, 1.0, 3.0, 4.6, 8.0, 8.5}, at::kFloat).unsqueeze(1); }

// A graph given by its edges, as many from each item.
NeighbourGraph graph_of(const std::vector<std::vector<int64_t>>& items) {
  const auto n = static_cast<int64_t>(items.size()), k = static_cast<int64_t>(items.front().size());
  NeighbourGraph graph{at::empty({n, k}, at::kLong), at::ones({n, k}), 0};
  for (int64_t i = 0; i < n; ++i) graph.items[i].copy_(at::tensor(items[i], at::kLong));
  return graph;
}

double u(const ClusterAffinities& affinities, int32_t from, int32_t to) {
  for (const auto& link : affinities.links(from)) {
    if (link.other == to) return link.to;
  }
  return 0;
}

bool near(double a, double b) { return std::abs(a - b) < 1e-6 * std::max(1.0, std::abs(b)); }

// The definition, word for word, on a dense matrix: each step looks at every pair.
struct Plain {
  std::vector<int64_t> merges;
  std::vector<double> affinities;

  Plain(const NeighbourGraph& graph, const at::Tensor& start, const LinkageOptions& options) {
    const int64_t n = graph.size(), k = graph.neighbours();
    const at::Tensor weights = directed_weights(graph, options.bandwidth);
    std::vector<double> w(n * n, 0.0);
    for (int64_t edge = 0; edge < n * k; ++edge) w[edge / k * n + graph.items.data_ptr<int64_t>()[edge]] = weights.data_ptr<double>()[edge];
    std::map<int64_t, std::vector<int64_t>> clusters;
    for (int64_t i = 0; i < n; ++i) clusters[start.data_ptr<int64_t>()[i]].push_back(i);

    const auto one_way = [&](const std::vector<int64_t>& i, const std::vector<int64_t>& j) {
      double sum = 0;
      for (const int64_t m : j) {
        double out = 0, in = 0;
        for (const int64_t item : i) {
          out += w[m * n + item];
          in += w[item * n + m];
        }
        sum += out * in;
      }
      return sum / static_cast<double>(i.size() * i.size());
    };
    for (auto name = static_cast<int64_t>(clusters.size()); static_cast<int64_t>(clusters.size()) > options.until; ++name) {
      double highest = 0, affinity = 0;
      int64_t a = -1, b = -1;
      for (const auto& [i, members] : clusters) {
        std::vector<std::pair<double, int64_t>> others;
        for (const auto& [j, their_members] : clusters) {
          if (j != i) others.emplace_back(one_way(members, their_members) + one_way(their_members, members), -j);
        }
        std::sort(others.rbegin(), others.rend());
        others.resize(options.near_clusters, {0.0, 0});
        double score = others[0].first;
        for (int64_t c = 1; c < options.near_clusters; ++c) {
          score += options.lambda / static_cast<double>(options.near_clusters - 1) * (others[0].first - others[c].first);
        }
        if (score > highest && others[0].first > 0) {
          highest = score;
          affinity = others[0].first;
          a = i;
          b = -others[0].second;
        }
      }
      if (a < 0) return;  // no affinity is left
      merges.push_back(std::min(a, b));
      merges.push_back(std::max(a, b));
      affinities.push_back(affinity);
      std::vector<int64_t> both = clusters[a];
      both.insert(both.end(), clusters[b].begin(), clusters[b].end());
      clusters.erase(a);
      clusters.erase(b);
      clusters[name] = both;
    }
  }
};

}  // namespace

TEST("linkage: weights, chains, affinities and the first merge of six points on a line, by hand") {
  const at::Tensor x = line();
  const NeighbourGraph graph = knn_graph(data::Rows::of(x), {.neighbours = 3}, never);
  EXPECT_CLOSE(directed_weights(graph, 1),
               at::tensor({.901873, .394736, .112427, .901873, .661577, .262229, .767665, .661577, .394736, .767665, .303025, .262229,
                           .974510, .303025, .075619, .974510, .207854, .043968},
                          at::kDouble)
                   .view({6, 3}),
               1e-6, 0);
  const at::Tensor start = neighbour_chains(graph, 2);
  EXPECT(start.equal(at::tensor({0, 0, 1, 1, 2, 2}, at::kLong)));
  ClusterAffinities affinities(graph, directed_weights(graph, 1), start, 3, true, never);
  EXPECT(near(u(affinities, 0, 1), 1.214043487) && near(u(affinities, 1, 0), 1.053614345));
  EXPECT(near(u(affinities, 1, 2), 0.114738334) && near(u(affinities, 2, 1), 0.154808845));
  EXPECT(u(affinities, 0, 2) == 0 && u(affinities, 2, 0) == 0);
  EXPECT(near(affinities.between(0, 1), 0.566914458) && near(affinities.between(1, 2), 0.067386795) && affinities.between(0, 2) == 0);

  const MergeTree tree = graph_degree_linkage(graph, data::Rows::of(x), start, options_for(2), never);
  EXPECT(tree.merges.equal(at::tensor({0, 1, 2, 3}, at::kLong).view({2, 2})));
  EXPECT_CLOSE(tree.affinities, at::tensor({0.566914458, 0.045873357}, at::kDouble), 0, 1e-6);
  LinkageOptions fast = options_for(2);
  fast.exact = false;  // the same here: no item has edges with both of the merged
  EXPECT_CLOSE(graph_degree_linkage(graph, data::Rows::of(x), start, fast, never).affinities, tree.affinities, 0, 1e-12);
}

TEST("linkage: a merge brings out an affinity that the fast update does not see") {
  // 0 -> 2 and 2 -> 1: item 2 has an edge from one of the two and one to the other. 3 and 4 only fill up the lists.
  const NeighbourGraph graph = graph_of({{2}, {3}, {1}, {4}, {3}});
  const at::Tensor single = at::arange(5, at::kLong);
  for (const bool exact : {true, false}) {
    ClusterAffinities affinities(graph, at::ones({5, 1}, at::kDouble), single, 5, exact, never);
    EXPECT(affinities.links(0).empty() && affinities.links(1).empty() && affinities.links(2).empty());
    const int32_t both = affinities.merge(0, 1);
    EXPECT(affinities.between(both, 2) == (exact ? 0.25 : 0));
  }
}

TEST("linkage: makes the merges of the plain definition on 200 random sets of 200 points") {
  int64_t merges = 0;
  for (uint64_t seed = 0; seed < 200; ++seed) {
    const int64_t d = 2 + static_cast<int64_t>(seed % 7), k = std::vector<int64_t>{3, 5, 10, 20}[seed % 4];
    const at::Tensor x = seed % 2 == 0 ? random(200, d, seed) : blobs(200, 5, d).items * 0.3 + random(200, d, seed);
    const NeighbourGraph graph = knn_graph(data::Rows::of(x), {.neighbours = k}, never);
    LinkageOptions options = options_for(1);
    options.near_clusters = 1 + static_cast<int64_t>(seed % 6);
    options.lambda = 0.5 * static_cast<double>(seed % 3);
    const at::Tensor start = seed % 5 == 0 ? at::arange(200, at::kLong) : neighbour_chains(graph, 2);
    const Plain plain(graph, start, options);
    const MergeTree tree = graph_degree_linkage(graph, data::Rows::of(x), start, options, never);
    const auto m = static_cast<int64_t>(plain.affinities.size());
    merges += m;
    EXPECT(tree.merges.size(0) == tree.first_clusters() - 1);
    EXPECT(tree.merges.narrow(0, 0, m).equal(at::tensor(plain.merges, at::kLong).view({m, 2})));
    EXPECT_CLOSE(tree.affinities.narrow(0, 0, m), at::tensor(plain.affinities, at::kDouble), 0, 1e-9);
  }
  EXPECT(merges > 10'000);
}

TEST("linkage: the clusters do not depend on the order of the items") {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const at::Tensor x = random(500, 4, seed);
    at::Generator generator = make_generator(at::kCPU, seed);
    const at::Tensor order = at::randperm(500, generator, at::kLong);
    LinkageOptions options = options_for(6);
    options.balance = 0.1;
    const auto clusters = [&](const at::Tensor& items) {
      const NeighbourGraph graph = knn_graph(data::Rows::of(items), {.neighbours = 8}, never);
      return cut(graph_degree_linkage(graph, data::Rows::of(items), neighbour_chains(graph, 6), options, never), 6);
    };
    EXPECT(same_partition(clusters(x).index_select(0, order), clusters(x.index_select(0, order))));
  }
}

TEST("linkage: finds separate clusters, and a cut at every number of them") {
  const Blobs data = blobs(600, 6, 8);
  const NeighbourGraph graph = knn_graph(data::Rows::of(data.items), {.neighbours = 20}, never);
  const MergeTree tree = graph_degree_linkage(graph, data::Rows::of(data.items), neighbour_chains(graph, 6), options_for(6), never);
  EXPECT(same_partition(cut(tree, 6), data.labels));
  at::Tensor before = cut(tree, tree.first_clusters());
  for (int64_t clusters = tree.first_clusters(); clusters > 0; --clusters) {
    const at::Tensor labels = cut(tree, clusters);
    EXPECT(labels[0].item<int64_t>() == 0 && labels.max().item<int64_t>() == clusters - 1);
    // Each cluster of the finer cut lies in one of the coarser.
    EXPECT(std::get<0>(at::_unique(before * 10'000 + labels)).numel() == std::get<0>(at::_unique(before)).numel());
    before = labels;
  }
  EXPECT(code_of([&] { cut(tree, 0); }) == "RangeError");
  EXPECT(code_of([&] { cut(tree, tree.first_clusters() + 1); }) == "RangeError");
}

TEST("linkage: far pairs and heaps of duplicates take no cluster's place") {
  // Two groups that touch, so that there is affinity between them up to the end.
  const at::Tensor side = at::arange(600, at::kLong).remainder(2);
  const at::Tensor groups = random(600, 2, 4) + at::stack({side * 5, at::zeros_like(side)}, 1);
  const at::Tensor far = random(24, 2, 9) * 400;
  const at::Tensor heap = at::tensor({9.0, 9.0}, at::kFloat).unsqueeze(0).repeat({30, 1});
  const at::Tensor x = at::cat({groups, far, far + 0.01, heap});
  const NeighbourGraph graph = knn_graph(data::Rows::of(x), {.neighbours = 20}, never);
  LinkageOptions options = options_for(2);
  const auto agreement = [&](double balance) {
    options.balance = balance;
    const MergeTree tree = graph_degree_linkage(graph, data::Rows::of(x), neighbour_chains(graph, 2), options, never);
    const double same = cut(tree, 2).narrow(0, 0, 600).eq(side).to(at::kDouble).mean().item<double>();
    return std::max(same, 1 - same);
  };
  EXPECT(agreement(0.25) > 0.97);
  EXPECT(agreement(0) < 0.6);
}

TEST("linkage: constant data, few items, no affinities at all and as many clusters as items do no harm") {
  const auto clusters_of = [](const at::Tensor& x, int64_t clusters, int64_t k) {
    const NeighbourGraph graph = knn_graph(data::Rows::of(x), {.neighbours = k}, never);
    LinkageOptions options = options_for(clusters);
    options.balance = 0.1;
    return cut(graph_degree_linkage(graph, data::Rows::of(x), neighbour_chains(graph, clusters), options, never), clusters)
               .max()
               .item<int64_t>() +
           1;
  };
  EXPECT(clusters_of(at::ones({60, 3}), 1, 5) == 1);
  EXPECT(clusters_of(at::ones({60, 3}), 4, 5) == 4);
  EXPECT(clusters_of(random(7, 2, 1), 7, 3) == 7);
  EXPECT(clusters_of(random(2, 2, 1), 1, 20) == 1);
  // One neighbour each: no item has an edge from a cluster and one to it, but in its own pair.
  EXPECT(clusters_of(random(200, 2, 1), 3, 1) == 3);
  // Heaps of duplicates, each closed in itself.
  EXPECT(clusters_of(random(100, 5, 3).repeat({25, 1}), 7, 20) == 7);
  // Two scales: near pairs so far apart that the weights between them vanish.
  const at::Tensor places = at::arange(40, at::kFloat).unsqueeze(1) * 1e6;
  EXPECT(clusters_of(at::cat({places, places + 1e-2, at::zeros({400, 1}) + 5e7}), 5, 3) == 5);
}

TEST("linkage: of 30,000 items never holds an n x n matrix") {
  const at::Tensor x = blobs(30'000, 12, 4).items;
  const PeakMemory memory;
  const NeighbourGraph graph = knn_graph(data::Rows::of(x), {.neighbours = 20}, never);
  const MergeTree tree = graph_degree_linkage(graph, data::Rows::of(x), neighbour_chains(graph, 12), options_for(12), never);
  EXPECT(cut(tree, 12).max().item<int64_t>() == 11);
  // One bit for each pair would be 107 MiB, one float 3.4 GiB.
  EXPECT(memory.mib() < 200);
}
