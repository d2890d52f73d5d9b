// The GPU that the tests run on. In the tests of device/ it is the stand-in: the tests themselves are tried there.
#pragma once

#include "torch.h"

namespace dc::test {

// The first GPU. Opens the plugin beside the executable, or the one that the variable DEEP_CLUSTERING_CUDA_PLUGIN names; skips the test,
// with the reason, where there is no GPU to use.
at::Device gpu();

// Whether two models can record steps at the same time.
bool records_at_once();

}  // namespace dc::test
