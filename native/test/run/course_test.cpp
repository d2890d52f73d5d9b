// Passes over the data, and the epochs that they are cut into.
#include "run/course.h"

#include "../harness.h"

using namespace dc;
using namespace dc::test;
using run::Course;
using run::Epoch;

namespace {

// The epochs of a phase, checked to cover its steps one after another. Returns their number of steps in all.
int64_t steps_covered(const Course& course, int64_t per_pass) {
  int64_t pass = 1, step = 0, all = 0;
  for (int64_t number = 1; number <= course.epochs(); ++number) {
    const Epoch epoch = course.epoch(number);
    EXPECT(epoch.number == number && epoch.pass == pass && epoch.begin == step && epoch.end > epoch.begin && epoch.end <= per_pass);
    EXPECT(epoch.ends_pass == (epoch.end == per_pass) && epoch.last == (number == course.epochs()));
    EXPECT(epoch.end - epoch.begin <= course.steps_of_epoch());
    if (epoch.begin == 0) EXPECT(course.first_epoch(pass) == number);
    all += epoch.end - epoch.begin;
    step = epoch.end;
    if (epoch.ends_pass) {
      ++pass;
      step = 0;
    }
  }
  return all;
}

}  // namespace

TEST("course: of small data an epoch is a pass") {
  const Course course(1000, 64, 3);
  EXPECT(course.epochs() == 3 && course.steps_of_epoch() == 16 && steps_covered(course, 16) == 48);
}

TEST("course: the last pass may be a part of one, and a phase has a step at least") {
  const Course course(1000, 64, 2.5);
  EXPECT(course.epochs() == 3 && steps_covered(course, 16) == 40 && course.steps_of_pass(3) == 8);
  EXPECT(steps_covered(Course(1000, 64, 0.001), 16) == 1);
  EXPECT(steps_covered(Course(1000, 2000, 0.3), 1) == 1);
}

TEST("course: a pass over many items is cut into epochs of at most 131,072") {
  const int64_t n = 10'000'000, per_pass = optim::steps_per_epoch(n, 256);
  const Course tenth(n, 256, 0.1), more(n, 256, 1.25);
  EXPECT(steps_covered(tenth, per_pass) == 3906 && tenth.epochs() == 8);
  EXPECT(steps_covered(more, per_pass) == optim::steps_of(1.25, per_pass));
  EXPECT(more.steps_of_epoch() * 256 <= (1 << 17) + 256);
  EXPECT(steps_covered(Course(200'000, 250'000, 4), 1) == 4);
}
