#pragma once
// Products of vectors, and of a matrix and a vector, on dense columns: what the parts of a decomposition that cannot be
// blocked consist of. They read each element of the matrix once, so what counts is how many columns share a load of the
// vector, and that additions of a sum do not wait for one another.
//
// Precision  A dot product is four sums per lane, added up at the end: |error| <= (n / (4 lanes) + log2(4 lanes)) u sum |x y|.
#include <tenon/kernels/cpu/linalg/matrix.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg {

// sum of conj(x_i) y_i
template <class T>
T dot(index_t n, const T* x, const T* y) {
  using V = vec_of<T>;
  constexpr index_t N = lanes_of<T>;
  V sum[4] = {V(element_t<T>{}), V(element_t<T>{}), V(element_t<T>{}), V(element_t<T>{})};
  index_t i = 0;
  for (; i + 4 * N <= n; i += 4 * N)
    TENON_UNROLL(4)
    for (int k = 0; k < 4; ++k) sum[k] = conj_multiply_add(load(x + i + k * N), load(y + i + k * N), sum[k]);
  for (; i < n; i += N) sum[0] = conj_multiply_add(load(x + i, n - i), load(y + i, n - i), sum[0]);
  return sum_of_lanes<T>((sum[0] + sum[1]) + (sum[2] + sum[3]));
}

// y += a x
template <class T>
void add_scaled(index_t n, T a, const T* x, T* y) {
  constexpr index_t N = lanes_of<T>;
  const auto f = broadcast(a);
  index_t i = 0;
  for (; i + N <= n; i += N) store(y + i, multiply_add(f, load(x + i), load(y + i)));
  if (i < n) store(y + i, multiply_add(f, load(x + i, n - i), load(y + i, n - i)), n - i);
}

// x *= a, for a of T or its real type.
template <class T, class A>
void scale(index_t n, A a, T* x) {
  for (index_t i = 0; i < n; ++i) x[i] = x[i] * a;
}

// y_j = conj(column j of A) . x for each column; y may be strided.
template <class T>
void adjoint_times_vector(matrix<const std::type_identity_t<T>> a, const std::type_identity_t<T>* x, T* y, index_t y_step = 1) {
  using V = vec_of<T>;
  constexpr index_t N = lanes_of<T>;
  constexpr int columns = is_cplx<T> ? 4 : 6;
  index_t j = 0;
  for (; j + columns <= a.cols; j += columns) {
    V sum[columns];
    TENON_UNROLL(8)
    for (int c = 0; c < columns; ++c) sum[c] = V(element_t<T>{});
    const T* p = a.col(j);
    index_t i = 0;
    for (; i + N <= a.rows; i += N) {
      const V f = load(x + i);
      TENON_UNROLL(8)
      for (int c = 0; c < columns; ++c) sum[c] = conj_multiply_add(load(p + c * a.ld + i), f, sum[c]);
    }
    if (i < a.rows) {
      const index_t rest = a.rows - i;
      const V f = load(x + i, rest);
      TENON_UNROLL(8)
      for (int c = 0; c < columns; ++c) sum[c] = conj_multiply_add(load(p + c * a.ld + i, rest), f, sum[c]);
    }
    TENON_UNROLL(8)
    for (int c = 0; c < columns; ++c) y[(j + c) * y_step] = sum_of_lanes<T>(sum[c]);
  }
  for (; j < a.cols; ++j) y[j * y_step] = dot(a.rows, a.col(j), x);
}

// y += sum_j f(j) * (column j of A), eight columns at a time.
template <class T, class F>
TENON_INLINE void add_columns(matrix<const T> a, F f, T* y) {
  using V = vec_of<T>;
  constexpr index_t N = lanes_of<T>;
  constexpr int columns = is_cplx<T> ? 4 : 8;
  index_t j = 0;
  for (; j + columns <= a.cols; j += columns) {
    V factor[columns];
    TENON_UNROLL(8)
    for (int c = 0; c < columns; ++c) factor[c] = broadcast<T>(f(j + c));
    const T* p = a.col(j);
    index_t i = 0;
    for (; i + N <= a.rows; i += N) {
      V sum = load(y + i);
      TENON_UNROLL(8)
      for (int c = 0; c < columns; ++c) sum = multiply_add(factor[c], load(p + c * a.ld + i), sum);
      store(y + i, sum);
    }
    if (i < a.rows) {
      const index_t rest = a.rows - i;
      V sum = load(y + i, rest);
      TENON_UNROLL(8)
      for (int c = 0; c < columns; ++c) sum = multiply_add(factor[c], load(p + c * a.ld + i, rest), sum);
      store(y + i, sum, rest);
    }
  }
  for (; j < a.cols; ++j) add_scaled<T>(a.rows, f(j), a.col(j), y);
}
// y += alpha A x; x may be strided.
template <class T>
void add_times_vector(std::type_identity_t<T> alpha, matrix<const std::type_identity_t<T>> a, const std::type_identity_t<T>* x, T* y,
                      index_t x_step = 1) {
  add_columns<T>(a, [&](index_t j) TENON_INLINE_LAMBDA { return alpha * x[j * x_step]; }, y);
}

// A += alpha x y^H  (y^T where `conjugate` is false); y may be strided.
template <class T>
void add_outer(std::type_identity_t<T> alpha, const std::type_identity_t<T>* x, const std::type_identity_t<T>* y, matrix<T> a, index_t y_step = 1,
               bool conjugate = true) {
  using V = vec_of<T>;
  constexpr index_t N = lanes_of<T>;
  constexpr int columns = 4;
  index_t j = 0;
  for (; j + columns <= a.cols; j += columns) {
    V factor[columns];
    TENON_UNROLL(4)
    for (int c = 0; c < columns; ++c) factor[c] = broadcast<T>(alpha * conj_if(conjugate, y[(j + c) * y_step]));
    T* const p = a.col(j);
    index_t i = 0;
    for (; i + N <= a.rows; i += N) {
      const V v = load(x + i);
      TENON_UNROLL(4)
      for (int c = 0; c < columns; ++c) store(p + c * a.ld + i, multiply_add(factor[c], v, load(p + c * a.ld + i)));
    }
    if (i < a.rows) {
      const index_t rest = a.rows - i;
      const V v = load(x + i, rest);
      TENON_UNROLL(4)
      for (int c = 0; c < columns; ++c) store(p + c * a.ld + i, multiply_add(factor[c], v, load(p + c * a.ld + i, rest)), rest);
    }
  }
  for (; j < a.cols; ++j) add_scaled<T>(a.rows, alpha * conj_if(conjugate, y[j * y_step]), x, a.col(j));
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg
