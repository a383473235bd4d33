#pragma once
// asin, acos, atan and atan2.
//
// Method     asin: a polynomial in x^2 up to |x| = 1/2; above, asin x = pi/2 - 2 asin sqrt((1 - x) / 2). acos from the same
//            two parts. atan: a polynomial on [0, 1]; above 1, atan x = pi/2 - atan(1 / x). Constants in two words.
// Special    C's: asin and acos of |x| > 1 are NaN; atan2 knows all sixteen cases of zeros and infinities, by their signs.
// Precision  bounds.hpp
#include <tenon/kernels/cpu/math/two_words.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH {

namespace detail {

template <class T>
inline constexpr T half_pi = is_float<T> ? T(0x1.921fb6p0) : T(0x1.921fb54442d18p0);
template <class T>
inline constexpr T half_pi_low = is_float<T> ? T(-0x1.777a5cp-25) : T(0x1.1a62633145c07p-54);

// (asin(sqrt z) / sqrt z - 1) / z on [0, 1/4]; asin to 2^-30.2 (float), 2^-58.1 (double).
template <class T, int N>
TENON_INLINE vec<T, N> asin_remainder(vec<T, N> z) {
  if constexpr (is_float<T>)
    return horner(z, 0x1.555554p-3, 0x1.3334cep-4, 0x1.6d3e74p-5, 0x1.ffbd92p-6, 0x1.0fec3ap-6, 0x1.1ac0e4p-5);
  else
    return horner(z, 0x1.5555555555556p-3, 0x1.3333333332da2p-4, 0x1.6db6db6e48604p-5, 0x1.f1c71c11deda8p-6,
                  0x1.6e8bb37524ad5p-6, 0x1.1c4d112c9d286p-6, 0x1.c9d30acdfd85ep-7, 0x1.780101b5d56b7p-7,
                  0x1.532a94211bb0dp-7, 0x1.5e28fc63a2438p-8, 0x1.220553eb94519p-6, -0x1.f58c91a57030cp-7,
                  0x1.dc1831b35d0afp-6);
}

// For |x| <= 1/2: asin |x| = s + tail, s = |x|. Else asin sqrt((1 - |x|) / 2) = s + tail.
template <class T, int N>
struct arc {
  mask<T, N> large;
  vec<T, N> z, s, tail;                // z = s^2
};
template <class T, int N>
TENON_INLINE arc<T, N> split_arc(vec<T, N> x) {
  const vec<T, N> a = abs(x);
  const auto large = a > vec<T, N>(T(0.5));
  const vec<T, N> z = select(large, T(0.5) - T(0.5) * a, a * a), s = select(large, sqrt(z), a);
  return {large, z, s, s * z * asin_remainder(z)};
}

// (atan(sqrt z) / sqrt z - 1) / z on [0, 1]; atan to 2^-26.4 (float), 2^-55.3 (double).
template <class T, int N>
TENON_INLINE vec<T, N> atan_up_to_one(vec<T, N> t) {
  const vec<T, N> z = t * t;
  vec<T, N> p;
  if constexpr (is_float<T>)
    p = horner(z, -0x1.555554p-2, 0x1.99984cp-3, -0x1.246f74p-3, 0x1.c423eep-4, -0x1.636df2p-4, 0x1.01e514p-4,
               -0x1.2a759ap-5, 0x1.c62ea6p-7, -0x1.449a16p-9);
  else
    p = horner(z, -0x1.5555555555555p-2, 0x1.9999999999717p-3, -0x1.249249247bfe2p-3, 0x1.c71c71bd6d437p-4,
               -0x1.745d1629d2c88p-4, 0x1.3b139d554ee59p-4, -0x1.111022acf126cp-4, 0x1.e1d21719b722cp-5,
               -0x1.aec5c05622d28p-5, 0x1.8444920c9b1bdp-5, -0x1.5d73a76d3a35bp-5, 0x1.3427712d8126ep-5,
               -0x1.01f238d9fffaep-5, 0x1.88d42b9f9d90ap-6, -0x1.03299cc0f041ap-6, 0x1.193ce1b14c4d4p-7,
               -0x1.d985fd5fe0b2cp-9, 0x1.1e9280347b113p-10, -0x1.b82dba47131f5p-13, 0x1.4084f7955668bp-16);
  return fma(t * z, p, t);
}

}  // namespace detail

template <class T, int N>
TENON_INLINE vec<T, N> asin(vec<T, N> x) {
  const auto a = detail::split_arc(x);
  // The difference from pi/2 may be half as large as its terms: what rounding took from the root is given back.
  const vec<T, N> square = a.s * a.s, lost = (a.z - square) - detail::product_error(a.s, a.s, square);
  const vec<T, N> s_low = T(0.5) * lost / at_least(a.s, std::numeric_limits<T>::min());
  const vec<T, N> tail = a.tail + s_low;
  const vec<T, N> from_top = (detail::half_pi<T> - (a.s + a.s)) - ((tail + tail) - detail::half_pi_low<T>);
  return copysign(select(a.large, from_top, a.s + a.tail), x);
}

template <class T, int N>
TENON_INLINE vec<T, N> acos(vec<T, N> x) {
  const auto a = detail::split_arc(x);
  const vec<T, N> sum = a.s + a.tail;
  const auto negative = x < vec<T, N>(T(0));
  // |x| > 1/2: 2 asin(...), from 0 or from pi. Else pi/2 minus or plus asin |x|.
  const vec<T, N> pi = T(2) * vec<T, N>(detail::half_pi<T>), pi_low = T(2) * vec<T, N>(detail::half_pi_low<T>);
  const vec<T, N> twice = sum + sum;
  const vec<T, N> far = select(negative, pi - (twice - pi_low), twice);
  const vec<T, N> signed_s = copysign(a.s, x), signed_tail = copysign(a.tail, x);
  const vec<T, N> near = detail::half_pi<T> - (signed_s + (signed_tail - detail::half_pi_low<T>));
  return select(a.large, far, near);
}

template <class T, int N>
TENON_INLINE vec<T, N> atan(vec<T, N> x) {
  const vec<T, N> a = abs(x), one(T(1));
  const auto large = a > one;
  const vec<T, N> p = detail::atan_up_to_one(select(large, one / a, a));
  return copysign(select(large, detail::half_pi<T> - (p - detail::half_pi_low<T>), p), x);
}

// The angle of the point (x, y), in [-pi, pi].
template <class T, int N>
TENON_INLINE vec<T, N> atan2(vec<T, N> y, same<vec<T, N>> x) {
  const vec<T, N> zero(T(0)), one(T(1)), ay = abs(y), ax = abs(x);
  const auto steep = ay > ax;
  const vec<T, N> n = select(steep, ax, ay), d = select(steep, ay, ax);
  const vec<T, N> t = select(n == d, one, n / d);            // infinity / infinity is 1 here,
  const vec<T, N> p = detail::atan_up_to_one(select(n == zero, zero, t));                    // and 0 / 0 is 0
  const vec<T, N> slope = select(steep, detail::half_pi<T> - (p - detail::half_pi_low<T>), p);
  const vec<T, N> pi = T(2) * vec<T, N>(detail::half_pi<T>), pi_low = T(2) * vec<T, N>(detail::half_pi_low<T>);
  const auto left = copysign(one, x) < zero;                 // -0 counts as left
  const vec<T, N> angle = copysign(select(left, pi - (slope - pi_low), slope), y);
  return select((x == x) & (y == y), angle, x + y);
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH
