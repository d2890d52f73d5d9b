// Options as they come from the caller: complete and checked there. The core has no defaults of its own; an option
// that is missing or of the wrong type is a bug of the caller and says so.
#pragma once

#include "torch.h"

namespace dc {

class OptionValues {
 public:
  using Value = std::variant<bool, double, std::string, std::vector<double>>;

  void set(const std::string& name, Value value) { values_[name] = std::move(value); }

  bool has(const std::string& name) const { return values_.contains(name); }  // whether the method has such an option
  bool flag(const std::string& name) const;
  double number(const std::string& name) const;
  int64_t integer(const std::string& name) const;
  const std::string& text(const std::string& name) const;
  std::vector<int64_t> integers(const std::string& name) const;
  const std::vector<double>& numbers(const std::string& name) const;

 private:
  const Value& at(const std::string& name) const;
  std::map<std::string, Value> values_;
};

// `prefix` + `name` in camel case: option_name("pretrain", "learningRate") is "pretrainLearningRate".
std::string option_name(const std::string& prefix, const std::string& name);

}  // namespace dc
