// A test is a named function; a failed check throws. Enough for tests that must run on a bare machine.
#pragma once

#include <iostream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "torch.h"

namespace dc::test {

struct Test {
  std::string name;
  void (*body)();
};

std::vector<Test>& tests();

struct Registered {
  Registered(const char* name, void (*body)()) { tests().push_back({name, body}); }
};

struct Failed : std::runtime_error {
  using std::runtime_error::runtime_error;
};
struct Skipped : std::runtime_error {
  using std::runtime_error::runtime_error;
};

inline void check(bool holds, const char* what, const char* file, int line) {
  if (!holds) throw Failed(std::string(file) + ":" + std::to_string(line) + ": " + what);
}

// |actual - wanted| <= absolute + relative |wanted|, everywhere.
inline void check_close(const at::Tensor& actual, const at::Tensor& wanted, double absolute, double relative, const char* file, int line) {
  const at::Tensor a = actual.to(at::kCPU, at::kDouble), w = wanted.to(at::kCPU, at::kDouble);
  if (a.sizes() == w.sizes() && a.allclose(w, relative, absolute)) return;
  std::ostringstream message;
  message << file << ":" << line << ": expected\n" << w << "\nbut received\n" << a;
  throw Failed(message.str());
}

// The error code that `body` throws with, or "" if it throws nothing.
std::string code_of(const std::function<void()>& body);

}  // namespace dc::test

#define DC_JOIN_(a, b) a##b
#define DC_JOIN(a, b) DC_JOIN_(a, b)
#define TEST(name)                                                                                       \
  static void DC_JOIN(test_body_, __LINE__)();                                                           \
  static const dc::test::Registered DC_JOIN(registered_, __LINE__)(name, DC_JOIN(test_body_, __LINE__)); \
  static void DC_JOIN(test_body_, __LINE__)()
#define EXPECT(condition) dc::test::check((condition), #condition, __FILE__, __LINE__)
#define EXPECT_CLOSE(actual, wanted, absolute, relative) \
  dc::test::check_close((actual), (wanted), (absolute), (relative), __FILE__, __LINE__)
