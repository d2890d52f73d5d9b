// Named tensors between JavaScript and the core (Tensor and Tensors in src/native/addon.ts).
#pragma once

#include <napi.h>

#include "data/source.h"
#include "state.h"

namespace dc::addon {

// A tensor over the typed array's own memory: valid as long as `value` is kept alive and nobody transfers or resizes its buffer. Throws
// TypeError or RangeError.
at::Tensor tensor_view(const Napi::Value& value);

// The items that `value` describes: a Tensor, over whose memory they are, or a FileTensor. Throws TypeError or RangeError.
data::Source source_of(const Napi::Value& value);

// A dense tensor's numbers as a typed array of the caller's own. A large tensor that nobody else holds is handed over without a copy, where
// the runtime allows external buffers.
Napi::Value typed_array(Napi::Env env, at::Tensor tensor);

// Each as { data, shape }, likewise.
Napi::Value to_js(Napi::Env env, NamedTensors tensors);

// The same without a copy of what is large: for readers who are known not to write, since a write would change the tensors.
Napi::Value shared_with_js(Napi::Env env, const NamedTensors& tensors);

}  // namespace dc::addon
