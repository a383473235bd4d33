#pragma once
// cholesky, cholesky_ex, cholesky_solve, cholesky_inverse.
#include <tenon/kernels/cpu/linalg/cholesky_lanes.hpp>
#include <tenon/kernels/cpu/linalg/lower_copy.hpp>
#include <tenon/kernels/lapack/cholesky.hpp>
#include <tenon/linalg/call.hpp>

namespace tenon::inline v0::linalg {

template <class T>
struct cholesky_ex_result {
  tensor<T> l;
  tensor<std::int32_t> info;
};

struct cholesky_options {
  bool upper = false;                  // the factor is U = L^H, A = U^H U, and A's upper triangle is read
};

}  // namespace tenon::inline v0::linalg

namespace tenon::inline v0::linalg::inline TENON_BUILD {

namespace detail {

// Kernels factor lower triangles only. U is the transpose of A^T's lower factor: A = U^H U, so A^T = U^T (U^T)^H.
inline result<any_tensor> copy_turned(const char* name, const any_tensor& x, bool upper) {
  if (!upper) return calls::copy_columns(name, x);
  TENON_TRY(const any_tensor turned, x.transpose(-2, -1));
  return calls::copy_columns(name, turned);
}

// The triangle that is read, the other one being anything.
template <class T>
result<any_tensor> copy_triangle(const char* name, const any_tensor& x, bool upper) {
  any_tensor turned = x, copied;
  if (upper) {
    TENON_TRY(turned, x.transpose(-2, -1));
  }
  TENON_TRY(const auto source, calls::matrices_in_place<T>(name, turned, copied));
  if (copied.defined()) return copied;
  TENON_TRY(any_tensor a, calls::allocate_columns(name, turned.shape(), turned.dtype(), turned.where()));
  const auto context = kernels::cpu::make_context(0.1 * static_cast<double>(x.numel()) * sizeof(T));
  kernels::cpu::entry<kernels::linalg::lower_copy_kernel<T>>()(context, calls::batch_count(x), x.size(-1), source, calls::data_as<T>(a));
  return a;
}

template <class T>
result<cholesky_ex_result<T>> cholesky(const char* name, const any_tensor& x, bool upper) {
  TENON_TRY_VOID(calls::check_square(name, x));
  const index_t n = x.size(-1);
  const shape batch = calls::batch_shape(x.shape());
  TENON_TRY(any_tensor info, allocate_tensor(name, batch, dtype::int32, x.where()));
  const auto context = kernels::cpu::make_context(static_cast<double>(n + 10) * static_cast<double>(x.numel()) / 10);
  if constexpr (!complex_type<T>) {
    if (calls::in_lanes<kernels::linalg::cholesky_kernel<T>, T>(batch.numel(), n, n)) {
      any_tensor copied;
      TENON_TRY(const auto source, calls::matrices_in_place<T>(name, x, copied));
      TENON_TRY(any_tensor l, calls::allocate_columns(name, x.shape(), x.dtype(), x.where()));
      const auto p = kernels::linalg::plan_cholesky_lanes<T>(batch.numel(), n, upper, kernels::cpu::lanes<T>, context.threads);
      TENON_TRY(const storage_ptr memory, calls::workspace(name, p.batch.workspace_bytes));
      kernels::cpu::entry<kernels::linalg::cholesky_lanes_kernel<T>>()(context, p, source, calls::data_as<T>(l), calls::data_as<std::int32_t>(info),
                                                                       calls::data_of(memory));
      TENON_TRY_VOID(calls::check_numbers(name, info));
      return cholesky_ex_result<T>{tensor<T>::unchecked(std::move(l)), tensor<std::int32_t>::unchecked(std::move(info))};
    }
  }
  TENON_TRY(any_tensor a, copy_triangle<T>(name, x, upper));
  auto p = kernels::linalg::plan_cholesky<T>(batch.numel(), n, 0, context.threads);
  TENON_TRY(const storage_ptr memory, calls::linalg_workspace<kernels::linalg::cholesky_kernel<T>>(name, p));
  calls::linalg_entry<kernels::linalg::cholesky_kernel<T>>()(context, p, calls::data_as<T>(a), calls::data_as<std::int32_t>(info), calls::data_of(memory));
  TENON_TRY_VOID(calls::check_numbers(name, info));
  if (upper) {
    TENON_TRY(a, a.transpose(-2, -1));
  }
  return cholesky_ex_result<T>{tensor<T>::unchecked(std::move(a)), tensor<std::int32_t>::unchecked(std::move(info))};
}

template <class T>
result<tensor<T>> cholesky_solve(const any_tensor& b, const any_tensor& l, bool upper) {
  const char* const name = "cholesky_solve";
  TENON_TRY_VOID(calls::check_square(name, l));
  const index_t n = l.size(-1);
  if (b.rank() < 2 || b.size(-2) != n)
    return error(error_code::shape_mismatch, name, make_text("B ", b.shape(), " and L ", l.shape(), " do not fit (L.size(-1) must equal B.size(-2))"));
  TENON_TRY(const shape batch, broadcast_shapes(name, calls::batch_shape(l.shape()), calls::batch_shape(b.shape())));
  TENON_TRY(const any_tensor factors, calls::copy_columns(name, l, calls::with_matrix(batch, n, n)));
  TENON_TRY(any_tensor x, calls::copy_columns(name, b, calls::with_matrix(batch, n, b.size(-1))));
  TENON_TRY_VOID(calls::check_finite_matrices<T>(name, factors));
  TENON_TRY_VOID(calls::check_finite_matrices<T>(name, x));
  TENON_TRY(any_tensor info, allocate_tensor(name, batch, dtype::int32, b.where()));
  const auto context = kernels::cpu::make_context(static_cast<double>(n) * static_cast<double>(x.numel()) / 4);
  auto p = kernels::linalg::plan_cholesky<T>(batch.numel(), n, b.size(-1), context.threads);
  p.upper = upper;
  TENON_TRY(const storage_ptr memory, calls::workspace(name, p.batch.workspace_bytes));
  kernels::cpu::entry<kernels::linalg::cholesky_solve_kernel<T>>()(context, p, calls::data_as<T>(factors), calls::data_as<T>(x),
                                                                   calls::data_as<std::int32_t>(info), calls::data_of(memory));
  TENON_TRY_VOID(calls::check_invertible(name, info));
  return tensor<T>::unchecked(std::move(x));
}

template <class T>
result<tensor<T>> cholesky_inverse(const any_tensor& l, bool upper) {
  const char* const name = "cholesky_inverse";
  TENON_TRY_VOID(calls::check_square(name, l));
  const index_t n = l.size(-1);
  TENON_TRY(any_tensor a, copy_turned(name, l, upper));
  TENON_TRY_VOID(calls::check_finite_matrices<T>(name, a));
  TENON_TRY(any_tensor info, allocate_tensor(name, calls::batch_shape(l.shape()), dtype::int32, l.where()));
  const auto context = kernels::cpu::make_context(static_cast<double>(n) * static_cast<double>(a.numel()) / 5);
  const auto p = kernels::linalg::plan_cholesky<T>(calls::batch_count(l), n, 0, context.threads);
  TENON_TRY(const storage_ptr memory, calls::workspace(name, p.batch.workspace_bytes));
  kernels::cpu::entry<kernels::linalg::cholesky_inverse_kernel<T>>()(context, p, calls::data_as<T>(a), calls::data_as<std::int32_t>(info),
                                                                     calls::data_of(memory));
  TENON_TRY_VOID(calls::check_invertible(name, info));
  if (upper) {
    TENON_TRY(a, a.transpose(-2, -1));
  }
  return tensor<T>::unchecked(std::move(a));
}

}  // namespace detail

/// cholesky(A): L lower triangular with a positive diagonal, A = L L^H; or with {.upper = true} U = L^H.
/// A (..., n, n) Hermitian positive definite -> the same.   Only the triangle of the result's kind is read, the diagonal's real part.
///
/// Dtypes   float, double, complex of both.
/// Method   Recursion on halves (Elmroth, Gustavson, Jonsson & Kagstrom, SIAM Review 46(1), 2004).
/// Bound    ||L L^H - A|| <= 2 n u ||A||.
/// Errors   singular_matrix: a pivot is not positive, so A is not positive definite (it is named); shape_mismatch, non_finite_input,
///          out_of_memory.
template <operand X>
[[nodiscard]] auto cholesky(X&& x, const cholesky_options& options = {}) {
  using T = value_t<X>;
  calls::check_linalg_dtype<T>();
  return calls::with_tensors("cholesky", [&options](const any_tensor& a) -> result<tensor<T>> {
    TENON_TRY(auto r, detail::cholesky<T>("cholesky", a, options.upper));
    TENON_TRY_VOID(calls::check_definite("cholesky", r.info.any()));
    return std::move(r.l);
  }, x);
}
template <target O, operand X>
result<void> cholesky_into(O&& out, X&& x, const cholesky_options& options = {}) {
  return calls::store_result<value_t<X>>("cholesky", out, cholesky(x, options));
}

/// cholesky_ex: as cholesky, but `info` (...), int32, says which pivot was not positive, from 1, or 0. What `l` holds for such a
/// matrix has no meaning.
template <operand X>
[[nodiscard]] auto cholesky_ex(X&& x, const cholesky_options& options = {}) {
  using T = value_t<X>;
  calls::check_linalg_dtype<T>();
  return calls::with_tensors("cholesky_ex", [&options](const any_tensor& a) { return detail::cholesky<T>("cholesky_ex", a, options.upper); }, x);
}

/// cholesky_solve(B, L): X with L L^H X = B; with {.upper = true} U^H U X = B.   B (..., n, k)  L (..., n, n), leading dimensions broadcast.
/// Bound    ||A X - B|| <= 4 n u ||A|| ||X|| for A = L L^H from cholesky.
/// Errors   singular_matrix (a zero on the diagonal), shape_mismatch, non_finite_input, out_of_memory.
template <operand B, operand L>
[[nodiscard]] auto cholesky_solve(B&& b, L&& l, const cholesky_options& options = {}) {
  using T = value_t<B>;
  calls::check_linalg_dtype<T>();
  static_assert(std::is_same_v<T, value_t<L>>, "B and L must have one element type");
  return calls::with_tensors("cholesky_solve", [&options](const any_tensor& x, const any_tensor& f) { return detail::cholesky_solve<T>(x, f, options.upper); }, b, l);
}

/// cholesky_inverse(L): (L L^H)^-1; with {.upper = true} (U^H U)^-1.   L (..., n, n) -> the same.   Bound and errors as cholesky_solve, B = I.
template <operand L>
[[nodiscard]] auto cholesky_inverse(L&& l, const cholesky_options& options = {}) {
  using T = value_t<L>;
  calls::check_linalg_dtype<T>();
  return calls::with_tensors("cholesky_inverse", [&options](const any_tensor& f) { return detail::cholesky_inverse<T>(f, options.upper); }, l);
}

}  // namespace tenon::inline v0::linalg::inline TENON_BUILD
