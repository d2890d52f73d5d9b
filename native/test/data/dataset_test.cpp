#include "data/dataset.h"

#include "../harness.h"
#include "data/scaling.h"

using namespace dc;
using data::Resident;
using data::Scaling;

TEST("dataset: bytes stay bytes in place, and become floats when gathered") {
  at::Tensor bytes = at::randint(0, 256, {5, 2, 3}, at::kByte);
  const Resident data(bytes, at::kCPU);
  bytes[2].fill_(7);
  EXPECT(data.bytes() && data.read(2, 3).eq(7).all().item<bool>());  // the caller's memory, not a copy of it
  EXPECT(data.size() == 5 && data.features() == 6 && data.item_shape() == std::vector<int64_t>({2, 3}));
  Scaling scaling("unit", 6);
  scaling.fit(data, [] {});
  const at::Tensor index = at::tensor({4, 0, 4}, at::kLong);
  EXPECT_CLOSE(scaling.gather(data, index), bytes.view({5, 6}).index_select(0, index).to(at::kFloat) / 255, 1e-6, 0);
  EXPECT_CLOSE(scaling.undo(scaling.block(data, 1, 4)), bytes.view({5, 6}).narrow(0, 1, 3).to(at::kFloat), 1e-3, 0);
}

TEST("dataset: gathering never changes the caller's floats") {
  const at::Tensor floats = at::rand({4, 3});
  const at::Tensor before = floats.clone();
  const Resident data(floats, at::kCPU);
  for (const char* kind : {"none", "unit", "standard"}) {
    Scaling scaling(kind, 3);
    scaling.fit(data, [] {});
    scaling.block(data, 0, 4).zero_();
    scaling.gather(data, at::tensor({0, 1}, at::kLong)).zero_();
  }
  EXPECT(floats.equal(before));
}

TEST("dataset: standard scaling, also of a constant feature far from zero") {
  at::Tensor x = at::randn({6000, 3}) * at::tensor({1.f, 20.f, 0.f}) + at::tensor({5.f, -300.f, 1e6f});
  const Resident data(x, at::kCPU);
  Scaling scaling("standard", 3);
  scaling.fit(data, [] {});
  const at::Tensor scaled = scaling.block(data, 0, 6000);
  EXPECT_CLOSE(scaled.mean(0), at::zeros({3}), 1e-3, 0);
  EXPECT_CLOSE(scaled.std(0, false), at::tensor({1., 1., 0.}), 1e-3, 0);
  EXPECT_CLOSE(scaling.undo(scaled), x, 1e-3, 1e-5);
}
