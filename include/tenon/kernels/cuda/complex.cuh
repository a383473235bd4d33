#pragma once
// lane<std::complex<R>>: one complex number, in the form that functors take. What kernels/cpu/simd/complex.hpp is for the CPU.
//
// Its functions (exp, sqrt, ...) are in complex_functions.cuh, for the few files that need them.
#include <tenon/kernels/cuda/lane.cuh>

#include <complex>

namespace tenon::inline v0::kernels::cuda::inline TENON_CUDA_ROOM {

template <class R>
struct lane<std::complex<R>> {
  using value_type = std::complex<R>;
  using mask_type = truth_lane;
  using part = lane<R>;
  static constexpr bool is_integer = false;

  part re, im;

  lane() = default;
  TENON_INLINE TENON_HD explicit lane(value_type x) : re(x.real()), im(x.imag()) {}
  template <class U>
    requires std::is_arithmetic_v<U>
  TENON_INLINE TENON_HD explicit lane(U x) : re(x), im(R(0)) {}
  TENON_INLINE TENON_HD explicit lane(part x) : re(x), im(R(0)) {}
  TENON_INLINE TENON_HD lane(part real, part imaginary) : re(real), im(imaginary) {}

  TENON_INLINE TENON_HD friend lane operator+(lane a, lane b) { return {a.re + b.re, a.im + b.im}; }
  TENON_INLINE TENON_HD friend lane operator-(lane a, lane b) { return {a.re - b.re, a.im - b.im}; }
  TENON_INLINE TENON_HD friend lane operator-(lane a) { return {-a.re, -a.im}; }
  TENON_INLINE TENON_HD friend lane operator+(lane a) { return a; }
  TENON_INLINE TENON_HD friend lane operator*(lane a, lane b) { return {a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re}; }
  // Smith 1962, "Algorithm 116: Complex division": scaled by the larger part of b, so that |b|^2 need not be finite.
  TENON_INLINE TENON_HD friend lane operator/(lane a, lane b) {
    const truth_lane swap = abs(b.re) < abs(b.im);
    const part large = select(swap, b.im, b.re), small = select(swap, b.re, b.im);
    const part ratio = small / large, scale = fma(small, ratio, large);
    const part x = select(swap, a.im, a.re), y = select(swap, a.re, a.im);
    const part p = fma(y, ratio, x) / scale, q = fnma(x, ratio, y) / scale;
    return {p, select(swap, -q, q)};
  }

  TENON_INLINE TENON_HD friend truth_lane operator==(lane a, lane b) { return (a.re == b.re) & (a.im == b.im); }
  TENON_INLINE TENON_HD friend truth_lane operator!=(lane a, lane b) { return ~(a == b); }

  TENON_INLINE TENON_HD friend lane select(truth_lane c, lane a, lane b) { return c.v ? a : b; }
};

template <class R>
TENON_INLINE TENON_HD std::complex<R> value_of(lane<std::complex<R>> x) {
  return {x.re.v, x.im.v};
}
template <class L>
TENON_INLINE TENON_HD auto value_of(L x) {
  return x.v;
}

}  // namespace tenon::inline v0::kernels::cuda::inline TENON_CUDA_ROOM
