#pragma once
// Householder reflectors, one by one and in blocks.
//
//   H = I - tau v v^H,  v = (1, v_2, ..., v_n)           Q = H_1 H_2 ... H_k = I - V T V^H
//
// Conventions  LAPACK's: `make_reflector` finds H with H^H x = (beta, 0, ..., 0), beta real with the sign opposite to that of
//              re x_1; v's leading 1 is not stored; H = I (tau = 0) where x is real and already of that form. For complex x, H is
//              unitary but not Hermitian.
// Blocks       Schreiber & Van Loan, "A storage-efficient WY representation for products of Householder transformations", SIAM J.
//              Sci. Stat. Comput. 10(1), 1989. V is copied out with its ones and zeros, so that everything is a product of
//              full matrices; the copy costs 1 / columns of what it is used for.
#include <tenon/kernels/cpu/linalg/norm.hpp>
#include <tenon/kernels/cpu/linalg/product.hpp>
#include <tenon/kernels/cpu/linalg/vector.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg {

// (alpha, x) becomes (beta, v_2 ... v_n); answers tau. x has n - 1 elements.
template <class T>
T make_reflector(index_t n, T& alpha, T* x) {
  using R = real_of<T>;
  if (n <= 0) return T(0);
  R norm = norm2(n - 1, x);
  if (norm == 0 && imag_part(alpha) == 0) return T(0);
  const auto length = [&] { return hypotenuse(magnitude(alpha), norm); };
  R beta = -with_sign(length(), real_part(alpha));
  // Below this, 1 / (alpha - beta) could overflow, or the quotients lose digits: lift everything, put beta back at the end.
  constexpr R least = smallest_normal<R> / epsilon<R>, lift = R(1) / least;
  int lifted = 0;
  for (; absolute(beta) < least && lifted < 4; ++lifted) {
    scale(n - 1, lift, x);
    alpha = alpha * lift;
    norm = norm2(n - 1, x);
    beta = -with_sign(length(), real_part(alpha));
  }
  const T tau = (T(beta) - alpha) / beta;
  const T pivot = alpha - T(beta);
  if (magnitude1(pivot) <= R(1) / smallest_normal<R>) {
    scale(n - 1, T(1) / pivot, x);
  } else {                                                  // 1 / pivot would be subnormal
    for (index_t i = 0; i < n - 1; ++i) x[i] = x[i] / pivot;
  }
  for (; lifted > 0; --lifted) beta *= least;
  alpha = T(beta);
  return tau;
}

// A = (I - tau v v^H) A, with v = (1, tail). `row` has room for A.cols elements. For H^H give conj(tau).
template <class T>
void apply_reflector_left(T tau, const T* tail, matrix<T> a, T* row) {
  if (is_zero(tau) || a.rows == 0) return;
  const matrix<T> rest = a.from(1, 0);
  adjoint_times_vector<T>(rest, tail, row);                 // conj(A^H v), but for the first row
  for (index_t j = 0; j < a.cols; ++j) {
    row[j] = tau * (conj(row[j]) + a(0, j));
    a(0, j) -= row[j];
  }
  add_outer<T>(T(-1), tail, row, rest, 1, false);
}
// A = A (I - tau v v^H). `column` has room for A.rows elements.
template <class T>
void apply_reflector_right(T tau, const T* tail, matrix<T> a, T* column) {
  if (is_zero(tau) || a.cols == 0) return;
  const matrix<T> rest = a.from(0, 1);
  for (index_t i = 0; i < a.rows; ++i) column[i] = a(i, 0);
  add_times_vector<T>(T(1), rest, tail, column);
  scale(a.rows, tau, column);
  add_scaled<T>(a.rows, T(-1), column, a.col(0));
  add_outer<T>(T(-1), column, tail, rest);
}

// A block of reflectors: v (m, k) with its ones and zeros, t (k, k) upper triangular with zeros below.
template <class T>
struct block_reflector {
  matrix<T> v, t;
};

// v = the reflectors below the diagonal of `panel`.
template <class T>
void copy_reflectors(matrix<const std::type_identity_t<T>> panel, matrix<T> v) {
  for (index_t j = 0; j < v.cols; ++j) {
    T* const to = v.col(j);
    const T* const from = panel.col(j);
    for (index_t i = 0; i < smaller(j, v.rows); ++i) to[i] = T(0);
    if (j < v.rows) to[j] = T(1);
    for (index_t i = j + 1; i < v.rows; ++i) to[i] = from[i];
  }
}

// t from v and tau: column j is  -tau_j T (V^H v_j)  above tau_j. Needs product_bytes<T>(k, k, m).
template <class T>
void form_block_reflector(const block_reflector<T>& b, const T* tau, const workspace& w) {
  const matrix<T> t = b.t;
  const index_t k = t.cols;
  product_into(t, adjoint(b.v), plain(b.v), w);
  for (index_t j = 0; j < k; ++j) {
    T* const column = t.col(j);
    for (index_t i = 0; i < j; ++i) {                        // T is upper triangular: from above, in place
      T sum = T(0);
      for (index_t l = i; l < j; ++l) sum += t(i, l) * column[l];
      column[i] = -(tau[j] * sum);
    }
    column[j] = tau[j];
    for (index_t i = j + 1; i < k; ++i) column[i] = T(0);
  }
}

// The workspace of applying k reflectors of length m to n columns (or n rows).
template <class T>
constexpr index_t block_reflector_bytes(index_t m, index_t n, index_t k, int threads) {
  return 2 * taken<T>(k * n) + kernels::linalg::product_bytes<element_t<T>>(larger(m, n), larger(m, n), larger(m, k), threads);
}

// C = (I - V op(T) V^H) C,  op(T) = T, or T^H for Q^H.
template <class T>
void apply_block_left(const block_reflector<T>& b, bool adjoint_of_q, matrix<T> c, workspace w) {
  const index_t k = b.v.cols, n = c.cols;
  if (n == 0 || k == 0) return;
  const matrix<T> x = {w.template take<T>(k * n), k, n, k}, y = {w.template take<T>(k * n), k, n, k};
  product_into(x, adjoint(b.v), plain(c), w);
  product_into(y, adjoint_of_q ? adjoint(b.t) : plain(b.t), plain(x), w);
  subtract_product(c, plain(b.v), plain(y), w);
}
// C = C (I - V op(T) V^H)
template <class T>
void apply_block_right(const block_reflector<T>& b, bool adjoint_of_q, matrix<T> c, workspace w) {
  const index_t k = b.v.cols, n = c.rows;
  if (n == 0 || k == 0) return;
  const matrix<T> x = {w.template take<T>(k * n), n, k, n}, y = {w.template take<T>(k * n), n, k, n};
  product_into(x, plain(c), plain(b.v), w);
  product_into(y, plain(x), adjoint_of_q ? adjoint(b.t) : plain(b.t), w);
  subtract_product(c, plain(y), adjoint(b.v), w);
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg
