#include "failure.h"

#include <c10/util/Exception.h>

#include <new>

#include "error.h"

namespace dc::addon {

Failure describe(std::exception_ptr exception) {
  try {
    std::rethrow_exception(exception);
  } catch (const Error& error) {
    return {error.code(), error.what()};
  } catch (const c10::OutOfMemoryError& error) {
    return {"ERR_OUT_OF_MEMORY", error.what_without_backtrace()};
  } catch (const c10::Error& error) {
    // The CPU's allocator reports what it cannot get as a plain error.
    const std::string message = error.what_without_backtrace();
    const bool memory = message.find("not enough memory") != std::string::npos;
    return {memory ? "ERR_OUT_OF_MEMORY" : "ERR_NATIVE", message};
  } catch (const std::bad_alloc&) {
    return {"ERR_OUT_OF_MEMORY", "The host has no memory left for this"};
  } catch (const std::exception& error) {
    return {"ERR_NATIVE", error.what()};
  } catch (...) {
    return {"ERR_NATIVE", "An unknown exception left the native code"};
  }
}

Napi::Error to_error(Napi::Env env, const Failure& failure) {
  Napi::Error error = Napi::Error::New(env, failure.message);
  error.Set("code", Napi::String::New(env, failure.code));
  return error;
}

}  // namespace dc::addon
