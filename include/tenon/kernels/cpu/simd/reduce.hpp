#pragma once
// Horizontal reductions, in one fixed order: the upper half onto the lower half, until one value is left.
//   8 lanes:  ((v0+v4) + (v2+v6)) + ((v1+v5) + (v3+v7))
#include <tenon/kernels/cpu/simd/functions.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH {

template <class T, int N>
TENON_ALWAYS_INLINE vec<T, N / 2> lower_half(vec<T, N> v) {
  return vec<T, N / 2>::from_array(detail::part<T, 0, N / 2, N>(v.lanes_array()));
}
template <class T, int N>
TENON_ALWAYS_INLINE vec<T, N / 2> upper_half(vec<T, N> v) {
  return vec<T, N / 2>::from_array(detail::part<T, N / 2, N / 2, N>(v.lanes_array()));
}

// a's lanes, then b's.
template <class T, int N>
TENON_ALWAYS_INLINE vec<T, 2 * N> join(vec<T, N> a, vec<T, N> b) {
  const auto x = a.lanes_array(), y = b.lanes_array();
  return [&]<int... I>(std::integer_sequence<int, I...>) TENON_INLINE_LAMBDA {
    return vec<T, 2 * N>::from_array(detail::shuffle<T, N, I...>(x, y));
  }(std::make_integer_sequence<int, 2 * N>{});
}

template <class F, class T, int N>
TENON_ALWAYS_INLINE T reduce(F f, vec<T, N> v) {
  if constexpr (N == 2) {
    const auto a = v.lanes_array();
    return f(v, vec<T, N>::from_array(detail::shuffle<T, N, 1, 0>(a, a)))[0];
  } else {
    return reduce(f, f(lower_half(v), upper_half(v)));
  }
}
template <class T, int N>
TENON_ALWAYS_INLINE T reduce_add(vec<T, N> v) {
  return reduce([](auto a, auto b) TENON_INLINE_LAMBDA { return a + b; }, v);
}
template <class T, int N>
TENON_ALWAYS_INLINE T reduce_mul(vec<T, N> v) {
  return reduce([](auto a, auto b) TENON_INLINE_LAMBDA { return a * b; }, v);
}
// NaN if any lane is.
template <class T, int N>
TENON_ALWAYS_INLINE T reduce_max(vec<T, N> v) {
  return reduce([](auto a, auto b) TENON_INLINE_LAMBDA { return maximum(a, b); }, v);
}
template <class T, int N>
TENON_ALWAYS_INLINE T reduce_min(vec<T, N> v) {
  return reduce([](auto a, auto b) TENON_INLINE_LAMBDA { return minimum(a, b); }, v);
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH
