// Named tensors between JavaScript and the core (Tensor and Tensors in src/native/addon.ts).
#pragma once

#include <napi.h>

#include "state.h"

namespace dc::addon {

// A tensor over the typed array's own memory: valid as long as `value` is kept alive. Throws TypeError or RangeError.
at::Tensor tensor_view(const Napi::Value& value);

// A dense tensor's numbers as a typed array.
Napi::Value typed_array(Napi::Env env, const at::Tensor& tensor);

// Large tensors are handed over without a copy where the runtime allows external buffers.
Napi::Value to_js(Napi::Env env, const NamedTensors& tensors);

}  // namespace dc::addon
