#include "kernels.h"

#include <array>
#include <deque>

namespace dc {

namespace {

struct Table {
  std::mutex mutex;
  std::deque<Kernels> all;  // never freed: a job may read an old row
  std::array<std::atomic<const Kernels*>, at::COMPILE_TIME_MAX_DEVICE_TYPES> rows{};
};

Table& table() {
  static auto* const table = new Table;
  return *table;
}

}  // namespace

const Kernels& kernels_of(at::Device device) {
  static const Kernels none;
  const Kernels* row = table().rows[static_cast<size_t>(device.type())].load(std::memory_order_acquire);
  return row ? *row : none;
}

void set_kernels(at::DeviceType type, Kernels kernels) {
  Table& all = table();
  const std::lock_guard lock(all.mutex);
  all.rows[static_cast<size_t>(type)].store(&all.all.emplace_back(std::move(kernels)), std::memory_order_release);
}

}  // namespace dc
