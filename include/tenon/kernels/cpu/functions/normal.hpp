#pragma once
// ndtr: the normal distribution function, Phi(x) = erfc(-x / sqrt 2) / 2; and log_ndtr, its logarithm.
//
// Method     With t = |x|, Phi(-t) = e^(-t^2/2) M(t), where M falls from 1/2 towards 1 / (sqrt(2 pi) t). t^2 has two words: what
//            it loses to rounding would come back multiplied by t^2/2.
//            float: M(t) = v Q(t v), v = 1 / (t + 2.5), Q a minimax polynomial to 2^-27 for t <= 14.5.
//            double: M(t) = e^(z^2) erfc(z) / 2 at z = t / sqrt 2, where it is so smooth that the rounding of z does no harm;
//            below t = 0.7, where that has no polynomial, Phi(-t) = (1 - erf z) / 2.
//            t Phi(-t) of floats, which is all that gelu needs, has a table with AVX-512 (normal_table.hpp).
//            log_ndtr: log M(t) - t^2/2 for x < 0, log1p(-Phi(-x)) for x >= 0. For t beyond the polynomials M's asymptotic
//            series (Abramowitz & Stegun 26.2.12).
// Precision  ndtr below 4 ulp, log_ndtr below 3 ulp: down to the last subnormal result.
#include <tenon/kernels/cpu/functions/normal_table.hpp>
#include <tenon/kernels/cpu/math/error_function.hpp>
#include <tenon/kernels/cpu/math/logarithm.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH {

namespace detail {

// M(t) = Phi(-t) e^(t^2/2), or t times that, for t <= 14.5 (float), 0.7 <= t <= 38.6 (double).
template <bool Times = false, int N>
TENON_INLINE vec<float, N> normal_factor(vec<float, N> t) {
  const vec<float, N> v = 1.0f / (t + 2.5f), u = t * v, w = u * u;
  // Two short chains side by side instead of a long one; but not to the end, where their rounding errors would show.
  const vec<float, N> even = horner(w, 0x1.5b35aep-3, 0x1.7ea4b2p-5, 0x1.b1ccd6p-6, 0x1.8848a8p-4, -0x1.85695ep-6);
  const vec<float, N> odd = horner(w, 0x1.2c13ccp-2, -0x1.bb3e2cp-4, -0x1.07f8dep-3, 0x1.62bcdep-6);
  return (Times ? u : v) * fma(u, fma(u, fma(u, odd, even), -0x1.3e4edep+0f), 0x1.4p+0f);
}
template <bool Times = false, int N>
TENON_INLINE vec<double, N> normal_factor(vec<double, N> t) {
  return (Times ? 0.5 * t : vec<double, N>(0.5)) * erfc_factor(t * 0.70710678118654752440);
}

template <class T>
inline constexpr T normal_end = is_float<T> ? T(14.5) : T(38.6);  // Phi(-t) rounds to 0 here

// t^2 / 2.
template <class T, int N>
TENON_INLINE two_words<T, N> half_square(vec<T, N> t) {
  const auto square = two_product(t, t);
  return {T(0.5) * square.high, T(0.5) * square.low};
}

// Phi(-t), or t times that, for t >= 0 (double: 0.7).
template <bool Times = false, class T, int N>
TENON_INLINE vec<T, N> normal_tail(vec<T, N> t) {
  const vec<T, N> bounded = at_most(t, normal_end<T>);
  const vec<T, N> m = normal_factor<Times>(bounded);
  if constexpr (is_float<T>) {
    // As in exp_in_range, e^(-t^2/2) = 2^k e^(-s/2). t^2 is not rounded before it meets 2 k ln 2, which takes its leading digits.
    const vec<T, N> k = nearest(bounded * bounded, T(-0.5) * log2_e<T>), upper = k * (2 * ln2_upper<T>);
    vec<T, N> s;
    if constexpr (has_fma) {
      s = fma(bounded, bounded, upper);
    } else {
      const auto square = two_product(bounded, bounded);
      s = (upper + square.high) + square.low;
    }
    s = fma(k, 2 * ln2_lower<T>, s);
    // The polynomial of exp_remainder at -s/2.
    const vec<T, N> p = horner(s, -0.5, 0x1.fffffcp-4, -0x1.55549p-6, 0x1.5558a2p-9, -0x1.123adp-12, 0x1.6a5e34p-16);
    return scale(fma(m, s * p, m), k);
  } else {
    const auto h = half_square(bounded);
    const auto e = exp_words(-h.high, T(0));
    return fma(m, e.high, m * fnma(e.high, h.low, e.low));
  }
}

}  // namespace detail

// t Phi(-t) for t >= 0: what gelu takes from x.
template <class T, int N>
TENON_INLINE vec<T, N> times_ndtr_below(vec<T, N> t) {
  if constexpr (detail::is_float<T>) {
#if TENON_SIMD_BYTES == 64
    const vec<T, N> near = detail::times_normal_tail_by_table(t);
    const auto beyond = t >= vec<T, N>(detail::normal_table_end);
    return any(beyond) ? select(beyond, detail::normal_tail<true>(t), near) : near;
#else
    return detail::normal_tail<true>(t);
#endif
  } else {
    const vec<T, N> half(T(0.5)), near = fnma(half, detail::erf_near_zero(t * T(0.70710678118654752440)), half);
    return select(t < vec<T, N>(T(0.7)), t * near, detail::normal_tail<true>(at_least(t, T(0.7))));
  }
}

template <class T, int N>
TENON_INLINE vec<T, N> ndtr(vec<T, N> x) {
  using V = vec<T, N>;
  const V t = abs(x), zero(T(0)), one(T(1));
  if constexpr (detail::is_float<T>) {
    const V tail = detail::normal_tail(t);
    return select(x > zero, one - tail, tail);
  } else {
    const V half(T(0.5)), tail = detail::normal_tail(at_least(t, T(0.7)));
    const V near = fma(half, detail::erf_near_zero(x * T(0.70710678118654752440)), half);
    return select(t < V(T(0.7)), near, select(x > zero, one - tail, tail));
  }
}

template <class T, int N>
TENON_INLINE vec<T, N> log_ndtr(vec<T, N> x) {
  using V = vec<T, N>;
  const V t = abs(x), one(T(1)), y = one / (t * t);
  const V series =
      fnma(y, fnma(T(3) * y, fnma(T(5) * y, one - T(7) * y, one), one), one);  // 1 - y + 3 y^2 - 15 y^3 + ...
  const V far = series * (T(0.39894228040143267794) / t);
  const V near =
      detail::normal_factor(at_least(at_most(t, detail::normal_end<T>), detail::is_float<T> ? T(0) : T(0.7)));
  const V factor = select(t > V(T(0.95) * detail::normal_end<T>), far, near);
  const auto h = detail::half_square(t);
  const V low = select(h.high < V(std::numeric_limits<T>::infinity()), h.low, V(T(0)));  // an infinite square has none
  const V deep = (log(factor) - low) - h.high;
  const V above = log1p(-ndtr(-t)), below = detail::is_float<T> ? deep : select(t < V(T(0.7)), log(ndtr(x)), deep);
  return select(x < V(T(0)), below, above);
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH
