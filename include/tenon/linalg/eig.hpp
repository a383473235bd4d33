#pragma once
// eig, eigvals.
#include <tenon/kernels/cpu/linalg/eig.hpp>
#include <tenon/kernels/lapack/eig.hpp>
#include <tenon/linalg/iteration.hpp>

namespace tenon::inline v0::linalg {

template <class T>
struct eig_result {
  tensor<std::complex<real_t<T>>> eigenvalues, eigenvectors;
};

}  // namespace tenon::inline v0::linalg

namespace tenon::inline v0::linalg::inline TENON_BUILD {

namespace detail {

// Both, or the values alone. `values` and `vectors` are allocated here.
template <class T>
result<void> eig(const char* name, const any_tensor& x, any_tensor& values, any_tensor* vectors) {
  using C = std::complex<real_t<T>>;
  TENON_TRY_VOID(calls::check_square(name, x));
  const index_t n = x.size(-1);
  const shape batch = calls::batch_shape(x.shape());
  TENON_TRY(any_tensor a, calls::copy_columns(name, x));
  TENON_TRY_VOID(calls::check_finite_matrices<T>(name, a));
  TENON_TRY(values, allocate_tensor(name, calls::with_vector(batch, n), dtype_of<C>, x.where()));
  if (vectors != nullptr) {
    TENON_TRY(*vectors, calls::allocate_columns(name, x.shape(), dtype_of<C>, x.where()));
  }
  if (a.numel() == 0) return {};
  const auto context = kernels::cpu::make_context(static_cast<double>(a.numel()) * static_cast<double>(n) * (vectors ? 6 : 2));
  auto p = kernels::linalg::plan_eig<T>(batch.numel(), n, vectors != nullptr, calls::lanes_for<kernels::linalg::eig_kernel<T>, real_t<T>>(), context.threads);
  p.sweeps = calls::most_sweeps();
  TENON_TRY(const storage_ptr memory, calls::linalg_workspace<kernels::linalg::eig_kernel<T>>(name, p));
  const auto outcome = calls::linalg_entry<kernels::linalg::eig_kernel<T>>()(context, p, calls::data_as<T>(a), calls::data_as<C>(values),
                                                                             vectors ? calls::data_as<C>(*vectors) : nullptr, calls::data_of(memory));
  if (outcome.s) return {};
  return calls::not_converged(name, batch, outcome.matrix, p.sweeps, "for each eigenvalue", n - outcome.s.detail, n);
}

}  // namespace detail

/// eig(A): A V = V diag(w).        A (..., n, n)  ->  eigenvalues (..., n), eigenvectors (..., n, n), both complex
///
/// Dtypes   float, double and complex of both. Real matrices have complex results too, as in PyTorch.
/// Order    That of LAPACK's geev: as they appear on the diagonal of the Schur form, not sorted. Of real A, conjugate pairs stand next
///          to each other, the one with positive imaginary part first.
/// Vectors  Columns of norm 1, the largest element real. A defective matrix has fewer independent ones than columns: then some are
///          equal within rounding, and V is singular.
/// Method   Balancing, Hessenberg form, multishift QR with aggressive early deflation, back substitution (kernels/cpu/linalg/eig.hpp).
/// Bound    ||A V - V diag(w)|| <= 10 n eps ||A|| (Frobenius norms): backward stable, for A as balancing has scaled it (D^-1 A D and
///          D^-1 V; the same for matrices whose rows and columns are alike in size). An eigenvalue itself moves by its
///          condition number times that; one of multiplicity k with a single vector, by the k-th root.
/// Errors   shape_mismatch, non_finite_input, no_convergence (after 30 sweeps for each eigenvalue, with the number of those found), out_of_memory.
template <operand X>
[[nodiscard]] auto eig(X&& x) {
  using T = value_t<X>;
  calls::check_linalg_dtype<T>();
  return calls::with_tensors(
      "eig",
      [](const any_tensor& a) -> result<eig_result<T>> {
        using C = std::complex<real_t<T>>;
        any_tensor values, vectors;
        TENON_TRY_VOID(detail::eig<T>("eig", a, values, &vectors));
        return eig_result<T>{tensor<C>::unchecked(std::move(values)), tensor<C>::unchecked(std::move(vectors))};
      },
      x);
}

/// eigvals(A): the eigenvalues alone, at less than half the time. As eig.
template <operand X>
[[nodiscard]] auto eigvals(X&& x) {
  using T = value_t<X>;
  calls::check_linalg_dtype<T>();
  return calls::with_tensors(
      "eigvals",
      [](const any_tensor& a) -> result<tensor<std::complex<real_t<T>>>> {
        any_tensor values;
        TENON_TRY_VOID(detail::eig<T>("eigvals", a, values, nullptr));
        return tensor<std::complex<real_t<T>>>::unchecked(std::move(values));
      },
      x);
}

template <target O, operand X>
result<void> eigvals_into(O&& out, X&& x) {
  return calls::store_result<std::complex<real_t<value_t<X>>>>("eigvals", out, eigvals(x));
}

}  // namespace tenon::inline v0::linalg::inline TENON_BUILD
