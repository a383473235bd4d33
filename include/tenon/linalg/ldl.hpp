#pragma once
// ldl_factor, ldl_factor_ex, ldl_solve.
#include <tenon/kernels/cpu/linalg/ldl.hpp>
#include <tenon/linalg/call.hpp>

namespace tenon::inline v0::linalg {

template <class T>
struct ldl_factor_result {
  tensor<T> ld;
  tensor<std::int32_t> pivots;
};
template <class T>
struct ldl_factor_ex_result {
  tensor<T> ld;
  tensor<std::int32_t> pivots, info;
};

struct ldl_options {
  bool hermitian = false;              // of complex A: A = A^H, else A = A^T
};

}  // namespace tenon::inline v0::linalg

namespace tenon::inline v0::linalg::inline TENON_BUILD {

namespace detail {

template <class T>
result<ldl_factor_ex_result<T>> ldl_factor(const char* name, const any_tensor& x, bool hermitian) {
  TENON_TRY_VOID(calls::check_square(name, x));
  const index_t n = x.size(-1);
  const shape batch = calls::batch_shape(x.shape());
  TENON_TRY(any_tensor a, calls::copy_columns(name, x));
  TENON_TRY_VOID(calls::check_finite_matrices<T>(name, a));
  TENON_TRY(any_tensor pivots, allocate_tensor(name, calls::with_vector(batch, n), dtype::int32, x.where()));
  TENON_TRY(any_tensor info, allocate_tensor(name, batch, dtype::int32, x.where()));
  const auto context = kernels::cpu::make_context(static_cast<double>(n) * static_cast<double>(a.numel()) / 4);
  const auto p = kernels::linalg::plan_ldl<T>(batch.numel(), n, 0, hermitian, context.threads);
  kernels::cpu::entry<kernels::linalg::ldl_factor_kernel<T>>()(context, p, calls::data_as<T>(a), calls::data_as<std::int32_t>(pivots),
                                                               calls::data_as<std::int32_t>(info), nullptr);
  return ldl_factor_ex_result<T>{tensor<T>::unchecked(std::move(a)), tensor<std::int32_t>::unchecked(std::move(pivots)),
                                 tensor<std::int32_t>::unchecked(std::move(info))};
}

// Pivots that a caller gives: in range, and the negative ones in pairs.
inline result<void> check_ldl_pivots(const char* name, const any_tensor& pivots, index_t n) {
  const auto* p = calls::data_as<std::int32_t>(pivots);
  for (index_t i = 0; i < pivots.numel(); ++i) {
    const index_t k = i % n;
    const bool in_range = p[i] != 0 && p[i] >= -n && p[i] <= n, paired = p[i] > 0 || (k + 1 < n && p[i + 1] == p[i]);
    if (!in_range || !paired)
      return error(error_code::index_out_of_range, name, make_text("pivot ", index_t{p[i]}, " at ", k, " is none of a matrix of order ", n, " (1 .. ", n, ", or two equal ones -1 .. ", -n, ")"));
    if (p[i] < 0) ++i;
  }
  return {};
}

template <class T>
result<tensor<T>> ldl_solve(const any_tensor& ld, const any_tensor& pivots, const any_tensor& b, bool hermitian) {
  const char* const name = "ldl_solve";
  TENON_TRY_VOID(calls::check_square(name, ld));
  const index_t n = ld.size(-1);
  if (pivots.shape() != calls::with_vector(calls::batch_shape(ld.shape()), n))
    return error(error_code::shape_mismatch, name, make_text("pivots ", pivots.shape(), " do not fit LD ", ld.shape(), " (expected ld.shape without its last dimension)"));
  if (b.rank() < 2 || b.size(-2) != n)
    return error(error_code::shape_mismatch, name, make_text("LD ", ld.shape(), " and B ", b.shape(), " do not fit (LD.size(-1) must equal B.size(-2))"));
  TENON_TRY(const shape batch, broadcast_shapes(name, calls::batch_shape(ld.shape()), calls::batch_shape(b.shape())));
  TENON_TRY(const any_tensor factors, calls::copy_columns(name, ld, calls::with_matrix(batch, n, n)));
  TENON_TRY(const any_tensor expanded, pivots.expand(calls::with_vector(batch, n)));
  TENON_TRY(const any_tensor rows, calls::dense(name, expanded));
  TENON_TRY_VOID(check_ldl_pivots(name, rows, n));
  TENON_TRY(any_tensor x, calls::copy_columns(name, b, calls::with_matrix(batch, n, b.size(-1))));
  TENON_TRY_VOID(calls::check_finite_matrices<T>(name, factors));
  TENON_TRY_VOID(calls::check_finite_matrices<T>(name, x));
  TENON_TRY(any_tensor info, allocate_tensor(name, batch, dtype::int32, b.where()));
  const auto context = kernels::cpu::make_context(static_cast<double>(n) * static_cast<double>(x.numel()));
  const auto p = kernels::linalg::plan_ldl<T>(batch.numel(), n, b.size(-1), hermitian, context.threads);
  kernels::cpu::entry<kernels::linalg::ldl_solve_kernel<T>>()(context, p, calls::data_as<T>(factors), calls::data_as<std::int32_t>(rows),
                                                              calls::data_as<T>(x), calls::data_as<std::int32_t>(info), nullptr);
  TENON_TRY_VOID(calls::check_invertible(name, info));
  return tensor<T>::unchecked(std::move(x));
}

}  // namespace detail

/// ldl_factor(A): A symmetric, or with {.hermitian = true} Hermitian, indefinite: P^T A P = L D L^T (L D L^H), L with ones on its
/// diagonal, D of 1 x 1 and 2 x 2 blocks.     A (..., n, n), its lower triangle  ->  ld (..., n, n)  pivots (..., n), int32
///
/// ld holds D's blocks on the diagonal and below it, and L below those; pivots are LAPACK's (kernels/linalg/ldl.hpp). For ldl_solve.
/// Dtypes   float, double, complex of both.
/// Method   Bunch & Kaufman's diagonal pivoting (Math. Comp. 31, 1977), algorithm A. L's elements are not bounded.
/// Bound    solving by it: ||A x - b|| <= 20 n u ||A|| ||x||.
/// Errors   singular_matrix (a block that is exactly zero; it is named), shape_mismatch, non_finite_input, out_of_memory.
template <operand X>
[[nodiscard]] auto ldl_factor(X&& x, const ldl_options& options = {}) {
  using T = value_t<X>;
  calls::check_linalg_dtype<T>();
  return calls::with_tensors("ldl_factor", [&options](const any_tensor& a) -> result<ldl_factor_result<T>> {
    TENON_TRY(auto f, detail::ldl_factor<T>("ldl_factor", a, options.hermitian));
    TENON_TRY_VOID(calls::check_invertible("ldl_factor", f.info.any()));
    return ldl_factor_result<T>{std::move(f.ld), std::move(f.pivots)};
  }, x);
}

/// ldl_factor_ex: as ldl_factor, but a singular matrix is reported in `info` (...), int32: 0, or the first zero block, from 1.
template <operand X>
[[nodiscard]] auto ldl_factor_ex(X&& x, const ldl_options& options = {}) {
  using T = value_t<X>;
  calls::check_linalg_dtype<T>();
  return calls::with_tensors("ldl_factor_ex", [&options](const any_tensor& a) { return detail::ldl_factor<T>("ldl_factor_ex", a, options.hermitian); }, x);
}

/// ldl_solve(ld, pivots, B): X with A X = B, from ldl_factor's results and with its option.
/// ld (..., n, n)  pivots (..., n)  B (..., n, k) -> (..., n, k).  Leading dimensions broadcast.
/// Bound    as ldl_factor.
/// Errors   shape_mismatch, index_out_of_range (pivots), singular_matrix, non_finite_input, out_of_memory.
template <operand LD, operand P, operand B>
[[nodiscard]] auto ldl_solve(LD&& ld, P&& pivots, B&& b, const ldl_options& options = {}) {
  using T = value_t<LD>;
  calls::check_linalg_dtype<T>();
  static_assert(std::is_same_v<T, value_t<B>>, "LD and B must have one element type");
  static_assert(std::is_same_v<std::int32_t, value_t<P>>, "pivots are int32, as ldl_factor gives them");
  return calls::with_tensors("ldl_solve", [&options](const any_tensor& f, const any_tensor& p, const any_tensor& x) { return detail::ldl_solve<T>(f, p, x, options.hermitian); },
                             ld, pivots, b);
}

}  // namespace tenon::inline v0::linalg::inline TENON_BUILD
