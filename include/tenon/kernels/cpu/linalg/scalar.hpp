#pragma once
// The scalars of matrix kernels: real numbers, and cplx<R> for complex ones.
//
// cplx<R> lies in memory as std::complex<R> does, and kernels see a complex matrix through it: the operators of
// std::complex look for NaN after every product and call a library function then, and where they are not inlined they are
// symbols that code for other instruction sets would share. R may also be a vec: then it is that many complex numbers, and a
// kernel written for one matrix computes one in each lane.
//
// real_part, conj, magnitude ... are written for both, so that one kernel serves real and complex matrices.
#include <tenon/core/dtype.hpp>
#include <tenon/kernels/cpu/simd.hpp>

#include <limits>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg {

template <class R>
struct cplx {
  using real_type = R;
  R re, im;

  cplx() = default;
  TENON_INLINE constexpr cplx(R x) : re(x), im(R(0)) {}
  TENON_INLINE constexpr cplx(R x, R y) : re(x), im(y) {}
  template <class I>
    requires std::is_same_v<I, int> && (!std::is_same_v<R, int>)
  TENON_INLINE constexpr cplx(I x) : re(static_cast<R>(x)), im(R(0)) {}

  TENON_INLINE friend constexpr cplx operator+(cplx a, cplx b) { return {a.re + b.re, a.im + b.im}; }
  TENON_INLINE friend constexpr cplx operator-(cplx a, cplx b) { return {a.re - b.re, a.im - b.im}; }
  TENON_INLINE friend constexpr cplx operator-(cplx a) { return {-a.re, -a.im}; }
  TENON_INLINE friend constexpr cplx operator*(cplx a, cplx b) { return {a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re}; }
  TENON_INLINE friend constexpr cplx operator*(cplx a, R b) { return {a.re * b, a.im * b}; }
  TENON_INLINE friend constexpr cplx operator*(R a, cplx b) { return {a * b.re, a * b.im}; }
  TENON_INLINE friend constexpr cplx operator/(cplx a, R b) { return {a.re / b, a.im / b}; }
  TENON_INLINE constexpr cplx& operator+=(cplx b) { return *this = *this + b; }
  TENON_INLINE constexpr cplx& operator-=(cplx b) { return *this = *this - b; }
  TENON_INLINE constexpr cplx& operator*=(cplx b) { return *this = *this * b; }
  TENON_INLINE constexpr cplx& operator/=(cplx b) { return *this = *this / b; }
  TENON_INLINE friend constexpr bool operator==(cplx a, cplx b) { return a.re == b.re && a.im == b.im; }

  // Smith, "Algorithm 116: Complex division", CACM 5(8), 1962: scaled by the larger part of b, so that |b|^2 need not be
  // representable.
  TENON_INLINE friend constexpr cplx operator/(cplx a, cplx b)
    requires std::is_floating_point_v<R>
  {
    const R x = b.re < 0 ? -b.re : b.re, y = b.im < 0 ? -b.im : b.im;
    if (x >= y) {
      if (b.im == 0) return {a.re / b.re, a.im / b.re};
      const R ratio = b.im / b.re, scale = b.re + b.im * ratio;
      return {(a.re + a.im * ratio) / scale, (a.im - a.re * ratio) / scale};
    }
    const R ratio = b.re / b.im, scale = b.im + b.re * ratio;
    return {(a.re * ratio + a.im) / scale, (a.im * ratio - a.re) / scale};
  }
};

// The kernels' type for an element type of tensors, and back.
template <class T>
struct scalar_types { using kernel = T; using element = T; using real = T; };
template <class R>
struct scalar_types<std::complex<R>> { using kernel = cplx<R>; using element = std::complex<R>; using real = R; };
template <class R>
struct scalar_types<cplx<R>> { using kernel = cplx<R>; using element = std::complex<R>; using real = R; };
template <class T>
using kernel_t = typename scalar_types<T>::kernel;
template <class T>
using element_t = typename scalar_types<T>::element;
template <class T>
using real_of = typename scalar_types<T>::real;

template <class T>
inline constexpr bool is_cplx = false;
template <class R>
inline constexpr bool is_cplx<cplx<R>> = true;

// Pointers to tensors' elements as pointers to the kernels' scalars, and back.
template <class T>
TENON_INLINE kernel_t<T>* as_scalars(T* p) { return reinterpret_cast<kernel_t<T>*>(p); }
template <class T>
TENON_INLINE const kernel_t<T>* as_scalars(const T* p) { return reinterpret_cast<const kernel_t<T>*>(p); }
template <class T>
TENON_INLINE element_t<T>* as_elements(T* p) { return reinterpret_cast<element_t<T>*>(p); }
template <class T>
TENON_INLINE const element_t<T>* as_elements(const T* p) { return reinterpret_cast<const element_t<T>*>(p); }

template <class T>
TENON_INLINE constexpr auto real_part(const T& x) {
  if constexpr (is_cplx<T>) return x.re;
  else return x;
}
template <class T>
TENON_INLINE constexpr auto imag_part(const T& x) {
  if constexpr (is_cplx<T>) return x.im;
  else return T(0);
}
template <class T>
TENON_INLINE constexpr T conj(const T& x) {
  if constexpr (is_cplx<T>) return {x.re, -x.im};
  else return x;
}
// The conjugate where `yes`; of real numbers themselves.
template <class T>
TENON_INLINE constexpr T conj_if(bool yes, const T& x) {
  if constexpr (is_cplx<T>) return {x.re, yes ? -x.im : x.im};
  else return x;
}
template <class R>
TENON_INLINE R square_root(R x) {
  if constexpr (std::is_same_v<R, float>) return __builtin_sqrtf(x);
  else if constexpr (std::is_same_v<R, double>) return __builtin_sqrt(x);
  else return sqrt(x);
}
template <class R>
TENON_INLINE constexpr R absolute(R x) {
  if constexpr (std::is_floating_point_v<R>) return x < 0 ? -x : x == 0 ? R(0) : x;
  else return abs(x);
}
// sqrt(x^2 + y^2) without overflow or underflow on the way.
template <class R>
TENON_INLINE R hypotenuse(R x, R y) {
  x = absolute(x);
  y = absolute(y);
  const R large = x > y ? x : y, small = x > y ? y : x;
  if (!(small > 0)) return large + small;              // NaN stays
  const R ratio = small / large;
  return large * square_root(R(1) + ratio * ratio);
}
// |x|
template <class T>
TENON_INLINE auto magnitude(const T& x) {
  if constexpr (is_cplx<T>) return hypotenuse(x.re, x.im);
  else return absolute(x);
}
// |re| + |im|: as good as |x| for choosing and for comparing with eps, and cheap.
template <class T>
TENON_INLINE constexpr auto magnitude1(const T& x) {
  if constexpr (is_cplx<T>) return absolute(x.re) + absolute(x.im);
  else return absolute(x);
}
// |x|^2; may overflow or vanish.
template <class T>
TENON_INLINE constexpr auto square_magnitude(const T& x) {
  if constexpr (is_cplx<T>) return x.re * x.re + x.im * x.im;
  else return x * x;
}
// |a| with b's sign (b = -0 counts as negative).
template <class R>
TENON_INLINE R with_sign(R a, R b) {
  if constexpr (std::is_same_v<R, float>) return __builtin_copysignf(a, b);
  else return __builtin_copysign(a, b);
}
template <class T>
TENON_INLINE constexpr bool is_zero(const T& x) {
  if constexpr (is_cplx<T>) return x.re == 0 && x.im == 0;
  else return x == 0;
}
template <class T>
TENON_INLINE constexpr bool is_finite(const T& x) {
  if constexpr (is_cplx<T>) return is_finite(x.re) && is_finite(x.im);
  else return x - x == 0;
}

template <class R>
inline constexpr R epsilon = std::numeric_limits<R>::epsilon();         // the distance from 1 to the next number: 2 u
template <class R>
inline constexpr R smallest_normal = std::numeric_limits<R>::min();

template <class A>
TENON_INLINE constexpr A smaller(A a, std::type_identity_t<A> b) { return a < b ? a : b; }
template <class A>
TENON_INLINE constexpr A larger(A a, std::type_identity_t<A> b) { return a > b ? a : b; }
TENON_INLINE constexpr index_t smaller(int a, index_t b) { return a < b ? a : b; }       // a literal does not narrow an extent
TENON_INLINE constexpr index_t larger(int a, index_t b) { return a > b ? a : b; }

// A vector register of scalars, from and to memory.
template <class T>
using vec_of = vec<element_t<T>>;
template <class T>
inline constexpr index_t lanes_of = lanes<element_t<T>>;
template <class T>
TENON_INLINE vec_of<T> load(const T* p) { return vec_of<T>::load(as_elements(p)); }
template <class T>
TENON_INLINE vec_of<T> load(const T* p, index_t n) { return vec_of<T>::load(as_elements(p), n); }
template <class T>
TENON_INLINE void store(T* p, vec_of<T> x) { x.store(as_elements(p)); }
template <class T>
TENON_INLINE void store(T* p, vec_of<T> x, index_t n) { x.store(as_elements(p), n); }
template <class T>
TENON_INLINE vec_of<T> broadcast(const T& x) {
  if constexpr (is_cplx<T>) return {vec<real_of<T>>(x.re), vec<real_of<T>>(x.im)};
  else return vec_of<T>(x);
}
// a * b + c
template <class V>
TENON_INLINE V multiply_add(const V& a, const V& b, const V& c) {
  if constexpr (requires { a.im; }) return {fma(a.re, b.re, fnma(a.im, b.im, c.re)), fma(a.re, b.im, fma(a.im, b.re, c.im))};
  else return fma(a, b, c);
}
// conj(a) * b + c
template <class V>
TENON_INLINE V conj_multiply_add(const V& a, const V& b, const V& c) {
  if constexpr (requires { a.im; }) return {fma(a.re, b.re, fma(a.im, b.im, c.re)), fma(a.re, b.im, fnma(a.im, b.re, c.im))};
  else return fma(a, b, c);
}
template <class T, class V>
TENON_INLINE T sum_of_lanes(const V& v) {
  if constexpr (is_cplx<T>) return {reduce_add(v.re), reduce_add(v.im)};
  else return reduce_add(v);
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg
