// The kernel of merge_nearest.cu and the shape of its launch. Includes nothing and names only what a CUDA compiler brings, so that
// the native tests run the same source on the CPU.
#pragma once

#include <cstdint>

namespace dc::cuda {

constexpr int kLanes = 32;
constexpr int kWarps = 8;                   // per block: as many rows
constexpr int kSlots = 4;                   // numbers of a row's list that a lane keeps at once
constexpr int kMostKept = kLanes * kSlots;  // numbers of a row's list
constexpr int kAhead = 4;                   // loads of a lane that are under way together
constexpr unsigned kAllLanes = 0xffffffffu;

// One more number for a row's list, which is ascending; the last one drops out. Called by a whole warp with the same number.
__device__ inline void insert_key(float* keys, int32_t* items, int width, float key, int32_t item, int lane) {
  float mine[kSlots], before[kSlots];
  int32_t item_before[kSlots];
#pragma unroll
  for (int slot = 0; slot < kSlots; ++slot) {
    const int i = slot * kLanes + lane;
    mine[slot] = i < width ? keys[i] : -INFINITY;
    before[slot] = i > 0 && i < width ? keys[i - 1] : -INFINITY;
    item_before[slot] = i > 0 && i < width ? items[i - 1] : 0;
  }
  __syncwarp();
#pragma unroll
  for (int slot = 0; slot < kSlots; ++slot) {
    const int i = slot * kLanes + lane;
    if (mine[slot] > key) {  // else it stays where it is
      const bool here = !(before[slot] > key);
      keys[i] = here ? key : before[slot];
      items[i] = here ? item : item_before[slot];
    }
  }
  __syncwarp();
}

// Keeps the `width` smallest numbers of each row, and the columns they came from, over tiles that come one after another.
// tile [rows, columns]: columns first .. first + columns - 1 of a matrix; own [rows]: a column that is left out in each row.
// keys [rows, width] ascending and items [rows, width]: the lists so far, which are updated. A warp walks one row: what is not below the
// list's last number costs a load and a vote, so the time is that of reading the tile once.
__global__ void merge_nearest(const float* __restrict__ tile, int64_t rows, int64_t columns, int64_t first, const int64_t* __restrict__ own,
                              int width, float* __restrict__ keys, int32_t* __restrict__ items) {
  __shared__ float kept_keys[kWarps][kMostKept];
  __shared__ int32_t kept_items[kWarps][kMostKept];
  const int warp = static_cast<int>(threadIdx.x) / kLanes, lane = static_cast<int>(threadIdx.x) % kLanes;
  const int64_t row = static_cast<int64_t>(blockIdx.x) * kWarps + warp;
  if (row >= rows) return;  // a whole warp, and no barrier of the block follows
  float* list = kept_keys[warp];
  int32_t* names = kept_items[warp];
  for (int i = lane; i < width; i += kLanes) {
    list[i] = keys[row * width + i];
    names[i] = items[row * width + i];
  }
  __syncwarp();

  const float* numbers = tile + row * columns;
  const int64_t left_out = own[row] - first;
  float last = list[width - 1];
  for (int64_t begin = 0; begin < columns; begin += kAhead * kLanes) {
    float loaded[kAhead];
#pragma unroll
    for (int a = 0; a < kAhead; ++a) {
      const int64_t column = begin + a * kLanes + lane;
      loaded[a] = column < columns && column != left_out ? numbers[column] : INFINITY;
    }
#pragma unroll
    for (int a = 0; a < kAhead; ++a) {
      for (unsigned below = __ballot_sync(kAllLanes, loaded[a] < last); below != 0; below &= below - 1) {
        const int source = __ffs(static_cast<int>(below)) - 1;
        const float key = __shfl_sync(kAllLanes, loaded[a], source);
        if (!(key < last)) continue;  // the last one went down since the vote; the same in all lanes
        insert_key(list, names, width, key, static_cast<int32_t>(first + begin + a * kLanes + source), lane);
        last = list[width - 1];
      }
    }
  }

  for (int i = lane; i < width; i += kLanes) {
    keys[row * width + i] = list[i];
    items[row * width + i] = names[i];
  }
}

}  // namespace dc::cuda
