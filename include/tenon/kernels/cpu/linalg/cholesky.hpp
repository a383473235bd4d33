#pragma once
// Cholesky decomposition  A = L L^H  of Hermitian positive definite matrices, and inverses by it.
//
// Method     Recursion on halves: L11; L21 = A21 L11^-H; A22 - L21 L21^H; L22. All but blocks of 32 is products of matrices
//            (Elmroth, Gustavson, Jonsson & Kagstrom, SIAM Review 46(1), 2004).
// Reads      and writes the lower triangle only: the upper one can keep a copy of A.
// Precision  Backward stable: ||A - L L^H|| <= c n^2 u ||A||, in practice some n u; no growth (Higham, theorem 10.3).
#include <tenon/kernels/cpu/arch.hpp>
#include <tenon/kernels/cpu/linalg/batch.hpp>
#include <tenon/kernels/cpu/linalg/solve_triangular.hpp>
#include <tenon/kernels/linalg/cholesky.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH {

namespace linalg {

// The lower triangle of C += or -= op(A) op(A)^H; op(A) is A or its adjoint. By halves; a block at the end goes through the
// workspace, so that nothing is written above the diagonal.
template <class T>
void update_lower(matmul_update update, matrix<T> c, const factor<T>& a, workspace w) {
  const index_t n = c.rows;
  const auto rows = [&](index_t i, index_t r) {
    return a.op == transposition::none ? factor<T>{a.m.block(i, 0, r, a.m.cols), a.op} : factor<T>{a.m.block(0, i, a.m.rows, r), a.op};
  };
  const auto as_adjoint = [](const factor<T>& f) {
    return factor<T>{f.m, f.op == transposition::none ? transposition::adjoint : transposition::none};
  };
  if (n <= kernels::linalg::cholesky_block) {
    const matrix<T> x = {w.template take<T>(n * n), n, n, n};
    product_into(x, a, as_adjoint(a), w);
    for (index_t j = 0; j < n; ++j)
      for (index_t i = j; i < n; ++i) c(i, j) = update == matmul_update::add ? c(i, j) + x(i, j) : c(i, j) - x(i, j);
    return;
  }
  const index_t h = first_half(n);
  update_lower(update, c.block(0, 0, h, h), rows(0, h), w);
  product(update, c.block(h, 0, n - h, h), rows(h, n - h), as_adjoint(rows(0, h)), w);
  update_lower(update, c.from(h, h), rows(h, n - h), w);
}

// Column by column, each from those on its left. Answers 0, or the first pivot (from 1) that is not positive.
template <class T>
index_t factor_cholesky_columns(matrix<T> a) {
  const index_t n = a.rows;
  for (index_t j = 0; j < n; ++j) {
    T* const column = a.col(j) + j;
    add_columns<T>(a.block(j, 0, n - j, j), [&](index_t k) TENON_INLINE_LAMBDA { return -conj(a(j, k)); }, column);
    const real_of<T> pivot = real_part(column[0]);
    if (!(pivot > 0)) return j + 1;
    const real_of<T> root = square_root(pivot);
    column[0] = T(root);
    if (root >= 4 * smallest_normal<real_of<T>>) {
      scale(n - j - 1, 1 / root, column + 1);
    } else {
      for (index_t i = 1; i < n - j; ++i) column[i] = column[i] / root;
    }
  }
  return 0;
}

// Workspace: cholesky_bytes.
template <class T>
index_t factor_cholesky(matrix<T> a, const workspace& w) {
  const index_t n = a.rows;
  if (n <= kernels::linalg::cholesky_block) return factor_cholesky_columns(a);
  const index_t h = first_half(n);
  const matrix<T> upper = a.block(0, 0, h, h), lower = a.from(h, h), side = a.block(h, 0, n - h, h);
  if (const index_t pivot = factor_cholesky(upper, w)) return pivot;
  solve_right(side, lower_triangle(upper, transposition::adjoint), w);
  update_lower(matmul_update::subtract, lower, plain(side), w);
  const index_t pivot = factor_cholesky(lower, w);
  return pivot ? h + pivot : 0;
}

template <class T>
bool lower_is_finite(matrix<const T> a) {
  for (index_t j = 0; j < a.cols; ++j)
    if (!all_finite(a.rows - j, a.col(j) + j)) return false;
  return true;
}

// L (lower) or U (upper) becomes its inverse. No zero on the diagonal is looked for.
template <class T>
void invert_triangle(matrix<T> a, triangle part, bool unit, const workspace& w) {
  const index_t n = a.rows;
  if (n <= triangle_block) {
    // Column by column from the corner that is already inverted: x = -T x / a_jj, T the inverse of the triangle beside it.
    for (index_t s = 0; s < n; ++s) {
      const index_t j = part == triangle::lower ? n - 1 - s : s;
      const T inverse = unit ? T(1) : T(1) / a(j, j);
      T* const column = a.col(j);
      for (index_t q = 0; q < s; ++q) {
        const index_t k = part == triangle::lower ? n - 1 - q : q;
        if (part == triangle::lower) add_scaled<T>(n - k - 1, column[k], a.col(k) + k + 1, column + k + 1);
        else add_scaled<T>(k, column[k], a.col(k), column);
        if (!unit) column[k] = column[k] * a(k, k);
      }
      if (part == triangle::lower) scale(n - j - 1, -inverse, column + j + 1);
      else scale(j, -inverse, column);
      if (!unit) a(j, j) = inverse;
    }
    return;
  }
  const index_t h = first_half(n);
  const matrix<T> first = a.block(0, 0, h, h), last = a.from(h, h);
  const matrix<T> side = part == triangle::lower ? a.block(h, 0, n - h, h) : a.block(0, h, h, n - h);
  const triangular<T> left = {part == triangle::lower ? last : first, part, transposition::none, unit};
  const triangular<T> right = {part == triangle::lower ? first : last, part, transposition::none, unit};
  solve_left(left, side, w);
  solve_right(side, right, w);
  for (index_t j = 0; j < side.cols; ++j) scale(side.rows, real_of<T>(-1), side.col(j));
  invert_triangle(first, part, unit, w);
  invert_triangle(last, part, unit, w);
}

// The lower triangle of L^H L, in place of L.
template <class T>
void square_lower(matrix<T> a, const workspace& w) {
  const index_t n = a.rows;
  if (n <= triangle_block) {
    for (index_t j = 0; j < n; ++j)
      for (index_t i = j; i < n; ++i) a(i, j) = dot(n - i, a.col(i) + i, a.col(j) + i);
    return;
  }
  const index_t h = first_half(n);
  const matrix<T> upper = a.block(0, 0, h, h), lower = a.from(h, h), side = a.block(h, 0, n - h, h);
  square_lower(upper, w);
  update_lower(matmul_update::add, upper, adjoint(side), w);
  multiply_left(lower_triangle(lower, transposition::adjoint), side, w);
  square_lower(lower, w);
}

// The upper triangle from the lower one: a becomes Hermitian.
template <class T>
void mirror_lower(matrix<T> a) {
  constexpr index_t block = 16;
  for (index_t jj = 0; jj < a.cols; jj += block)
    for (index_t ii = jj; ii < a.rows; ii += block)
      for (index_t j = jj; j < smaller(jj + block, a.cols); ++j)
        for (index_t i = larger(ii, j + 1); i < smaller(ii + block, a.rows); ++i) a(j, i) = conj(a(i, j));
}

// (L L^H)^-1 in place of L, both triangles.
template <class T>
void invert_by_cholesky(matrix<T> a, const workspace& w) {
  invert_triangle(a, triangle::lower, false, w);
  square_lower(a, w);
  mirror_lower(a);
}

template <class E>
void run_cholesky(const context& ctx, const kernels::linalg::cholesky_plan& p, E* data, std::int32_t* info, std::byte* memory) {
  using T = kernel_t<E>;
  for_each_matrix(ctx, p.batch, memory, [&](index_t i, const workspace& w) {
    const matrix<T> a = {as_scalars(data) + i * p.n * p.n, p.n, p.n, p.n};
    info[i] = lower_is_finite<T>(a) ? static_cast<std::int32_t>(factor_cholesky(a, w)) : -1;
    clear_upper(a);
  });
}
template <class E>
void run_cholesky_solve(const context& ctx, const kernels::linalg::cholesky_plan& p, const E* factors, E* right, std::int32_t* info,
                        std::byte* memory) {
  using T = kernel_t<E>;
  for_each_matrix(ctx, p.batch, memory, [&](index_t i, const workspace& w) {
    const matrix<const T> l = {as_scalars(factors) + i * p.n * p.n, p.n, p.n, p.n};
    const matrix<T> b = {as_scalars(right) + i * p.n * p.right, p.n, p.right, p.n};
    info[i] = static_cast<std::int32_t>(zero_pivot(l));
    if (info[i] != 0) return;
    solve_left(p.upper ? upper_triangle(l, transposition::adjoint) : lower_triangle(l), b, w);
    solve_left(p.upper ? upper_triangle(l) : lower_triangle(l, transposition::adjoint), b, w);
  });
}
template <class E>
void run_cholesky_inverse(const context& ctx, const kernels::linalg::cholesky_plan& p, E* data, std::int32_t* info, std::byte* memory) {
  using T = kernel_t<E>;
  for_each_matrix(ctx, p.batch, memory, [&](index_t i, const workspace& w) {
    const matrix<T> a = {as_scalars(data) + i * p.n * p.n, p.n, p.n, p.n};
    info[i] = static_cast<std::int32_t>(zero_pivot<T>(a));
    if (info[i] == 0) invert_by_cholesky(a, w);
  });
}

}  // namespace linalg

template <class T>
constexpr typename kernels::linalg::cholesky_kernel<T>::function function_of(kernels::linalg::cholesky_kernel<T>, this_arch) {
  return &linalg::run_cholesky<T>;
}
template <class T>
constexpr typename kernels::linalg::cholesky_solve_kernel<T>::function function_of(kernels::linalg::cholesky_solve_kernel<T>, this_arch) {
  return &linalg::run_cholesky_solve<T>;
}
template <class T>
constexpr typename kernels::linalg::cholesky_inverse_kernel<T>::function function_of(kernels::linalg::cholesky_inverse_kernel<T>, this_arch) {
  return &linalg::run_cholesky_inverse<T>;
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH
