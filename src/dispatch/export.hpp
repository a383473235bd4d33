#pragma once
// How a kernel leaves the file that was compiled for one instruction set: behind a function with that set in its name.
//
//   softmax.cpp    (compiled three times)   TENON_EXPORT(softmax_kernel<float>)    defines avx2::exported<softmax_kernel<float>>
//   select.cpp     (compiled once)          TENON_SELECT(softmax_kernel<float>)    chooses among the three at run time
#include <tenon/core/build.hpp>

#define TENON_EXPORT(...)                                       \
  namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH { \
  template <class K>                                            \
  typename K::function exported();                              \
  template <>                                                   \
  typename __VA_ARGS__::function exported<__VA_ARGS__>() {      \
    return function_of(__VA_ARGS__{}, this_arch{});             \
  }                                                             \
  }
