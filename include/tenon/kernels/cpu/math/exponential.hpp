#pragma once
// exp, exp2, expm1 and the logistic function.
//
// Method     x = k ln 2 + r with integer k and |r| <= (ln 2) / 2 (Cody & Waite 1980): ln 2 is split so that k times its upper
//            part is exact. e^x = 2^k e^r, with e^r - 1 - r a polynomial times r^2.
// Range      overflow and underflow where the rounded result does; subnormal results are right.
// Precision  bounds.hpp. Float results are the same bits on every instruction set that has fma.
#include <tenon/kernels/cpu/math/two_words.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH {

namespace detail {

template <class T>
inline constexpr T log2_e = is_float<T> ? T(0x1.715476p0) : T(0x1.71547652b82fep0);
template <class T>                                                                       // 15 and 41 bits: k * upper is exact
inline constexpr T ln2_upper = is_float<T> ? T(0x1.62e4p-1) : T(0x1.62e42fefa4p-1);
template <class T>
inline constexpr T ln2_lower = is_float<T> ? T(0x1.7f7d1cp-20) : T(-0x1.8432a1b0e2634p-43);

// (e^r - 1 - r) / r^2 for |r| <= 0.347; as part of e^r the error is 2^-28 (float), 2^-57.8 (double).
template <class T, int N>
TENON_INLINE vec<T, N> exp_remainder(vec<T, N> r) {
  if constexpr (is_float<T>)
    return horner(r, 0x1.fffffcp-2, 0x1.55549p-3, 0x1.5558a2p-5, 0x1.123adp-7, 0x1.6a5e34p-10);
  else
    return horner(r, 0x1.000000000000ap-1, 0x1.55555555554fcp-3, 0x1.555555555067bp-5, 0x1.1111111127257p-7,
                  0x1.6c16c1848d831p-10, 0x1.a01a012dd547fp-13, 0x1.a01999128caeap-16, 0x1.71df1ce667f84p-19,
                  0x1.28ae4e4753ad6p-22, 0x1.ad8dcc55cfad9p-26);
}

// x - k ln 2 for the integer k nearest to x / ln 2.
template <class T, int N>
TENON_INLINE vec<T, N> exp_reduced(vec<T, N> x, vec<T, N> k) {
  return fnma(k, ln2_lower<T>, fnma(k, ln2_upper<T>, x));
}

// 2^k e^r for |r| <= 0.347. With fma by Horner's rule to the end, an instruction less; without, its last product would be rounded once more.
template <class T, int N>
TENON_INLINE vec<T, N> exp_of_reduced(vec<T, N> r, vec<T, N> k) {
  if constexpr (has_fma) return scale(fma(fma(exp_remainder(r), r, T(1)), r, T(1)), k);
  else return scale(r * r * exp_remainder(r) + r + T(1), k);
}

// e^x for x in [-746, 710] (float: [-104, 89]) or NaN: all that is neither 0 nor infinity.
template <class T, int N>
TENON_INLINE vec<T, N> exp_in_range(vec<T, N> x) {
  const vec<T, N> k = nearest(x, log2_e<T>);
  return exp_of_reduced(exp_reduced(x, k), k);
}

// The same in two words, times 2^-down: the upper word as above, the lower what its last addition lost.
template <class T, int N>
TENON_INLINE two_words<T, N> exp_words(vec<T, N> x, T down) {
  const vec<T, N> k = nearest(x, log2_e<T>), r = exp_reduced(x, k);
  const auto p = fast_two_sum(vec<T, N>(T(1)), fma(r * r, exp_remainder(r), r));
  return {scale(p.high, k - down), scale(p.low, k - down)};
}

template <class T>
inline constexpr T exp_lowest = is_float<T> ? T(-104) : T(-746);             // e^x rounds to 0 here
template <class T>
inline constexpr T exp_highest = is_float<T> ? T(89) : T(710);               // and to infinity here

}  // namespace detail

template <class T, int N>
TENON_INLINE vec<T, N> exp(vec<T, N> x) {
#if TENON_SIMD_BYTES == 64
  // Where x is out of range k tells the result, infinite and NaN ones included; r only must not be in the way.
  const vec<T, N> k = detail::nearest(x, detail::log2_e<T>);
  return detail::exp_of_reduced(detail::nearer_to_zero(detail::exp_reduced(x, k), T(0.35)), k);
#else
  return detail::exp_in_range(at_most(at_least(x, detail::exp_lowest<T>), detail::exp_highest<T>));
#endif
}

// 2^r for |r| <= 1/2 is a polynomial of its own, with error 2^-28 (float), 2^-57.3 (double).
template <class T, int N>
TENON_INLINE vec<T, N> exp2(vec<T, N> x) {
  constexpr T low = detail::is_float<T> ? T(-151) : T(-1076), high = detail::is_float<T> ? T(129) : T(1025);
  x = at_most(at_least(x, low), high);
  const vec<T, N> k = detail::nearest(x, T(1)), r = x - k;
  vec<T, N> p;
  if constexpr (detail::is_float<T>)
    p = detail::horner(r, 0x1.62e43p-1, 0x1.ebfbd8p-3, 0x1.c6af74p-5, 0x1.3b3098p-7, 0x1.5f0ccap-10, 0x1.3fabfep-13);
  else
    p = detail::horner(r, 0x1.62e42fefa39efp-1, 0x1.ebfbdff82c5a6p-3, 0x1.c6b08d704a12ap-5, 0x1.3b2ab6fb9fd79p-7,
                       0x1.5d87fe789f11dp-10, 0x1.4309130f7bdb7p-13, 0x1.ffcbfc6419452p-17, 0x1.62bfc627a9753p-20,
                       0x1.b52527b1de03bp-24, 0x1.e61da9b8fcdc1p-28, 0x1.e96c0022033acp-32);
  return detail::scale(fma(p, r, T(1)), k);
}

// e^x - 1 without cancellation: 2^k (r + c) + (2^k - 1), c = e^r - 1 - r. Half of everything, so that 2^k is in range.
template <class T, int N>
TENON_INLINE vec<T, N> expm1(vec<T, N> x) {
  const vec<T, N> y = at_most(at_least(x, detail::is_float<T> ? T(-18) : T(-40)), detail::exp_highest<T>);
  const vec<T, N> k = detail::nearest(y, detail::log2_e<T>), r = detail::exp_reduced(y, k);
  vec<T, N> c;                                               // error of e^r - 1: 2^-30.9 (float), 2^-61.5 (double)
  if constexpr (detail::is_float<T>)
    c = detail::horner(r, 0.5, 0x1.555556p-3, 0x1.5554f2p-5, 0x1.11100ep-7, 0x1.6d4142p-10, 0x1.a2293ep-13);
  else
    c = detail::horner(r, 0.5, 0x1.5555555555559p-3, 0x1.555555555554ap-5, 0x1.111111110f644p-7, 0x1.6c16c16c1c0ccp-10,
                       0x1.a01a01b00ecdbp-13, 0x1.a01a01873753bp-16, 0x1.71ddf7e9c9398p-19, 0x1.27e521960cc2dp-22,
                       0x1.af5f7b3dc0dcep-26, 0x1.1f04a97a389e5p-29);
  const vec<T, N> half_power = detail::power_of_two(k - T(1));
  const vec<T, N> sum = fma(half_power, c * (r * r), fma(half_power, r, half_power - T(0.5)));
  return select(x == vec<T, N>(T(0)), x, sum + sum);         // keeps -0
}

// 1 / (1 + e^-x). With e = e^-|x| in two words, the value for -|x| is the quotient q of e and 1 + e, corrected by its
// residual; for |x| it is 1 less that. No overflow, and small results keep their precision.
template <class T, int N>
TENON_INLINE vec<T, N> sigmoid(vec<T, N> x) {
  const vec<T, N> one(T(1));
  const auto e = detail::exp_words(at_least(-abs(x), detail::exp_lowest<T>), T(0));
  const vec<T, N> q = e.high / (e.high + one);
  const vec<T, N> below = fma(fnma(q, e.high, e.high - q) + e.low, one - q, q);            // q and its residual e - q - e q
  return select(x < vec<T, N>(T(0)), below, one - below);
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH
