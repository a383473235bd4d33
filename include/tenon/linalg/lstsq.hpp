#pragma once
// lstsq.
#include <tenon/kernels/cpu/linalg/lstsq.hpp>
#include <tenon/linalg/call.hpp>

#include <limits>

namespace tenon::inline v0::linalg {

template <class T>
struct lstsq_result {
  tensor<T> solution;                  // (..., n, k), or (..., n) of vectors
  tensor<real_t<T>> residuals;         // (..., k), or empty
  tensor<index_t> rank;                // (...)
  tensor<real_t<T>> singular_values;   // empty
};

struct lstsq_options {
  double rcond = -1;                   // what counts as zero beside the largest singular value; below 0: max(m, n) eps
};

}  // namespace tenon::inline v0::linalg

namespace tenon::inline v0::linalg::inline TENON_BUILD {

namespace detail {

template <class T>
result<lstsq_result<T>> lstsq(const any_tensor& a, const any_tensor& b, const lstsq_options& o) {
  const char* const name = "lstsq";
  using R = real_t<T>;
  TENON_TRY_VOID(calls::check_matrix(name, a));
  if (!(o.rcond < 1)) return error(error_code::invalid_argument, name, make_text("rcond must be below 1, got ", o.rcond));
  TENON_TRY(const auto r, calls::arrange_right_side(name, a, b, true));
  const index_t m = a.size(-2), n = a.size(-1), right = r.cols, count = r.batch.numel();
  const double rcond = o.rcond >= 0 ? o.rcond : static_cast<double>(m > n ? m : n) * static_cast<double>(std::numeric_limits<R>::epsilon());
  TENON_TRY(any_tensor factors, calls::copy_columns(name, a, calls::with_matrix(r.batch, m, n)));
  TENON_TRY(any_tensor y, calls::copy_columns(name, r.b, calls::with_matrix(r.batch, m, right)));
  TENON_TRY_VOID(calls::check_finite_matrices<T>(name, factors));
  TENON_TRY_VOID(calls::check_finite_matrices<T>(name, y));
  TENON_TRY(any_tensor x, calls::allocate_columns(name, calls::with_matrix(r.batch, n, right), a.dtype(), a.where()));
  TENON_TRY(any_tensor residuals, allocate_tensor(name, m > n ? calls::with_vector(r.batch, right) : shape(0), dtype_of<R>, a.where()));
  TENON_TRY(any_tensor rank, allocate_tensor(name, r.batch, dtype::int64, a.where()));
  const auto context = kernels::cpu::make_context(static_cast<double>(m < n ? m : n) * static_cast<double>(factors.numel()));
  const auto p = kernels::linalg::plan_lstsq<T>(count, m, n, right, rcond, context.threads);
  TENON_TRY(const storage_ptr memory, calls::workspace(name, p.batch.workspace_bytes));
  index_t* const ranks = calls::data_as<index_t>(rank);
  kernels::cpu::entry<kernels::linalg::lstsq_kernel<T>>()(context, p, calls::data_as<T>(factors), calls::data_as<T>(y), calls::data_as<T>(x),
                                                          m > n ? calls::data_as<R>(residuals) : nullptr, ranks, calls::data_of(memory));
  bool full = m > n;
  for (index_t i = 0; i < count; ++i) full = full && ranks[i] == n;
  if (!full) {
    TENON_TRY(residuals, allocate_tensor(name, shape(0), dtype_of<R>, a.where()));
  } else if (r.vector) {
    TENON_TRY(residuals, residuals.squeeze(-1));
  }
  TENON_TRY(any_tensor none, allocate_tensor(name, shape(0), dtype_of<R>, a.where()));
  TENON_TRY(any_tensor solution, calls::arrange_solution(r, std::move(x)));
  return lstsq_result<T>{tensor<T>::unchecked(std::move(solution)), tensor<R>::unchecked(std::move(residuals)), tensor<index_t>::unchecked(std::move(rank)),
                         tensor<R>::unchecked(std::move(none))};
}

}  // namespace detail

/// lstsq(A, B): `solution` X that minimises ||A x - b|| for each column, of several the one of least norm.
/// A (..., m, n)   B (..., m, k), or vectors: (m), or the shape of A without its last dimension.   Leading dimensions broadcast.
///
///   solution         (..., n, k)
///   residuals        (..., k)  ||A x - b||^2, where m > n and every matrix has rank n; else empty
///   rank             (...)     int64: how many singular values of A are taken to be above rcond times the largest one
///   singular_values  empty, as with PyTorch's driver gelsy, which this is
///
/// Method   QR with column pivoting, rank by incremental condition estimation, and a second QR where the rank is below n.
/// Dtypes   float, double, complex of both; both operands the same.
/// Bound    the minimum-norm solution for A + E, ||E|| <= 20 max(m, n) u ||A|| + rcond ||A|| where the rank is below min(m, n).
/// Errors   invalid_argument, shape_mismatch, non_finite_input, out_of_memory.
template <operand A, operand B>
[[nodiscard]] auto lstsq(A&& a, B&& b, const lstsq_options& options = {}) {
  using T = value_t<A>;
  calls::check_linalg_dtype<T>();
  static_assert(std::is_same_v<T, value_t<B>>, "A and B must have one element type");
  return calls::with_tensors("lstsq", [&options](const any_tensor& m, const any_tensor& r) { return detail::lstsq<T>(m, r, options); }, a, b);
}

}  // namespace tenon::inline v0::linalg::inline TENON_BUILD
