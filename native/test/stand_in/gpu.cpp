// The stand-in as the GPU of the tests of gpu/.
#include "../gpu/gpu.h"

namespace dc::test {

at::Device gpu() { return {at::kCUDA, 0}; }

bool records_at_once() { return false; }

}  // namespace dc::test
