// The stand-in's own graphs: operators that are kept with the buffers they worked on, and called again without the host's code.
#pragma once

#include <ATen/core/dispatch/Dispatcher.h>

#include "torch.h"

namespace dc::test {

// Calls an operator of the device with what lies on the stack, which then holds its results.
void compute_on_host(const c10::OperatorHandle& op, torch::jit::Stack* stack);

bool is_recording();

// What an operator is about to be called with.
torch::jit::Stack arguments_of(const c10::OperatorHandle& op, const torch::jit::Stack& stack);

// An operator was called with `arguments` and returned `results`.
void keep(const c10::OperatorHandle& op, torch::jit::Stack arguments, torch::jit::Stack results);
void keep_copy(const at::Tensor& to, const at::Tensor& from);

}  // namespace dc::test
