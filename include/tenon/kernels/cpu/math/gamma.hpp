#pragma once
// lgamma and digamma.
//
// Method     lgamma: the C library's, lane by lane, in double. digamma: for x < 10 the recurrence psi(x) = psi(x + 1) - 1 / x,
//            then the asymptotic series in 1 / x^2 with Bernoulli's numbers; for x < 0 the reflection
//            psi(x) = psi(1 - x) - pi cot(pi x). Float: in double.
// Special    lgamma is +infinity at 0 and the negative integers. digamma(+-0) = -+infinity, NaN at negative integers.
// Precision  bounds.hpp. digamma crosses zero, at 1.4616... and once between poles: it counts in ulp of the larger of
//            |psi(x)| and log(|x| + e), the size of the terms it is the sum of.
#include <tenon/kernels/cpu/math/logarithm.hpp>
#include <tenon/kernels/cpu/math/through_double.hpp>
#include <tenon/kernels/cpu/math/trigonometric.hpp>

#include <math.h>                      // lgamma_r, an ordinary symbol: std::lgamma would be inlined and shared

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH {

namespace detail {

// psi(x) for x > 0 (x not larger than the numbers whose square overflows needs no care: the series vanishes).
template <int N>
TENON_INLINE vec<double, N> digamma_positive(vec<double, N> x) {
  const vec<double, N> ten(10.0), one(1.0), zero(0.0);
  vec<double, N> y = x;
  two_words<double, N> sum = {zero, zero};                   // up to 1 / x + 2.9, of which the logarithm takes much away
  for (int i = 0; i < 10; ++i) {
    const auto small = y < ten;
    const auto next = two_sum(sum.high, select(small, one / y, zero));
    sum = {next.high, sum.low + next.low};
    y = select(small, y + one, y);
  }
  const vec<double, N> inverse = one / y, z = inverse * inverse;
  // B_2n / 2n
  const vec<double, N> series = horner(z, 1.0 / 12, -1.0 / 120, 1.0 / 252, -1.0 / 240, 1.0 / 132, -691.0 / 32760, 1.0 / 12,
                                       -3617.0 / 8160);
  const auto d = two_sum(log(y), -sum.high);
  return d.high + (d.low - (fma(z, series, 0.5 * inverse) + sum.low));
}

template <int N>
TENON_INLINE vec<double, N> digamma_all(vec<double, N> x) {
  constexpr double inf = std::numeric_limits<double>::infinity(), pi = 0x1.921fb54442d18p1;
  const vec<double, N> zero(0.0);
  const auto negative = x < zero;
  const vec<double, N> direct = digamma_positive(select(negative, 1.0 - x, x));
  const vec<double, N> fraction = x - round(x);              // cot has the period 1, and the difference is exact
  const vec<double, N> reflected = direct - pi / tan(pi * fraction);
  vec<double, N> r = select(negative, reflected, direct);
  r = select(negative & (fraction == zero), vec<double, N>(std::numeric_limits<double>::quiet_NaN()), r);
  r = select(abs(x) < vec<double, N>(0x1p-70), -1.0 / x, r);           // also of -0 and 0; psi(x) = -1 / x - 0.577...
  return select(x == vec<double, N>(inf), x, r);
}

}  // namespace detail

// log |gamma(x)|
template <class T, int N>
TENON_INLINE vec<T, N> lgamma(vec<T, N> x) {
  return map_lanes([](T v) {
    int sign = 0;
    return static_cast<T>(::lgamma_r(static_cast<double>(v), &sign));
  }, x);
}

// The derivative of lgamma.
template <class T, int N>
TENON_INLINE vec<T, N> digamma(vec<T, N> x) {
  if constexpr (detail::is_float<T>)
    return detail::through_double([](auto d) TENON_INLINE_LAMBDA { return detail::digamma_all(d); }, x);
  else
    return detail::digamma_all(x);
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH
