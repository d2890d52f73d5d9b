// Rows of files, batch by batch, read before the steps that need them or announced to the system, which then has them in memory.
#pragma once

#include <condition_variable>

#include "data/dataset.h"

namespace dc::data {

// For a GPU a thread reads while the device works. A CPU's cores all work on the step: a thread that read beside them would hold up one, and with it all,
// so there it only announces, and who takes a batch reads it.
class ReadAhead {
 public:
  // `order` int64 [count], on the host: rows batch by batch. `data` is referred to.
  ReadAhead(const Dataset& data, at::Tensor order, int64_t batch_size);
  ~ReadAhead();
  ReadAhead(const ReadAhead&) = delete;
  ReadAhead& operator=(const ReadAhead&) = delete;

  // The rows of the next batch as stored: [b, d], on the host, good until the next call. Throws what reading threw.
  at::Tensor next();

 private:
  void announce(int64_t until);
  void work();
  void fetch(int64_t batch, at::Tensor& slot) const;
  at::Tensor positions(int64_t batch) const;

  const Dataset& data_;
  at::Tensor order_;
  int64_t batch_size_, batches_;
  int64_t window_;  // rows that are announced together
  int64_t announced_ = 0;
  bool reads_;  // on the thread
  std::vector<at::Tensor> slots_;

  std::mutex mutex_;
  std::condition_variable changed_;
  int64_t read_ = 0;   // batches that are there, or were
  int64_t taken_ = 0;  // batches that were asked for
  bool stopping_ = false;
  std::exception_ptr failure_;
  std::thread thread_;  // last: it uses the rest
};

}  // namespace dc::data
