// ModelSpec and OptionValues of src/native/addon.ts as the core's.
#pragma once

#include <napi.h>

#include "methods/method.h"

namespace dc::addon {

OptionValues read_options(const Napi::Object& object);
methods::ModelSpec read_spec(const Napi::Object& object);

}  // namespace dc::addon
