#pragma once
// LU decompositions, systems, inverses and determinants by LAPACK's getrf, getrs and getri. Empty without TENON_WITH_LAPACK.
#if defined(TENON_WITH_LAPACK)
#include <tenon/kernels/cpu/linalg/lu.hpp>
#include <tenon/kernels/lapack/routines.hpp>

namespace tenon::inline v0::kernels::lapack::inline TENON_ARCH {

using kernels::cpu::linalg::matrix;
using kernels::cpu::linalg::workspace;

// getrf multiplies by reciprocals of pivots, which overflow where the matrix is close to subnormal: such a one is the CPU's own to factor.
template <class T>
index_t factor_by_driver(matrix<T> a, std::int32_t* pivots, const workspace& w) {
  using R = kernels::cpu::linalg::real_of<T>;
  const bool tiny = kernels::cpu::linalg::largest_part<T>(a) <
                    kernels::cpu::linalg::smallest_normal<R> / kernels::cpu::linalg::epsilon<R>;
  if (tiny || !fits(a.rows, a.cols)) return kernels::cpu::linalg::factor_lu(a, pivots, w);
  integer info = 0;
  getrf(as_integer(a.rows), as_integer(a.cols), a.data, leading(a.ld), pivots, info);
  return info;
}

// A triangular matrix needs no factors, and LAPACK has no substitution from the right: both are the CPU's own.
template <class T>
index_t solve_by_driver(matrix<T> a, bool on_left, matrix<T> b, workspace w) {
  using kernels::cpu::linalg::structure;
  const structure kind = kernels::cpu::linalg::structure_of<T>(a);
  if (kind == structure::lower || kind == structure::upper) return kernels::cpu::linalg::solve_system(a, on_left, b, w);
  std::int32_t* const pivots = w.template take<std::int32_t>(a.rows);
  if (const index_t pivot = factor_by_driver(a, pivots, w)) return pivot;
  if (!on_left) {
    kernels::cpu::linalg::solve_by_lu<T>(a, pivots, kernels::linalg::transposition::none, false, b, w);
    return 0;
  }
  integer info = 0;
  getrs('N', as_integer(a.rows), as_integer(b.cols), a.data, leading(a.ld), pivots, b.data, leading(b.ld), info, 1);
  return info;
}

template <class T>
index_t invert_by_driver(matrix<T> a, workspace w) {
  using kernels::cpu::linalg::structure;
  const structure kind = kernels::cpu::linalg::structure_of<T>(a);
  if (kind == structure::lower || kind == structure::upper) return kernels::cpu::linalg::invert(a, w);
  std::int32_t* const pivots = w.template take<std::int32_t>(a.rows);
  if (const index_t pivot = factor_by_driver(a, pivots, w)) return pivot;
  const index_t size = a.rows * block;
  T* const work = w.template take<T>(size);
  integer info = 0;
  getri(as_integer(a.rows), a.data, leading(a.ld), pivots, work, leading(size), info);
  return info;
}

template <class E>
void run_lu_factor(const context& ctx, const kernels::linalg::lu_plan& p, E* data, std::int32_t* pivots,
                   std::int32_t* info, std::byte* memory) {
  using T = kernels::cpu::linalg::kernel_t<E>;
  kernels::cpu::linalg::for_each_matrix(ctx, p.batch, memory, [&](index_t i, const workspace& w) {
    const matrix<T> a = {kernels::cpu::linalg::as_scalars(data) + i * p.m * p.n, p.m, p.n, p.m};
    info[i] = static_cast<std::int32_t>(factor_by_driver(a, pivots + i * p.k, w));
  });
}
template <class E>
void run_solve(const context& ctx, const kernels::linalg::lu_plan& p, E* data, E* right, std::int32_t* info,
               std::byte* memory) {
  using T = kernels::cpu::linalg::kernel_t<E>;
  if (!fits(p.n, p.right)) return kernels::cpu::linalg::run_solve<E>(ctx, p, data, right, info, memory);
  kernels::cpu::linalg::for_each_matrix(ctx, p.batch, memory, [&](index_t i, const workspace& w) {
    const index_t rows = p.on_left ? p.n : p.right, cols = p.on_left ? p.right : p.n;
    const matrix<T> a = {kernels::cpu::linalg::as_scalars(data) + i * p.n * p.n, p.n, p.n, p.n};
    const matrix<T> b = {kernels::cpu::linalg::as_scalars(right) + i * rows * cols, rows, cols, rows};
    info[i] = static_cast<std::int32_t>(solve_by_driver(a, p.on_left, b, w));
  });
}
template <class E>
void run_inverse(const context& ctx, const kernels::linalg::lu_plan& p, E* data, std::int32_t* info,
                 std::byte* memory) {
  using T = kernels::cpu::linalg::kernel_t<E>;
  if (!fits(p.n, block * p.n)) return kernels::cpu::linalg::run_inverse<E>(ctx, p, data, info, memory);
  kernels::cpu::linalg::for_each_matrix(ctx, p.batch, memory, [&](index_t i, const workspace& w) {
    const matrix<T> a = {kernels::cpu::linalg::as_scalars(data) + i * p.n * p.n, p.n, p.n, p.n};
    info[i] = static_cast<std::int32_t>(invert_by_driver(a, w));
  });
}
template <class E>
void run_determinant(const context& ctx, const kernels::linalg::lu_plan& p, E* data, E* det, E* sign, real_t<E>* log,
                     std::byte* memory) {
  kernels::cpu::linalg::for_each_determinant(
      ctx, p, data, det, sign, log, memory,
      [](auto a, std::int32_t* pivots, const workspace& w) { factor_by_driver(a, pivots, w); });
}

template <class E>
constexpr typename kernels::linalg::lu_factor_kernel<E>::function function_of(kernels::linalg::lu_factor_kernel<E>,
                                                                              here) {
  return &run_lu_factor<E>;
}
template <class E>
constexpr index_t bytes_of(kernels::linalg::lu_factor_kernel<E>, const kernels::linalg::lu_plan&, here) {
  return 0;
}
template <class E>
constexpr typename kernels::linalg::solve_kernel<E>::function function_of(kernels::linalg::solve_kernel<E>, here) {
  return &run_solve<E>;
}
template <class E>
constexpr index_t bytes_of(kernels::linalg::solve_kernel<E>, const kernels::linalg::lu_plan&, here) {
  return 0;
}
template <class E>
constexpr typename kernels::linalg::inverse_kernel<E>::function function_of(kernels::linalg::inverse_kernel<E>, here) {
  return &run_inverse<E>;
}
template <class E>
constexpr index_t bytes_of(kernels::linalg::inverse_kernel<E>, const kernels::linalg::lu_plan& p, here) {
  return kernels::linalg::lines(4 * p.n) + kernels::linalg::lines(static_cast<index_t>(sizeof(E)) * block * p.n);
}
template <class E>
constexpr typename kernels::linalg::determinant_kernel<E>::function function_of(kernels::linalg::determinant_kernel<E>,
                                                                                here) {
  return &run_determinant<E>;
}
template <class E>
constexpr index_t bytes_of(kernels::linalg::determinant_kernel<E>, const kernels::linalg::lu_plan&, here) {
  return 0;
}

}  // namespace tenon::inline v0::kernels::lapack::inline TENON_ARCH
#endif
