#pragma once
// solve_triangular.
#include <tenon/kernels/cpu/linalg/solve_triangular.hpp>
#include <tenon/linalg/call.hpp>

namespace tenon::inline v0::linalg {

struct solve_triangular_options {
  bool left = true;                    // A X = B, else X A = B
  bool unitriangular = false;          // the diagonal is 1 and not read
};

}  // namespace tenon::inline v0::linalg

namespace tenon::inline v0::linalg::inline TENON_BUILD {

namespace detail {

template <class T>
result<tensor<T>> solve_triangular(const any_tensor& a, const any_tensor& b, bool upper, const solve_triangular_options& o) {
  const char* const name = "solve_triangular";
  TENON_TRY_VOID(calls::check_square(name, a));
  if (b.rank() < 2) return error(error_code::shape_mismatch, name, make_text("B must be a matrix or a batch of them, got shape ", b.shape()));
  const index_t n = a.size(-1);
  if (b.size(o.left ? -2 : -1) != n)
    return error(error_code::shape_mismatch, name,
                 make_text("shapes ", a.shape(), " and ", b.shape(), " do not fit (", o.left ? "A.size(-1) must equal B.size(-2)" : "A.size(-1) must equal B.size(-1)", ")"));
  TENON_TRY(const shape batch, broadcast_shapes(name, calls::batch_shape(a.shape()), calls::batch_shape(b.shape())));
  const bool together = o.left && calls::batch_count(a) == 1;               // one triangle, many right-hand sides
  const shape a_batch = together ? calls::batch_shape(a.shape()) : batch;
  const index_t each = o.left ? b.size(-1) : b.size(-2), right = together ? each * batch.numel() : each;
  TENON_TRY(const any_tensor triangle, calls::copy_columns(name, a, calls::with_matrix(a_batch, n, n)));
  TENON_TRY(any_tensor x, calls::copy_columns(name, b, calls::with_matrix(batch, b.size(-2), b.size(-1))));
  TENON_TRY_VOID(calls::check_finite_matrices<T>(name, triangle));
  TENON_TRY_VOID(calls::check_finite_matrices<T>(name, x));
  TENON_TRY(any_tensor info, allocate_tensor(name, a_batch, dtype::int32, a.where()));
  const auto context = kernels::cpu::make_context(static_cast<double>(n) * static_cast<double>(x.numel()) / 10);
  const auto p = kernels::linalg::plan_triangular<T>(a_batch.numel(), n, right, upper, o.left, o.unitriangular, context.threads);
  TENON_TRY(const storage_ptr memory, calls::workspace(name, p.batch.workspace_bytes));
  kernels::cpu::entry<kernels::linalg::solve_triangular_kernel<T>>()(context, p, calls::data_as<T>(triangle), calls::data_as<T>(x),
                                                                     calls::data_as<std::int32_t>(info), calls::data_of(memory));
  TENON_TRY_VOID(calls::check_invertible(name, info));
  return tensor<T>::unchecked(std::move(x));
}

}  // namespace detail

/// solve_triangular(A, B, upper): X with A X = B, A upper (or lower) triangular; or X A = B where left = false; or with ones on the
/// diagonal where unitriangular. What is in A's other triangle is not used (but must be finite).
/// A (..., n, n)   B (..., n, k), or (..., k, n) where left = false.   Leading dimensions broadcast.
///
/// Dtypes   float, double, complex of both.
/// Bound    componentwise: (A + E) x = b with |E| <= (n + 1) u |A|, for each right-hand side.
/// Errors   singular_matrix (a zero on the diagonal), shape_mismatch, non_finite_input, out_of_memory.
template <operand A, operand B>
[[nodiscard]] auto solve_triangular(A&& a, B&& b, bool upper, const solve_triangular_options& options = {}) {
  using T = value_t<A>;
  calls::check_linalg_dtype<T>();
  static_assert(std::is_same_v<T, value_t<B>>, "A and B must have one element type");
  return calls::with_tensors(
      "solve_triangular", [&](const any_tensor& m, const any_tensor& r) { return detail::solve_triangular<T>(m, r, upper, options); }, a, b);
}
template <target O, operand A, operand B>
result<void> solve_triangular_into(O&& out, A&& a, B&& b, bool upper, const solve_triangular_options& options = {}) {
  return calls::store_result<value_t<A>>("solve_triangular", out, solve_triangular(a, b, upper, options));
}

}  // namespace tenon::inline v0::linalg::inline TENON_BUILD
