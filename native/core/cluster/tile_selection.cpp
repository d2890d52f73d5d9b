#include "cluster/tile_selection.h"

namespace dc::cluster {

namespace {
std::map<at::DeviceType, TileSelection>& selections() {
  static std::map<at::DeviceType, TileSelection> all;
  return all;
}
}  // namespace

const TileSelection& tile_selection(at::Device device) {
  static const TileSelection none;
  const auto found = selections().find(device.type());
  return found == selections().end() ? none : found->second;
}

void set_tile_selection(at::DeviceType type, TileSelection selection) { selections()[type] = std::move(selection); }

}  // namespace dc::cluster
