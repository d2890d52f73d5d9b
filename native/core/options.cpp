#include "options.h"

#include "error.h"

namespace dc {

const OptionValues::Value& OptionValues::at(const std::string& name) const {
  const auto found = values_.find(name);
  if (found == values_.end()) throw Error("ERR_NATIVE", "The option `" + name + "` did not reach the native code");
  return found->second;
}

namespace {
template <class T>
const T& typed(const OptionValues::Value& value, const std::string& name) {
  const T* typed_value = std::get_if<T>(&value);
  if (!typed_value) throw Error("ERR_NATIVE", "The option `" + name + "` reached the native code with another type");
  return *typed_value;
}
}  // namespace

bool OptionValues::flag(const std::string& name) const { return typed<bool>(at(name), name); }
double OptionValues::number(const std::string& name) const { return typed<double>(at(name), name); }
int64_t OptionValues::integer(const std::string& name) const { return static_cast<int64_t>(number(name)); }
const std::string& OptionValues::text(const std::string& name) const { return typed<std::string>(at(name), name); }

const std::vector<double>& OptionValues::numbers(const std::string& name) const { return typed<std::vector<double>>(at(name), name); }

std::vector<int64_t> OptionValues::integers(const std::string& name) const {
  const std::vector<double>& whole = numbers(name);
  return {whole.begin(), whole.end()};
}

std::string option_name(const std::string& prefix, const std::string& name) {
  if (prefix.empty()) return name;
  std::string joined = prefix + name;
  joined[prefix.size()] = static_cast<char>(std::toupper(joined[prefix.size()]));
  return joined;
}

}  // namespace dc
