// The few names of CUDA that kernels use, for a C++ compiler: the same source then runs on the CPU, a thread after
// another. Enough for kernels without shared memory and barriers.
#pragma once

#define __global__
#define __device__

struct dim3 {
  unsigned x = 1, y = 1, z = 1;
};
struct uchar4 {
  unsigned char x, y, z, w;
};
struct float4 {
  float x, y, z, w;
};
inline float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }

inline dim3 threadIdx, blockIdx, blockDim, gridDim;

namespace dc::test {

// kernel<<<grid, block>>>(arguments…)
template <typename Kernel, typename... Arguments>
void launch_on_host(dim3 grid, dim3 block, Kernel kernel, Arguments... arguments) {
  gridDim = grid;
  blockDim = block;
  for (blockIdx.y = 0; blockIdx.y < grid.y; ++blockIdx.y)
    for (blockIdx.x = 0; blockIdx.x < grid.x; ++blockIdx.x)
      for (threadIdx.y = 0; threadIdx.y < block.y; ++threadIdx.y)
        for (threadIdx.x = 0; threadIdx.x < block.x; ++threadIdx.x) kernel(arguments...);
}

}  // namespace dc::test
