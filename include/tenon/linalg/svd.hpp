#pragma once
// svd, svdvals.
#include <tenon/kernels/cpu/linalg/svd.hpp>
#include <tenon/kernels/lapack/svd.hpp>
#include <tenon/linalg/iteration.hpp>

namespace tenon::inline v0::linalg {

using svd_driver = kernels::linalg::svd_driver;  // automatic, bidiagonal, jacobi

struct svd_options {
  bool full_matrices = true;           // u (m, m), vh (n, n); else u (m, k), vh (k, n), k = min(m, n)
  svd_driver driver = svd_driver::automatic;
};

struct svdvals_options {
  svd_driver driver = svd_driver::automatic;
};

template <class T>
struct svd_result {
  tensor<T> u;
  tensor<real_t<T>> s;
  tensor<T> vh;
};

}  // namespace tenon::inline v0::linalg

namespace tenon::inline v0::linalg::inline TENON_BUILD {

namespace detail {

// u and vh are left as they are where they are not wanted. A wide matrix is decomposed transposed: see kernels/linalg/svd.hpp.
template <class T>
result<void> svd(const char* name, const any_tensor& x, bool vectors, bool full, any_tensor& u, any_tensor& s, any_tensor& vh,
                 svd_driver driver = svd_driver::automatic) {
  TENON_TRY_VOID(calls::check_matrix(name, x));
  const index_t rows = x.size(-2), cols = x.size(-1);
  const bool wide = rows < cols;
  const index_t m = wide ? cols : rows, n = wide ? rows : cols, u_cols = full ? m : n;
  const shape batch = calls::batch_shape(x.shape());
  const index_t count = batch.numel();
  any_tensor a;
  if (wide) {
    TENON_TRY(a, allocate_tensor(name, x.shape(), x.dtype(), x.where()));
    calls::copy(x, a);
  } else {
    TENON_TRY(a, calls::copy_columns(name, x));
  }
  TENON_TRY(s, allocate_tensor(name, calls::with_vector(batch, n), dtype_of<real_t<T>>, x.where()));
  if (vectors) {
    TENON_TRY(u, calls::allocate_columns(name, calls::with_matrix(batch, rows, wide ? n : u_cols), x.dtype(), x.where()));
    TENON_TRY(vh, allocate_tensor(name, calls::with_matrix(batch, wide ? u_cols : n, cols), x.dtype(), x.where()));
  }
  if (count == 0 || m == 0) return {};
  const auto context = kernels::cpu::make_context(static_cast<double>(a.numel()) * static_cast<double>(n));
  auto p = kernels::linalg::plan_svd<T>(count, m, n, u_cols, vectors, driver, calls::lanes_for<kernels::linalg::svd_kernel<T>, real_t<T>>(), context.threads);
  TENON_TRY(const storage_ptr memory, calls::linalg_workspace<kernels::linalg::svd_kernel<T>>(name, p));
  p.sweeps = calls::most_sweeps();
  TENON_TRY(const storage_ptr outcomes, calls::iteration_outcomes(name, count));
  T* const left = !vectors ? nullptr : calls::data_as<T>(wide ? vh : u);
  T* const right = !vectors ? nullptr : calls::data_as<T>(wide ? u : vh);
  calls::linalg_entry<kernels::linalg::svd_kernel<T>>()(context, p, calls::data_as<T>(a), calls::data_as<real_t<T>>(s), left, right,
                                                        calls::outcomes_of(outcomes), calls::data_of(memory));
  return calls::finish_iterations(name, batch, outcomes, p.sweeps, p.jacobi ? "over all pairs of columns" : "for each singular value", n);
}

template <class T>
result<svd_driver> svd_algorithm(const any_tensor& x, svd_options options) {
  TENON_TRY_VOID(calls::check_matrix("svd_algorithm", x));
  const index_t rows = x.size(-2), cols = x.size(-1), m = rows < cols ? cols : rows, n = rows < cols ? rows : cols;
  using kernel = kernels::linalg::svd_kernel<T>;
  const auto p = kernels::linalg::plan_svd<T>(calls::batch_count(x), m, n, options.full_matrices ? m : n, true, options.driver,
                                              calls::lanes_for<kernel, real_t<T>>(), 1);
  return p.jacobi || (p.group > 1 && p.jacobi_in_lanes) ? svd_driver::jacobi : svd_driver::bidiagonal;
}

template <class T>
result<svd_result<T>> svd(const any_tensor& x, svd_options options) {
  any_tensor u, s, vh;
  TENON_TRY_VOID(svd<T>("svd", x, true, options.full_matrices, u, s, vh, options.driver));
  return svd_result<T>{tensor<T>::unchecked(std::move(u)), tensor<real_t<T>>::unchecked(std::move(s)), tensor<T>::unchecked(std::move(vh))};
}
template <class T>
result<tensor<real_t<T>>> svdvals(const any_tensor& x, const char* name = "svdvals", svd_driver driver = svd_driver::automatic) {
  any_tensor u, s, vh;
  TENON_TRY_VOID(svd<T>(name, x, false, false, u, s, vh, driver));
  return tensor<real_t<T>>::unchecked(std::move(s));
}

}  // namespace detail

/// svd(A): A = U diag(s) V^H.        A (..., m, n),  k = min(m, n)
///
///   full_matrices = true (default)    u (..., m, m)  s (..., k)  vh (..., n, n)
///   full_matrices = false             u (..., m, k)  s (..., k)  vh (..., k, n)
///
/// s descends and is not negative; the columns of u and the rows of vh are orthonormal, whatever the rank of A.
///
/// driver = svd_driver::jacobi       one-sided Jacobi. Slower from order 6 on, several times for large A; and for A = B D with a diagonal D (of a wide matrix
///                                   D B) it finds each s_i to its own last digits, however far D's elements are apart:
///                                     |ds_i| <= max(m, n) eps kappa(B) s_i,
///                                   where the bound below has eps times the largest s. (Demmel & Veselic, "Jacobi's method is more accurate than
///                                   QR", SIAM J. Matrix Anal. Appl. 13(4), 1992. D may span 1e+-290 in double, 1e+-27 in float.)
/// driver = svd_driver::bidiagonal   Householder's bidiagonal form, then implicit QR, or divide and conquer (Demmel & Kahan 1990, Gu & Eisenstat
///                                   1995, Fernando & Parlett 1994: kernels/cpu/linalg/svd.hpp).
/// driver = svd_driver::automatic    (default) the faster one: Jacobi for batches of real matrices of up to 4 columns or rows. svd_algorithm
///                                   says which.
///
/// Dtypes   float, double, complex of both (s then is of the real type).
/// Special  Singular vectors are determined up to a sign (complex: a factor of modulus 1) that a pair of them shares; those of equal singular
///          values up to a rotation. Which come out is not specified. A diagonal matrix is only sorted: exact.
/// Bound    ||A - U diag(s) V^H|| <= 10 max(m, n) eps ||A||,  ||U^H U - I||, ||V^H V - I|| <= 10 max(m, n) eps  (Frobenius norms).
/// Errors   shape_mismatch, non_finite_input, no_convergence (after 30 sweeps for each singular value, or 30 over all pairs of columns, with the
///          number of values found), out_of_memory.
template <operand X>
[[nodiscard]] auto svd(X&& x, svd_options options = {}) {
  using T = value_t<X>;
  calls::check_linalg_dtype<T>();
  return calls::with_tensors("svd", [options](const any_tensor& a) { return detail::svd<T>(a, options); }, x);
}

/// svdvals(A): the singular values alone, descending.        A (..., m, n) -> (..., min(m, n)).   As svd.
/// Those of a bidiagonal matrix come with full relative accuracy each, however small; of B D with driver = svd_driver::jacobi, see svd.
template <operand X>
[[nodiscard]] auto svdvals(X&& x, svdvals_options options = {}) {
  using T = value_t<X>;
  calls::check_linalg_dtype<T>();
  return calls::with_tensors("svdvals", [options](const any_tensor& a) { return detail::svdvals<T>(a, "svdvals", options.driver); }, x);
}

/// svd_algorithm(A, options): the driver that svd, or svdvals, of A runs; so what svd_driver::automatic comes to. It depends on dtype and shape
/// alone. With TENON_WITH_LAPACK bidiagonal is LAPACK's gesdd.        Errors   shape_mismatch.
template <operand X>
[[nodiscard]] result<svd_driver> svd_algorithm(const X& x, svd_options options = {}) {
  using T = value_t<X>;
  calls::check_linalg_dtype<T>();
  return calls::with_tensors("svd_algorithm", [options](const any_tensor& a) { return detail::svd_algorithm<T>(a, options); }, x);
}

}  // namespace tenon::inline v0::linalg::inline TENON_BUILD
