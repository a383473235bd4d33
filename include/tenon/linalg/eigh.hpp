#pragma once
// eigh, eigvalsh.
#include <tenon/kernels/cpu/linalg/eigh.hpp>
#include <tenon/kernels/lapack/eigh.hpp>
#include <tenon/linalg/iteration.hpp>

namespace tenon::inline v0::linalg {

// Which triangle of a Hermitian matrix is read (PyTorch's UPLO). The other one may hold anything.
enum class uplo : std::uint8_t { lower, upper };

template <class T>
struct eigh_result {
  tensor<real_t<T>> eigenvalues;
  tensor<T> eigenvectors;
};

}  // namespace tenon::inline v0::linalg

namespace tenon::inline v0::linalg::inline TENON_BUILD {

namespace detail {

// eigenvectors is left as it is where they are not wanted.
template <class T>
result<void> eigh(const char* name, const any_tensor& x, uplo part, bool vectors, any_tensor& eigenvalues, any_tensor& eigenvectors) {
  TENON_TRY_VOID(calls::check_square(name, x));
  const index_t n = x.size(-1);
  const shape batch = calls::batch_shape(x.shape());
  const index_t count = batch.numel();
  TENON_TRY(any_tensor a, calls::copy_columns(name, x));
  TENON_TRY(eigenvalues, allocate_tensor(name, calls::with_vector(batch, n), dtype_of<real_t<T>>, x.where()));
  if (vectors) {
    TENON_TRY(eigenvectors, calls::allocate_columns(name, x.shape(), x.dtype(), x.where()));
  }
  if (x.numel() == 0) return {};
  const auto context = kernels::cpu::make_context(static_cast<double>(a.numel()) * static_cast<double>(n));
  auto p = kernels::linalg::plan_eigh<T>(count, n, part == uplo::upper, vectors, calls::lanes_for<kernels::linalg::eigh_kernel<T>, real_t<T>>(), context.threads);
  TENON_TRY(const storage_ptr memory, calls::linalg_workspace<kernels::linalg::eigh_kernel<T>>(name, p));
  p.sweeps = calls::most_sweeps();
  TENON_TRY(const storage_ptr outcomes, calls::iteration_outcomes(name, count));
  calls::linalg_entry<kernels::linalg::eigh_kernel<T>>()(context, p, calls::data_as<T>(a), calls::data_as<real_t<T>>(eigenvalues),
                                                         vectors ? calls::data_as<T>(eigenvectors) : nullptr, calls::outcomes_of(outcomes),
                                                         calls::data_of(memory));
  return calls::finish_iterations(name, batch, outcomes, p.sweeps, "for each eigenvalue", n);
}

template <class T>
result<eigh_result<T>> eigh(const any_tensor& x, uplo part) {
  any_tensor w, z;
  TENON_TRY_VOID(eigh<T>("eigh", x, part, true, w, z));
  return eigh_result<T>{tensor<real_t<T>>::unchecked(std::move(w)), tensor<T>::unchecked(std::move(z))};
}
template <class T>
result<tensor<real_t<T>>> eigvalsh(const any_tensor& x, uplo part) {
  any_tensor w, z;
  TENON_TRY_VOID(eigh<T>("eigvalsh", x, part, false, w, z));
  return tensor<real_t<T>>::unchecked(std::move(w));
}

}  // namespace detail

/// eigh(A): A = Z diag(w) Z^H for a symmetric or Hermitian A.        A (..., n, n) -> eigenvalues (..., n), eigenvectors (..., n, n)
///
/// eigenvalues ascend and are real; the columns of eigenvectors are orthonormal and belong to them in this order. Only one triangle is
/// read, the lower one by default, and of the diagonal only the real part.
///
/// Dtypes   float, double, complex of both (eigenvalues then are of the real type).
/// Method   Tridiagonal form by reflectors, then divide and conquer (Gu & Eisenstat, SIAM J. Matrix Anal. Appl. 16, 1995); values alone by the
///          root-free QL method (kernels/cpu/linalg/eigh.hpp).
/// Special  An eigenvector is determined up to its sign (complex: a factor of modulus 1), and eigenvectors of equal eigenvalues up to a
///          rotation among them; which one comes out is not specified. A diagonal matrix is only sorted: exact.
/// Bound    ||A Z - Z diag(w)|| <= 4 n eps ||A||,  ||Z^H Z - I|| <= 4 n eps  (Frobenius norms).
/// Errors   shape_mismatch, non_finite_input, no_convergence (after 30 sweeps for each eigenvalue, with the number of those found), out_of_memory.
template <operand X>
[[nodiscard]] auto eigh(X&& x, uplo part = uplo::lower) {
  using T = value_t<X>;
  calls::check_linalg_dtype<T>();
  return calls::with_tensors("eigh", [part](const any_tensor& a) { return detail::eigh<T>(a, part); }, x);
}

/// eigvalsh(A): the eigenvalues alone, in a third of the time. As eigh.        A (..., n, n) -> (..., n)
template <operand X>
[[nodiscard]] auto eigvalsh(X&& x, uplo part = uplo::lower) {
  using T = value_t<X>;
  calls::check_linalg_dtype<T>();
  return calls::with_tensors("eigvalsh", [part](const any_tensor& a) { return detail::eigvalsh<T>(a, part); }, x);
}

}  // namespace tenon::inline v0::linalg::inline TENON_BUILD
