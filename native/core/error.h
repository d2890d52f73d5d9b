// Errors that leave the core: a stable code (src/errors.ts lists them) and a sentence with cause and cure.
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>

namespace dc {

// What an error knows beside its message, where it is known (ErrorDetails of src/errors.ts).
struct ErrorDetails {
  std::optional<int64_t> epoch = {};          // from 1 within its phase
  std::optional<std::string> device = {};     // that has no memory left
  std::optional<std::string> path = {};       // of the file that could not be used
  std::optional<size_t> required_bytes = {};  // that could not be had
};

class Error : public std::runtime_error {
 public:
  Error(std::string code, const std::string& message, ErrorDetails details = {})
      : std::runtime_error(message),
        code_(std::move(code)),
        details_(std::move(details)) {}
  const std::string& code() const { return code_; }
  const ErrorDetails& details() const { return details_; }

 private:
  std::string code_;
  ErrorDetails details_;
};

// A job was asked to stop, and has.
class Aborted : public Error {
 public:
  Aborted() : Error("ABORTED", "The run was aborted") {}
};

}  // namespace dc
