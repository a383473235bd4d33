#pragma once
// fmod and remainder: exact, for every pair of arguments.
//
// Method     n = trunc(|x| / |y|) is right or one too large; |x| - n |y| is exact with the product in two words. Lanes whose
//            quotient has too many digits for that, and special ones, go one by one to the C library's fmod, which is exact
//            too, so that it does not matter which way a lane went.
// Special    C's: of x = +-infinity or y = 0 NaN, of y = +-infinity x; a zero result has the sign of x.
#include <tenon/kernels/cpu/math/two_words.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH {

namespace detail {

template <class T, int N>
[[gnu::noinline]] inline void fmod_lanes(const T* x, const T* y, std::uint64_t lanes_wanted, T* r) {
  for (int i = 0; i < N; ++i) {
    if (((lanes_wanted >> i) & 1) == 0) continue;
    if constexpr (is_float<T>)
      r[i] = __builtin_fmodf(x[i], y[i]);
    else
      r[i] = __builtin_fmod(x[i], y[i]);
  }
}

}  // namespace detail

// x - n y with n = trunc(x / y); the sign of x.
template <class T, int N>
TENON_INLINE vec<T, N> fmod(vec<T, N> x, same<vec<T, N>> y) {
  constexpr T limit = detail::is_float<T> ? T(0x1p22) : T(0x1p51), half_of_max = std::numeric_limits<T>::max() / 2;
  const vec<T, N> a = abs(x), b = abs(y), q = a / b, n = trunc(q);
  const auto p = detail::two_product(n, b);
  const vec<T, N> d = (a - p.high) - p.low;
  vec<T, N> r = copysign(select(d < vec<T, N>(T(0)), d + b, d), x);
  const auto ordinary = (q < vec<T, N>(limit)) & (a < vec<T, N>(half_of_max)) & (b < vec<T, N>(half_of_max));
  const std::uint64_t other = to_bits(~ordinary);
  if (other != 0) [[unlikely]] {       // the other lanes keep what they have
    alignas(64) T xs[N], ys[N], rs[N];
    x.store(xs), y.store(ys), r.store(rs);
    detail::fmod_lanes<T, N>(xs, ys, other, rs);
    r = vec<T, N>::load(rs);
  }
  return r;
}

// C's remainder: x - n y with n the integer nearest to x / y, the even one of two; |result| <= |y| / 2.
template <class T, int N>
TENON_INLINE vec<T, N> remainder(vec<T, N> x, same<vec<T, N>> y) {
  const vec<T, N> a = abs(x), b = abs(y);
  const vec<T, N> m = fmod(a, b + b);                        // in [0, 2 b); where b + b overflows it is a
  const auto above = m > b - m;                              // m > b / 2, exactly
  vec<T, N> r = select(above, m - b, m);
  r = select(above & (r >= b - r), r - b, r);
  r = select(b < vec<T, N>(std::numeric_limits<T>::infinity()), r, m);
  return r ^ (x & vec<T, N>(T(-0.0)));
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH
