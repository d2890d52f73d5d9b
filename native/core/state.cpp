#include "state.h"

#include <sstream>

#include "error.h"

namespace dc {

namespace {

// A shape as an error message shows it: [n, 10].
std::string shown(const std::vector<int64_t>& shape) {
  std::string text = "[";
  for (size_t side = 0; side < shape.size(); ++side) {
    if (side > 0) text += ", ";
    text += shape[side] == Slot::kItems     ? "items"
            : shape[side] == Slot::kTrained ? "trained"
            : shape[side] == Slot::kAny     ? "any"
                                            : std::to_string(shape[side]);
  }
  return text + "]";
}

bool fits(const Slot& slot, const at::Tensor& saved) {
  if (saved.scalar_type() != slot.type) return false;
  if (!slot.needed && saved.dim() == 1 && saved.numel() == 0) return true;  // not found yet
  if (saved.dim() != static_cast<int64_t>(slot.shape.size())) return false;
  for (size_t side = 0; side < slot.shape.size(); ++side) {
    if (slot.shape[side] >= 0 && saved.size(static_cast<int64_t>(side)) != slot.shape[side]) return false;
  }
  return true;
}

// The number of items (or of those trained on, as `kind` says) that a tensor has entries for; -1 where its slot has none, or it was not found
// yet.
int64_t items_of(const Slot& slot, const at::Tensor& tensor, int64_t kind) {
  const auto side = std::find(slot.shape.begin(), slot.shape.end(), kind);
  if (side == slot.shape.end() || !tensor.defined() || tensor.numel() == 0) return -1;
  return tensor.size(side - slot.shape.begin());
}

void check_shape(const Slot& slot, const at::Tensor& saved) {
  if (fits(slot, saved)) return;
  std::ostringstream message;
  message << "the tensor `" << slot.name << "` is " << saved.scalar_type() << " " << saved.sizes() << ", but the options ask for "
          << slot.type << " " << shown(slot.shape);
  bad_state(message.str());
}

void check_range(const Slot& slot, const at::Tensor& saved, int64_t items, int64_t trained) {
  if (slot.below == 0 || saved.numel() == 0) return;
  const int64_t below = slot.below == Slot::kItems ? items : slot.below == Slot::kTrained ? trained : slot.below;
  const bool known = below >= 0;  // a state may not say how many items there were
  if (saved.min().item<int64_t>() >= 0 && (!known || saved.max().item<int64_t>() < below)) return;
  bad_state("a number of the tensor `" + slot.name + "` lies outside 0.." + (known ? std::to_string(below - 1) : "n - 1"));
}

}  // namespace

void bad_state(const std::string& what) { throw Error("ERR_FILE_FORMAT", "The saved model cannot be used: " + what); }

Slot Slot::learned(std::string name, at::Tensor& tensor) {
  return {.name = std::move(name), .tensor = &tensor, .type = tensor.scalar_type(), .shape = tensor.sizes().vec(), .needed = true};
}

Slot Slot::found(std::string name, at::Tensor& tensor, std::vector<int64_t> shape, int64_t below) {
  return {
      .name = std::move(name), .tensor = &tensor, .type = tensor.scalar_type(), .shape = std::move(shape), .needed = false, .below = below};
}

Slot Slot::settled(std::string name, at::Tensor& tensor, std::vector<int64_t> shape) {
  return {.name = std::move(name), .tensor = &tensor, .type = at::kFloat, .shape = std::move(shape), .needed = true};
}

Slot Slot::assignments(std::string name, at::Tensor& tensor, int64_t clusters, int64_t items) {
  return found(std::move(name), tensor, {items}, clusters);
}

std::vector<Slot> learned_slots(const std::vector<Parameter*>& parameters, const std::vector<Buffer>& buffers) {
  std::vector<Slot> slots;
  for (Parameter* parameter : parameters) slots.push_back(Slot::learned(parameter->name, parameter->value));
  for (const Buffer& buffer : buffers) slots.push_back(Slot::learned(buffer.name, *buffer.value));
  return slots;
}

NamedTensors snapshot(const std::vector<Slot>& slots) {
  at::NoGradGuard no_grad;
  NamedTensors state;
  for (const Slot& slot : slots) {
    if (!slot.tensor->defined()) continue;
    const at::Tensor now = slot.tensor->detach();
    state[slot.name] = slot.replaced ? now.contiguous() : now.clone(at::MemoryFormat::Contiguous);
  }
  return state;
}

NamedTensors on_host(const NamedTensors& state) {
  at::NoGradGuard no_grad;
  NamedTensors host;
  for (const auto& [name, tensor] : state) host[name] = tensor.to(at::kCPU);
  return host;
}

void restore(const std::vector<Slot>& slots, const NamedTensors& state, at::Device device) {
  at::NoGradGuard no_grad;
  int64_t items = -1, trained = -1;
  for (const Slot& slot : slots) {
    const auto saved = state.find(slot.name);
    if (saved == state.end()) {
      if (slot.needed) bad_state("it has no tensor `" + slot.name + "`");
      continue;
    }
    check_shape(slot, saved->second);
    for (const auto& [kind, all] : {std::pair(Slot::kItems, &items), std::pair(Slot::kTrained, &trained)}) {
      const int64_t own = items_of(slot, saved->second, kind);
      if (own >= 0 && *all >= 0 && own != *all) {
        bad_state("the tensor `" + slot.name + "` is of " + std::to_string(own) + " items, others of " + std::to_string(*all));
      }
      *all = std::max(*all, own);
    }
  }
  for (const Slot& slot : slots) {
    if (const auto saved = state.find(slot.name); saved != state.end()) check_range(slot, saved->second, items, trained);
  }
  for (const Slot& slot : slots) {
    const auto saved = state.find(slot.name);
    if (saved == state.end()) continue;
    if (slot.needed && slot.tensor->defined()) {
      slot.tensor->copy_(saved->second);
    } else {
      *slot.tensor = saved->second.to(slot.tensor->defined() ? slot.tensor->device() : device, slot.type, false, true);
    }
  }
}

void check_items(const std::vector<Slot>& slots, int64_t n) {
  for (const Slot& slot : slots) {
    const int64_t own = items_of(slot, *slot.tensor, Slot::kItems), trained = items_of(slot, *slot.tensor, Slot::kTrained);
    if ((own >= 0 && own != n) || trained > n)
      bad_state("the tensor `" + slot.name + "` is of " + std::to_string(std::max(own, trained)) + " items, the data of " +
                std::to_string(n));
  }
}

int64_t saved_number(const NamedTensors& state, const std::string& name) {
  const auto saved = state.find(name);
  if (saved == state.end()) return 0;
  const at::Tensor& tensor = saved->second;
  if (tensor.dim() != 0 || tensor.scalar_type() != at::kLong) bad_state("`" + name + "` is no whole number");
  const auto number = tensor.item<int64_t>();
  if (number < 0) bad_state("`" + name + "` is below 0");
  return number;
}

at::Tensor saved_tensor(const NamedTensors& state, const std::string& name, at::IntArrayRef shape) {
  const auto saved = state.find(name);
  if (saved == state.end() || saved->second.sizes() != shape) bad_state("its tensor `" + name + "` is missing or of another shape");
  return saved->second;
}

}  // namespace dc
