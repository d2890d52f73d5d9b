// Clusters of a sample, and the votes that give them to the rest.
#include "cluster/sample.h"

#include "../fixtures.h"
#include "../harness.h"
#include "random.h"

using namespace dc;
using namespace dc::test;

namespace {
const Poll never = [] {};
}

TEST("sample: as many as are asked for, ascending, by the seed; all is no sample") {
  const at::Tensor x = at::randn({500, 3});
  at::Generator one = make_generator(at::kCPU, 1), same = make_generator(at::kCPU, 1);
  const at::Tensor sample = cluster::draw_sample(data::Rows::of(x), {.items = 80}, one, never);
  EXPECT(sample.size(0) == 80 && (sample.slice(0, 1) - sample.slice(0, 0, -1)).min().item<int64_t>() > 0);
  EXPECT(sample.equal(cluster::draw_sample(data::Rows::of(x), {.items = 80}, same, never)));
  for (const int64_t items : {0, 500, 900}) EXPECT(!cluster::draw_sample(data::Rows::of(x), {.items = items}, one, never).defined());
}

TEST("sample: spread over regions, it holds rare groups whole") {
  // 20,000 items in one place and 30 in another: of 1,500 drawn evenly, two are expected of the small group.
  const at::Tensor x = at::cat({at::randn({20'000, 4}), at::randn({30, 4}) * 0.2 + 20});
  at::Generator generator = make_generator(at::kCPU, 2);
  const at::Tensor sample = cluster::draw_sample(data::Rows::of(x), {.items = 1500, .spread_over = 2}, generator, never);
  EXPECT(sample.size(0) <= 1500 && sample.size(0) > 1000);
  EXPECT(sample.ge(20'000).sum().item<int64_t>() == 30);
}

TEST("sample: the rest takes the labels of its neighbours, the sample keeps its own") {
  const Blobs data = blobs(2000, 4, 6);
  at::Generator generator = make_generator(at::kCPU, 3);
  const data::Rows rows = data::Rows::of(data.items);
  const at::Tensor sample = cluster::draw_sample(rows, {.items = 200}, generator, never);
  const at::Tensor own = data.labels.index_select(0, sample).to(at::kLong);
  const at::Tensor all = cluster::labels_of_all(rows, sample, data.items.index_select(0, sample), own, 4, 8, never);
  EXPECT(all.index_select(0, sample).equal(own));
  EXPECT(all.eq(data.labels.to(at::kLong)).to(at::kFloat).mean().item<double>() > 0.99);
}
