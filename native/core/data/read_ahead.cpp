#include "data/read_ahead.h"

#include <ATen/Parallel.h>

#include "data/order.h"

namespace dc::data {

namespace {
constexpr int64_t kSlots = 16;        // batches
constexpr int64_t kRowsAtATime = 32;  // fewer are not worth another thread
}  // namespace

ReadAhead::ReadAhead(const Dataset& data, at::Tensor order, int64_t batch_size)
    : data_(data),
      order_(order.contiguous()),
      batch_size_(batch_size),
      batches_((order_.size(0) + batch_size - 1) / batch_size),
      window_(shuffle_window(data)),
      reads_(!data.device().is_cpu()) {
  const int64_t slots = reads_ ? std::min(kSlots, batches_) : 1;
  for (int64_t slot = 0; slot < slots; ++slot) slots_.push_back(at::empty({batch_size, data.features()}, data.type()));
  thread_ = std::thread([this] { work(); });
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

// In the order of the disk.
void ReadAhead::announce(int64_t until) {
  for (; announced_ < std::min(until, order_.size(0)); announced_ += window_)
    data_.announce(std::get<0>(order_.slice(0, announced_, std::min(announced_ + window_, order_.size(0))).sort()));
}

void ReadAhead::fetch(int64_t batch, at::Tensor& slot) const {
  const at::Tensor rows = positions(batch);
  at::parallel_for(0, rows.size(0), reads_ ? rows.size(0) : kRowsAtATime, [&](int64_t begin, int64_t end) {
    at::Tensor part = slot.narrow(0, begin, end - begin);
    data_.fetch(rows.slice(0, begin, end), part);
  });
}

void ReadAhead::work() {
  at::NoGradGuard no_grad;
  try {
    // While the rows of one window are read, the system fetches those of the next.
    const int64_t stride = reads_ ? 1 : std::max<int64_t>(1, window_ / batch_size_);
    for (int64_t batch = 0; batch < batches_; batch += stride) {
      {
        std::unique_lock lock(mutex_);
        // The slot of the batch that was taken last is still in use.
        const auto may_go_on = [&] { return batch < taken_ + static_cast<int64_t>(slots_.size()) - (taken_ > 0 ? 1 : 0); };
        changed_.wait(lock, [&] { return stopping_ || may_go_on(); });
        if (stopping_) return;
      }
      announce(batch * batch_size_ + window_ + 1);
      if (!reads_) continue;
      at::Tensor& slot = slots_[batch % slots_.size()];
      fetch(batch, slot);
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
  at::Tensor& slot = slots_[batch % slots_.size()];
  if (reads_) {
    changed_.notify_all();
    changed_.wait(lock, [&] { return failure_ || read_ > batch; });
    if (read_ <= batch) std::rethrow_exception(failure_);
  } else {
    // Once a window: each time it would wake the thread for nothing.
    if (batch % std::max<int64_t>(1, window_ / batch_size_) == 0) changed_.notify_all();
    lock.unlock();
    fetch(batch, slot);
  }
  return slot.narrow(0, 0, positions(batch).size(0));
}

}  // namespace dc::data
