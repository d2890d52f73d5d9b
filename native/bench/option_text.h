// Options as words of a command line or of a file.
#pragma once

#include <sstream>

#include "options.h"

namespace dc::bench {

// NAME=VALUE, the value true, false, a number, a list of numbers in brackets, or a word.
inline void set_option(OptionValues& options, const std::string& argument) {
  const size_t equals = argument.find('=');
  const std::string name = argument.substr(0, equals), value = argument.substr(equals + 1);
  if (value == "true" || value == "false") return options.set(name, value == "true");
  if (value.starts_with('[')) {
    std::vector<double> numbers;
    std::stringstream list(value.substr(1));
    for (std::string number; std::getline(list, number, ',');) numbers.push_back(std::strtod(number.c_str(), nullptr));
    return options.set(name, numbers);
  }
  char* end = nullptr;
  const double number = std::strtod(value.c_str(), &end);
  if (*end == '\0') return options.set(name, number);
  options.set(name, value);
}

}  // namespace dc::bench
