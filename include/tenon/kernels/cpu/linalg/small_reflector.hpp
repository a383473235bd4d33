#pragma once
// Householder reflectors of length 2 and 3, which chase bulges down a Hessenberg matrix.
//
//   H = I - tau v v^H,  v = (1, v1, v2):      H^H x = (beta, 0, 0), beta real
#include <tenon/kernels/cpu/linalg/matrix.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg {

template <class T>
struct small_reflector {
  T tau = T(0), v1 = T(0), v2 = T(0);

  // H^H (x, y, z): the factor of v that goes off each element.
  TENON_INLINE T from_left(T x, T y, T z) const { return conj(tau) * (x + conj(v1) * y + conj(v2) * z); }
  TENON_INLINE T from_left(T x, T y) const { return conj(tau) * (x + conj(v1) * y); }
};

// The reflector that maps (x, y, z) to (beta, 0, 0); pass z = 0 for length 2.
template <class T>
TENON_INLINE small_reflector<T> make_small_reflector(T x, T y, T z, T& beta) {
  using R = real_of<T>;
  const R tail = magnitude1(y) > magnitude1(z) ? magnitude1(y) : magnitude1(z);
  if (tail == 0 && imag_part(x) == 0) {
    beta = x;
    return {};
  }
  // Squares must neither overflow nor vanish.
  const R most = magnitude1(x) > tail ? magnitude1(x) : tail;
  constexpr R low = sizeof(R) == 4 ? R(0x1p-40) : R(0x1p-400), high = sizeof(R) == 4 ? R(0x1p60) : R(0x1p500);
  const bool plain = most > low && most < high;
  if (!plain) {
    x = x / most;
    y = y / most;
    z = z / most;
  }
  const R length = square_root(square_magnitude(x) + square_magnitude(y) + square_magnitude(z));
  const R b = -with_sign(length, real_part(x));
  const T below = T(1) / (x - T(b));
  beta = T(plain ? b : b * most);
  return {(T(b) - x) / b, y * below, z * below};
}

// Columns (x, y, z) <- (x, y, z) H, over n rows.
template <class T>
TENON_INLINE void reflect_columns(index_t n, T* x, T* y, T* z, const small_reflector<T>& h) {
  constexpr index_t N = lanes_of<T>;
  const auto v1 = broadcast(h.v1), v2 = broadcast(h.v2);
  const auto t0 = broadcast(-h.tau), t1 = broadcast(-(h.tau * conj(h.v1))), t2 = broadcast(-(h.tau * conj(h.v2)));
  for (index_t i = 0; i < n; i += N) {
    const index_t rest = n - i;
    if (rest >= N) {
      const auto a = load(x + i), b = load(y + i), c = load(z + i);
      const auto sum = multiply_add(v2, c, multiply_add(v1, b, a));
      store(x + i, multiply_add(sum, t0, a));
      store(y + i, multiply_add(sum, t1, b));
      store(z + i, multiply_add(sum, t2, c));
    } else {
      const auto a = load(x + i, rest), b = load(y + i, rest), c = load(z + i, rest);
      const auto sum = multiply_add(v2, c, multiply_add(v1, b, a));
      store(x + i, multiply_add(sum, t0, a), rest);
      store(y + i, multiply_add(sum, t1, b), rest);
      store(z + i, multiply_add(sum, t2, c), rest);
    }
  }
}
template <class T>
TENON_INLINE void reflect_columns(index_t n, T* x, T* y, const small_reflector<T>& h) {
  constexpr index_t N = lanes_of<T>;
  const auto v1 = broadcast(h.v1), t0 = broadcast(-h.tau), t1 = broadcast(-(h.tau * conj(h.v1)));
  for (index_t i = 0; i < n; i += N) {
    const index_t rest = n - i < N ? n - i : N;
    const auto a = load(x + i, rest), b = load(y + i, rest);
    const auto sum = multiply_add(v1, b, a);
    store(x + i, multiply_add(sum, t0, a), rest);
    store(y + i, multiply_add(sum, t1, b), rest);
  }
}

// H^H applied to the three elements at p in each of n columns, and to two of them.
template <class T>
TENON_INLINE void reflect_rows3(index_t n, T* p, index_t ld, const small_reflector<T>& h) {
  for (index_t j = 0; j < n; ++j, p += ld) {
    const T sum = h.from_left(p[0], p[1], p[2]);
    p[0] -= sum;
    p[1] -= sum * h.v1;
    p[2] -= sum * h.v2;
  }
}
template <class T>
TENON_INLINE void reflect_rows2(index_t n, T* p, index_t ld, const small_reflector<T>& h) {
  for (index_t j = 0; j < n; ++j, p += ld) {
    const T sum = h.from_left(p[0], p[1]);
    p[0] -= sum;
    p[1] -= sum * h.v1;
  }
}

// Rotations, x <- c x + s y, y <- c y - s x with c, s real: on two columns of n rows, and on the two elements at p in n columns.
template <class T>
void rotate_columns(index_t n, T* x, T* y, real_of<T> c, real_of<T> s) {
  constexpr index_t N = lanes_of<T>;
  const auto cosine = broadcast(T(c)), sine = broadcast(T(s)), minus = broadcast(T(-s));
  for (index_t i = 0; i < n; i += N) {
    const index_t some = smaller(N, n - i);
    const auto a = load(x + i, some), b = load(y + i, some);
    store(x + i, multiply_add(b, sine, a * cosine), some);
    store(y + i, multiply_add(a, minus, b * cosine), some);
  }
}
template <class T>
void rotate_rows(index_t n, T* p, index_t ld, real_of<T> c, real_of<T> s) {
  for (index_t j = 0; j < n; ++j, p += ld) {
    const T a = p[0], b = p[1];
    p[0] = a * c + b * s;
    p[1] = b * c - a * s;
  }
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg
