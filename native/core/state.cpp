#include "state.h"

#include <sstream>

#include "error.h"

namespace dc {

NamedTensors snapshot(const std::vector<Slot>& slots) {
  at::NoGradGuard no_grad;
  NamedTensors state;
  for (const Slot& slot : slots) {
    if (slot.tensor->defined()) state[slot.name] = slot.tensor->detach().to(at::kCPU, slot.tensor->scalar_type(), false, true).contiguous();
  }
  return state;
}

void restore(const std::vector<Slot>& slots, const NamedTensors& state, at::Device device) {
  at::NoGradGuard no_grad;
  for (const Slot& slot : slots) {
    const auto found = state.find(slot.name);
    if (!slot.fixed) continue;
    if (found == state.end()) throw Error("ERR_FILE_FORMAT", "The saved model has no tensor `" + slot.name + "`");
    if (found->second.sizes() != slot.tensor->sizes() || found->second.scalar_type() != slot.tensor->scalar_type()) {
      std::ostringstream message;
      message << "The saved tensor `" << slot.name << "` is " << found->second.scalar_type() << " " << found->second.sizes()
              << ", but the options ask for " << slot.tensor->scalar_type() << " " << slot.tensor->sizes();
      throw Error("ERR_FILE_FORMAT", message.str());
    }
  }
  for (const Slot& slot : slots) {
    const auto found = state.find(slot.name);
    if (slot.fixed) {
      slot.tensor->copy_(found->second);
    } else if (found != state.end()) {
      *slot.tensor = found->second.to(slot.tensor->defined() ? slot.tensor->device() : device, found->second.scalar_type(), false, true);
    }
  }
}

}  // namespace dc
