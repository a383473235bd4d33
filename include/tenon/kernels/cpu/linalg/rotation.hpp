#pragma once
// Plane rotations: made without overflow, and applied to pairs of columns.
//
//   (  c  s ) ( f )   ( r )
//   ( -s  c ) ( g ) = ( 0 ),     c^2 + s^2 = 1
//
// Method     Anderson, "Algorithm 978: Safe scaling in the level 1 BLAS", ACM TOMS 44(1), 2017: the plain formula where no
//            square can overflow or lose digits, else the same on scaled f and g. c >= 0, and r has the sign of f.
#include <tenon/kernels/cpu/linalg/real.hpp>
#include <tenon/kernels/cpu/simd.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg {

template <class R>
struct rotation {
  R c, s;
};

template <class R>
TENON_INLINE rotation<R> make_rotation(R f, R g, R& r) {
  constexpr R tiny = smallest_normal<R>, huge = 1 / tiny;
  constexpr R low = sizeof(R) == 4 ? R(0x1p-50) : R(0x1p-485), high = sizeof(R) == 4 ? R(0x1p62) : R(0x1p510);
  if (g == 0) {
    r = f;
    return {1, 0};
  }
  if (f == 0) {
    r = magnitude(g);
    return {0, with_sign(R(1), g)};
  }
  const R a = magnitude(f), b = magnitude(g);
  if (a > low && a < high && b > low && b < high) {
    const R d = square_root(f * f + g * g);
    r = with_sign(d, f);
    return {a / d, g / r};
  }
  const R unit = smaller_of(huge, larger_of(tiny, larger_of(a, b)));
  const R x = f / unit, y = g / unit, d = square_root(x * x + y * y), scaled = with_sign(d, f);
  r = scaled * unit;
  return {magnitude(x) / d, y / scaled};
}

// x <- c x + s y,  y <- c y - s x: two columns of n real numbers.
template <class R>
void rotate(R* x, R* y, index_t n, R c, R s) {
  using V = vec<R>;
  constexpr index_t N = lanes<R>;
  const V cosine(c), sine(s);
  index_t i = 0;
  for (; i + N <= n; i += N) {
    const V a = V::load(x + i), b = V::load(y + i);
    fma(cosine, a, sine * b).store(x + i);
    fnma(sine, a, cosine * b).store(y + i);
  }
  if (i < n) {
    const V a = V::load(x + i, n - i), b = V::load(y + i, n - i);
    fma(cosine, a, sine * b).store(x + i, n - i);
    fnma(sine, a, cosine * b).store(y + i, n - i);
  }
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg
