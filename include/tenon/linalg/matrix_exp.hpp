#pragma once
// matrix_exp.
#include <tenon/kernels/cpu/linalg/matrix_exp.hpp>
#include <tenon/linalg/call.hpp>

namespace tenon::inline v0::linalg::inline TENON_BUILD {

namespace detail {

template <class T>
result<tensor<T>> matrix_exp(const any_tensor& x) {
  const char* const name = "matrix_exp";
  TENON_TRY_VOID(calls::check_square(name, x));
  TENON_TRY(any_tensor a, calls::copy_columns(name, x));
  TENON_TRY_VOID(calls::check_finite_matrices<T>(name, a));
  const auto context = kernels::cpu::make_context(2 * static_cast<double>(a.numel()) * static_cast<double>(x.size(-1)));
  const auto p = kernels::linalg::plan_matrix_exp<T>(calls::batch_count(x), x.size(-1), context.threads);
  TENON_TRY(const storage_ptr memory, calls::workspace(name, p.batch.workspace_bytes));
  kernels::cpu::entry<kernels::linalg::matrix_exp_kernel<T>>()(context, p, calls::data_as<T>(a), calls::data_of(memory));
  return tensor<T>::unchecked(std::move(a));
}

}  // namespace detail

/// matrix_exp(A): I + A + A^2 / 2! + ...        A (..., n, n) -> the same
///
/// Dtypes   float, double, complex of both.
/// Method   Scaling and squaring with a Pade approximant (Al-Mohy & Higham, SIAM J. Matrix Anal. Appl. 31(3), 2009).
/// Bound    exp(A + E) with ||E|| <= n u ||A|| for the approximant; the squarings add their rounding errors, which for normal A stay of
///          the size of n u ||A|| ||exp A||.
/// Range    Any finite A. Where elements of exp A are beyond the range, those and what is multiplied by them are inf or NaN.
/// Errors   shape_mismatch, non_finite_input, out_of_memory.
template <operand X>
[[nodiscard]] auto matrix_exp(X&& x) {
  using T = value_t<X>;
  calls::check_linalg_dtype<T>();
  return calls::with_tensors("matrix_exp", [](const any_tensor& a) { return detail::matrix_exp<T>(a); }, x);
}

}  // namespace tenon::inline v0::linalg::inline TENON_BUILD
