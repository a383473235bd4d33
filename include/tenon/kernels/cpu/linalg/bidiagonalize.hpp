#pragma once
// A matrix to real upper bidiagonal form, blocked.
//
//   A (m, n), m >= n  ->  A = Q B P^H,  B (m, n): d on the diagonal, e above it, real
//   Q = H_0 ... H_{n-1}  (column i of A, from the diagonal down, holds v_i);  P = G_0 ... G_{n-2}  (column i of `right`, from i + 1 down: u_i)
//
// Method     Dongarra, Sorensen & Hammarling 1989; LAPACK's xGEBRD. In a panel, A's trailing part is not touched: after i steps
//            it would be A - V Y^H - X U^H, with columns made along the way,
//
//              y = tauq (A^H v - Y (V^H v) - U (X^H v)),      x = taup (A u - V (Y^H u) - X (U^H u))
//
//            and the panel's (V X) (Y U)^H is then subtracted in one product.
// Cost       8/3 n^3 for m = n. Half are A^H v and A u, at the speed that A is read with, twice per column; half are products.
//            A tall matrix should be brought to a triangle by QR first.
#include <tenon/kernels/cpu/linalg/householder.hpp>
#include <tenon/kernels/linalg/svd.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg {

// f(begin, end) for pieces of [0, n); their number depends on the size of the matrix that is read and not on the threads, so
// that neither do the bits. `unit`: boundaries are multiples of it.
template <class F>
void in_fixed_pieces(const context& ctx, index_t n, index_t unit, index_t elements, F f) {
  const index_t pieces = elements < 65536 ? 1 : 8;
  if (pieces == 1) return f(index_t{0}, n);
  const auto bound = [&](index_t p) { return p == pieces ? n : n * p / pieces / unit * unit; };
  ctx.parallel(pieces, [&](index_t p) { f(bound(p), bound(p + 1)); });
}

// y = A^H x
template <class T>
void adjoint_times(const context& ctx, matrix<const std::type_identity_t<T>> a, const std::type_identity_t<T>* x, T* y) {
  in_fixed_pieces(ctx, a.cols, 24, a.rows * a.cols,
                  [&](index_t begin, index_t end) { adjoint_times_vector<T>(a.columns(begin, end - begin), x, y + begin); });
}
// y = A x
template <class T>
void times(const context& ctx, matrix<const std::type_identity_t<T>> a, const std::type_identity_t<T>* x, T* y) {
  in_fixed_pieces(ctx, a.rows, 64, a.rows * a.cols, [&](index_t begin, index_t end) {
    for (index_t i = begin; i < end; ++i) y[i] = T(0);
    add_times_vector<T>(T(1), a.block(begin, 0, end - begin, a.cols), x, y + begin);
  });
}

// The first `width` steps on a (m, n). right (n, width) gets U; x (m, width), y (n, width); small has room for width elements.
template <class T>
void bidiagonalize_panel(const context& ctx, matrix<T> a, real_of<T>* d, real_of<T>* e, T* tauq, T* taup, matrix<T> right, matrix<T> x, matrix<T> y,
                         T* small) {
  const index_t m = a.rows, n = a.cols, width = x.cols;
  for (index_t i = 0; i < width; ++i) {
    T* const v = a.col(i) + i;
    for (index_t j = 0; j < i; ++j) {                            // column i as the steps before it would have left it
      add_scaled<T>(m - i, -conj(y(i, j)), a.col(j) + i, v);
      add_scaled<T>(m - i, -conj(right(i, j)), x.col(j) + i, v);
    }
    tauq[i] = make_reflector(m - i, v[0], v + 1);
    d[i] = real_part(v[0]);
    v[0] = T(1);
    const index_t rest = n - i - 1;
    if (rest == 0) return;

    T* const yi = y.col(i) + i + 1;
    if (is_zero(tauq[i])) {
      for (index_t k = 0; k < rest; ++k) yi[k] = T(0);
    } else {
      adjoint_times<T>(ctx, a.block(i, i + 1, m - i, rest), v, yi);
      adjoint_times_vector<T>(a.block(i, 0, m - i, i), v, small);
      add_times_vector<T>(T(-1), y.block(i + 1, 0, rest, i), small, yi);
      adjoint_times_vector<T>(x.block(i, 0, m - i, i), v, small);
      add_times_vector<T>(T(-1), right.block(i + 1, 0, rest, i), small, yi);
      scale(rest, tauq[i], yi);
    }

    T* const u = right.col(i) + i + 1;                           // row i, conjugated, as it would be by now
    for (index_t k = 0; k < rest; ++k) u[k] = conj(a(i, i + 1 + k));
    for (index_t j = 0; j <= i; ++j) add_scaled<T>(rest, -conj(a(i, j)), y.col(j) + i + 1, u);
    for (index_t j = 0; j < i; ++j) add_scaled<T>(rest, -conj(x(i, j)), right.col(j) + i + 1, u);
    taup[i] = make_reflector(rest, u[0], u + 1);
    e[i] = real_part(u[0]);
    u[0] = T(1);

    const index_t below = m - i - 1;
    T* const xi = x.col(i) + i + 1;
    if (is_zero(taup[i])) {
      for (index_t k = 0; k < below; ++k) xi[k] = T(0);
    } else {
      times<T>(ctx, a.block(i + 1, i + 1, below, rest), u, xi);
      adjoint_times_vector<T>(y.block(i + 1, 0, rest, i + 1), u, small);
      add_times_vector<T>(T(-1), a.block(i + 1, 0, below, i + 1), small, xi);
      adjoint_times_vector<T>(right.block(i + 1, 0, rest, i), u, small);
      add_times_vector<T>(T(-1), x.block(i + 1, 0, below, i), small, xi);
      scale(below, taup[i], xi);
    }
  }
}

// d, tauq (n); e, taup (n - 1); right (n, n). Workspace: bidiagonalize_bytes.
template <class T>
void bidiagonalize(matrix<T> a, real_of<T>* d, real_of<T>* e, T* tauq, T* taup, matrix<T> right, workspace w) {
  const index_t n = a.cols, nb = smaller(kernels::linalg::bidiagonalize_block, n);
  T* const left_panels = w.template take<T>(2 * nb * a.rows);    // V X
  T* const right_panels = w.template take<T>(2 * nb * n);        // Y U
  T* const small = w.template take<T>(nb);
  for (index_t j = 0; j < n; j += nb) {
    const index_t rows = a.rows - j, cols = n - j, width = smaller(nb, cols);
    const matrix<T> rest = a.from(j, j), vx = {left_panels, rows, 2 * width, rows}, yu = {right_panels, cols, 2 * width, cols};
    const matrix<T> u = right.block(j, j, cols, width);
    bidiagonalize_panel(w.ctx, rest, d + j, e + j, tauq + j, taup + j, u, vx.columns(width, width), yu.columns(0, width), small);
    if (cols == width) break;
    copy<T>(rest.block(width, 0, rows - width, width), vx.block(width, 0, rows - width, width));
    copy<T>(u.from(width, 0), yu.block(width, width, cols - width, width));
    subtract_product(rest.from(width, width), plain(vx.from(width, 0)), adjoint(yu.from(width, 0)), w);
  }
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg
