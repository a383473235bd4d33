#pragma once
// Numbers as an unevaluated sum of two: twice the precision, for the few places where one rounding too many shows.
//
// Method     error-free transformations (Dekker 1971; Knuth, TAOCP 2, 4.2.2). The error of a product is one fma; without fma
//            the factors are split into halves.
#include <tenon/kernels/cpu/math/polynomial.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::detail {

template <class T, int N>
struct two_words {
  vec<T, N> high, low;                 // |low| <= ulp(high) / 2
};

template <class T, int N>
TENON_INLINE two_words<T, N> two_sum(vec<T, N> a, vec<T, N> b) {
  const vec<T, N> s = a + b, part = s - a;
  return {s, (a - (s - part)) + (b - part)};
}
// Where |a| >= |b|, or a = 0.
template <class T, int N>
TENON_INLINE two_words<T, N> fast_two_sum(vec<T, N> a, vec<T, N> b) {
  const vec<T, N> s = a + b;
  return {s, b - (s - a)};
}

// a rounded to half as many bits (12 and 26). The rest then has a bit less, with its sign: squares of both are exact.
template <class T, int N>
TENON_INLINE vec<T, N> upper_bits(vec<T, N> a) {
  using U = bits_t<T>;
  constexpr U half = U{1} << (mantissa_bits<T> / 2);
  return bitcast<T>((bitcast<U>(a) + vec<U, N>(half)) & vec<U, N>(static_cast<U>(~(2 * half - 1))));
}

// a * b - p, where p is the rounded product.
template <class T, int N>
TENON_INLINE vec<T, N> product_error(vec<T, N> a, vec<T, N> b, vec<T, N> p) {
  if constexpr (has_fma) {
    return fms(a, b, p);
  } else {
    const vec<T, N> a1 = upper_bits(a), a2 = a - a1, b1 = upper_bits(b), b2 = b - b1;
    return (((a1 * b1 - p) + a1 * b2) + a2 * b1) + a2 * b2;  // each sum is exact
  }
}
template <class T, int N>
TENON_INLINE two_words<T, N> two_product(vec<T, N> a, vec<T, N> b) {
  const vec<T, N> p = a * b;
  return {p, product_error(a, b, p)};
}

// n / d of two-word numbers, rounded to one word: the quotient of the high words, corrected by its residual.
template <class T, int N>
TENON_INLINE vec<T, N> divide(two_words<T, N> n, two_words<T, N> d) {
  const vec<T, N> inverse = T(1) / d.high, q = n.high * inverse;
  const vec<T, N> p = q * d.high;
  const vec<T, N> residual = ((n.high - p) - product_error(q, d.high, p)) + fnma(q, d.low, n.low);
  return fma(residual, inverse, q);
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::detail
