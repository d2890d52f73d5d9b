#include "run/course.h"

namespace dc::run {

namespace {
// Trained on in a minute or less: as long as anybody waits for a number, or is willing to lose.
constexpr int64_t kMostItems = 1 << 17;
}  // namespace

Course::Course(int64_t n, int64_t batch_size, double passes)
    : per_pass_(optim::steps_per_epoch(n, batch_size)),
      steps_(optim::steps_of(passes, per_pass_)),
      parts_(std::min(per_pass_, (n + kMostItems - 1) / kMostItems)) {
  const int64_t whole = steps_ / per_pass_, rest = steps_ % per_pass_;
  epochs_ = whole * parts_;
  for (int64_t part = 0; part < parts_ && begin_of(part) < rest; ++part) ++epochs_;
}

Epoch Course::epoch(int64_t number) const {
  const int64_t pass = (number - 1) / parts_ + 1, part = (number - 1) % parts_;
  const int64_t end = std::min(begin_of(part + 1), steps_of_pass(pass));
  return {number, pass, begin_of(part), end, end == per_pass_, number == epochs_};
}

}  // namespace dc::run
