#pragma once
// pow, cbrt, hypot and rsqrt.
//
// Method     pow: e^(y log |x|), the logarithm to 2^-64 in two words (the series in s = f / (2 + f) of logarithm.hpp with
//            its first terms in two words), so that y log |x| keeps its fraction up to overflow. Float: in double.
//            cbrt: an estimate for the mantissa, two steps of Halley's iteration, the last from an estimate so short that
//            its square is exact. hypot: the sum of squares in two words, scaled, and its root corrected by the residual.
// Special    C's, all of them: pow(x, 0) = pow(1, y) = 1 also of NaN, hypot(infinity, NaN) = infinity, ...
// Precision  bounds.hpp
#include <tenon/kernels/cpu/math/logarithm.hpp>
#include <tenon/kernels/cpu/math/through_double.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH {

namespace detail {

template <class T, int N>
TENON_INLINE two_words<T, N> multiply(two_words<T, N> a, two_words<T, N> b) {
  const auto p = two_product(a.high, b.high);
  return fast_two_sum(p.high, p.low + fma(a.high, b.low, a.low * b.high));
}

// log x for x > 0, to 2^-64.
template <int N>
TENON_INLINE two_words<double, N> log_two_words(vec<double, N> x) {
  const auto [k, f] = split_any(x);
  const auto d = fast_two_sum(vec<double, N>(2.0), f);
  const vec<double, N> inverse = 1.0 / d.high, q = f * inverse, p = q * d.high;
  const auto s = fast_two_sum(q, (((f - p) - product_error(q, d.high, p)) - q * d.low) * inverse);
  const auto z = multiply(s, s);
  // log(1 + f) = 2 s + s^3 (2/3 + z R(z)); R to 2^-69 of the sum.
  const vec<double, N> r = horner(z.high, 0x1.999999999999ap-2, 0x1.24924924922fep-2, 0x1.c71c71c74c77ap-3,
                                  0x1.745d173ce41bap-3, 0x1.3b13a9cbb9294p-3, 0x1.111551154f755p-3, 0x1.e01971bc08f3ap-4,
                                  0x1.daa559ed8cce9p-4);
  const auto c = fast_two_sum(vec<double, N>(0x1.5555555555555p-1), fma(z.high, r, 0x1.5555555555555p-55));
  const auto cubic = multiply(multiply(z, s), c);
  const auto a = fast_two_sum(k * ln2_upper<double>, s.high + s.high);        // the first term is exact, and larger or 0
  const auto b = two_sum(a.high, cubic.high);
  const vec<double, N> low = (k * ln2_lower<double> + (s.low + s.low)) + (a.low + (b.low + cubic.low));
  return fast_two_sum(b.high, low);
}

// e^(x + low) for any x.
template <int N>
TENON_INLINE vec<double, N> exp_of_sum(vec<double, N> x, vec<double, N> low) {
  const vec<double, N> y = at_most(at_least(x, exp_lowest<double>), exp_highest<double>);
  const vec<double, N> k = nearest(y, log2_e<double>);
  const auto a = two_sum(fnma(k, ln2_upper<double>, y), -(k * ln2_lower<double>));
  const auto r = two_sum(a.high, a.low + select(x == y, low, vec<double, N>(0.0)));
  const vec<double, N> s = r.high + fma(r.high * r.high, exp_remainder(r.high), fma(r.high, r.low, r.low));
  return scale(1.0 + s, k);
}

// x^y given |x|^y for ordinary x: signs, and where C says so.
template <class T, int N>
TENON_INLINE vec<T, N> power_special(vec<T, N> x, vec<T, N> y, vec<T, N> magnitude) {
  constexpr T inf = std::numeric_limits<T>::infinity();
  const vec<T, N> zero(T(0)), one(T(1)), a = abs(x);
  const auto integer = trunc(y) == y, odd = integer & (trunc(T(0.5) * y) != T(0.5) * y);
  vec<T, N> r = select((a == zero) | (a == vec<T, N>(inf)), select((a == zero) ^ (y < zero), zero, vec<T, N>(inf)), magnitude);
  r = select(a == one, one, r);
  r = select(odd, copysign(r, x), r);
  r = select((x < zero) & ~integer & (a < vec<T, N>(inf)), vec<T, N>(std::numeric_limits<T>::quiet_NaN()), r);
  r = select((x == x) & (y == y), r, x + y);
  return select((y == zero) | (x == one), one, r);
}

}  // namespace detail

template <class T, int N>
TENON_INLINE vec<T, N> pow(vec<T, N> x, same<vec<T, N>> y) {
  if constexpr (detail::is_float<T>) {
    const auto magnitude = [](auto a, auto b) TENON_INLINE_LAMBDA {
      const auto s = detail::split(a);                       // no float is subnormal as a double
      const auto e = b * detail::log_sum(s.k, s.f);
      return detail::exp_in_range(at_most(at_least(e, detail::exp_lowest<double>), detail::exp_highest<double>));
    };
    return detail::power_special(x, y, detail::through_double(magnitude, abs(x), y));
  } else {
    const auto l = detail::log_two_words(abs(x));
    const auto e = detail::two_product(y, l.high);
    return detail::power_special(x, y, detail::exp_of_sum(e.high, fma(y, l.low, e.low)));
  }
}

template <class T, int N>
TENON_INLINE vec<T, N> cbrt(vec<T, N> x) {
  const vec<T, N> a = abs(x);
  const auto n = detail::split_any(a);
  const vec<T, N> third = detail::nearest(n.k, T(1.0 / 3));
  const vec<T, N> m = (n.f + T(1)) * detail::power_of_two(n.k - T(3) * third);            // in [0.35, 2.83)
  vec<T, N> t = detail::horner(m, 0x1.a906p-2, 0x1.0d7cep0, -0x1.85e886p-1, 0x1.8c8866p-2, -0x1.ac2d1ep-4, 0x1.71d38ap-7);
  if constexpr (!detail::is_float<T>) {                      // 10.4 bits, three times as many here
    const vec<T, N> cube = t * t * t;
    t = t * (cube + (m + m)) / ((cube + cube) + m);
  }
  t = detail::upper_bits(t);                                 // t^2 is exact
  const vec<T, N> q = m / (t * t);
  const vec<T, N> root = fma(t, (q - t) / ((t + t) + q), t);
  const vec<T, N> result = copysign(root * detail::power_of_two(third), x);
  return select((a > vec<T, N>(T(0))) & (a < vec<T, N>(std::numeric_limits<T>::infinity())), result, x);
}

template <class T, int N>
TENON_INLINE vec<T, N> hypot(vec<T, N> x, same<vec<T, N>> y) {
  constexpr T inf = std::numeric_limits<T>::infinity();
  const vec<T, N> ax = abs(x), ay = abs(y);
  vec<T, N> r;
  if constexpr (detail::is_float<T>) {
    r = detail::through_double([](auto a, auto b) TENON_INLINE_LAMBDA { return sqrt(fma(a, a, b * b)); }, ax, ay);
  } else {
    // Far from 1 by a power of two, so that no square that counts overflows or loses bits.
    const vec<T, N> large = at_least(ax, ay);
    const vec<T, N> up = select(large > vec<T, N>(0x1p500), vec<T, N>(0x1p-600), select(large < vec<T, N>(0x1p-450), vec<T, N>(0x1p600), T(1)));
    const vec<T, N> down = select(large > vec<T, N>(0x1p500), vec<T, N>(0x1p600), select(large < vec<T, N>(0x1p-450), vec<T, N>(0x1p-600), T(1)));
    const vec<T, N> a = ax * up, b = ay * up;
    const auto p = detail::two_product(a, a), q = detail::two_product(b, b), sum = detail::two_sum(p.high, q.high);
    const vec<T, N> root = sqrt(sum.high), square = root * root;
    const vec<T, N> lost = ((sum.high - square) - detail::product_error(root, root, square)) + (sum.low + (p.low + q.low));
    r = (root + T(0.5) * lost / at_least(root, std::numeric_limits<T>::min())) * down;
  }
  r = select((x == x) & (y == y), r, x + y);
  return select((ax == vec<T, N>(inf)) | (ay == vec<T, N>(inf)), vec<T, N>(inf), r);
}

// 1 / sqrt(x), two roundings; infinite at zero, with its sign.
template <class T, int N>
TENON_INLINE vec<T, N> rsqrt(vec<T, N> x) {
  return T(1) / sqrt(x);
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH
