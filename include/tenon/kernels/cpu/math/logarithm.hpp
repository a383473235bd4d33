#pragma once
// log, log2, log10 and log1p.
//
// Method     x = 2^k (1 + f) with 1 + f in [2/3, 4/3) (double: [sqrt(1/2), sqrt 2)), so that near x = 1, where the result
//            is small, k is 0 and f exact. Float: a polynomial in f. Double: with s = f / (2 + f),
//            log(1 + f) = 2 s + s^3 R(s^2) = f - (h - s (h + s^2 R)), h = f^2 / 2, which is sum and small correction.
// Special    log(0) = -inf, log of a negative number NaN, log(inf) = inf; subnormal arguments are right; log1p(-0) = -0.
// Precision  bounds.hpp
#include <tenon/kernels/cpu/math/exponential.hpp>

#include <limits>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH {

namespace detail {

template <class T, int N>
struct split_number {
  vec<T, N> k, f;                      // x = 2^k (1 + f)
};

// Of a normal x > 0. The exponent field is read as the low bits of a number in [2^mantissa, 2^(mantissa + 1)).
template <class T, int N>
TENON_INLINE split_number<T, N> split(vec<T, N> x) {
  using U = bits_t<T>;
  constexpr T lowest = is_float<T> ? T(0x1.555556p-1) : T(0x1.6a09e667f3bcdp-1);
  constexpr U base = __builtin_bit_cast(U, lowest), one = __builtin_bit_cast(U, T(1));
  constexpr T unit = is_float<T> ? T(0x1p23) : T(0x1p52);
  const auto u = bitcast<U>(x) + vec<U, N>(static_cast<U>(one - base));
  const auto field = (u >> mantissa_bits<T>) | vec<U, N>(__builtin_bit_cast(U, unit));
  const auto mantissa = (u & vec<U, N>((U{1} << mantissa_bits<T>) - 1)) + vec<U, N>(base);
  return {bitcast<T>(field) - (unit + T(exponent_bias<T>)), bitcast<T>(mantissa) - T(1)};
}
// Of any x > 0.
template <class T, int N>
TENON_INLINE split_number<T, N> split_any(vec<T, N> x) {
  constexpr T up = is_float<T> ? T(0x1p25) : T(0x1p54), shift = is_float<T> ? T(25) : T(54);
  const auto subnormal = x < vec<T, N>(std::numeric_limits<T>::min());
  auto s = split(select(subnormal, x * up, x));
  s.k = select(subnormal, s.k - shift, s.k);
  return s;
}

// Where x is not a positive finite number.
template <class T, int N>
TENON_INLINE vec<T, N> log_special(vec<T, N> x, vec<T, N> result) {
  constexpr T inf = std::numeric_limits<T>::infinity();
  const vec<T, N> zero(T(0));
  const vec<T, N> other = select(x == zero, vec<T, N>(-inf), select(x < zero, vec<T, N>(std::numeric_limits<T>::quiet_NaN()), x));
  return select((x > zero) & (x < vec<T, N>(inf)), result, other);
}

// (log(1 + f) - f + f^2 / 2) / f^3 for float; log(1 + f) to 2^-27.7.
template <int N>
TENON_INLINE vec<float, N> log_remainder(vec<float, N> f) {
  return horner(f, 0x1.555506p-2, -0x1.fffefp-3, 0x1.99d05ep-3, -0x1.559de4p-3, 0x1.1ed422p-3, -0x1.f30e34p-4,
                0x1.1e73b8p-3, -0x1.080caap-3);
}

// s (h + s^2 R(s^2)) for double, see above; log(1 + f) to 2^-57.6.
template <int N>
TENON_INLINE vec<double, N> log_correction(vec<double, N> f, vec<double, N> h) {
  const vec<double, N> s = f / (f + 2.0), z = s * s;
  const vec<double, N> r = horner(z, 0x1.5555555555558p-1, 0x1.9999999995239p-2, 0x1.2492492e0c875p-2, 0x1.c71c62bf42ed4p-3,
                                  0x1.7462bfebe847p-3, 0x1.39fce62a8100fp-3, 0x1.2b6a94c8ac3aap-3);
  return s * fma(z, r, h);
}

// k ln 2 + log(1 + f)
template <class T, int N>
TENON_INLINE vec<T, N> log_sum(vec<T, N> k, vec<T, N> f) {
  if constexpr (is_float<T>) {
    const vec<T, N> tail = fma(f * f, fma(log_remainder(f), f, T(-0.5)), k * ln2_lower<T>);
    return fma(k, ln2_upper<T>, f + tail);
  } else {
    const vec<T, N> h = T(0.5) * f * f;
    const vec<T, N> tail = (h - log_correction(f, h)) - k * ln2_lower<T>;
    return fma(k, ln2_upper<T>, f - tail);
  }
}

// log(1 + f) * c + k * (unit of the base), where c = 1 / ln b and u = log_b 2 come in two parts. The first words of both
// products are exact: `high` has 26 bits, as has c's.
template <int N>
TENON_INLINE vec<double, N> log_in_base(vec<double, N> k, vec<double, N> f, double c, double c_low, double u, double u_low) {
  const vec<double, N> h = 0.5 * f * f, sum = f - h;
  const vec<double, N> high = bitcast<double>(bitcast<std::uint64_t>(sum) & vec<std::uint64_t, N>(~std::uint64_t{0x7ffffff}));
  const vec<double, N> low = ((f - high) - h) + log_correction(f, h);
  const vec<double, N> a = k * u, b = high * c;              // both exact
  const vec<double, N> result = a + b, lost = (a - result) + b;          // |a| > |b| or a = 0
  return result + (lost + fma(low, c, fma(low + high, c_low, k * u_low)));
}

// log(x + low) for a normal x and a small low, which is added to f at f's scale.
template <class T, int N>
TENON_INLINE vec<T, N> log_words(vec<T, N> x, vec<T, N> low) {
  const auto s = split(x);
  return log_sum(s.k, s.f + low * power_of_two(-at_most(s.k, T(64))));       // nothing is lost that far up
}

}  // namespace detail

template <class T, int N>
TENON_INLINE vec<T, N> log(vec<T, N> x) {
  const auto s = detail::split_any(x);
  return detail::log_special(x, detail::log_sum(s.k, s.f));
}

// Float: log_b(1 + f) = c f + f P(f) with the first 24 bits of 1 / ln b as c, to 2^-27.6.
template <class T, int N>
TENON_INLINE vec<T, N> log2(vec<T, N> x) {
  const auto s = detail::split_any(x);
  if constexpr (detail::is_float<T>) {
    const auto p = detail::horner(s.f, 0x1.ac7ba4p-26, -0x1.715478p-1, 0x1.ec6ff4p-2, -0x1.715268p-2, 0x1.27a5c4p-2,
                                  -0x1.ed25d8p-3, 0x1.9d145ep-3, -0x1.6492cp-3, 0x1.a03b04p-3, -0x1.8a3672p-3);
    return detail::log_special(x, s.k + fma(s.f, T(0x1.715476p0), s.f * p));
  } else {
    return detail::log_special(x, detail::log_in_base(s.k, s.f, 0x1.7154768p0, -0x1.6a3e80f444178p-27, 1.0, 0.0));
  }
}

template <class T, int N>
TENON_INLINE vec<T, N> log10(vec<T, N> x) {
  const auto s = detail::split_any(x);
  if constexpr (detail::is_float<T>) {
    const auto p = detail::horner(s.f, -0x1.206b76p-27, -0x1.bcb7b4p-3, 0x1.287a1p-3, -0x1.bcb4c4p-4, 0x1.63fecp-4,
                                  -0x1.28f3dep-4, 0x1.f16574p-5, -0x1.ac539p-5, 0x1.f53262p-5, -0x1.de7d3cp-5);
    const auto tail = fma(s.k, T(0x1.3509f8p-18), s.f * p);
    return detail::log_special(x, fma(s.k, T(0x1.344p-2), fma(s.f, T(0x1.bcb7b2p-2), tail)));
  } else {
    return detail::log_special(x, detail::log_in_base(s.k, s.f, 0x1.bcb7b18p-2, -0x1.6c8d78e6acaa4p-29, 0x1.34413509f8p-2,
                                                      -0x1.80433b83b532ap-44));
  }
}

template <class T, int N>
TENON_INLINE vec<T, N> log1p(vec<T, N> x) {
  const auto u = detail::two_sum(vec<T, N>(T(1)), x);
  const vec<T, N> result = detail::log_special(u.high, detail::log_words(u.high, u.low));
  return select(x == vec<T, N>(T(0)), x, result);            // keeps -0
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH
