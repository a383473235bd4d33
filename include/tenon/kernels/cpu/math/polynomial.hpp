#pragma once
// Polynomials and powers of two: what the functions in this folder are made of.
//
// Coefficients throughout are minimax fits (relative error unless said otherwise) computed with Sollya's fpminimax for the
// interval that is stated beside them; they are written as double and are exact in the type they are used in.
#include <tenon/kernels/cpu/simd.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::detail {

// c0 + c1 x + c2 x^2 + ..., by Horner's rule. Kernels keep several vectors in flight, so its latency does not show.
template <class T, int N>
TENON_INLINE vec<T, N> horner(vec<T, N>, double c0) {
  return vec<T, N>(static_cast<T>(c0));
}
template <class T, int N, class... C>
TENON_INLINE vec<T, N> horner(vec<T, N> x, double c0, C... rest) {
  return fma(horner(x, rest...), x, static_cast<T>(c0));
}

template <class T>
inline constexpr bool is_float = std::is_same_v<T, float>;
template <class T>
inline constexpr int mantissa_bits = is_float<T> ? 23 : 52;
template <class T>
inline constexpr int exponent_bias = is_float<T> ? 127 : 1023;
template <class T>
using bits_t = word<static_cast<int>(sizeof(T))>;
template <class T>
using signed_bits_t = signed_word<static_cast<int>(sizeof(T))>;

// Adding it to a number of magnitude below 2^(mantissa bits - 2) rounds to an integer, which then stands in the low bits.
template <class T>
inline constexpr T rounder = is_float<T> ? T(0x1.8p23) : T(0x1.8p52);

// The integer nearest to a * b, as a number.
template <class T, int N>
TENON_INLINE vec<T, N> nearest(vec<T, N> a, T b) {
  return fma(a, b, rounder<T>) - rounder<T>;
}

// 2^k for an integer k with a normal result. Only the low bits of the sum are used: the shift drops the rest.
template <class T, int N>
TENON_INLINE vec<T, N> power_of_two(vec<T, N> k) {
  return bitcast<T>(bitcast<bits_t<T>>(k + (rounder<T> + T(exponent_bias<T>))) << mantissa_bits<T>);
}

// p * 2^k, rounded once also where it is subnormal; overflow gives infinity. |k| < 2 * bias; with AVX-512 and p > 0 any k, where
// an infinite one gives infinity or 0, and NaN gives NaN.
template <class T, int N>
TENON_INLINE vec<T, N> scale(vec<T, N> p, vec<T, N> k) {
#if TENON_SIMD_BYTES == 64
  using V = vec<T, N>;
  if constexpr (sizeof(V) == 64 && sizeof(T) == 4) return V(_mm512_scalef_ps(p.r, k.r));
  if constexpr (sizeof(V) == 64 && sizeof(T) == 8) return V(_mm512_scalef_pd(p.r, k.r));
  if constexpr (sizeof(V) == 32 && sizeof(T) == 4) return V(_mm256_scalef_ps(p.r, k.r));
  if constexpr (sizeof(V) == 32 && sizeof(T) == 8) return V(_mm256_scalef_pd(p.r, k.r));
  if constexpr (sizeof(V) == 16 && sizeof(T) == 4) return V(_mm_scalef_ps(p.r, k.r));
  if constexpr (sizeof(V) == 16 && sizeof(T) == 8) return V(_mm_scalef_pd(p.r, k.r));
#else
  const vec<T, N> half = nearest(k, T(0.5));                 // two steps: 2^k itself may be out of range
  return p * power_of_two(half) * power_of_two(k - half);
#endif
}

#if TENON_SIMD_BYTES == 64
// Whichever of x and c is nearer to zero, with the sign of x; c for NaN.
template <class T, int N>
TENON_INLINE vec<T, N> nearer_to_zero(vec<T, N> x, same<vec<T, N>> c) {
  using V = vec<T, N>;
  constexpr int lesser_magnitude = 2;
  if constexpr (sizeof(V) == 64 && sizeof(T) == 4) return V(_mm512_range_ps(x.r, c.r, lesser_magnitude));
  if constexpr (sizeof(V) == 64 && sizeof(T) == 8) return V(_mm512_range_pd(x.r, c.r, lesser_magnitude));
  if constexpr (sizeof(V) == 32 && sizeof(T) == 4) return V(_mm256_range_ps(x.r, c.r, lesser_magnitude));
  if constexpr (sizeof(V) == 32 && sizeof(T) == 8) return V(_mm256_range_pd(x.r, c.r, lesser_magnitude));
  if constexpr (sizeof(V) == 16 && sizeof(T) == 4) return V(_mm_range_ps(x.r, c.r, lesser_magnitude));
  if constexpr (sizeof(V) == 16 && sizeof(T) == 8) return V(_mm_range_pd(x.r, c.r, lesser_magnitude));
}
#endif

// x, or c where x is NaN. |x| <= |c| elsewhere.
template <class T, int N>
TENON_INLINE vec<T, N> or_if_nan(vec<T, N> x, same<vec<T, N>> c) {
#if TENON_SIMD_BYTES == 64
  return nearer_to_zero(x, c);
#else
  return select(is_nan(x), c, x);
#endif
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::detail
