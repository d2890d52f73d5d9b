// ModelSpec of src/native/addon.ts as the core's.
#pragma once

#include <napi.h>

#include "methods/method.h"

namespace dc::addon {

methods::ModelSpec read_spec(const Napi::Object& object);

}  // namespace dc::addon
