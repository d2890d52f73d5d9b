// Free memory of a GPU without a context on it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace dc::cuda {

// Bytes that are free on the GPU at a PCI address ("0000:65:00.0"), as the driver's management library tells them;
// nothing where that library is missing or does not know the GPU.
std::optional<uint64_t> free_memory(const std::string& pci_bus_id);

}  // namespace dc::cuda
