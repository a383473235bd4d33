#pragma once
// Functions on vec that are one to a few instructions: select, fused multiply-add, minimum and maximum, rounding, signs.
#include <tenon/kernels/cpu/simd/vec.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH {

template <class X>
using same = std::type_identity_t<X>;          // a parameter that takes no part in deduction, so that scalars convert

// a where the mask holds, else b, lane by lane. The mask may be of another element type.
template <class M, class T, int N>
TENON_ALWAYS_INLINE vec<T, N> select(mask<M, N> m, vec<T, N> a, same<vec<T, N>> b) {
  return vec<T, N>::blend(convert<T>(m), a, b);
}
template <class M, class T, int N>
TENON_ALWAYS_INLINE vec<T, N> select(mask<M, N> m, same<T> a, vec<T, N> b) {
  return select(m, vec<T, N>(a), b);
}
template <class M, class T, int N>
TENON_ALWAYS_INLINE mask<T, N> select(mask<M, N> m, mask<T, N> a, mask<T, N> b) {
  const auto c = convert<T>(m);
  return (c & a) | (~c & b);
}

namespace detail {

template <class T, int N, class R>
TENON_ALWAYS_INLINE R fused(R a, R b, R c) {
#if TENON_SIMD_BYTES == 64
  if constexpr (sizeof(R) == 64 && sizeof(T) == 4) return (R)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c);
  if constexpr (sizeof(R) == 64 && sizeof(T) == 8) return (R)_mm512_fmadd_pd((__m512d)a, (__m512d)b, (__m512d)c);
#endif
#if TENON_SIMD_BYTES >= 32
  if constexpr (sizeof(R) == 32 && sizeof(T) == 4) return (R)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c);
  if constexpr (sizeof(R) == 32 && sizeof(T) == 8) return (R)_mm256_fmadd_pd((__m256d)a, (__m256d)b, (__m256d)c);
  if constexpr (sizeof(R) == 16 && sizeof(T) == 4) return (R)_mm_fmadd_ps((__m128)a, (__m128)b, (__m128)c);
  if constexpr (sizeof(R) == 16 && sizeof(T) == 8) return (R)_mm_fmadd_pd((__m128d)a, (__m128d)b, (__m128d)c);
#else
  using batch = typename vec<T, N>::batch;
  return static_cast<R>(xsimd::fma(batch(a), batch(b), batch(c)));
#endif
}

}  // namespace detail

// Whether fma rounds once. Where it is false the instruction set has none, and fma(a, b, c) is a * b + c in two roundings.
#if defined(__FMA__) || defined(__aarch64__)
inline constexpr bool has_fma = true;
#else
inline constexpr bool has_fma = false;
#endif

// a * b + c. Of integers: the wrapped result.
template <class T, int N>
TENON_ALWAYS_INLINE vec<T, N> fma(vec<T, N> a, same<vec<T, N>> b, same<vec<T, N>> c) {
  if constexpr (std::is_integral_v<T> || !has_fma) {
    return a * b + c;
  } else {
    return vec<T, N>(detail::fused<T, N>(a.r, b.r, c.r));
  }
}
// a * b - c
template <class T, int N>
TENON_ALWAYS_INLINE vec<T, N> fms(vec<T, N> a, same<vec<T, N>> b, same<vec<T, N>> c) {
  return fma(a, b, -c);
}
// c - a * b
template <class T, int N>
TENON_ALWAYS_INLINE vec<T, N> fnma(vec<T, N> a, same<vec<T, N>> b, same<vec<T, N>> c) {
#if TENON_SIMD_BYTES == 64
  // One instruction: g++ negates a by another, if several products have it.
  if constexpr (std::is_same_v<T, float> && N == 16) return vec<T, N>(_mm512_fnmadd_ps(a.r, b.r, c.r));
  if constexpr (std::is_same_v<T, double> && N == 8) return vec<T, N>(_mm512_fnmadd_pd(a.r, b.r, c.r));
#endif
  return fma(-a, b, c);
}

template <class T, int N>
TENON_ALWAYS_INLINE mask<T, N> is_nan(vec<T, N> v) {
  return v != v;
}

template <class T, int N>
TENON_ALWAYS_INLINE vec<T, N> copysign(vec<T, N> magnitude, same<vec<T, N>> sign) {
  const vec<T, N> bit(T(-0.0));
  return (magnitude & ~bit) | (sign & bit);
}

// Of the lowest integer: itself.
template <class T, int N>
TENON_ALWAYS_INLINE vec<T, N> abs(vec<T, N> v) {
  if constexpr (std::is_floating_point_v<T>) {
    return v & ~vec<T, N>(T(-0.0));
  } else if constexpr (std::is_signed_v<T>) {
    return select(v < vec<T, N>(T{0}), -v, v);
  } else {
    return v;
  }
}

namespace detail {

// The hardware's maximum and minimum. x86's return the second operand when the two are equal or unordered, AArch64's
// order the zeros and propagate NaN. (xsimd's min and max changed their operand order between versions.)
template <class T, int N>
TENON_ALWAYS_INLINE vec<T, N> hardware_max(vec<T, N> a, vec<T, N> b) {
#if defined(__x86_64__) || defined(_M_X64)
  using V = vec<T, N>;
#if TENON_SIMD_BYTES == 64
  if constexpr (sizeof(V) == 64 && sizeof(T) == 4) return V(_mm512_max_ps(a.r, b.r));
  if constexpr (sizeof(V) == 64 && sizeof(T) == 8) return V(_mm512_max_pd(a.r, b.r));
#endif
#if TENON_SIMD_BYTES >= 32
  if constexpr (sizeof(V) == 32 && sizeof(T) == 4) return V(_mm256_max_ps(a.r, b.r));
  if constexpr (sizeof(V) == 32 && sizeof(T) == 8) return V(_mm256_max_pd(a.r, b.r));
#endif
  if constexpr (sizeof(V) == 16 && sizeof(T) == 4) return V(_mm_max_ps(a.r, b.r));
  if constexpr (sizeof(V) == 16 && sizeof(T) == 8) return V(_mm_max_pd(a.r, b.r));
#else
  using batch = typename vec<T, N>::batch;
  return xsimd::max(batch(a), batch(b));
#endif
}
template <class T, int N>
TENON_ALWAYS_INLINE vec<T, N> hardware_min(vec<T, N> a, vec<T, N> b) {
#if defined(__x86_64__) || defined(_M_X64)
  using V = vec<T, N>;
#if TENON_SIMD_BYTES == 64
  if constexpr (sizeof(V) == 64 && sizeof(T) == 4) return V(_mm512_min_ps(a.r, b.r));
  if constexpr (sizeof(V) == 64 && sizeof(T) == 8) return V(_mm512_min_pd(a.r, b.r));
#endif
#if TENON_SIMD_BYTES >= 32
  if constexpr (sizeof(V) == 32 && sizeof(T) == 4) return V(_mm256_min_ps(a.r, b.r));
  if constexpr (sizeof(V) == 32 && sizeof(T) == 8) return V(_mm256_min_pd(a.r, b.r));
#endif
  if constexpr (sizeof(V) == 16 && sizeof(T) == 4) return V(_mm_min_ps(a.r, b.r));
  if constexpr (sizeof(V) == 16 && sizeof(T) == 8) return V(_mm_min_pd(a.r, b.r));
#else
  using batch = typename vec<T, N>::batch;
  return xsimd::min(batch(a), batch(b));
#endif
}

}  // namespace detail

// v where it is above (below) the bound, else the bound; NaN stays NaN. One instruction, for clamping an argument.
template <class T, int N>
TENON_ALWAYS_INLINE vec<T, N> at_least(vec<T, N> v, same<vec<T, N>> bound) {
  return detail::hardware_max(bound, v);
}
template <class T, int N>
TENON_ALWAYS_INLINE vec<T, N> at_most(vec<T, N> v, same<vec<T, N>> bound) {
  return detail::hardware_min(bound, v);
}

// The larger and the smaller: NaN if either is NaN; +0 is larger than -0.
//
// max(a, b) and max(b, a) together hold both operands where they are equal or unordered. Zeros: `or` of the signs is the
// minimum's, `and` the maximum's. NaN: `or` of everything below the sign keeps an exponent of all ones and a mantissa that
// is not zero. Elsewhere both are the answer.
template <class T, int N>
TENON_ALWAYS_INLINE vec<T, N> minimum(vec<T, N> a, same<vec<T, N>> b) {
  if constexpr (std::is_integral_v<T>) {
    return select(a < b, a, b);
  } else {
    return detail::hardware_min(a, b) | detail::hardware_min(b, a);
  }
}
template <class T, int N>
TENON_ALWAYS_INLINE vec<T, N> maximum(vec<T, N> a, same<vec<T, N>> b) {
  if constexpr (std::is_integral_v<T>) {
    return select(a < b, b, a);
  } else {
    const vec<T, N> x = detail::hardware_max(a, b), y = detail::hardware_max(b, a), sign(T(-0.0));
#if TENON_SIMD_BYTES == 64
    if constexpr (sizeof(x) == 64)                         // the same in one instruction; g++ 12 finds two
      return vec<T, N>((typename vec<T, N>::register_type)_mm512_ternarylogic_epi32((__m512i)x.r, (__m512i)y.r, (__m512i)sign.r, 0xd4));
#endif
    return (x | y) & ~(sign & (x ^ y));
  }
}

template <class T, int N>
TENON_ALWAYS_INLINE vec<T, N> sqrt(vec<T, N> v) {
  return xsimd::sqrt(typename vec<T, N>::batch(v));
}
// sqrt(v) within 3/4 ulp and 1 / sqrt(v) within 2, of normal numbers above zero.
//
// With AVX-512 the inverse comes from the estimate of 14 bits by Newton's rule, y += y (1/2 - v/2 y^2), which doubles them: a root and a quotient of
// doubles would keep the divider busy for some 45 cycles.
template <class T, int N>
struct root_and_inverse {
  vec<T, N> root, inverse;
};
template <class T, int N>
TENON_ALWAYS_INLINE root_and_inverse<T, N> sqrt_and_inverse(vec<T, N> v) {
#if TENON_SIMD_BYTES == 64
  using V = vec<T, N>;
  if constexpr (sizeof(V) == 64) {
    V y;
    if constexpr (sizeof(T) == 8) y = V(_mm512_rsqrt14_pd(v.r));
    else y = V(_mm512_rsqrt14_ps(v.r));
    const V half(T(0.5)), halved = half * v;
    TENON_UNROLL(2)
    for (int digits = 14; digits < std::numeric_limits<T>::digits - 1; digits *= 2) y = fma(y, fnma(halved * y, y, half), y);
    const V root = v * y;
    return {fma(fnma(root, root, v), half * y, root), y};
  }
#endif
  const vec<T, N> root = sqrt(v);
  return {root, vec<T, N>(T(1)) / root};
}
// Rounding to an integer keeps the sign of a zero result: ceil(-0.5) is -0.
#if defined(__SSE4_1__) || defined(__aarch64__)
template <class T, int N>
TENON_ALWAYS_INLINE vec<T, N> floor(vec<T, N> v) {
  return xsimd::floor(typename vec<T, N>::batch(v));
}
template <class T, int N>
TENON_ALWAYS_INLINE vec<T, N> ceil(vec<T, N> v) {
  return xsimd::ceil(typename vec<T, N>::batch(v));
}
template <class T, int N>
TENON_ALWAYS_INLINE vec<T, N> trunc(vec<T, N> v) {
  return xsimd::trunc(typename vec<T, N>::batch(v));
}
// To the nearest, ties to even.
template <class T, int N>
TENON_ALWAYS_INLINE vec<T, N> round(vec<T, N> v) {
  return xsimd::nearbyint(typename vec<T, N>::batch(v));
}
#else
// SSE2 has no instruction for it. Adding 2^(mantissa bits) leaves no room for a fraction; beyond it there is none.
template <class T, int N>
TENON_ALWAYS_INLINE vec<T, N> round(vec<T, N> v) {
  const vec<T, N> a = abs(v), large(sizeof(T) == 4 ? T(0x1p23) : T(0x1p52));
  return select(a < large, copysign((a + large) - large, v), v);
}
template <class T, int N>
TENON_ALWAYS_INLINE vec<T, N> floor(vec<T, N> v) {
  const vec<T, N> r = round(v);
  return copysign(r - vec<T, N>::one_where(r > v), v);
}
template <class T, int N>
TENON_ALWAYS_INLINE vec<T, N> ceil(vec<T, N> v) {
  const vec<T, N> r = round(v);
  return copysign(r + vec<T, N>::one_where(r < v), v);
}
template <class T, int N>
TENON_ALWAYS_INLINE vec<T, N> trunc(vec<T, N> v) {
  const vec<T, N> a = abs(v), r = round(a);
  return copysign(r - vec<T, N>::one_where(r > a), v);
}
#endif

// The same bits as another type. Of another size: as many lanes as there are bytes for.
template <class U, class T, int N>
TENON_ALWAYS_INLINE auto bitcast(vec<T, N> v) {
  constexpr int count = N * static_cast<int>(sizeof(T)) / static_cast<int>(sizeof(U));
  using to = vec<U, count>;
  return to((typename to::register_type)v.r);
}

// f applied to each lane's value (of each argument): for functions that are not worth a vector form.
template <class F, class T, int N, class... Rest>
TENON_ALWAYS_INLINE auto map_lanes(F f, vec<T, N> v, Rest... rest) {
  using U = decltype(f(v[0], rest[0]...));
  detail::array<U, N> out;
  for (int i = 0; i < N; ++i) out[i] = f(v[i], rest[i]...);
  return vec<U, N>::from_array(out);
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH
