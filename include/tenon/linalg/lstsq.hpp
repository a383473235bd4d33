#pragma once
// lstsq.
#include <tenon/kernels/cpu/linalg/lstsq.hpp>
#include <tenon/linalg/numerical_rank.hpp>
#include <tenon/linalg/svd.hpp>
#include <tenon/ops/complex.hpp>
#include <tenon/ops/factory.hpp>
#include <tenon/ops/matmul.hpp>
#include <tenon/ops/reduction/sum.hpp>
#include <tenon/ops/sign.hpp>
#include <tenon/ops/view.hpp>
#include <tenon/ops/where.hpp>

namespace tenon::inline v0::linalg {

template <class T>
struct lstsq_result {
  tensor<T> solution;                  // (..., n, k), or (..., n) of vectors
  tensor<real_t<T>> residuals;         // (..., k), or empty
  tensor<index_t> rank;                // (...), or empty
  tensor<real_t<T>> singular_values;   // (..., min(m, n)), or empty
};

// PyTorch's names, LAPACK's in their turn.
enum class lstsq_driver : std::uint8_t {
  gelsy,                               // QR with column pivoting, rank by incremental condition estimation
  gels,                                // the same for A that has full rank, which is taken for granted
  gelsd,                               // by singular values, which are given back
  gelss,                               // as gelsd
};

struct lstsq_options {
  double rcond = -1;                   // what counts as zero beside the largest singular value; below 0: max(m, n) eps
  lstsq_driver driver = lstsq_driver::gelsy;
};

}  // namespace tenon::inline v0::linalg

namespace tenon::inline v0::linalg::inline TENON_BUILD {

namespace detail {

// What all drivers do with their results: `full`: every matrix has rank n.
template <class T>
result<lstsq_result<T>> arrange_lstsq(const calls::right_side& r, any_tensor x, any_tensor residuals, any_tensor rank, any_tensor values, bool full) {
  const char* const name = "lstsq";
  using R = real_t<T>;
  if (!full) {
    TENON_TRY(residuals, allocate_tensor(name, shape(0), dtype_of<R>, x.where()));
  } else if (r.vector) {
    TENON_TRY(residuals, residuals.squeeze(-1));
  }
  TENON_TRY(any_tensor solution, calls::arrange_solution(r, std::move(x)));
  return lstsq_result<T>{tensor<T>::unchecked(std::move(solution)), tensor<R>::unchecked(std::move(residuals)), tensor<index_t>::unchecked(std::move(rank)),
                         tensor<R>::unchecked(std::move(values))};
}
inline bool all_equal(const any_tensor& ranks, index_t n) {
  const index_t* const p = calls::data_as<index_t>(ranks);
  for (index_t i = 0; i < ranks.numel(); ++i)
    if (p[i] != n) return false;
  return true;
}

// By QR. With `needs_full` a matrix of lower rank is an error.
template <class T>
result<lstsq_result<T>> lstsq_by_qr(const any_tensor& a, const calls::right_side& r, double rcond, bool needs_full) {
  const char* const name = "lstsq";
  using R = real_t<T>;
  const index_t m = a.size(-2), n = a.size(-1), right = r.cols, count = r.batch.numel();
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
  const bool full = m > n && all_equal(rank, n);
  if (needs_full) {
    for (index_t i = 0; i < count; ++i)
      if (ranks[i] < (m < n ? m : n))
        return calls::matrix_error(error_code::singular_matrix, name, r.batch, i, make_text("has rank ", ranks[i], " only (driver gels needs full rank; use gelsy or gelsd)"));
    TENON_TRY(rank, allocate_tensor(name, shape(0), dtype::int64, a.where()));
  }
  TENON_TRY(any_tensor none, allocate_tensor(name, shape(0), dtype_of<R>, a.where()));
  return arrange_lstsq<T>(r, std::move(x), std::move(residuals), std::move(rank), std::move(none), full);
}

// By A = U diag(s) V^H:  X = V diag(1 / s_i where it counts, else 0) U^H B.
template <class T>
result<lstsq_result<T>> lstsq_by_svd(const any_tensor& a, const calls::right_side& r, double rcond) {
  const char* const name = "lstsq";
  using R = real_t<T>;
  const index_t m = a.size(-2), n = a.size(-1), k = m < n ? m : n, right = r.cols;
  TENON_TRY(any_tensor y, calls::copy_columns(name, r.b, calls::with_matrix(r.batch, m, right)));
  TENON_TRY_VOID(calls::check_finite_matrices<T>(name, y));
  const auto b = tensor<T>::unchecked(std::move(y));
  if (k == 0) {
    TENON_TRY(const auto x, zeros<T>(calls::with_matrix(r.batch, n, right), {.device = a.where()}));
    TENON_TRY(const auto rank, zeros<index_t>(r.batch, {.device = a.where()}));
    TENON_TRY(const auto none, zeros<R>(calls::with_vector(calls::batch_shape(a.shape()), 0), {.device = a.where()}));
    TENON_TRY(const auto residuals, sum(square(abs(b)), {-2}));
    return arrange_lstsq<T>(r, x.any(), residuals.any(), rank.any(), none.any(), m > n);
  }
  any_tensor left, values, adjoint_right;
  TENON_TRY_VOID(svd<T>(name, a, true, false, left, values, adjoint_right));
  const auto s = tensor<R>::unchecked(std::move(values));
  const auto u = tensor<T>::unchecked(std::move(left)), vh = tensor<T>::unchecked(std::move(adjoint_right));
  TENON_TRY(const auto good, counts(s, m, n, {.rtol = rcond}));
  TENON_TRY(const auto inverse, where(good, reciprocal(s), R(0)));
  TENON_TRY(const auto ranks, sum(good, {-1}));
  TENON_TRY(const any_tensor broadcast, ranks.any().expand(r.batch));
  TENON_TRY(any_tensor rank, calls::dense(name, broadcast));
  TENON_TRY(const auto x, matmul(conj(mT(vh)), mul(matmul(conj(mT(u)), b), unsqueeze(inverse, -1))));
  const bool full = m > n && all_equal(rank, n);
  TENON_TRY(const auto residuals, sum(square(abs(sub(matmul(tensor<T>::unchecked(a), x), b))), {-2}));
  return arrange_lstsq<T>(r, x.any(), residuals.any(), std::move(rank), s.any(), full);
}

template <class T>
result<lstsq_result<T>> lstsq(const any_tensor& a, const any_tensor& b, const lstsq_options& o) {
  const char* const name = "lstsq";
  TENON_TRY_VOID(calls::check_matrix(name, a));
  if (!(o.rcond < 1)) return error(error_code::invalid_argument, name, make_text("rcond must be below 1, got ", o.rcond));
  TENON_TRY(const auto r, calls::arrange_right_side(name, a, b, true));
  const index_t m = a.size(-2), n = a.size(-1);
  const double rcond = o.rcond >= 0 ? o.rcond : static_cast<double>(m > n ? m : n) * static_cast<double>(std::numeric_limits<real_t<T>>::epsilon());
  switch (o.driver) {
    case lstsq_driver::gelsy: return lstsq_by_qr<T>(a, r, rcond, false);
    case lstsq_driver::gels: return lstsq_by_qr<T>(a, r, 0, true);
    case lstsq_driver::gelsd:
    case lstsq_driver::gelss: return lstsq_by_svd<T>(a, r, rcond);
  }
  return error(error_code::invalid_argument, name, make_text("there is no driver ", static_cast<int>(o.driver)));
}

}  // namespace detail

/// lstsq(A, B): `solution` X that minimises ||A x - b|| for each column, of several the one of least norm.
/// A (..., m, n)   B (..., m, k), or vectors: (m), or the shape of A without its last dimension.   Leading dimensions broadcast.
///
///   solution         (..., n, k)
///   residuals        (..., k)          ||A x - b||^2, where m > n and every matrix has rank n; else empty
///   rank             (...)             int64: how many singular values of A are taken to be above rcond times the largest one.
///                                      Empty with driver gels
///   singular_values  (..., min(m, n))  descending, with drivers gelsd and gelss; else empty
///
/// Drivers  gelsy (default): QR with column pivoting, rank by incremental condition estimation, and a second QR where the rank is below n.
///          gels: the same without a rank; a matrix of which elimination shows that its rank is lower is an error. rcond is not read.
///          gelsd, gelss: singular values by divide and conquer; the surest rank, in two to three times the time.
/// Method   Golub & Van Loan, "Matrix Computations", section 5.5; the rank by Bischof, SIAM J. Matrix Anal. Appl. 11(2), 1990.
/// Dtypes   float, double, complex of both; both operands the same.
/// Bound    the minimum-norm solution for A + E, ||E|| <= 20 max(m, n) u ||A|| + rcond ||A|| where the rank is below min(m, n).
/// Errors   invalid_argument, shape_mismatch, non_finite_input, out_of_memory; of gels singular_matrix; of gelsd and gelss no_convergence.
template <operand A, operand B>
[[nodiscard]] auto lstsq(A&& a, B&& b, const lstsq_options& options = {}) {
  using T = value_t<A>;
  calls::check_linalg_dtype<T>();
  static_assert(std::is_same_v<T, value_t<B>>, "A and B must have one element type");
  return calls::with_tensors("lstsq", [&options](const any_tensor& m, const any_tensor& r) { return detail::lstsq<T>(m, r, options); }, a, b);
}

}  // namespace tenon::inline v0::linalg::inline TENON_BUILD
