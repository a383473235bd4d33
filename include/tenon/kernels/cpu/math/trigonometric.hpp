#pragma once
// sin, cos and tan.
//
// Method     reduction to |r| <= pi/4 (pi_reduction.hpp); both sin r and cos r as polynomials, of which each lane takes one
//            and a sign by its quadrant. tan is their quotient in two words.
// Special    infinity gives NaN; sin(-0) = tan(-0) = -0. Large arguments are reduced exactly.
// Precision  bounds.hpp
#include <tenon/kernels/cpu/math/pi_reduction.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH {

namespace detail {

// sin(r) = r + tail, to 2^-32 (float), 2^-57.9 (double).
template <class T, int N>
TENON_INLINE vec<T, N> sin_tail(vec<T, N> r, vec<T, N> low, vec<T, N> z) {
  if constexpr (is_float<T>) {
    return fma(r * z, horner(z, -0x1.555556p-3, 0x1.111164p-7, -0x1.a04866p-13, 0x1.77e21p-19), low);
  } else {
    const auto p = horner(z, -0x1.5555555555548p-3, 0x1.111111110f76p-7, -0x1.a01a019bf2b7ap-13, 0x1.71de355fa46d5p-19,
                          -0x1.ae5e54ffce7d4p-26, 0x1.5d8e6226d3873p-33);
    return fma(r * z, p, fnma(T(0.5) * z, low, low));
  }
}

// cos(r) = high + low, to 2^-33 (float), 2^-63.9 (double). The low word begins with what 1 - z / 2 lost.
template <class T, int N>
TENON_INLINE two_words<T, N> cos_words(vec<T, N> r, vec<T, N> low, vec<T, N> z) {
  const vec<T, N> one(T(1)), h = T(0.5) * z, w = one - h;
  vec<T, N> p;
  if constexpr (is_float<T>)
    p = horner(z, 0x1.55554ap-5, -0x1.6c0c2ap-10, 0x1.99e914p-16);
  else
    p = horner(z, 0x1.555555555554bp-5, -0x1.6c16c16c15018p-10, 0x1.a01a019c8f942p-16, -0x1.27e4f7f1ee40dp-22,
               0x1.1ee9dc126f59ep-29, -0x1.8fa6a86831ccap-37);
  return {w, fma(z * z, p, fnma(r, low, (one - w) - h))};
}

// The low bits of k: 1 says cos instead of sin, 2 says the other sign.
template <class T, int N>
TENON_INLINE vec<bits_t<T>, N> quadrant(vec<T, N> k) {
  return bitcast<bits_t<T>>(k + rounder<T>);
}
template <class T, int N>
TENON_INLINE mask<T, N> even(vec<bits_t<T>, N> q) {
  return convert<T>((q & vec<bits_t<T>, N>(bits_t<T>{1})) == vec<bits_t<T>, N>(bits_t<T>{0}));
}

template <class T, int N>
TENON_INLINE vec<T, N> sine_at(reduced_angle<T, N> a, vec<bits_t<T>, N> q) {
  const vec<T, N> z = a.high * a.high;
  const auto c = cos_words(a.high, a.low, z);
  const vec<T, N> sine = a.high + sin_tail(a.high, a.low, z), cosine = c.high + c.low;
  const auto sign = (q & vec<bits_t<T>, N>(bits_t<T>{2})) << (static_cast<int>(sizeof(T)) * 8 - 2);
  return select(even<T>(q), sine, cosine) ^ bitcast<T>(sign);
}

}  // namespace detail

template <class T, int N>
TENON_INLINE vec<T, N> sin(vec<T, N> x) {
  const auto a = detail::reduce_angle(x);
  return select(x == vec<T, N>(T(0)), x, detail::sine_at(a, detail::quadrant(a.k)));       // keeps -0
}

template <class T, int N>
TENON_INLINE vec<T, N> cos(vec<T, N> x) {
  const auto a = detail::reduce_angle(x);
  return detail::sine_at(a, detail::quadrant(a.k + T(1)));
}

template <class T, int N>
TENON_INLINE vec<T, N> tan(vec<T, N> x) {
  const auto a = detail::reduce_angle(x);
  const vec<T, N> z = a.high * a.high;
  const auto s = detail::fast_two_sum(a.high, detail::sin_tail(a.high, a.low, z));
  const auto w = detail::cos_words(a.high, a.low, z);
  const auto c = detail::fast_two_sum(w.high, w.low);
  const auto even = detail::even<T>(detail::quadrant(a.k));  // else tan = -cos / sin
  const detail::two_words<T, N> n = {select(even, s.high, -c.high), select(even, s.low, -c.low)};
  const detail::two_words<T, N> d = {select(even, c.high, s.high), select(even, c.low, s.low)};
  return select(x == vec<T, N>(T(0)), x, detail::divide(n, d));
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH
