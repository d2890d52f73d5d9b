// Items that stay in their files: read as they lie, and refused where they are not what was promised.
#include "data/files.h"

#include <fstream>

#include "../harness.h"
#include "../temporary_folder.h"
#include "data/order.h"
#include "data/part.h"
#include "data/read_ahead.h"
#include "random.h"

using namespace dc;
using namespace dc::test;
using data::Files;
using data::Part;

namespace {

// Its numbers behind `before` bytes of something else.
data::FileRange written(const TemporaryFolder& folder, const std::string& name, const at::Tensor& rows, int64_t before = 0) {
  const std::string path = folder.path(name);
  std::ofstream file(path, std::ios::binary);
  file << std::string(static_cast<size_t>(before), 'x');
  const at::Tensor dense = rows.contiguous();
  file.write(static_cast<const char*>(dense.data_ptr()), static_cast<std::streamsize>(dense.nbytes()));
  return {path, before, rows.size(0)};
}

const auto read_all = [](const data::Dataset& data) { return data.read(0, data.size()); };

}  // namespace

TEST("files: several files are one dataset, by range and by index, in each type") {
  const TemporaryFolder folder;
  for (const at::ScalarType type : {at::kFloat, at::kHalf, at::kByte, at::kChar}) {
    const at::Tensor rows = at::randint(type == at::kChar ? -100 : 0, 100, {10, 2, 3}).to(type);
    const Files data({written(folder, "a", rows.narrow(0, 0, 4), 7), written(folder, "b", rows.narrow(0, 4, 0)),
                      written(folder, "c", rows.narrow(0, 4, 6), 128)},
                     {2, 3}, type, at::kCPU);
    const at::Tensor wanted = rows.view({10, 6}).to(at::kFloat);
    EXPECT(data.size() == 10 && data.features() == 6 && data.item_shape() == std::vector<int64_t>({2, 3}) && data.type() == type);
    EXPECT(data.bytes() == (type == at::kByte) && !data.resident());
    EXPECT(read_all(data).equal(wanted));
    EXPECT(data.read(3, 6, 0.5).equal(wanted.narrow(0, 3, 3) * 0.5));
    const at::Tensor index = at::tensor({9, 3, 4, 5, 0, 9}, at::kLong);
    EXPECT(data.read(index).equal(wanted.index_select(0, index)));
    EXPECT(data.stored(2, 5).equal(rows.narrow(0, 2, 3)));
  }
}

TEST("files: one that is missing, too short or cut while it is read is an error with its path") {
  const TemporaryFolder folder;
  const at::Tensor rows = at::rand({8, 4});
  data::FileRange file = written(folder, "rows", rows);
  EXPECT(code_of([&] { Files({{folder.path("none"), 0, 1}}, {4}, at::kFloat, at::kCPU); }) == "ERR_FILE_NOT_FOUND");
  file.items = 9;
  EXPECT(code_of([&] { Files({file}, {4}, at::kFloat, at::kCPU); }) == "ERR_FILE_FORMAT");
  file.items = 8;
  const Files data({file}, {4}, at::kFloat, at::kCPU);
  EXPECT(read_all(data).equal(rows));
  written(folder, "rows", rows.narrow(0, 0, 5));
  EXPECT(code_of([&] { read_all(data); }) == "ERR_FILE_READ");
  EXPECT(data.read(0, 5).equal(rows.narrow(0, 0, 5)));
}

TEST("files: a number that is not finite is named by item and feature when it is read") {
  const TemporaryFolder folder;
  for (const at::ScalarType type : {at::kFloat, at::kHalf}) {
    for (const double bad : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
      at::Tensor rows = at::rand({300, 40}).to(type);
      rows[211][17] = bad;
      const Files data({written(folder, "a", rows.narrow(0, 0, 100)), written(folder, "b", rows.narrow(0, 100, 200))}, {40}, type,
                       at::kCPU);
      for (const auto& read :
           std::vector<std::function<void()>>{[&] { read_all(data); }, [&] { data.read(at::tensor({3, 211}, at::kLong)); }}) {
        std::string message;
        try {
          read();
        } catch (const std::exception& error) {
          message = error.what();
        }
        EXPECT(message.find("data[211][17]") != std::string::npos && message.find("/b`") != std::string::npos);
      }
      data.read(0, 211);
    }
  }
}

TEST("part: some items of data in memory and in files are the same dataset") {
  const TemporaryFolder folder;
  const at::Tensor rows = at::randint(0, 256, {50, 6}, at::kByte), items = at::tensor({1, 2, 20, 49}, at::kLong);
  const Files files({written(folder, "rows", rows)}, {6}, at::kByte, at::kCPU);
  const data::Resident resident(rows, at::kCPU);
  for (const data::Dataset* whole : std::vector<const data::Dataset*>{&files, &resident}) {
    const Part part(*whole, items);
    EXPECT(part.size() == 4 && part.resident() == whole->resident() && &part.whole() == whole && part.items().equal(items));
    EXPECT(read_all(part).equal(rows.index_select(0, items).to(at::kFloat)));
    EXPECT(part.read(at::tensor({3, 0}, at::kLong)).equal(rows.index_select(0, at::tensor({49, 1}, at::kLong)).to(at::kFloat)));
  }
}

TEST("part: items are drawn once each, in ascending order, by the seed") {
  for (const int64_t n : {100, 1000, 12'345}) {
    const at::Tensor drawn = data::drawn_items(n, 77, 5);
    EXPECT(drawn.size(0) == 77 && drawn.min().item<int64_t>() >= 0 && drawn.max().item<int64_t>() < n);
    EXPECT((drawn.slice(0, 1) - drawn.slice(0, 0, -1)).min().item<int64_t>() > 0);
    EXPECT(drawn.equal(data::drawn_items(n, 77, 5)) && (n == 100 || !drawn.equal(data::drawn_items(n, 77, 6))));
  }
  EXPECT(data::drawn_items(5, 9, 0).equal(at::arange(5, at::kLong)));
}

TEST("order: a pass takes each item once; rows that lie together stay near each other; small data as in memory") {
  const auto order_of = [&](int64_t n, int64_t d, int64_t count) {
    struct Of final : data::Dataset {
      Of(int64_t n, int64_t d) : Dataset({n, d}, at::kCPU, at::kFloat) {}
      at::Tensor read(const at::Tensor&, double) const override { return {}; }
      at::Tensor read(int64_t, int64_t, double) const override { return {}; }
      bool resident() const override { return false; }
    };
    at::Generator generator = make_generator(at::kCPU, 3);
    return data::shuffled_order(Of(n, d), count, generator);
  };
  at::Generator generator = make_generator(at::kCPU, 3);
  EXPECT(order_of(1000, 10, 1000).equal(at::randperm(1000, generator, at::kLong)));

  // Rows of 64 KiB: runs of 16 rows, windows of 65,536.
  const int64_t n = 200'000;
  const at::Tensor order = order_of(n, 16'384, n);
  EXPECT(std::get<0>(order.sort()).equal(at::arange(n, at::kLong)));
  EXPECT(order_of(n, 16'384, 70'000).equal(order.narrow(0, 0, 70'000)));
  // What a window holds are whole runs, and it holds them in no order.
  const at::Tensor first = std::get<0>(order.narrow(0, 0, 65'536).sort());
  EXPECT(first.view({-1, 16}).remainder(16).equal(at::arange(16, at::kLong).expand({4096, 16})));
  EXPECT((order.slice(0, 1) - order.slice(0, 0, -1)).abs().le(16).to(at::kFloat).mean().item<double>() < 0.01);
}

TEST("read-ahead: batches come in order, the last one smaller, and pass on what reading threw") {
  const TemporaryFolder folder;
  at::Tensor rows = at::rand({1000, 5});
  const Files data({written(folder, "rows", rows)}, {5}, at::kFloat, at::kCPU);
  const at::Tensor order = at::randperm(1000, at::kLong);
  data::ReadAhead ahead(data, order, 32);
  for (int64_t begin = 0; begin < 1000; begin += 32) {
    const int64_t end = std::min<int64_t>(begin + 32, 1000);
    EXPECT(ahead.next().equal(rows.index_select(0, order.slice(0, begin, end))));
  }
  { const data::ReadAhead abandoned(data, order, 32); }
  rows[500][1] = std::numeric_limits<float>::quiet_NaN();
  const Files broken({written(folder, "broken", rows)}, {5}, at::kFloat, at::kCPU);
  data::ReadAhead failing(broken, at::arange(1000, at::kLong), 100);
  for (int64_t batch = 0; batch < 5; ++batch) failing.next();
  EXPECT(code_of([&] { failing.next(); }) == "RangeError");
}
