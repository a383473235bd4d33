#pragma once
// erf, erfc, erfcx and the inverse of erf.
//
// Method     erf near zero: x times a polynomial in x^2. Beyond: double, erfc x = e^(-x^2) R(x), where R (1 + 2 x) is a
//            polynomial in (x - 4) / (x + 4) and x^2 has two words; float, erf x = 1 - e^(-P(x)) in one step.
//            erfcx x = e^(x^2) erfc x: R itself, and its asymptotic series where R ends; below 1/2 a product, below -1
//            2 e^(x^2) - R(-x). Float through double.
//            erfinv: Giles 2012, "Approximating the erfinv function": x or sqrt(w) times a polynomial in w = -log(1 - x^2) or
//            its root; double: one step of Halley's iteration on erf or erfc from there.
// Special    erfinv(+-1) is infinite, of |x| > 1 NaN; erf and erfinv keep -0. erfc and erfcx are right down to their last
//            subnormal; erfcx overflows below -26.6 (float -9.4).
// Precision  bounds.hpp
#include <tenon/kernels/cpu/math/logarithm.hpp>
#include <tenon/kernels/cpu/math/through_double.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH {

namespace detail {

// erf for 0 <= x <= 1 (float: 0.92; erfc: -1 to 1/2), to 2^-30.1 (float), 2^-56 (double).
template <class T, int N>
TENON_INLINE vec<T, N> erf_near_zero(vec<T, N> x) {
  const vec<T, N> z = x * x;
  vec<T, N> p;
  if constexpr (is_float<T>)
    p = horner(z, 0x1.06eba8p-3, -0x1.812742p-2, 0x1.ce2df2p-4, -0x1.b80db8p-6, 0x1.54c62ap-8, -0x1.aa55c4p-11, 0x1.5d7c98p-14);
  else
    p = horner(z, 0x1.06eba8214db68p-3, -0x1.812746b0379b5p-2, 0x1.ce2f21a040bp-4, -0x1.b82ce311f6f93p-6,
               0x1.565bccf906546p-8, -0x1.c02db03f93968p-11, 0x1.f9a2bb4169cacp-14, -0x1.f4ca5b066f00fp-17,
               0x1.b980780e425cdp-20, -0x1.5c0b954cd884fp-23, 0x1.d73c28d9d481bp-27, -0x1.ac163c367368cp-31);
  return fma(x, p, x);
}

// e^(x^2) erfc(x) for 1/2 <= x < 27.3; its product with 1 + 2 x is the polynomial, to 2^-54.6.
template <int N>
TENON_INLINE vec<double, N> erfc_factor(vec<double, N> x) {
  const vec<double, N> t = (x - 4.0) / (x + 4.0);
  const vec<double, N> p = horner(
      t, -0x1.1df1ad154a28dp-3, 0x1.f7f5df66fc8bdp-7, 0x1.16ecefcfa5257p-4, -0x1.9ddb23c3e4084p-4,
      0x1.7fee004e156fp-4, -0x1.0fb06dfead217p-4, 0x1.3079edf60bce7p-5, -0x1.09623873c2d53p-6, 0x1.49c672ae91d4bp-8,
      -0x1.8d4aa89bd83e5p-11, -0x1.a1df4778f41adp-13, 0x1.3be13e3571ccbp-13, -0x1.99549dd109709p-16, -0x1.78b2a415e69e5p-17,
      0x1.7ef314e88dc6cp-18, 0x1.4445e6a5e1111p-22, -0x1.b7e93fee457eap-21, 0x1.179838e0a33f4p-24, 0x1.bb359d8ec42b7p-24,
      -0x1.8da8226e43568p-27, -0x1.4b234c6dc17e9p-27);
  const vec<double, N> one(1.0), twice = x + x;              // twice >= 1
  return divide(fast_two_sum(vec<double, N>(0x1.3ba5916e9fd7fp0), t * p), fast_two_sum(twice, one));
}

// erfc for 1/2 <= x < 27.3.
template <int N>
TENON_INLINE vec<double, N> erfc_far(vec<double, N> x) {
  const vec<double, N> r = erfc_factor(x);
  const auto square = two_product(x, x);
  const auto e = exp_words(-square.high, 0.0);
  return fma(r, e.high, r * fnma(e.high, square.low, e.low));
}

// e^(x^2) erfc(x) for x > 27: 1 / (sqrt(pi) x) times 1 - 1/2 z + 3/4 z^2 - 15/8 z^3 ..., z = 1 / x^2, to 2^-56.
template <int N>
TENON_INLINE vec<double, N> erfcx_beyond(vec<double, N> x) {
  const vec<double, N> z = 1.0 / (x * x), c(0x1.20dd750429b6dp-1);
  const vec<double, N> q = z * horner(z, -0.5, 0.75, -1.875, 6.5625, -29.53125, 162.421875);
  return fma(c, q, c) / x;
}

// erfinv to 2^-26.7, in double. x^2 < 1.
template <int N>
TENON_INLINE vec<double, N> erfinv_estimate(vec<double, N> x) {
  const vec<double, N> w = -log((1.0 - x) * (1.0 + x)), v = sqrt(w);
  const vec<double, N> near = horner(
      w - 3.0, 0x1.9fa072ed72dbbp+0, 0x1.eedbebd71d31ep-3, -0x1.780def12f4960p-8, -0x1.b66652fe9ed3ap-11,
      0x1.9912bae4b05dbp-13, -0x1.aab884e626b97p-17, -0x1.d53676217423fp-20, 0x1.e3a7f0dd43d57p-22, -0x1.976e534938050p-26,
      -0x1.805ddbd8afa0fp-28, 0x1.3380e01bfdf36p-30, -0x1.b45a02212f5d5p-37, -0x1.47dfc23be7023p-36, 0x1.4ebbf2055cdc5p-40,
      0x1.23df63e7acca5p-43);
  const vec<double, N> far = horner(
      v - 4.0, 0x1.eb7e0935ce5cap-1, 0x1.95e3ce807dbc1p-7, -0x1.6c9f45732edaep-9, 0x1.f5f8b3b75bbf4p-12,
      -0x1.4689f7d753062p-15, -0x1.64ccfb9de14fep-16, 0x1.35dfa581ee17fp-16, -0x1.662631c30b1eap-17, 0x1.031137e3f1196p-17,
      -0x1.769741a0d3876p-18, 0x1.2811e5d6ab78ap-19, -0x1.5e496d8969d38p-23, -0x1.2a182a074f750p-23, 0x1.fda9a0cd8cb79p-26);
  return select(w < vec<double, N>(6.0), x * near, x * (v * far));
}

}  // namespace detail

template <class T, int N>
TENON_INLINE vec<T, N> erf(vec<T, N> x) {
  const vec<T, N> a = abs(x), one(T(1));
  if constexpr (detail::is_float<T>) {
    const vec<T, N> b = at_most(a, T(3.95));                 // erf is 1 from 3.92 on
    // -log erfc on [0.92, 3.95]; erf to 2^-26.3.
    const vec<T, N> p = detail::horner(b, 0x1.972992p-13, 0x1.20afc4p0, 0x1.463b5cp-1, 0x1.a9bdf8p-4, -0x1.6c3d58p-6,
                                       0x1.8f075ap-9, -0x1.9b26e6p-13);
    return copysign(select(a < vec<T, N>(T(0.92)), detail::erf_near_zero(a), one - detail::exp_in_range(-p)), x);
  } else {
    const vec<T, N> far = one - detail::erfc_far(at_least(at_most(a, T(6)), one));
    return copysign(select(a < one, detail::erf_near_zero(a), far), x);
  }
}

template <class T, int N>
TENON_INLINE vec<T, N> erfc(vec<T, N> x) {
  if constexpr (detail::is_float<T>) {
    return detail::through_double([](auto d) TENON_INLINE_LAMBDA { return erfc(d); }, x);
  } else {
    const vec<T, N> a = abs(x), one(T(1));
    const vec<T, N> far = detail::erfc_far(at_least(at_most(a, T(27.3)), T(0.5)));
    return select(x < vec<T, N>(T(0.5)), select(x > vec<T, N>(T(-1)), one - detail::erf_near_zero(x), T(2) - far), far);
  }
}

template <class T, int N>
TENON_INLINE vec<T, N> erfcx(vec<T, N> x) {
  if constexpr (detail::is_float<T>) {
    return detail::through_double([](auto d) TENON_INLINE_LAMBDA { return erfcx(d); }, x);
  } else {
    const vec<T, N> a = abs(x), one(T(1)), b = at_most(a, T(26.64));      // there 2 e^(x^2) is infinite, and e^(x^2) is not
    const auto square = detail::two_product(b, b);
    const auto e = detail::exp_words(square.high, T(0));
    const vec<T, N> rest = fma(e.high, square.low, e.low);   // e^(x^2) = e.high + rest
    const vec<T, N> erfc_near = one - detail::erf_near_zero(x), near = fma(erfc_near, e.high, erfc_near * rest);
    const vec<T, N> factor = detail::erfc_factor(at_least(at_most(a, T(27.3)), T(0.5)));
    const vec<T, N> below = (e.high + e.high) + ((rest + rest) - factor);
    return select(x < vec<T, N>(T(0.5)), select(x > vec<T, N>(T(-1)), near, below), select(x > vec<T, N>(T(27.3)), detail::erfcx_beyond(x), factor));
  }
}

template <class T, int N>
TENON_INLINE vec<T, N> erfinv(vec<T, N> x) {
  if constexpr (detail::is_float<T>) {
    const auto r = detail::through_double([](auto d) TENON_INLINE_LAMBDA { return detail::erfinv_estimate(d); }, x);
    return select(abs(x) == vec<T, N>(T(1)), copysign(vec<T, N>(std::numeric_limits<T>::infinity()), x), r);
  } else {
    const vec<T, N> a = abs(x), one(T(1)), y = detail::erfinv_estimate(a);
    const auto near = a < vec<T, N>(T(0.75));
    // (erf(y) - a) / erf'(y), where the difference is taken from the side that does not cancel.
    const vec<T, N> error = select(near, erf(y) - a, (one - a) - erfc(y));
    const vec<T, N> u = error * (T(0x1.c5bf891b4ef6bp-1) * exp(y * y));
    const vec<T, N> r = y - u / fma(y, u, one);
    const vec<T, N> result = select(near & (a < vec<T, N>(T(0x1p-30))), T(0x1.c5bf891b4ef6bp-1) * a, r);
    return copysign(select(a == one, vec<T, N>(std::numeric_limits<T>::infinity()), result), x);
  }
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH
