#include "methods/method.h"

#include "error.h"
#include "methods/self_trained.h"

namespace dc::methods {

namespace {
// A function's static, since registrations run before main in no set order.
std::map<std::string, Factory>& registry() {
  static std::map<std::string, Factory> factories;
  return factories;
}
}  // namespace

NamedTensors Method::generate(const std::string& operation, const OptionValues&) const { unknown_operation("the method", operation); }

Registration::Registration(const char* name, Factory factory) { registry()[name] = factory; }

std::unique_ptr<Method> make_method(const ModelSpec& spec) {
  const auto found = registry().find(spec.method);
  if (found == registry().end()) throw Error("RangeError", "The native code has no method `" + spec.method + "`");
  std::unique_ptr<Method> method = found->second(spec);
  if (!SelfTrained::asked_for(spec)) return method;
  return std::make_unique<SelfTrained>(std::move(method), spec);
}

std::vector<std::string> method_names() {
  std::vector<std::string> names;
  for (const auto& [name, factory] : registry()) names.push_back(name);
  return names;
}

std::vector<Slot> network_slots(const std::vector<Parameter*>& parameters, data::Scaling& scaling, const std::vector<Buffer>& buffers) {
  std::vector<Slot> slots = scaling.slots();
  for (Slot& slot : learned_slots(parameters, buffers)) slots.push_back(std::move(slot));
  return slots;
}

at::Tensor unscaled_items(const data::Scaling& scaling, const at::Tensor& rows, const std::vector<int64_t>& item_shape) {
  std::vector<int64_t> shape{rows.size(0)};
  shape.insert(shape.end(), item_shape.begin(), item_shape.end());
  return scaling.undo(rows).view(shape);
}

void need_items(const at::Tensor& labels, const data::Dataset& data) {
  if (labels.size(0) != data.size()) bad_state("it says that each item has a cluster, but holds none");
}

void need_voters(const at::Tensor& labels, const at::Tensor& items) {
  if (labels.numel() > items.size(0)) bad_state("it holds labels, but not the items that they are of");
}

void need_clusters(const at::Tensor& labels) {
  if (labels.numel() == 0)
    throw Error("ERR_NOT_FITTED", "The model has no clusters yet: its training stopped before they were found. Resume it");
}

void unknown_operation(const std::string& method, const std::string& operation) {
  throw Error("RangeError", "`" + method + "` has no operation `" + operation + "`");
}

}  // namespace dc::methods
