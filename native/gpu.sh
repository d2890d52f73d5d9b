#!/usr/bin/env bash
# What waits for a GPU, from a plain checkout: builds the core, its tests and benchmarks and the CUDA plugin, and runs them. Needs Python's
# torch with CUDA, or LIBTORCH, a C++ compiler, CMake and nvcc; no Node, no network.
#   native/gpu.sh test [FILTER]    the tests; exits with 0 where they pass or there is no GPU, which they then say
#   native/gpu.sh bench [FOLDER]   the tables; also in build/gpu/bench.md. Whole runs take the IDX files of FOLDER, MNIST's four, or else the bundled 10,000
# Where things are, if not where they are looked for: LIBTORCH (torch/ of a wheel), CUDACXX (nvcc), PYTHON, DC_JOBS.
set -euo pipefail
what="${1:-test}"
cd "$(dirname "$0")/.."
python="${PYTHON:-python3}"

# find_spec does not import torch, which takes seconds.
torch="${LIBTORCH:-$("$python" -c 'import importlib.util as u; s = u.find_spec("torch"); print(s.submodule_search_locations[0] if s else "")')}"
if [[ ! -e "$torch/lib/libtorch_cuda.so" ]]; then
  echo "There is no torch with CUDA for $python: '$torch' has no lib/libtorch_cuda.so. Install one, or set LIBTORCH" >&2
  exit 1
fi
wheels="$(dirname "$torch")"

nvcc=""
for place in "${CUDACXX:-}" "${CUDA_HOME:+$CUDA_HOME/bin/nvcc}" "${CUDA_PATH:+$CUDA_PATH/bin/nvcc}" "$wheels"/nvidia/cu*/bin/nvcc /usr/local/cuda/bin/nvcc "$(command -v nvcc || true)"; do
  if [[ -x "$place" ]]; then nvcc="$place"; break; fi
done
if [[ -z "$nvcc" ]]; then
  echo "There is no nvcc: install a CUDA toolkit, or pip's nvidia-cuda-nvcc beside torch, or set CUDACXX" >&2
  exit 1
fi
toolkit="$(dirname "$(dirname "$(readlink -f "$nvcc")")")"
cudart="$(ls "$wheels"/nvidia/*/lib/libcudart.so.* "$toolkit"/lib*/libcudart.so.* 2>/dev/null | head -1)"

cmake -S native -B build/gpu -DCMAKE_BUILD_TYPE=Release -DLIBTORCH="$torch" -DDC_ADDON=OFF -DDC_TESTS=ON -DDC_BENCH=ON -DDC_CUDA=ON \
  -DDC_PRODUCTS="$PWD/build/gpu" -DCMAKE_CUDA_COMPILER="$nvcc" -DDC_CUDA_INCLUDE="$toolkit/include" -DDC_CUDART="$cudart" > build/gpu-configure.log 2>&1 || {
  cat build/gpu-configure.log >&2
  exit 1
}
cmake --build build/gpu --parallel "${DC_JOBS:-$(nproc)}" --target deep_clustering_cuda gpu_tests bench_gpu

if [[ "$what" == bench ]]; then
  runs=build/gpu/runs
  rm -rf "$runs" && mkdir "$runs"
  "$python" native/bench/gpu_data.py "${2:-data/mnist-test}" "$runs"
  { build/gpu/bench_gpu native/bench/gpu_runs.txt "$runs/items.bin" "$runs"; "$python" native/bench/gpu_scores.py "$runs"; "$python" native/bench/gpu_peers.py; } | tee build/gpu/bench.md
  exit
fi
build/gpu/gpu_tests "${2:-}"
# The kernels once more under compute-sanitizer, where there is one and a GPU.
sanitizer="$(command -v compute-sanitizer || ls "$toolkit/bin/compute-sanitizer" "$wheels"/nvidia/*/bin/compute-sanitizer 2>/dev/null | head -1 || true)"
if [[ -n "$sanitizer" ]] && nvidia-smi > /dev/null 2>&1; then "$sanitizer" --error-exitcode 1 build/gpu/gpu_tests "neighbour graph"; fi
