#include "failure.h"

#include <c10/util/Exception.h>

#include <cmath>
#include <new>
#include <regex>

namespace dc::addon {

namespace {

// What libtorch's allocators could not get, as their messages have it: "allocate 1024 bytes", "allocate 2.50 GiB".
std::optional<size_t> asked_bytes(const std::string& message) {
  static const std::regex asked(R"(allocate ([0-9.]+) (bytes|KiB|MiB|GiB))");
  std::smatch found;
  if (!std::regex_search(message, found, asked)) return std::nullopt;
  const std::string unit = found[2];
  const int shift = unit == "KiB" ? 10 : unit == "MiB" ? 20 : unit == "GiB" ? 30 : 0;
  return static_cast<size_t>(std::ldexp(std::stod(found[1]), shift));
}

Failure out_of_memory(const std::string& message, const std::string& device) {
  return {"ERR_OUT_OF_MEMORY", message, {.device = device, .required_bytes = asked_bytes(message)}};
}

}  // namespace

Failure describe(std::exception_ptr exception, const std::string& device) {
  try {
    std::rethrow_exception(exception);
  } catch (const Error& error) {
    return {error.code(), error.what(), error.details()};
  } catch (const c10::OutOfMemoryError& error) {
    return out_of_memory(error.what_without_backtrace(), device);
  } catch (const c10::Error& error) {
    // libtorch's own allocator of the CPU reports what it cannot get as a plain error.
    const std::string message = error.what_without_backtrace();
    return message.find("CPUAllocator") == std::string::npos ? Failure{"ERR_NATIVE", message} : out_of_memory(message, "cpu");
  } catch (const std::bad_alloc&) {
    return out_of_memory("The host has no memory left for this", "cpu");
  } catch (const std::exception& error) {
    return {"ERR_NATIVE", error.what()};
  } catch (...) {
    return {"ERR_NATIVE", "An unknown exception left the native code"};
  }
}

Napi::Error to_error(Napi::Env env, const Failure& failure) {
  Napi::Error error = Napi::Error::New(env, failure.message);
  const ErrorDetails& details = failure.details;
  error.Set("code", Napi::String::New(env, failure.code));
  if (details.epoch) error.Set("epoch", static_cast<double>(*details.epoch));
  if (details.device) error.Set("device", *details.device);
  if (details.path) error.Set("path", *details.path);
  if (details.required_bytes) error.Set("requiredBytes", static_cast<double>(*details.required_bytes));
  return error;
}

}  // namespace dc::addon
