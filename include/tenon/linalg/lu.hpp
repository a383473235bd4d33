#pragma once
// lu, lu_factor, lu_factor_ex, lu_solve.
#include <tenon/kernels/cpu/linalg/lu.hpp>
#include <tenon/kernels/lapack/lu.hpp>
#include <tenon/linalg/call.hpp>

namespace tenon::inline v0::linalg {

template <class T>
struct lu_result {
  tensor<T> p, l, u;
};
template <class T>
struct lu_factor_result {
  tensor<T> lu;
  tensor<std::int32_t> pivots;
};
template <class T>
struct lu_factor_ex_result {
  tensor<T> lu;
  tensor<std::int32_t> pivots, info;
};

struct lu_solve_options {
  bool left = true;                    // op(A) X = B, else X op(A) = B
  bool adjoint = false;                // op(A) = A^H
};

}  // namespace tenon::inline v0::linalg

namespace tenon::inline v0::linalg::inline TENON_BUILD {

namespace detail {

template <class T>
result<lu_factor_ex_result<T>> lu_factor(const char* name, const any_tensor& x) {
  TENON_TRY_VOID(calls::check_matrix(name, x));
  const index_t m = x.size(-2), n = x.size(-1), k = m < n ? m : n;
  const shape batch = calls::batch_shape(x.shape());
  TENON_TRY(any_tensor a, calls::copy_columns(name, x));
  TENON_TRY_VOID(calls::check_finite_matrices<T>(name, a));
  TENON_TRY(any_tensor pivots, allocate_tensor(name, calls::with_vector(batch, k), dtype::int32, x.where()));
  TENON_TRY(any_tensor info, allocate_tensor(name, batch, dtype::int32, x.where()));
  const auto context = kernels::cpu::make_context(static_cast<double>(a.numel()) * static_cast<double>(k) / 4);
  auto p = kernels::linalg::plan_lu<T>(batch.numel(), m, n, context.threads);
  TENON_TRY(const storage_ptr memory, calls::linalg_workspace<kernels::linalg::lu_factor_kernel<T>>(name, p));
  calls::linalg_entry<kernels::linalg::lu_factor_kernel<T>>()(context, p, calls::data_as<T>(a), calls::data_as<std::int32_t>(pivots),
                                                              calls::data_as<std::int32_t>(info), calls::data_of(memory));
  return lu_factor_ex_result<T>{tensor<T>::unchecked(std::move(a)), tensor<std::int32_t>::unchecked(std::move(pivots)),
                                tensor<std::int32_t>::unchecked(std::move(info))};
}

template <class T>
result<lu_result<T>> lu(const any_tensor& x) {
  const char* const name = "lu";
  TENON_TRY(const auto f, lu_factor<T>(name, x));
  const index_t m = x.size(-2), n = x.size(-1), k = m < n ? m : n;
  const shape batch = calls::batch_shape(x.shape());
  TENON_TRY(any_tensor p, calls::allocate_columns(name, calls::with_matrix(batch, m, m), x.dtype(), x.where()));
  TENON_TRY(any_tensor l, calls::allocate_columns(name, calls::with_matrix(batch, m, k), x.dtype(), x.where()));
  TENON_TRY(any_tensor u, calls::allocate_columns(name, calls::with_matrix(batch, k, n), x.dtype(), x.where()));
  const auto context = kernels::cpu::make_context(static_cast<double>(x.numel()));
  const auto plan = kernels::linalg::plan_lu<T>(batch.numel(), m, n, context.threads);
  TENON_TRY(const storage_ptr memory, calls::workspace(name, plan.batch.workspace_bytes));
  kernels::cpu::entry<kernels::linalg::lu_unpack_kernel<T>>()(context, plan, f.lu.data(), f.pivots.data(), calls::data_as<T>(p), calls::data_as<T>(l),
                                                              calls::data_as<T>(u), calls::data_of(memory));
  return lu_result<T>{tensor<T>::unchecked(std::move(p)), tensor<T>::unchecked(std::move(l)), tensor<T>::unchecked(std::move(u))};
}

template <class T>
result<tensor<T>> lu_solve(const any_tensor& lu, const any_tensor& pivots, const any_tensor& b, const lu_solve_options& o) {
  const char* const name = "lu_solve";
  TENON_TRY_VOID(calls::check_square(name, lu));
  const index_t n = lu.size(-1);
  if (pivots.shape() != calls::with_vector(calls::batch_shape(lu.shape()), n))
    return error(error_code::shape_mismatch, name, make_text("pivots ", pivots.shape(), " do not fit LU ", lu.shape(), " (expected lu.shape without its last dimension)"));
  if (b.rank() < 2) return error(error_code::shape_mismatch, name, make_text("B must be a matrix or a batch of them, got shape ", b.shape()));
  shape batch;
  if (b.size(o.left ? -2 : -1) != n)
    return error(error_code::shape_mismatch, name, make_text("LU ", lu.shape(), " and B ", b.shape(), " do not fit"));
  TENON_TRY(batch, broadcast_shapes(name, calls::batch_shape(lu.shape()), calls::batch_shape(b.shape())));
  TENON_TRY(const any_tensor factors, calls::copy_columns(name, lu, calls::with_matrix(batch, n, n)));
  TENON_TRY(const any_tensor expanded, pivots.expand(calls::with_vector(batch, n)));
  TENON_TRY(const any_tensor rows, calls::dense(name, expanded));
  const auto* const p = calls::data_as<std::int32_t>(rows);
  for (index_t i = 0; i < rows.numel(); ++i)
    if (p[i] < 1 || p[i] > n)
      return error(error_code::index_out_of_range, name, make_text("pivot ", index_t{p[i]}, " is out of range (expected 1 .. ", n, ")"));
  TENON_TRY(any_tensor x, calls::copy_columns(name, b, calls::with_matrix(batch, b.size(-2), b.size(-1))));
  TENON_TRY_VOID(calls::check_finite_matrices<T>(name, factors));
  TENON_TRY_VOID(calls::check_finite_matrices<T>(name, x));
  TENON_TRY(any_tensor info, allocate_tensor(name, batch, dtype::int32, b.where()));
  const index_t right = o.left ? b.size(-1) : b.size(-2);
  const auto context = kernels::cpu::make_context(static_cast<double>(x.numel()) * static_cast<double>(n) / 4);
  const auto op = o.adjoint ? kernels::linalg::transposition::adjoint : kernels::linalg::transposition::none;
  const auto plan = kernels::linalg::plan_lu_solve<T>(batch.numel(), n, right, o.left, op, context.threads);
  TENON_TRY(const storage_ptr memory, calls::workspace(name, plan.batch.workspace_bytes));
  kernels::cpu::entry<kernels::linalg::lu_solve_kernel<T>>()(context, plan, calls::data_as<T>(factors), p, calls::data_as<T>(x),
                                                             calls::data_as<std::int32_t>(info), calls::data_of(memory));
  TENON_TRY_VOID(calls::check_invertible(name, info));
  return tensor<T>::unchecked(std::move(x));
}

}  // namespace detail

/// lu(A): A = P L U with partial pivoting.        A (..., m, n),  k = min(m, n)  ->  p (..., m, m)  l (..., m, k)  u (..., k, n)
///
/// P is a permutation matrix, L has ones on its diagonal and no element beyond 1 (of complex A: sqrt 2), U is upper triangular.
/// Singular matrices have a decomposition like others. The pivots are LAPACK's, the first of the largest.
/// Method   Recursion on halves of the columns (Toledo, SIAM J. Matrix Anal. Appl. 18(4), 1997).
/// Dtypes   float, double, complex of both.
/// Bound    ||P L U - A|| <= 4 n u g ||A||, g >= 1 the growth of elements (rarely above 10).
/// Errors   shape_mismatch, non_finite_input, out_of_memory.
template <operand X>
[[nodiscard]] auto lu(X&& x) {
  using T = value_t<X>;
  calls::check_linalg_dtype<T>();
  return calls::with_tensors("lu", [](const any_tensor& a) { return detail::lu<T>(a); }, x);
}

/// lu_factor(A): the same in one matrix.  lu (..., m, n) holds U on and above the diagonal and L below it;  pivots (..., k), int32:
/// row i was exchanged with row pivots[i], counted from 1, for i = 1, 2, ... in turn.        Errors also singular_matrix:
/// a pivot that is exactly zero after rounding (docs/numerics.md, "Singular matrices").
template <operand X>
[[nodiscard]] auto lu_factor(X&& x) {
  using T = value_t<X>;
  calls::check_linalg_dtype<T>();
  return calls::with_tensors("lu_factor", [](const any_tensor& a) -> result<lu_factor_result<T>> {
    TENON_TRY(auto f, detail::lu_factor<T>("lu_factor", a));
    TENON_TRY_VOID(calls::check_invertible("lu_factor", f.info.any()));
    return lu_factor_result<T>{std::move(f.lu), std::move(f.pivots)};
  }, x);
}

/// lu_factor_ex: as lu_factor, but a singular matrix is reported in `info` (...), int32: 0, or the first zero pivot, from 1.
template <operand X>
[[nodiscard]] auto lu_factor_ex(X&& x) {
  using T = value_t<X>;
  calls::check_linalg_dtype<T>();
  return calls::with_tensors("lu_factor_ex", [](const any_tensor& a) { return detail::lu_factor<T>("lu_factor_ex", a); }, x);
}

/// lu_solve(lu, pivots, B): X with A X = B, from A's factors; or X A = B (left = false), A^H X = B (adjoint), X A^H = B.
/// lu (..., n, n)  pivots (..., n)  B (..., n, k), or (..., k, n) where left = false.  Leading dimensions broadcast.
/// Bound    ||A X - B|| <= 4 n u g ||A|| ||X||.
/// Errors   shape_mismatch, index_out_of_range (a pivot), singular_matrix, non_finite_input, out_of_memory.
template <operand LU, operand P, operand B>
[[nodiscard]] auto lu_solve(LU&& lu, P&& pivots, B&& b, const lu_solve_options& options = {}) {
  using T = value_t<LU>;
  calls::check_linalg_dtype<T>();
  static_assert(std::is_same_v<T, value_t<B>>, "LU and B must have one element type");
  static_assert(std::is_same_v<std::int32_t, value_t<P>>, "pivots are int32, as lu_factor gives them");
  return calls::with_tensors("lu_solve", [&options](const any_tensor& f, const any_tensor& p, const any_tensor& x) { return detail::lu_solve<T>(f, p, x, options); },
                             lu, pivots, b);
}

}  // namespace tenon::inline v0::linalg::inline TENON_BUILD
