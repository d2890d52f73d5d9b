#include "data/order.h"

#include "random.h"

namespace dc::data {

namespace {

constexpr int64_t kWindowBytes = 256 << 20;   // what the page cache is to hold of the data
constexpr int64_t kRunBytes = 1 << 20;        // read in the time of a seek
constexpr int64_t kFewestInWindow = 1 << 16;  // of small rows: 65,536 neighbours in the order know nothing of the order in the file

}  // namespace

int64_t shuffle_window(const Dataset& data) { return std::max(kFewestInWindow, kWindowBytes / data.row_bytes()); }

at::Tensor shuffled_order(const Dataset& data, int64_t count, at::Generator& given) {
  const int64_t n = data.size();
  if (data.resident()) {
    return at::randperm(n, given, at::TensorOptions().dtype(at::kLong).device(data.device())).narrow(0, 0, count);
  }
  // A generator of a GPU draws nothing on the host.
  at::Generator generator = given.device().is_cpu() ? given : make_generator(at::kCPU, given.current_seed());
  const int64_t window = shuffle_window(data);
  if (n <= window) return at::randperm(n, generator, at::kLong).narrow(0, 0, count);

  const int64_t run = std::max<int64_t>(1, kRunBytes / data.row_bytes()), runs = (n + run - 1) / run;
  const at::Tensor starts = at::randperm(runs, generator, at::kLong) * run;
  const int64_t per_window = std::max<int64_t>(1, window / run);
  std::vector<at::Tensor> order;
  for (int64_t first = 0, done = 0; first < runs && done < count; first += per_window) {
    at::Tensor rows = (starts.slice(0, first, std::min(runs, first + per_window)).unsqueeze(1) + at::arange(run, at::kLong)).flatten();
    rows = rows.masked_select(rows.lt(n));
    order.push_back(rows.index_select(0, at::randperm(rows.size(0), generator, at::kLong)));
    done += rows.size(0);
  }
  return at::cat(order).narrow(0, 0, count);
}

}  // namespace dc::data
