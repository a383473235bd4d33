#pragma once
// solve, solve_ex, inv, inv_ex.
#include <tenon/kernels/cpu/linalg/solve_lanes.hpp>
#include <tenon/kernels/lapack/lu.hpp>
#include <tenon/linalg/call.hpp>

namespace tenon::inline v0::linalg {

template <class T>
struct solve_ex_result {
  tensor<T> result;
  tensor<std::int32_t> info;
};
template <class T>
struct inv_ex_result {
  tensor<T> inverse;
  tensor<std::int32_t> info;
};

struct solve_options {
  bool left = true;                    // A X = B, else X A = B
};

}  // namespace tenon::inline v0::linalg

namespace tenon::inline v0::linalg::inline TENON_BUILD {

namespace detail {

// Small matrices in batches, one in each lane of a vector. x (..., n, right); without b the inverse.
template <class T>
result<void> solve_in_lanes(const char* name, const any_tensor& a, const any_tensor* b, any_tensor& x, any_tensor& info) {
  any_tensor a_copy, b_copy;
  TENON_TRY(const auto a_source, calls::matrices_in_place<T>(name, a, a_copy));
  kernels::linalg::lane_source<T> b_source;
  if (b) {
    TENON_TRY(b_source, calls::matrices_in_place<T>(name, *b, b_copy));
  }
  const index_t n = x.size(-2), right = x.size(-1);
  const auto context = kernels::cpu::make_context(static_cast<double>(n + 10) * static_cast<double>(a.numel() + x.numel()) / 16);
  const auto p = kernels::linalg::plan_solve_lanes<T>(info.numel(), n, right, kernels::cpu::lanes<real_t<T>>, context.threads);
  TENON_TRY(const storage_ptr memory, calls::workspace(name, p.batch.workspace_bytes));
  kernels::cpu::entry<kernels::linalg::solve_lanes_kernel<T>>()(context, p, a_source, b_source, calls::data_as<T>(x), calls::data_as<std::int32_t>(info),
                                                                calls::data_of(memory));
  return calls::check_numbers(name, info);
}

template <class T>
result<solve_ex_result<T>> solve(const char* name, const any_tensor& a, const any_tensor& b, bool on_left) {
  TENON_TRY_VOID(calls::check_square(name, a));
  TENON_TRY(const auto r, calls::arrange_right_side(name, a, b, on_left));
  const index_t n = a.size(-1), right = on_left ? r.cols : r.rows;
  // One matrix and many right-hand sides: their matrices lie beside one another as the columns of a single one.
  const bool together = on_left && calls::batch_count(a) == 1;
  const shape a_batch = together ? calls::batch_shape(a.shape()) : r.batch;
  const index_t count = a_batch.numel(), each = together ? right * r.batch.numel() : right;
  if constexpr (!complex_type<T>) {
    if (on_left && right > 0 && right <= kernels::linalg::lane_order && calls::in_lanes<kernels::linalg::solve_kernel<T>, T>(count, n, n)) {
      TENON_TRY(const any_tensor left_side, a.expand(calls::with_matrix(r.batch, n, n)));
      TENON_TRY(const any_tensor right_side, r.b.expand(calls::with_matrix(r.batch, n, right)));
      TENON_TRY(any_tensor x, calls::allocate_columns(name, calls::with_matrix(r.batch, n, right), a.dtype(), a.where()));
      TENON_TRY(any_tensor info, allocate_tensor(name, r.batch, dtype::int32, a.where()));
      TENON_TRY_VOID(solve_in_lanes<T>(name, left_side, &right_side, x, info));
      TENON_TRY(any_tensor solution, calls::arrange_solution(r, std::move(x)));
      return solve_ex_result<T>{tensor<T>::unchecked(std::move(solution)), tensor<std::int32_t>::unchecked(std::move(info))};
    }
  }
  TENON_TRY(any_tensor factors, calls::copy_columns(name, a, calls::with_matrix(a_batch, n, n)));
  TENON_TRY(any_tensor x, calls::copy_columns(name, r.b, calls::with_matrix(r.batch, r.rows, r.cols)));
  TENON_TRY_VOID(calls::check_finite_matrices<T>(name, factors));
  TENON_TRY_VOID(calls::check_finite_matrices<T>(name, x));
  TENON_TRY(any_tensor info, allocate_tensor(name, a_batch, dtype::int32, a.where()));
  const auto context = kernels::cpu::make_context(static_cast<double>(n) * static_cast<double>(factors.numel() + x.numel()) / 4);
  auto p = kernels::linalg::plan_solve<T>(count, n, each, on_left, context.threads);
  TENON_TRY(const storage_ptr memory, calls::linalg_workspace<kernels::linalg::solve_kernel<T>>(name, p));
  calls::linalg_entry<kernels::linalg::solve_kernel<T>>()(context, p, calls::data_as<T>(factors), calls::data_as<T>(x),
                                                          calls::data_as<std::int32_t>(info), calls::data_of(memory));
  if (a_batch != r.batch) {
    TENON_TRY(info, info.expand(r.batch));
    TENON_TRY(any_tensor own, allocate_tensor(name, r.batch, dtype::int32, a.where()));
    calls::copy(info, own);
    info = own;
  }
  TENON_TRY(any_tensor solution, calls::arrange_solution(r, std::move(x)));
  return solve_ex_result<T>{tensor<T>::unchecked(std::move(solution)), tensor<std::int32_t>::unchecked(std::move(info))};
}

template <class T>
result<inv_ex_result<T>> inverse(const char* name, const any_tensor& x) {
  TENON_TRY_VOID(calls::check_square(name, x));
  const index_t n = x.size(-1);
  const shape batch = calls::batch_shape(x.shape());
  TENON_TRY(any_tensor info, allocate_tensor(name, batch, dtype::int32, x.where()));
  if constexpr (!complex_type<T>) {
    if (calls::in_lanes<kernels::linalg::inverse_kernel<T>, T>(batch.numel(), n, n)) {
      TENON_TRY(any_tensor out, calls::allocate_columns(name, x.shape(), x.dtype(), x.where()));
      TENON_TRY_VOID(solve_in_lanes<T>(name, x, nullptr, out, info));
      return inv_ex_result<T>{tensor<T>::unchecked(std::move(out)), tensor<std::int32_t>::unchecked(std::move(info))};
    }
  }
  TENON_TRY(any_tensor a, calls::copy_columns(name, x));
  TENON_TRY_VOID(calls::check_finite_matrices<T>(name, a));
  const auto context = kernels::cpu::make_context(static_cast<double>(n) * static_cast<double>(a.numel()) / 4);
  auto p = kernels::linalg::plan_inverse<T>(batch.numel(), n, context.threads);
  TENON_TRY(const storage_ptr memory, calls::linalg_workspace<kernels::linalg::inverse_kernel<T>>(name, p));
  calls::linalg_entry<kernels::linalg::inverse_kernel<T>>()(context, p, calls::data_as<T>(a), calls::data_as<std::int32_t>(info), calls::data_of(memory));
  return inv_ex_result<T>{tensor<T>::unchecked(std::move(a)), tensor<std::int32_t>::unchecked(std::move(info))};
}

}  // namespace detail

/// solve(A, B): X with A X = B; or X A = B where left = false.
/// A (..., n, n)   B (..., n, k), or (..., k, n) where left = false, or vectors: (n), or the shape of A without its last dimension.
///
/// Leading dimensions broadcast; one A with many B is factored once.
/// Method   LU with partial pivoting. A triangular A is not factored; a Hermitian one with a positive diagonal is tried by Cholesky;
///          where a pivot of that is not clear of rounding errors LU decides.
/// Dtypes   float, double, complex of both; both operands the same.
/// Bound    ||A X - B|| <= 4 n u g ||A|| ||X||, g as in lu.
/// Errors   singular_matrix (a pivot that is exactly zero after rounding; it is named. docs/numerics.md, "Singular matrices"), shape_mismatch, non_finite_input, out_of_memory.
template <operand A, operand B>
[[nodiscard]] auto solve(A&& a, B&& b, const solve_options& options = {}) {
  using T = value_t<A>;
  calls::check_linalg_dtype<T>();
  static_assert(std::is_same_v<T, value_t<B>>, "A and B must have one element type");
  return calls::with_tensors("solve", [&options](const any_tensor& m, const any_tensor& r) -> result<tensor<T>> {
    TENON_TRY(auto s, detail::solve<T>("solve", m, r, options.left));
    TENON_TRY_VOID(calls::check_invertible("solve", s.info.any()));
    return std::move(s.result);
  }, a, b);
}
template <target O, operand A, operand B>
result<void> solve_into(O&& out, A&& a, B&& b, const solve_options& options = {}) {
  return calls::store_result<value_t<A>>("solve", out, solve(a, b, options));
}

/// solve_ex: as solve, but a singular matrix is reported in `info` (...), int32: 0, or the first zero pivot, from 1. What `result`
/// holds for it has no meaning.
template <operand A, operand B>
[[nodiscard]] auto solve_ex(A&& a, B&& b, const solve_options& options = {}) {
  using T = value_t<A>;
  calls::check_linalg_dtype<T>();
  static_assert(std::is_same_v<T, value_t<B>>, "A and B must have one element type");
  return calls::with_tensors("solve_ex", [&options](const any_tensor& m, const any_tensor& r) { return detail::solve<T>("solve_ex", m, r, options.left); }, a, b);
}

/// inv(A): A^-1.        A (..., n, n) -> the same
///
/// Dtypes   float, double, complex of both.
/// Method   As solve: triangular inverses, Cholesky, or LU with X L = U^-1. Small real matrices in batches by A X = I, one in each lane.
/// Bound    ||X A - I|| <= 4 n u g ||A|| ||X||, or, of small matrices in batches, the same for A X - I; the other of the two can be larger
///          for a nearly singular A.   solve(A, B) is more accurate than inv(A) B, and faster.
/// Errors   singular_matrix, shape_mismatch, non_finite_input, out_of_memory.
template <operand X>
[[nodiscard]] auto inv(X&& x) {
  using T = value_t<X>;
  calls::check_linalg_dtype<T>();
  return calls::with_tensors("inv", [](const any_tensor& a) -> result<tensor<T>> {
    TENON_TRY(auto r, detail::inverse<T>("inv", a));
    TENON_TRY_VOID(calls::check_invertible("inv", r.info.any()));
    return std::move(r.inverse);
  }, x);
}
template <target O, operand X>
result<void> inv_into(O&& out, X&& x) {
  return calls::store_result<value_t<X>>("inv", out, inv(x));
}

/// inv_ex: as inv, with `inverse` and `info` as in solve_ex.
template <operand X>
[[nodiscard]] auto inv_ex(X&& x) {
  using T = value_t<X>;
  calls::check_linalg_dtype<T>();
  return calls::with_tensors("inv_ex", [](const any_tensor& a) { return detail::inverse<T>("inv_ex", a); }, x);
}

}  // namespace tenon::inline v0::linalg::inline TENON_BUILD
