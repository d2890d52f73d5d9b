#include <set>

#include "../harness.h"

TEST("threads: a loop of the core is shared out over libtorch's own threads") {
#ifndef INTRA_OP_PARALLEL
  throw dc::test::Skipped("this compiler has no OpenMP for libtorch's loops");
#endif
  const int before = at::get_num_threads();
  at::set_num_threads(2);
  std::mutex mutex;
  std::set<int> threads;
  at::parallel_for(0, 1000, 1, [&](int64_t, int64_t) {
    const std::lock_guard lock(mutex);
    threads.insert(at::get_thread_num());
  });
  at::set_num_threads(before);
  EXPECT(threads == (std::set<int>{0, 1}));
}
