#pragma once
// Functions of a lane that CUDA's library has not: digamma, log_ndtr, ldexp, next_toward. What they mean, and what they do with special
// values, is the CPU's: kernels/cpu/math/gamma.hpp and kernels/cpu/functions/{normal,ldexp,nextafter}.hpp.
//
// Precision  in ulp, from what CUDA C++ Programming Guide, "Mathematical functions", says of those that they are made of (lane.cuh):
//   digamma      0.6 (float, computed in double), 10 (double), of the larger of |result| and log(|x| + e): the CPU's 6, one more for
//                CUDA's tan, and as much again where the sum begins another binade
//   log_ndtr     8: 1 of log and log1p, the rest the 5 of normcdf where the logarithm passes them on
//   ldexp        rounded (CUDA's ldexp has 0); with a fraction in n also exp2's 2 (double 1)
//   next_toward  exact
#include <tenon/kernels/cuda/convert.cuh>
#include <tenon/kernels/cuda/lane.cuh>

namespace tenon::inline v0::kernels::cuda::inline TENON_CUDA_ROOM {

// psi(x) = psi(x + 1) - 1 / x up to 10, then the asymptotic series. The sum has two words: the logarithm takes much of it away.
TENON_HD inline double digamma_positive(double x) {
  double sum = 0, rest = 0;
  TENON_CUDA_KEEP_ROLLED
  for (; x < 10; x += 1) {
    const double term = 1 / x, next = sum + term, back = next - sum;
    rest += (sum - (next - back)) + (term - back);
    sum = next;
  }
  const double inverse = 1 / x, z = rounded_product(inverse, inverse), l = ::log(x);
  constexpr double series[] = {-3617.0 / 8160, 1.0 / 12, -691.0 / 32760, 1.0 / 132, -1.0 / 240, 1.0 / 252, -1.0 / 120, 1.0 / 12};   // B_2n / 2n
  double p = 0;
  for (const double c : series) p = ::fma(p, z, c);
  const double d = l - sum, back = d - l;
  return d + ((l - (d - back)) - (sum + back) - (::fma(z, p, 0.5 * inverse) + rest));
}
TENON_HD inline double digamma_of(double x) {
  if (::fabs(x) < 0x1p-70) return -1 / x;                     // also of the zeros
  if (x > 0) return x == __builtin_huge_val() ? x : digamma_positive(x);
  const double fraction = x - ::rint(x);                      // cot has the period 1, and the difference is exact
  return fraction == 0 ? __builtin_nan("") : digamma_positive(1 - x) - 0x1.921fb54442d18p1 / ::tan(0x1.921fb54442d18p1 * fraction);
}
template <class T>
TENON_INLINE TENON_HD lane<T> digamma(lane<T> x) {
  return lane<T>(digamma_of(static_cast<double>(x.v)));
}

// Around 0 by erf, which is small there; far below, where ndtr underflows, log M(t) - t^2 / 2 with M's asymptotic series.
template <class T>
TENON_INLINE TENON_HD lane<T> log_ndtr(lane<T> x) {
  using X = lane<T>;
  const X t = abs(x), one(1);
  if (t.v < T(0.7)) return log1p(erf(x * X(0.70710678118654752440))) - X(0.69314718055994530942);
  if (x.v > T(0)) return log1p(-ndtr(-t));
  if (!(t.v > T(sizeof(T) == 4 ? 12 : 37))) return log(ndtr(x));
  const X y = one / (t * t);
  const X series = fnma(y, fnma(X(3) * y, fnma(X(5) * y, fnma(X(7) * y, one - X(9) * y, one), one), one), one);
  return fma(X(-0.5) * t, t, log(series * (X(0.39894228040143267794) / t)));
}

template <class T>
TENON_INLINE TENON_HD lane<T> ldexp(lane<T> x, lane<T> n) {
  const T limit = sizeof(T) == 4 ? T(300) : T(2200);          // more than all exponents
  if (n.v != n.v) return n;
  const lane<T> bounded(n.v < -limit ? -limit : n.v > limit ? limit : n.v), k = trunc(bounded), f = bounded - k;
  const lane<T> y = f.v != T(0) ? x * exp2(f) : x;
  if constexpr (sizeof(T) == 4) return lane<T>(::ldexpf(y.v, static_cast<int>(k.v)));
  else return lane<T>(::ldexp(y.v, static_cast<int>(k.v)));
}

// A value of type T as its bits and back; T is what C computes for.
template <class T, class C>
TENON_INLINE TENON_HD auto bits_of(C x) {
  if constexpr (half_type<T>) return convert_element<T>(x).bits;
  else return __builtin_bit_cast(std::conditional_t<sizeof(C) == 4, std::uint32_t, std::uint64_t>, x);
}
template <class T, class C, class U>
TENON_INLINE TENON_HD C from_bits(U bits) {
  if constexpr (half_type<T>) return convert_element<C>(T::from_bits(bits));
  else return __builtin_bit_cast(C, bits);
}
// Without their sign, the bits of a format are in the order of its values: one step is one more or one less.
template <class T, class C>
TENON_INLINE TENON_HD lane<C> next_toward(lane<C> from, lane<C> to, type_tag<T>) {
  if (from.v != from.v) return from;
  if (from.v == to.v || to.v != to.v) return to;
  auto bits = bits_of<T>(abs(from).v);
  using U = decltype(bits);
  if (from.v == C(0)) return copysign(lane<C>(from_bits<T, C>(U{1})), to);
  bits = static_cast<U>((from.v < to.v) == (from.v > C(0)) ? bits + 1 : bits - 1);
  return copysign(lane<C>(from_bits<T, C>(bits)), from);
}

}  // namespace tenon::inline v0::kernels::cuda::inline TENON_CUDA_ROOM
