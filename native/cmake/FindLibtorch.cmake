# Finds libtorch by path and nothing else: LIBTORCH is a folder with include/ and lib/ (torch/ of a pip wheel, or an
# unpacked libtorch archive). find_package(Torch) is not used: for a CUDA libtorch it demands a whole CUDA toolkit.
#
# Defines the imported targets
#   Libtorch::cpu    libtorch_cpu and libc10: all that the core and the addon link
#   Libtorch::cuda   libtorch_cuda and libc10_cuda, where the libtorch has them (only the CUDA plugin links these)
# and LIBTORCH_LIB_DIR, LIBTORCH_VERSION.

if(NOT LIBTORCH)
  set(LIBTORCH "$ENV{LIBTORCH}")
endif()
if(NOT EXISTS "${LIBTORCH}/include/ATen/ATen.h")
  message(FATAL_ERROR "LIBTORCH is '${LIBTORCH}', but there is no include/ATen/ATen.h in it. "
                      "Pass -DLIBTORCH=<torch folder of a pip wheel, or an unpacked libtorch archive>.")
endif()

set(LIBTORCH_LIB_DIR "${LIBTORCH}/lib")
set(_suffix "${CMAKE_SHARED_LIBRARY_SUFFIX}")

function(_libtorch_library target library)
  set(path "${LIBTORCH_LIB_DIR}/lib${library}${_suffix}")
  if(NOT EXISTS "${path}")
    message(FATAL_ERROR "libtorch at ${LIBTORCH} has no lib/lib${library}${_suffix}.")
  endif()
  add_library(${target} SHARED IMPORTED)
  set_target_properties(${target} PROPERTIES IMPORTED_LOCATION "${path}")
endfunction()

# Where the three macros stand moved between releases.
foreach(_header torch/headeronly/version.h torch/version.h torch/csrc/api/include/torch/version.h)
  if(EXISTS "${LIBTORCH}/include/${_header}" AND NOT _version_lines)
    file(STRINGS "${LIBTORCH}/include/${_header}" _version_lines REGEX "define TORCH_VERSION_(MAJOR|MINOR|PATCH) ")
  endif()
endforeach()
string(REGEX REPLACE "[^0-9;]" "" _version_numbers "${_version_lines}")
string(REPLACE ";" "." LIBTORCH_VERSION "${_version_numbers}")

_libtorch_library(Libtorch::c10 c10)
_libtorch_library(Libtorch::torch_cpu torch_cpu)
add_library(Libtorch::cpu INTERFACE IMPORTED)
target_include_directories(Libtorch::cpu SYSTEM INTERFACE
  "${LIBTORCH}/include" "${LIBTORCH}/include/torch/csrc/api/include")
target_link_libraries(Libtorch::cpu INTERFACE Libtorch::torch_cpu Libtorch::c10)
# Linked by path: what libtorch_cpu itself needs is found by its own RPATH at run time, not by the linker.
target_link_options(Libtorch::cpu INTERFACE $<$<PLATFORM_ID:Linux>:LINKER:--allow-shlib-undefined>)

# at::parallel_for is a template that runs on one thread unless it is compiled with OpenMP, and it must share libtorch's
# own pool of threads: the runtime beside libtorch_cpu is linked by path, since the system's would be a second one.
if(CMAKE_SYSTEM_NAME STREQUAL "Linux")
  file(GLOB _openmp "${LIBTORCH_LIB_DIR}/libgomp*.so*" "${LIBTORCH_LIB_DIR}/libiomp5.so" "${LIBTORCH_LIB_DIR}/libomp.so")
  if(_openmp)
    list(GET _openmp 0 _openmp)
  else()
    set(_openmp gomp)  # a libtorch that was built for this system uses the system's
  endif()
  target_compile_options(Libtorch::cpu INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-fopenmp>)
  # What is built for any machine takes the one that its libtorch brings, by whatever name.
  if(NOT DC_PORTABLE)
    target_link_libraries(Libtorch::cpu INTERFACE ${_openmp})
  endif()
endif()

if(EXISTS "${LIBTORCH_LIB_DIR}/libtorch_cuda${_suffix}")
  _libtorch_library(Libtorch::c10_cuda c10_cuda)
  _libtorch_library(Libtorch::torch_cuda torch_cuda)
  add_library(Libtorch::cuda INTERFACE IMPORTED)
  target_link_libraries(Libtorch::cuda INTERFACE Libtorch::torch_cuda Libtorch::c10_cuda Libtorch::cpu)
endif()

message(STATUS "libtorch ${LIBTORCH_VERSION} at ${LIBTORCH}")
