// What a Watch is told by the stand-in's operators.
#pragma once

#include <ATen/core/dispatch/Dispatcher.h>

#include "torch.h"

namespace dc::test {

// Visits the tensors of an argument; `in_list` for those of a list.
template <class Visit>
void each_tensor(const c10::IValue& value, const Visit& visit) {
  if (value.isTensor()) visit(value.toTensor(), false);
  if (value.isTensorList()) {
    for (const at::Tensor& tensor : value.toTensorVector()) visit(tensor, true);
  }
  if (value.isOptionalTensorList()) {
    for (const std::optional<at::Tensor>& tensor : value.toOptionalTensorVector()) {
      if (tensor) visit(*tensor, true);
    }
  }
}

// The same argument with each of its tensors changed by `change`.
template <class Change>
c10::IValue with_tensors(const c10::IValue& value, const Change& change) {
  if (value.isTensor()) return change(value.toTensor());
  if (value.isTensorList()) {
    std::vector<at::Tensor> all = value.toTensorVector();
    for (at::Tensor& tensor : all) tensor = change(tensor);
    return all;
  }
  if (value.isOptionalTensorList()) {
    c10::List<std::optional<at::Tensor>> all;
    for (const std::optional<at::Tensor>& tensor : value.toOptionalTensorVector())
      all.push_back(tensor ? std::optional<at::Tensor>(change(*tensor)) : std::nullopt);
    return all;
  }
  return value;
}

// Whether an operator computes or copies; views and allocations do not.
bool computes(const c10::OperatorHandle& op);

// An operator is about to be called with what lies on the stack. Throws if it reads, and reads are refused or work is recorded.
void note(const c10::OperatorHandle& op, const torch::jit::Stack& stack);
void note_copy(const at::Tensor& to, const at::Tensor& from);

// A recording is about to be replayed.
void note_replay();

// An operator made a new buffer.
void note_made(const c10::Storage& storage);

}  // namespace dc::test
