#pragma once
// pinv, matrix_rank: what is built on "singular values above a tolerance".
#include <tenon/linalg/eigh.hpp>
#include <tenon/linalg/numerical_rank.hpp>
#include <tenon/linalg/safe_range.hpp>
#include <tenon/linalg/svd.hpp>
#include <tenon/ops/arithmetic.hpp>
#include <tenon/ops/complex.hpp>
#include <tenon/ops/factory.hpp>
#include <tenon/ops/matmul.hpp>
#include <tenon/ops/reduction/sum.hpp>
#include <tenon/ops/sign.hpp>
#include <tenon/ops/view.hpp>
#include <tenon/ops/where.hpp>

namespace tenon::inline v0::linalg {

using pinv_options = rank_options;

}  // namespace tenon::inline v0::linalg

namespace tenon::inline v0::linalg::inline TENON_BUILD {

namespace detail {

// Where nothing but rtol decides which singular values count, a factor does not matter to the choice.
template <class T>
result<scaled_matrices<T>> scaled_for_rank(const char* name, const any_tensor& x, const rank_options& o) {
  if (o.atol != 0) return scaled_matrices<T>{x, {}};
  return to_safe_range<T>(name, x, o.hermitian);
}

template <class T>
result<tensor<T>> pinv(const any_tensor& x, const pinv_options& o) {
  using R = real_t<T>;
  const char* const name = "pinv";
  TENON_TRY_VOID(o.hermitian ? calls::check_square(name, x) : calls::check_matrix(name, x));
  const index_t m = x.size(-2), n = x.size(-1);
  const shape batch = calls::batch_shape(x.shape());
  if (m == 0 || n == 0) return empty<T>(calls::with_matrix(batch, n, m), {.device = x.where()});
  TENON_TRY(const auto scaled, scaled_for_rank<T>(name, x, o));
  any_tensor left, values, right;                                  // A = left diag(values) right^H
  if (o.hermitian) {
    TENON_TRY_VOID(eigh<T>(name, scaled.matrices, uplo::lower, true, values, left));
    right = left;
  } else {
    TENON_TRY_VOID(svd<T>(name, scaled.matrices, true, false, left, values, right));
  }
  const auto s = tensor<R>::unchecked(std::move(values));
  const auto u = tensor<T>::unchecked(std::move(left));
  TENON_TRY(const auto sizes, abs(s));
  TENON_TRY(const auto good, counts(sizes, m, n, o));
  TENON_TRY(const auto inverse, where(good, reciprocal(s), R(0)));
  TENON_TRY(const auto v, o.hermitian ? result<tensor<T>>(tensor<T>::unchecked(std::move(right))) : conj(mT(tensor<T>::unchecked(std::move(right)))));
  auto p = matmul(mul(v, unsqueeze(inverse, -2)), conj(mT(u)));
  if (!scaled.changed || !p) return p;
  return mul(p, tensor<R>::unchecked(scaled.factors));             // (f A)^+ = A^+ / f
}

template <class T>
result<tensor<std::int64_t>> matrix_rank(const any_tensor& x, const rank_options& o) {
  using R = real_t<T>;
  const char* const name = "matrix_rank";
  TENON_TRY_VOID(o.hermitian ? calls::check_square(name, x) : calls::check_matrix(name, x));
  if (x.size(-2) == 0 || x.size(-1) == 0) return zeros<std::int64_t>(calls::batch_shape(x.shape()), {.device = x.where()});
  TENON_TRY(const auto scaled, scaled_for_rank<T>(name, x, o));
  any_tensor values, unused_left, unused_right;
  TENON_TRY_VOID(o.hermitian ? eigh<T>(name, scaled.matrices, uplo::lower, false, values, unused_left)
                             : svd<T>(name, scaled.matrices, false, false, unused_left, values, unused_right));
  TENON_TRY(const auto s, abs(tensor<R>::unchecked(std::move(values))));
  return sum(counts(s, x.size(-2), x.size(-1), o), {-1});
}

}  // namespace detail

/// pinv(A): the Moore-Penrose pseudoinverse.        A (..., m, n) -> (..., n, m)
///
///   A = U diag(s) V^H  ->  V diag(1 / s_i where s_i > max(atol, rtol s_max), else 0) U^H
///
/// Dtypes   float, double, complex of both.
/// Method   svd, or of {.hermitian = true} eigh.
/// Bound    Of ||A X A - A|| and ||A X - (A X)^H||: c max(m, n) eps times ||A|| s_max / s_r, s_r the least value that counts; c = 20.
/// Errors   shape_mismatch, non_finite_input, no_convergence, out_of_memory.
template <operand X>
[[nodiscard]] auto pinv(X&& x, const pinv_options& options = {}) {
  using T = value_t<X>;
  calls::check_linalg_dtype<T>();
  return calls::with_tensors("pinv", [&options](const any_tensor& a) { return detail::pinv<T>(a, options); }, x);
}

/// matrix_rank(A): how many singular values are above max(atol, rtol s_max).        A (..., m, n) -> int64 (...)
/// Dtypes, method and errors as pinv. A value within rounding errors (max(m, n) eps s_max) of the tolerance may fall on either side.
template <operand X>
[[nodiscard]] auto matrix_rank(X&& x, const rank_options& options = {}) {
  using T = value_t<X>;
  calls::check_linalg_dtype<T>();
  return calls::with_tensors("matrix_rank", [&options](const any_tensor& a) { return detail::matrix_rank<T>(a, options); }, x);
}

}  // namespace tenon::inline v0::linalg::inline TENON_BUILD
