// C++ exceptions as JavaScript errors with a `code` (NativeFailure in src/native/addon.ts).
#pragma once

#include <napi.h>

#include <exception>
#include <string>

#include "error.h"

namespace dc::addon {

struct Failure {
  std::string code;
  std::string message;
  ErrorDetails details = {};
};

// What the exception says, with libtorch's C++ backtrace left out. `device`: where its job computes.
Failure describe(std::exception_ptr exception, const std::string& device = "cpu");

// With the details as the error's fields, where they are known.
Napi::Error to_error(Napi::Env env, const Failure& failure);

}  // namespace dc::addon
