#pragma once
// sinh, cosh, tanh and their inverses.
//
// Method     odd polynomials near zero, where the formulas would cancel; elsewhere e^|x| or a logarithm. Both are computed
//            and each lane takes one. Where a rounding before the last step would show, it is carried in a second word.
// Special    C's: overflow where the rounded result overflows, acosh(x < 1) and atanh(|x| > 1) NaN, atanh(+-1) infinite,
//            odd functions keep -0.
// Precision  bounds.hpp
#include <tenon/kernels/cpu/math/logarithm.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH {

namespace detail {

// x + x^3 P(x^2), for x >= 0: the sum would lose the sign of -0.
template <class T, int N>
TENON_INLINE vec<T, N> odd(vec<T, N> x, vec<T, N> z, vec<T, N> p) {
  return fma(x * z, p, x);
}

// (sinh(sqrt z) / sqrt z - 1) / z on [0, 1]; sinh to 2^-30 (float), 2^-60.5 (double). The others likewise:
template <class T, int N>
TENON_INLINE vec<T, N> sinh_near_zero(vec<T, N> x) {
  const vec<T, N> z = x * x;
  if constexpr (is_float<T>)
    return odd(x, z, horner(z, 0x1.555556p-3, 0x1.1110c6p-7, 0x1.a03554p-13, 0x1.725238p-19));
  else
    return odd(x, z, horner(z, 0x1.5555555555555p-3, 0x1.11111111111d8p-7, 0x1.a01a019ff8729p-13, 0x1.71de3a7d5eb63p-19,
                            0x1.ae6425ac382c6p-26, 0x1.61445811ce635p-33, 0x1.992d1cb915f17p-41, 0x1.d1d161315c338p-47));
}
// |x| <= 0.55; to 2^-28.1 (float), 2^-58.8 (double)
template <class T, int N>
TENON_INLINE vec<T, N> tanh_near_zero(vec<T, N> x) {
  const vec<T, N> z = x * x;
  if constexpr (is_float<T>)
    return odd(x, z, horner(z, -0x1.555554p-2, 0x1.110fc8p-3, -0x1.b99a8p-5, 0x1.5cf31p-6, -0x1.b0319cp-8));
  else
    return odd(x, z, horner(z, -0x1.5555555555555p-2, 0x1.1111111110fdap-3, -0x1.ba1ba1b9f8f7cp-5, 0x1.664f4875a8d1bp-6,
                            -0x1.226e32bf431b8p-7, 0x1.d6d331436cc03p-9, -0x1.7d9767c6ad687p-10, 0x1.34c248342dddap-11,
                            -0x1.ebee0c6f782ddp-13, 0x1.649a801b660fdp-14, -0x1.58b407d943bccp-16));
}
// |x| <= 1/2; to 2^-27.7 (float), 2^-58.4 (double)
template <class T, int N>
TENON_INLINE vec<T, N> asinh_near_zero(vec<T, N> x) {
  const vec<T, N> z = x * x;
  if constexpr (is_float<T>)
    return odd(x, z, horner(z, -0x1.555552p-3, 0x1.332ebap-4, -0x1.6c9898p-5, 0x1.d7a66ap-6, -0x1.d49c56p-7));
  else
    return odd(x, z, horner(z, -0x1.5555555555555p-3, 0x1.3333333332fdp-4, -0x1.6db6db6d6308p-5, 0x1.f1c71c3f84bbp-6,
                            -0x1.6e8b9b2325f22p-6, 0x1.1c4e0f10d5884p-6, -0x1.c9846d01f1102p-7, 0x1.79b60c2687a98p-7,
                            -0x1.3a6392019260fp-7, 0x1.f41ab24cd1cfap-8, -0x1.48273f317e4dbp-8, 0x1.f0ff50d96b5d3p-10));
}
// |x| <= 1/2; to 2^-27.7 (float), 2^-59.2 (double)
template <class T, int N>
TENON_INLINE vec<T, N> atanh_near_zero(vec<T, N> x) {
  const vec<T, N> z = x * x;
  if constexpr (is_float<T>)
    return odd(x, z, horner(z, 0x1.555554p-2, 0x1.999c5ep-3, 0x1.241792p-3, 0x1.d68f9cp-4, 0x1.068c4ap-4, 0x1.45537p-3));
  else
    return odd(x, z, horner(z, 0x1.5555555555555p-2, 0x1.9999999999bcep-3, 0x1.2492492474e1bp-3, 0x1.c71c71dc3da18p-4,
                            0x1.745d132cb45b3p-4, 0x1.3b142cfe316a9p-4, 0x1.11078b41e6483p-4, 0x1.e2e0f0702a0ap-5,
                            0x1.a5e1e4c7c4ed5p-5, 0x1.c28149fa91b9bp-5, 0x1.4f2341e03826dp-7, 0x1.1f85008691d5bp-3,
                            -0x1.355cd41e4465fp-3, 0x1.b831431ed01d4p-3));
}
// (acosh(1 + t) / sqrt(2 t) - 1) / t on [0, 1/2]; acosh to 2^-27.7 (float), 2^-58.4 (double)
template <class T, int N>
TENON_INLINE vec<T, N> acosh_remainder(vec<T, N> t) {
  if constexpr (is_float<T>)
    return horner(t, -0x1.555552p-4, 0x1.332ebap-6, -0x1.6c9892p-8, 0x1.d7a5d2p-10, -0x1.d498d6p-12);
  else
    return horner(t, -0x1.5555555555555p-4, 0x1.3333333332fcfp-6, -0x1.6db6db6d62ee3p-8, 0x1.f1c71c3f763ccp-10,
                  -0x1.6e8b9b2122834p-11, 0x1.1c4e0ee7c9fbap-12, -0x1.c98468f9e6be4p-14, 0x1.79b5ebd938d5fp-15,
                  -0x1.3a62ecb4b3bdep-16, 0x1.f4169cb0770c2p-18, -0x1.481ff99880dbp-19, 0x1.f0e906d3ec8f7p-22);
}

// log(a + sqrt(a^2 + c)) for a >= 1/2 and c = 1 or -1. Beyond `far` the root is a.
template <class T, int N>
TENON_INLINE vec<T, N> log_with_root(vec<T, N> a, T c) {
  constexpr T far = is_float<T> ? T(0x1p28) : T(0x1p56), inf = std::numeric_limits<T>::infinity();
  const auto is_far = a > vec<T, N>(far);
  const vec<T, N> b = select(is_far, vec<T, N>(T(1.5)), a);  // any number whose root is real
  const auto square = two_product(b, b), w = two_sum(square.high, vec<T, N>(c));
  const vec<T, N> root = sqrt(w.high), root_square = root * root;
  const vec<T, N> lost = ((w.high - root_square) - product_error(root, root, root_square)) + (w.low + square.low);
  const auto sum = two_sum(b, root);
  const auto s = split(select(is_far, a, sum.high));
  const vec<T, N> low = select(is_far, vec<T, N>(T(0)), sum.low + T(0.5) * lost / root);
  const vec<T, N> k = select(is_far, s.k + T(1), s.k);       // log(2 a)
  const vec<T, N> result = log_sum(k, s.f + low * power_of_two(-at_most(s.k, T(64))));
  return select(a < vec<T, N>(inf), result, a);
}

}  // namespace detail

// e^|x| / 2 minus a quarter of its reciprocal.
template <class T, int N>
TENON_INLINE vec<T, N> sinh(vec<T, N> x) {
  const vec<T, N> a = abs(x);
  const auto e = detail::exp_words(at_most(a, detail::exp_highest<T> + T(1)), T(1));
  const vec<T, N> far = e.high + (e.low - T(0.25) / e.high);
  return copysign(select(a < vec<T, N>(T(1)), detail::sinh_near_zero(a), far), x);
}

template <class T, int N>
TENON_INLINE vec<T, N> cosh(vec<T, N> x) {
  const auto e = detail::exp_words(at_most(abs(x), detail::exp_highest<T> + T(1)), T(1));
  return e.high + (e.low + T(0.25) / e.high);
}

// 1 - 2 / (e^2|x| + 1): by the time e^2|x| is large the quotient no longer counts.
template <class T, int N>
TENON_INLINE vec<T, N> tanh(vec<T, N> x) {
  const vec<T, N> a = abs(x), one(T(1));
  const vec<T, N> e = detail::exp_in_range(at_most(a + a, detail::is_float<T> ? T(40) : T(80)));
  const vec<T, N> far = one - T(2) / (e + one);
  return copysign(select(a < vec<T, N>(T(0.55)), detail::tanh_near_zero(a), far), x);
}

template <class T, int N>
TENON_INLINE vec<T, N> asinh(vec<T, N> x) {
  const vec<T, N> a = abs(x);
  return copysign(select(a < vec<T, N>(T(0.5)), detail::asinh_near_zero(a), detail::log_with_root(a, T(1))), x);
}

template <class T, int N>
TENON_INLINE vec<T, N> acosh(vec<T, N> x) {
  const vec<T, N> t = x - T(1);
  const vec<T, N> near = sqrt(t + t) * fma(t, detail::acosh_remainder(t), T(1));
  return select(t > vec<T, N>(T(0.5)), detail::log_with_root(x, T(-1)), near);
}

// log((1 + |x|) / (1 - |x|)) / 2; there 1 - |x| is exact.
template <class T, int N>
TENON_INLINE vec<T, N> atanh(vec<T, N> x) {
  const vec<T, N> a = abs(x), one(T(1)), q = (one + a) / (one - a);
  const auto s = detail::split(q);
  const vec<T, N> far = T(0.5) * detail::log_special(q, detail::log_sum(s.k, s.f));
  return copysign(select(a < vec<T, N>(T(0.5)), detail::atanh_near_zero(a), far), x);
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH
