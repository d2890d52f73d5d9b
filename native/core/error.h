// Errors that leave the core: a stable code (src/errors.ts lists them) and a sentence with cause and cure.
#pragma once

#include <stdexcept>
#include <string>

namespace dc {

class Error : public std::runtime_error {
 public:
  Error(std::string code, const std::string& message) : std::runtime_error(message), code_(std::move(code)) {}
  const std::string& code() const { return code_; }

 private:
  std::string code_;
};

// A job was asked to stop, and has.
class Aborted : public Error {
 public:
  Aborted() : Error("ABORTED", "The run was aborted") {}
};

}  // namespace dc
