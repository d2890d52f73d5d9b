// How a phase walks through its items: passes over the data, and the epochs by which it is reported, saved and resumed.
#pragma once

#include "optim/schedule.h"

namespace dc::run {

// One pass over the data or, where they are many, a part of one.
struct Epoch {
  int64_t number;      // from 1 within the phase
  int64_t pass;        // that it is of, from 1
  int64_t begin, end;  // steps of that pass
  bool ends_pass;      // the last step of a whole pass is among them
  bool last;           // of the phase
};

class Course {
 public:
  // Of a phase on n items. The last of its `passes` may be a part of one.
  Course(int64_t n, int64_t batch_size, double passes);

  int64_t epochs() const { return epochs_; }
  Epoch epoch(int64_t number) const;
  int64_t first_epoch(int64_t pass) const { return (pass - 1) * parts_ + 1; }

  int64_t steps_of_pass(int64_t pass) const { return std::min(per_pass_, steps_ - (pass - 1) * per_pass_); }
  int64_t steps_of_epoch() const { return (per_pass_ + parts_ - 1) / parts_; }  // at most

 private:
  int64_t begin_of(int64_t part) const { return per_pass_ * part / parts_; }

  int64_t per_pass_, steps_, parts_, epochs_;
};

}  // namespace dc::run
