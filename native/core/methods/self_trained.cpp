#include "methods/self_trained.h"

namespace dc::methods {

SelfTrained::SelfTrained(std::unique_ptr<Method> method, const ModelSpec& spec)
    : method_(std::move(method)),
      train_items_(spec.options.integer("trainItems")),
      clusters_(spec.options.integer("clusters")),
      training_(phases::SelfTrainingOptions::read(spec.options), spec.item_shape, spec.precision, spec.device, spec.seed),
      labels_(at::zeros({0}, at::TensorOptions().dtype(at::kLong).device(spec.device))) {}

bool SelfTrained::asked_for(const ModelSpec& spec) {
  return spec.options.has("selfTrainingEpochs") && spec.options.number("selfTrainingEpochs") > 0;
}

NamedTensors SelfTrained::fit(const data::Dataset& data, run::Run& run) {
  NamedTensors results = method_->fit(data, run);
  at::NoGradGuard no_grad;
  const std::optional<data::Part> part = run.part_of(data, train_items_);
  const at::Tensor labels = results["labels"].to(at::kLong);
  training_.train((part ? labels.index_select(0, part->items()) : labels).to(labels_.device()), part ? *part : data, scaling(), run);
  run.stage("labels", [&] {
    at::Tensor all = at::empty({data.size()}, labels_.options());
    each_block(data::Rows::of(data, scaling()), run.poller(), [&](int64_t begin, int64_t end, const at::Tensor& x) {
      all.slice(0, begin, end).copy_(training_.probabilities(x).argmax(1));
    });
    labels_ = all;
    return run::Run::Values{};
  });
  results["labels"] = labels_.to(at::kCPU, at::kInt);
  if (results.contains("sizes")) results["sizes"] = at::bincount(results["labels"], {}, clusters_).to(at::kInt);
  return results;
}

NamedTensors SelfTrained::infer(const std::string& operation, const data::Dataset& block) const {
  const bool asks = operation == "predict" || operation == "predictProba";
  if (!asks || labels_.numel() == 0) return method_->infer(operation, block);
  const at::Tensor probabilities = training_.probabilities(scaling().all(block));
  if (operation == "predict") return {{"labels", probabilities.argmax(1).to(at::kInt)}};
  return {{"probabilities", probabilities}};
}

std::vector<Slot> SelfTrained::slots() {
  std::vector<Slot> slots = method_->slots();
  for (Slot& slot : training_.slots()) slots.push_back(std::move(slot));
  slots.push_back(Slot::assignments("self_training.labels", labels_, clusters_).never_written());
  return slots;
}

void SelfTrained::restored() {
  method_->restored();
  training_.restored();
}

}  // namespace dc::methods
