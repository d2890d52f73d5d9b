# The CUDA plugin: device code and libtorch_cuda, in a shared object that the core opens when CUDA is asked for.
# Inputs: CMAKE_CUDA_COMPILER, DC_CUDA_INCLUDE (headers), DC_CUDART (full path: wheels have no libcudart.so).
if(NOT TARGET Libtorch::cuda)
  message(FATAL_ERROR "The libtorch at ${LIBTORCH} has no CUDA part (lib/libtorch_cuda.so).")
endif()

get_filename_component(_cudart_dir "${DC_CUDART}" DIRECTORY)
set(CMAKE_CUDA_RUNTIME_LIBRARY None)
if(NOT CMAKE_CUDA_ARCHITECTURES)
  # Machine code for Turing (T4), Ampere and Hopper, and PTX of the newest for what comes after.
  set(CMAKE_CUDA_ARCHITECTURES 75-real 80-real 90)
endif()
if(NOT CMAKE_CUDA_HOST_COMPILER)
  set(CMAKE_CUDA_HOST_COMPILER "${CMAKE_CXX_COMPILER}")
endif()
# The programs by which CMake tries nvcc out link its runtime.
set(CMAKE_CUDA_FLAGS "${CMAKE_CUDA_FLAGS} -L${_cudart_dir}")
enable_language(CUDA)
if(NOT CMAKE_CUDA20_STANDARD_COMPILE_OPTION)
  # Older releases of CMake than nvcc's C++20.
  set(CMAKE_CUDA20_STANDARD_COMPILE_OPTION "-std=c++20")
endif()

add_library(deep_clustering_cuda SHARED cuda/plugin.cpp cuda/free_memory.cpp cuda/graph.cpp cuda/gather_rows.cu cuda/merge_nearest.cu)
set_target_properties(deep_clustering_cuda PROPERTIES PREFIX "" CUDA_STANDARD 20 CUDA_EXTENSIONS OFF CUDA_VISIBILITY_PRESET hidden)
target_include_directories(deep_clustering_cuda PRIVATE cuda)
target_include_directories(deep_clustering_cuda SYSTEM PRIVATE "${DC_CUDA_INCLUDE}")
target_compile_options(deep_clustering_cuda PRIVATE
  # Registers, spills and shared memory of each kernel, in the build's log.
  $<$<COMPILE_LANGUAGE:CUDA>:-Xptxas=-v>
  $<$<COMPILE_LANGUAGE:CXX>:-Wall;-Wextra>)
# Also what no symbol is named of: being opened is what registers libtorch_cuda's kernels.
target_link_options(deep_clustering_cuda PRIVATE LINKER:--no-as-needed LINKER:-z,nodelete LINKER:--allow-shlib-undefined)
target_link_libraries(deep_clustering_cuda PRIVATE Libtorch::torch_cuda Libtorch::c10_cuda Libtorch::cpu "${DC_CUDART}" ${CMAKE_DL_LIBS})

# Where the wheels lay the libraries that libtorch_cuda needs.
get_filename_component(_wheels "${LIBTORCH}" DIRECTORY)
file(GLOB _nvidia_lib_dirs "${_wheels}/nvidia/*/lib")
set_target_properties(deep_clustering_cuda PROPERTIES BUILD_RPATH "$ORIGIN;${LIBTORCH_LIB_DIR};${_cudart_dir};${_nvidia_lib_dirs}")
