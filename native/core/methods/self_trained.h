// A clustering method and the self-training after it, as a method: its last phase learns the labels that the method found, and
// then answers for new items what clusters they are of. Everything else the method answers itself.
#pragma once

#include "methods/method.h"
#include "phases/self_training.h"

namespace dc::methods {

class SelfTrained final : public Method {
 public:
  SelfTrained(std::unique_ptr<Method> method, const ModelSpec& spec);
  // Whether the options ask for it.
  static bool asked_for(const ModelSpec& spec);

  // The results of the method; `labels` int32 [n] and `sizes` int32 [k] are those of the network that was trained last.
  NamedTensors fit(const data::Dataset& data, run::Run& run) override;
  NamedTensors infer(const std::string& operation, const data::Dataset& block) const override;
  std::optional<std::vector<int64_t>> input_shape(const std::string& operation) const override { return method_->input_shape(operation); }
  NamedTensors generate(const std::string& operation, const OptionValues& values) const override {
    return method_->generate(operation, values);
  }
  const data::Scaling& scaling() const override { return method_->scaling(); }
  std::vector<Slot> slots() override;
  void restored() override;

 private:
  std::unique_ptr<Method> method_;
  int64_t train_items_, clusters_;
  phases::SelfTraining training_;
  at::Tensor labels_;  // int64 [n], as they were read out at the end; empty before
};

}  // namespace dc::methods
