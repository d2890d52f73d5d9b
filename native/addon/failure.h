// C++ exceptions as JavaScript errors with a `code` (NativeFailure in src/native/addon.ts).
#pragma once

#include <napi.h>

#include <exception>
#include <string>

namespace dc::addon {

struct Failure {
  std::string code;
  std::string message;
};

// What the exception says, with libtorch's C++ backtrace left out.
Failure describe(std::exception_ptr exception);

Napi::Error to_error(Napi::Env env, const Failure& failure);

}  // namespace dc::addon
