#pragma once
// fmod of floating-point vectors, exact as IEEE 754 wants it, and gcd of integer vectors.
//
// fmod       Where |a / b| < 2^(digits), q = trunc(|a| / |b|) is the quotient or one more: rounding is monotone, so it never
//            falls below a whole number that it was not below. |a| - q |b| is then a number of T (a multiple of b's last
//            place, no larger than |b|), which the fused multiply-add gives exactly; if it is negative, |b| is added.
//            Larger quotients, and what is not finite, go lane by lane through the C library's exact fmod.
// gcd        Stein 1967, the binary algorithm, lane by lane. Of the lowest integer and 0: that integer, which has no
//            absolute value.
#include <tenon/kernels/cpu/simd.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH {

template <class T, int N>
TENON_INLINE vec<T, N> fmod(vec<T, N> a, vec<T, N> b) {
  using V = vec<T, N>;
  if constexpr (has_fma) {
    const V x = abs(a), y = abs(b), quotient = x / y;
    if (all((quotient < V(sizeof(T) == 4 ? T(0x1p24) : T(0x1p53))) & (y < V(std::numeric_limits<T>::infinity())))) {
      const V r = fnma(trunc(quotient), y, x);
      return copysign(select(r < V(T{0}), r + y, r), a);
    }
  }
  return map_lanes(
      [](T p, T q) __attribute__((always_inline)) {
        if constexpr (sizeof(T) == 4)
          return __builtin_fmodf(p, q);
        else
          return __builtin_fmod(p, q);
      },
      a, b);
}

namespace detail {

template <class T>
TENON_INLINE T gcd_lane(T a, T b) {
  using U = word<static_cast<int>(sizeof(T))>;
  const auto size = [](T v) __attribute__((always_inline)) {
    return static_cast<std::uint64_t>(v < 0 ? static_cast<U>(U{0} - static_cast<U>(v)) : static_cast<U>(v));
  };
  std::uint64_t x = size(a), y = size(b);
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
  return map_lanes(
      [](T p, T q) __attribute__((always_inline)) { return detail::gcd_lane(p, q); }, a, b);
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH
