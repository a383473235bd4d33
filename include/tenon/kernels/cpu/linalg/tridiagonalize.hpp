#pragma once
// A Hermitian matrix to real tridiagonal form, blocked.
//
//   A (n, n), lower triangle  ->  A = Q T Q^H,  T = tridiag(e, d, e) real,  Q = H_0 H_1 ... H_{n-2}
//
// The reflector v of H_i (its first i + 1 elements are zero, the next is 1) ends up in column i of A below the diagonal.
//
// Method     Dongarra, Sorensen & Hammarling, "Block reduction of matrices to condensed forms for eigenvalue computations",
//            J. Comput. Appl. Math. 27 (1989); LAPACK's xSYTRD. In a panel of columns, A's trailing part is not touched: what it
//            would be after i steps is A - V W^H - W V^H, with W's columns made along the way,
//
//              w = tau (A v - V (W^H v) - W (V^H v)),   w -= tau/2 (w^H v) v
//
//            and the panel's V and W are then applied to it in one product.
// Cost       4/3 n^3 operations. Half are A v, at the speed that the triangle is read with (hermitian.hpp); half are products.
#include <tenon/kernels/cpu/linalg/hermitian.hpp>
#include <tenon/kernels/cpu/linalg/householder.hpp>
#include <tenon/kernels/linalg/eigh.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg {

// The first w.cols columns of A to tridiagonal form; w (n, nb) gets W. `small` has room for w.cols elements.
template <class T>
void tridiagonalize_panel(const context& ctx, matrix<T> a, real_of<T>* d, real_of<T>* e, T* tau, matrix<T> w, T* small, T* parts) {
  const index_t n = a.rows;
  for (index_t i = 0; i < w.cols; ++i) {
    T* const column = a.col(i);
    // Column i as the steps before it would have left it.
    for (index_t j = 0; j < i; ++j) {
      add_scaled<T>(n - i, -conj(w(i, j)), a.col(j) + i, column + i);
      add_scaled<T>(n - i, -conj(a(i, j)), w.col(j) + i, column + i);
    }
    d[i] = real_part(column[i]);
    const index_t m = n - i - 1;                                 // what is below the diagonal
    if (m == 0) break;
    T* const v = column + i + 1;
    T* const u = w.col(i) + i + 1;
    tau[i] = make_reflector(m, v[0], v + 1);
    e[i] = real_part(v[0]);
    v[0] = T(1);
    if (is_zero(tau[i])) {
      for (index_t r = 0; r < m; ++r) u[r] = T(0);
      continue;
    }
    hermitian_times_vector<T>(ctx, a.block(i + 1, i + 1, m, m), v, u, parts);
    const matrix<T> v_before = a.block(i + 1, 0, m, i), w_before = w.block(i + 1, 0, m, i);
    adjoint_times_vector<T>(w_before, v, small);
    add_times_vector<T>(T(-1), v_before, small, u);
    adjoint_times_vector<T>(v_before, v, small);
    add_times_vector<T>(T(-1), w_before, small, u);
    scale(m, tau[i], u);
    const T half = tau[i] * dot(m, u, v) * real_of<T>(0.5);
    add_scaled<T>(m, -half, v, u);
  }
}

// d (n), e (n - 1), tau (n - 1). Workspace: tridiagonalize_bytes.
template <class T>
void tridiagonalize(matrix<T> a, real_of<T>* d, real_of<T>* e, T* tau, workspace w) {
  const index_t n = a.rows, nb = smaller(kernels::linalg::tridiagonalize_block, n);
  T* const panels = w.template take<T>(3 * nb * n);             // V, W, V side by side: (V W) (W V)^H in one product
  T* const small = w.template take<T>(nb);
  T* const parts = w.template take<T>((hermitian_pieces(n) - 1) * n);
  for (index_t j = 0; j < n; j += nb) {
    const index_t m = n - j, width = smaller(nb, m);
    const matrix<T> rest = a.from(j, j), all = {panels, m, 3 * width, m};
    const context& ctx = w.ctx;
    tridiagonalize_panel(ctx, rest, d + j, e + j, tau + j, all.columns(width, width), small, parts);
    if (m == width) break;
    for (index_t i = 0; i < width; ++i)                          // below the panel the reflectors have neither ones nor zeros
      for (index_t r = width; r < m; ++r) all(r, i) = all(r, 2 * width + i) = rest(r, i);
    subtract_hermitian_product<T>(rest.from(width, width), all.block(width, 0, m - width, 2 * width), all.block(width, width, m - width, 2 * width), w);
  }
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg
