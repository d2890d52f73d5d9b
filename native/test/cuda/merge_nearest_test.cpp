// The selection of native/cuda, run on the CPU.
#include "host_warps.h"

#include "../../cuda/merge_nearest.cuh"

#include "../harness.h"

using namespace dc::cuda;

namespace {

struct Lists {
  at::Tensor keys, items;
};

// The smallest of each row of a matrix by the kernel, over tiles of some columns; row i leaves out column own[i].
Lists selected(const at::Tensor& matrix, const at::Tensor& own, int64_t width, int64_t tile, unsigned order) {
  const int64_t rows = matrix.size(0), columns = matrix.size(1);
  // A guard behind the last list: nothing may be written there.
  const at::Tensor keys = at::full({rows * width + 16}, INFINITY), items = at::full({rows * width + 16}, -1, at::kInt);
  for (int64_t first = 0; first < columns; first += tile) {
    const at::Tensor part = matrix.narrow(1, first, std::min(tile, columns - first)).contiguous();
    const auto blocks = static_cast<unsigned>((rows + kWarps - 1) / kWarps);
    dc::test::launch_warps(blocks, kWarps * kLanes, order, merge_nearest, part.data_ptr<float>(), rows, part.size(1), first,
                           own.data_ptr<int64_t>(), static_cast<int>(width), keys.data_ptr<float>(), items.data_ptr<int32_t>());
  }
  EXPECT(keys.narrow(0, rows * width, 16).isinf().all().item<bool>() && items.narrow(0, rows * width, 16).eq(-1).all().item<bool>());
  return {keys.narrow(0, 0, rows * width).view({rows, width}), items.narrow(0, 0, rows * width).view({rows, width})};
}

}  // namespace

TEST("selection kernel: a hand-worked row, tile after tile") {
  const at::Tensor matrix = at::tensor({5.f, 0.f, 3.f, 4.f, 3.f, 9.f, 1.f}).view({1, 7}), own = at::tensor({1}, at::kLong);
  for (const int64_t tile : {1, 2, 7}) {
    const Lists lists = selected(matrix, own, 3, tile, 0);
    EXPECT(lists.keys.equal(at::tensor({1.f, 3.f, 3.f}).view({1, 3})));
    EXPECT(lists.items.equal(at::tensor({6, 2, 4}, at::kInt).view({1, 3})));
  }
}

TEST("selection kernel: equals topk, whatever the tiles, the length of the lists and the order of the threads") {
  for (const int64_t width : {1, 2, 32, 33, 128}) {
    for (const auto& [rows, columns] : std::vector<std::pair<int64_t, int64_t>>{{1, 300}, {8, 129}, {11, 257}}) {
      const at::Tensor matrix = at::randperm(rows * columns).to(at::kFloat).view({rows, columns}),
                       own = at::randint(0, columns, {rows}, at::kLong);
      at::Tensor rest = matrix.clone();
      rest.scatter_(1, own.unsqueeze(1), INFINITY);
      const auto [keys, items] = rest.topk(std::min(width, columns - 1), 1, /*largest=*/false, /*sorted=*/true);
      for (const unsigned order : {0u, 1u, 7u}) {
        for (const int64_t tile : order == 7 ? std::vector<int64_t>{64, 1000} : std::vector<int64_t>{100}) {
          const Lists lists = selected(matrix, own, keys.size(1), tile, order);
          EXPECT(lists.keys.equal(keys));
          EXPECT(lists.items.equal(items.to(at::kInt)));
        }
      }
    }
  }
}

TEST("selection kernel: ascending and descending rows, ties and rows shorter than their list") {
  const at::Tensor up = at::arange(200).to(at::kFloat), rows = at::stack({up, up.flip(0), at::zeros({200}), at::remainder(up, 3)});
  const at::Tensor own = at::tensor({0, 0, 199, 3}, at::kLong);
  const Lists lists = selected(rows, own, 40, 64, 5);
  at::Tensor rest = rows.clone();
  rest.scatter_(1, own.unsqueeze(1), INFINITY);
  EXPECT(lists.keys.equal(std::get<0>(rest.sort(1)).narrow(1, 0, 40)));
  EXPECT(rest.gather(1, lists.items.to(at::kLong)).equal(lists.keys));
  const Lists few = selected(rows.narrow(1, 0, 3).contiguous(), at::tensor({0, 1, 2, 2}, at::kLong), 5, 2, 0);
  EXPECT(few.keys.narrow(1, 2, 3).isinf().all().item<bool>() && few.keys.narrow(1, 0, 2).isfinite().all().item<bool>());
}
