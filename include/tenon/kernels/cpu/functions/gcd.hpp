#pragma once
// gcd: the greatest common divisor of the absolute values, lane by lane.
//
// Method     Stein 1967, the binary algorithm: shifts and subtractions instead of divisions.
// Special    gcd(0, x) = |x|. The lowest integer, which has no absolute value, stands for itself where it is the result.
#include <tenon/kernels/cpu/simd.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH {

namespace detail {

template <class T>
TENON_INLINE std::uint64_t magnitude(T v) {
  using U = word<static_cast<int>(sizeof(T))>;
  return v < 0 ? static_cast<U>(U{0} - static_cast<U>(v)) : static_cast<U>(v);
}

template <class T>
TENON_INLINE T gcd_lane(T a, T b) {
  std::uint64_t x = magnitude(a), y = magnitude(b);
  if (x == 0 || y == 0) return static_cast<T>(x | y);
  const int twos = __builtin_ctzll(x | y);
  x >>= __builtin_ctzll(x);
  while (y != 0) {
    y >>= __builtin_ctzll(y);
    const std::uint64_t low = x < y ? x : y;
    y = x < y ? y - x : x - y;
    x = low;
  }
  return static_cast<T>(x << twos);
}

}  // namespace detail

template <class T, int N>
TENON_INLINE vec<T, N> gcd(vec<T, N> a, vec<T, N> b) {
  return map_lanes([](T p, T q) TENON_INLINE_LAMBDA { return detail::gcd_lane(p, q); }, a, b);
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH
