# The CUDA plugin: device code and libtorch_cuda, in a shared object that the core opens when CUDA is asked for.
# Inputs: CMAKE_CUDA_COMPILER, DC_CUDA_INCLUDE (headers), DC_CUDART (full path: wheels have no libcudart.so).
if(NOT TARGET Libtorch::cuda)
  message(FATAL_ERROR "The libtorch at ${LIBTORCH} has no CUDA part (lib/libtorch_cuda.so).")
endif()

get_filename_component(_cudart_dir "${DC_CUDART}" DIRECTORY)
set(CMAKE_CUDA_RUNTIME_LIBRARY None)
if(NOT CMAKE_CUDA_ARCHITECTURES)
  # Machine code for Ampere and Hopper, and PTX of the newest for what comes after.
  set(CMAKE_CUDA_ARCHITECTURES 80-real 90)
endif()
set(CMAKE_CUDA_FLAGS "${CMAKE_CUDA_FLAGS} -std=c++20 -L${_cudart_dir}")
enable_language(CUDA)

add_library(deep_clustering_cuda SHARED cuda/plugin.cpp cuda/gather_rows.cu)
set_target_properties(deep_clustering_cuda PROPERTIES PREFIX "" CUDA_STANDARD 20 CXX_VISIBILITY_PRESET hidden CUDA_VISIBILITY_PRESET hidden)
target_include_directories(deep_clustering_cuda PRIVATE cuda)
target_include_directories(deep_clustering_cuda SYSTEM PRIVATE "${DC_CUDA_INCLUDE}")
# Registers, spills and shared memory of each kernel, in the build's log.
target_compile_options(deep_clustering_cuda PRIVATE $<$<COMPILE_LANGUAGE:CUDA>:-Xptxas -v>)
# Nothing in the plugin names a symbol of libtorch_cuda: being opened is what registers its kernels.
target_link_options(deep_clustering_cuda PRIVATE LINKER:--no-as-needed LINKER:-z,nodelete LINKER:--allow-shlib-undefined)
target_link_libraries(deep_clustering_cuda PRIVATE Libtorch::torch_cuda Libtorch::c10_cuda Libtorch::cpu "${DC_CUDART}")

# Where the wheels lay the libraries that libtorch_cuda needs.
file(GLOB _nvidia_lib_dirs "${LIBTORCH}/../nvidia/*/lib")
set_target_properties(deep_clustering_cuda PROPERTIES BUILD_RPATH "$ORIGIN;${LIBTORCH_LIB_DIR};${_cudart_dir};${_nvidia_lib_dirs}")
