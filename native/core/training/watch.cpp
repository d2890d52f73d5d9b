#include "training/watch.h"

namespace dc::training {

bool Watch::due(int64_t epoch, int64_t epochs, int64_t n) const {
  if (!items.defined()) return false;
  const double affordable = share * static_cast<double>(epochs) * static_cast<double>(n) / static_cast<double>(items.size(0));
  const int64_t count = std::max<int64_t>(1, std::min({frames, epochs, static_cast<int64_t>(std::min(affordable, 1e9))}));
  return epoch * count / epochs > (epoch - 1) * count / epochs;
}

}  // namespace dc::training
