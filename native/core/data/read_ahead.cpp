#include "data/read_ahead.h"

#include "data/order.h"

namespace dc::data {

namespace {
constexpr int64_t kSlots = 16;  // batches
}  // namespace

ReadAhead::ReadAhead(const Dataset& data, at::Tensor order, int64_t batch_size)
    : data_(data),
      order_(order.contiguous()),
      batch_size_(batch_size),
      batches_((order_.size(0) + batch_size - 1) / batch_size) {
  for (int64_t slot = 0; slot < std::min(kSlots, batches_); ++slot) slots_.push_back(at::empty({batch_size, data.features()}, data.type()));
  thread_ = std::thread([this] { read(); });
}

ReadAhead::~ReadAhead() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

at::Tensor ReadAhead::positions(int64_t batch) const {
  return order_.slice(0, batch * batch_size_, std::min((batch + 1) * batch_size_, order_.size(0)));
}

void ReadAhead::read() {
  at::NoGradGuard no_grad;
  try {
    // While the rows of one window are read, the system fetches those of the next in the order of the disk.
    const int64_t window = shuffle_window(data_);
    int64_t announced = 0;
    const auto announce_until = [&](int64_t end) {
      for (; announced < std::min(end, order_.size(0)); announced += window)
        data_.announce(std::get<0>(order_.slice(0, announced, std::min(announced + window, order_.size(0))).sort()));
    };
    for (int64_t batch = 0; batch < batches_; ++batch) {
      announce_until(batch * batch_size_ + window + 1);
      {
        std::unique_lock lock(mutex_);
        // The slot of the batch that was taken last is still in use.
        changed_.wait(lock, [&] { return stopping_ || batch < taken_ + static_cast<int64_t>(slots_.size()) - (taken_ > 0 ? 1 : 0); });
        if (stopping_) return;
      }
      const at::Tensor rows = positions(batch);
      at::Tensor slot = slots_[batch % slots_.size()].narrow(0, 0, rows.size(0));
      data_.fetch(rows, slot);
      const std::lock_guard lock(mutex_);
      read_ = batch + 1;
      changed_.notify_all();
    }
  } catch (...) {
    const std::lock_guard lock(mutex_);
    failure_ = std::current_exception();
    changed_.notify_all();
  }
}

at::Tensor ReadAhead::next() {
  std::unique_lock lock(mutex_);
  const int64_t batch = taken_++;
  changed_.notify_all();
  changed_.wait(lock, [&] { return failure_ || read_ > batch; });
  if (read_ <= batch) std::rethrow_exception(failure_);
  return slots_[batch % slots_.size()].narrow(0, 0, positions(batch).size(0));
}

}  // namespace dc::data
