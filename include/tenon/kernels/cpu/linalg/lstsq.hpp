#pragma once
// Least squares by a complete orthogonal decomposition (Golub & Van Loan, "Matrix Computations", section 5.5.2):
//
//   A P = Q (R11 R12; 0 ~0)          with column pivoting; the rank r is what R11 shows
//   (R11 R12) = T^H Z^H              a QR decomposition of the adjoint, where r < n
//   X = P Z (T^-H (Q^H B)_1; 0)      the solution of least norm
#include <tenon/kernels/cpu/arch.hpp>
#include <tenon/kernels/cpu/linalg/batch.hpp>
#include <tenon/kernels/cpu/linalg/pivoted_qr.hpp>
#include <tenon/kernels/cpu/linalg/triangular.hpp>
#include <tenon/kernels/linalg/lstsq.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH {

namespace linalg {

// Of a tall A: a QR decomposition without pivoting first, nearly all products of matrices, and then the pivoted one of its small R, which
// has the same singular values and column norms.
template <class T>
index_t least_squares_pivoted(matrix<T> a, matrix<T> b, matrix<T> x, real_of<T>* residuals, real_of<T> rcond, workspace w);
template <class T>
index_t least_squares(matrix<T> a, matrix<T> b, matrix<T> x, real_of<T>* residuals, real_of<T> rcond, workspace w) {
  const index_t m = a.rows, n = a.cols;
  if (m < n + n / 2 || n < 16) return least_squares_pivoted(a, b, x, residuals, rcond, w);
  T* const tau = w.template take<T>(n);
  const matrix<T> r = {w.template take<T>(n * n), n, n, n};
  factor_qr(a, tau, w, b);
  copy<T>(a.top(n), r);
  clear_lower(r);
  const index_t rank = least_squares_pivoted<T>(r, b.top(n), x, nullptr, rcond, w);
  for (index_t j = 0; residuals && rank == n && j < b.cols; ++j) {
    const real_of<T> norm = norm2(m - n, b.col(j) + n);
    residuals[j] = norm * norm;
  }
  return rank;
}

// a and b are used up. Answers the rank. Workspace: see plan_lstsq.
template <class T>
index_t least_squares_pivoted(matrix<T> a, matrix<T> b, matrix<T> x, real_of<T>* residuals, real_of<T> rcond, workspace w) {
  const index_t m = a.rows, n = a.cols, k = smaller(m, n);
  index_t* const order = w.template take<index_t>(n);
  T* const tau = w.template take<T>(k);
  factor_pivoted_qr(a, order, tau, w);
  const index_t rank = rank_of_triangle<T>(a.top(k), rcond, w);
  apply_q_left<T>(a.columns(0, k), tau, true, b, w);
  if (residuals && rank == n) {
    for (index_t j = 0; j < b.cols; ++j) {
      const real_of<T> norm = norm2(m - n, b.col(j) + n);
      residuals[j] = norm * norm;
    }
  }
  const matrix<T> y = {w.template take<T>(n * b.cols), n, b.cols, n};
  copy<T>(b.top(rank), y.top(rank));
  fill(y.from(rank, 0), T(0));
  if (rank == n) {
    solve_left(upper_triangle(a.top(n)), y, w);
  } else {
    const matrix<T> z = {w.template take<T>(n * rank), n, rank, n};
    for (index_t j = 0; j < rank; ++j)
      for (index_t i = 0; i < n; ++i) z(i, j) = i < j ? T(0) : conj(a(j, i));
    T* const z_tau = w.template take<T>(rank);
    factor_qr(z, z_tau, w);
    solve_left(upper_triangle(z.top(rank), transposition::adjoint), y.top(rank), w);
    apply_q_left<T>(z, z_tau, false, y, w);
  }
  for (index_t j = 0; j < x.cols; ++j)
    for (index_t i = 0; i < n; ++i) x(order[i], j) = y(i, j);
  return rank;
}

template <class E>
void run_lstsq(const context& ctx, const kernels::linalg::lstsq_plan& p, E* a_data, E* b_data, E* x_data, real_t<E>* residuals, std::int64_t* rank,
               std::byte* memory) {
  using T = kernel_t<E>;
  for_each_matrix(ctx, p.batch, memory, [&](index_t i, const workspace& w) {
    const matrix<T> a = {as_scalars(a_data) + i * p.m * p.n, p.m, p.n, p.m};
    const matrix<T> b = {as_scalars(b_data) + i * p.m * p.right, p.m, p.right, p.m}, x = {as_scalars(x_data) + i * p.n * p.right, p.n, p.right, p.n};
    rank[i] = least_squares(a, b, x, residuals ? residuals + i * p.right : nullptr, static_cast<real_of<T>>(p.rcond), w);
  });
}

}  // namespace linalg

template <class T>
constexpr typename kernels::linalg::lstsq_kernel<T>::function function_of(kernels::linalg::lstsq_kernel<T>, this_arch) {
  return &linalg::run_lstsq<T>;
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH
