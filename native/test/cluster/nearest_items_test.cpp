#include "cluster/nearest_items.h"

#include "../fixtures.h"
#include "../harness.h"
#include "cluster/neighbour_votes.h"
#include "error.h"
#include "random.h"

using namespace dc;
using namespace dc::test;
using cluster::NearestItems;

namespace {

void never() {}

at::Tensor random(int64_t n, int64_t d, uint64_t seed = 1) {
  at::Generator generator = make_generator(at::kCPU, seed);
  return at::randn({n, d}, generator, at::TensorOptions().dtype(at::kFloat));
}

// All pairs in float64, as anybody would write it; ties go to the lower position.
NearestItems plain(const at::Tensor& x, const at::Tensor& items, int64_t k) {
  const at::Tensor differences = items.to(at::kDouble).unsqueeze(0) - x.to(at::kDouble).unsqueeze(1);
  const auto [sorted, order] = differences.square().sum(2).sort(/*stable=*/true, 1, /*descending=*/false);
  return {order.narrow(1, 0, k), sorted.narrow(1, 0, k)};
}

NearestItems nearest_items(const at::Tensor& x, const at::Tensor& items, int64_t k, const Poll& poll) {
  return cluster::nearest_items(x, data::Rows::of(items), k, poll);
}

void expect_same(const NearestItems& found, const NearestItems& wanted) {
  EXPECT(found.items.equal(wanted.items));
  EXPECT_CLOSE(found.squared_distances, wanted.squared_distances, 0, 1e-5);
}

}  // namespace

TEST("nearest items: are what all pairs say, over several tiles of rows and items") {
  for (const auto& [b, n, d] : std::vector<std::array<int64_t, 3>>{{3, 5, 2}, {300, 90, 7}, {40, 9000, 20}, {600, 5000, 3}}) {
    const at::Tensor x = random(b, d), items = random(n, d, 2);
    expect_same(nearest_items(x, items, 4, never), plain(x, items, 4));
    expect_same(nearest_items(x + 1000, items + 1000, 4, never), plain(x + 1000, items + 1000, 4));
  }
}

TEST("nearest items: close ones far from the rest are told apart, duplicates come by position") {
  const at::Tensor far = random(300, 16) * 0.1 + 50, items = at::cat({far, random(300, 16, 2) * 10});
  expect_same(nearest_items(far, items, 1, never), plain(far, items, 1));
  const at::Tensor twice = random(30, 5).repeat({4, 1}), x = twice.narrow(0, 0, 30);
  const NearestItems found = nearest_items(x, twice, 4, never);
  expect_same(found, plain(x, twice, 4));
  EXPECT(found.squared_distances.eq(0).all().item<bool>());
}

TEST("nearest items: are all there are where more are asked for; the poll can end it") {
  const at::Tensor x = random(4, 3), items = random(3, 3, 2);
  expect_same(nearest_items(x, items, 20, never), plain(x, items, 3));
  EXPECT(code_of([&] { nearest_items(x, items, 1, [] { throw Aborted(); }); }) == "ABORTED");
}

TEST("nearest items: of 200,000 to 1,000 rows need no matrix of both") {
  const at::Tensor x = random(1000, 2), items = random(200'000, 2, 2), labels = at::arange(200'000).remainder(3);
  const PeakMemory memory;
  int64_t tiles = 0;
  nearest_items(x, items, 5, [&] { ++tiles; });
  EXPECT_CLOSE(cluster::neighbour_votes(x, items, labels, 3, 5).sum(1), at::ones({1000}), 1e-5, 0);
#if !defined(__SANITIZE_ADDRESS__)  // its allocator keeps what is freed
  // One tile of 256 rows and all items is 195 MiB.
  EXPECT(memory.mib() < 60);
#endif
  EXPECT(tiles > 100);
}

TEST("neighbour votes: weigh 1 / d^2, hand-worked") {
  // Neighbours at distances 1 (cluster 0), 2 (1) and 3 (1): votes 1, 1/4 and 1/9 of 49/36.
  const at::Tensor items = at::tensor({1.f, -2.f, 3.f, 100.f}).unsqueeze(1), labels = at::tensor({0, 1, 1, 0}, at::kLong);
  EXPECT_CLOSE(cluster::neighbour_votes(at::zeros({1, 1}), items, labels, 2, 3), at::tensor({36. / 49, 13. / 49}).view({1, 2}), 1e-6, 0);
  // An item that was clustered votes for itself alone.
  EXPECT_CLOSE(cluster::neighbour_votes(items, items, labels, 2, 3).argmax(1), labels, 0, 0);
}
