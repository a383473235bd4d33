# Building kernels for several instruction sets into one library.

# The instruction sets, each by the name that TENON_ARCH has under these flags (include/tenon/core/build.hpp). They start
# from -march=x86-64 and end with what they do without, so that flags of the surrounding project do not reach in.
set(TENON_ARCHS sse4_2 avx2 avx512)
set(TENON_FLAGS_sse2 -march=x86-64 -mno-sse3)
set(TENON_FLAGS_sse4_2 -march=x86-64 -msse4.2 -mno-avx)
set(TENON_FLAGS_avx2 -march=x86-64 -mavx2 -mfma -mf16c -mbmi2 -mno-avx512f)
set(TENON_FLAGS_avx512 -march=x86-64 -mavx512f -mavx512bw -mavx512dq -mavx512vl -mfma -mf16c -mbmi2)

# tenon_add_dispatch(FAMILIES softmax matmul ... [COMMON select.cpp ...])
#
# Defines tenon::dispatch, a static library that shared libraries may link too. FAMILY.cpp is compiled once for each of
# TENON_ARCHS, always at -O3: without optimisation xsimd's AVX-512 code does not compile, and these files are all inner
# loops. COMMON files are compiled with the project's own flags and choose between the rest. Whoever links tenon::dispatch
# is compiled with TENON_DISPATCH, which makes the ops call this library. Without families there is no target.
function(tenon_add_dispatch)
  cmake_parse_arguments(PARSE_ARGV 0 arg "" "" "FAMILIES;COMMON")
  if(NOT arg_FAMILIES OR NOT CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$")
    return()
  endif()
  add_library(tenon_dispatch STATIC ${arg_COMMON})
  add_library(tenon::dispatch ALIAS tenon_dispatch)
  target_link_libraries(tenon_dispatch PUBLIC tenon::tenon)
  target_compile_definitions(tenon_dispatch PUBLIC TENON_DISPATCH)
  set(targets tenon_dispatch)
  list(TRANSFORM arg_FAMILIES APPEND .cpp)
  foreach(arch IN LISTS TENON_ARCHS)
    add_library(tenon_dispatch_${arch} OBJECT ${arg_FAMILIES})
    target_link_libraries(tenon_dispatch_${arch} PRIVATE tenon::tenon)
    target_compile_definitions(tenon_dispatch_${arch} PRIVATE TENON_DISPATCH)
    target_compile_options(tenon_dispatch_${arch} PRIVATE -O3 -fno-exceptions ${TENON_FLAGS_${arch}})
    target_sources(tenon_dispatch PRIVATE $<TARGET_OBJECTS:tenon_dispatch_${arch}>)
    list(APPEND targets tenon_dispatch_${arch})
  endforeach()
  set_target_properties(${targets} PROPERTIES
    EXPORT_NAME dispatch
    LINKER_LANGUAGE CXX
    POSITION_INDEPENDENT_CODE ON
    CXX_VISIBILITY_PRESET hidden             # a shared library that links this one does not export our kernels
    VISIBILITY_INLINES_HIDDEN ON)
  if(PROJECT_IS_TOP_LEVEL)
    foreach(target IN LISTS targets)
      target_compile_options(${target} PRIVATE ${TENON_WARNINGS})
    endforeach()
  endif()
  if(NOT TENON_INSTALL)
    set_target_properties(${targets} PROPERTIES EXCLUDE_FROM_ALL ON)   # built only for whoever links it
  endif()
endfunction()
