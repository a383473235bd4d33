#pragma once
// qr, geqrf, householder_product.
#include <tenon/kernels/cpu/linalg/qr_lanes.hpp>
#include <tenon/kernels/lapack/qr.hpp>
#include <tenon/linalg/call.hpp>

namespace tenon::inline v0::linalg {

enum class qr_mode : std::uint8_t {
  reduced,                             // q (m, k)  r (k, n)
  complete,                            // q (m, m)  r (m, n)
  r,                                   // q empty   r (k, n)
};

template <class T>
struct qr_result {
  tensor<T> q, r;
};
template <class T>
struct geqrf_result {
  tensor<T> a, tau;
};

}  // namespace tenon::inline v0::linalg

namespace tenon::inline v0::linalg::inline TENON_BUILD {

namespace detail {

template <class T>
result<qr_result<T>> qr(const any_tensor& x, qr_mode mode) {
  const char* const name = "qr";
  TENON_TRY_VOID(calls::check_matrix(name, x));
  const index_t m = x.size(-2), n = x.size(-1), k = m < n ? m : n;
  const shape batch = calls::batch_shape(x.shape());
  const bool wants_q = mode != qr_mode::r, complete = mode == qr_mode::complete;
  const index_t q_cols = wants_q ? (complete ? m : k) : 0, r_rows = complete ? m : k;
  const shape q_shape = wants_q ? calls::with_matrix(batch, m, q_cols) : shape(0);

  any_tensor q;
  if (wants_q) {
    TENON_TRY(q, calls::allocate_columns(name, q_shape, x.dtype(), x.where()));
  } else {
    TENON_TRY(q, allocate_tensor(name, q_shape, x.dtype(), x.where()));
  }
  TENON_TRY(any_tensor r, calls::allocate_columns(name, calls::with_matrix(batch, r_rows, n), x.dtype(), x.where()));
  if constexpr (!complex_type<T>) {
    if (mode == qr_mode::reduced && m >= n && calls::in_lanes<kernels::linalg::qr_kernel<T>, T>(batch.numel(), m, n)) {
      any_tensor copied;
      TENON_TRY(const auto source, calls::matrices_in_place<T>(name, x, copied));
      TENON_TRY(any_tensor info, allocate_tensor(name, batch, dtype::int32, x.where()));
      const auto context = kernels::cpu::make_context(static_cast<double>(x.numel()) * static_cast<double>(n + 10) / 4);
      const auto p = kernels::linalg::plan_qr_lanes<T>(batch.numel(), m, n, kernels::cpu::lanes<T>, context.threads);
      TENON_TRY(const storage_ptr memory, calls::workspace(name, p.batch.workspace_bytes));
      kernels::cpu::entry<kernels::linalg::qr_lanes_kernel<T>>()(context, p, source, calls::data_as<T>(q), calls::data_as<T>(r),
                                                                 calls::data_as<std::int32_t>(info), calls::data_of(memory));
      TENON_TRY_VOID(calls::check_numbers(name, info));
      return qr_result<T>{tensor<T>::unchecked(std::move(q)), tensor<T>::unchecked(std::move(r))};
    }
  }
  // A is factored in the memory of q or of r, whichever can hold it.
  any_tensor a;
  if (q_cols >= n && wants_q) {
    TENON_TRY(a, q.narrow(-1, 0, n));
  } else if (r_rows == m) {
    a = r;
  } else {
    TENON_TRY(a, calls::allocate_columns(name, x.shape(), x.dtype(), x.where()));
  }
  calls::copy(x, a);
  TENON_TRY_VOID(calls::check_finite_matrices<T>(name, a));
  const auto context = kernels::cpu::make_context(static_cast<double>(a.numel()) * static_cast<double>(k));
  auto p = kernels::linalg::plan_qr<T>(batch.numel(), m, n, k, q_cols, r_rows, context.threads);
  TENON_TRY(const storage_ptr memory, calls::linalg_workspace<kernels::linalg::qr_kernel<T>>(name, p));
  calls::linalg_entry<kernels::linalg::qr_kernel<T>>()(context, p, calls::data_as<T>(a), nullptr, wants_q ? calls::data_as<T>(q) : nullptr,
                                                       calls::data_as<T>(r), calls::data_of(memory));
  return qr_result<T>{tensor<T>::unchecked(std::move(q)), tensor<T>::unchecked(std::move(r))};
}

template <class T>
result<geqrf_result<T>> geqrf(const any_tensor& x) {
  const char* const name = "geqrf";
  TENON_TRY_VOID(calls::check_matrix(name, x));
  const index_t m = x.size(-2), n = x.size(-1), k = m < n ? m : n;
  const shape batch = calls::batch_shape(x.shape());
  TENON_TRY(any_tensor a, calls::copy_columns(name, x));
  TENON_TRY_VOID(calls::check_finite_matrices<T>(name, a));
  TENON_TRY(any_tensor tau, allocate_tensor(name, calls::with_vector(batch, k), x.dtype(), x.where()));
  const auto context = kernels::cpu::make_context(static_cast<double>(a.numel()) * static_cast<double>(k));
  auto p = kernels::linalg::plan_qr<T>(batch.numel(), m, n, k, 0, 0, context.threads);
  TENON_TRY(const storage_ptr memory, calls::linalg_workspace<kernels::linalg::qr_kernel<T>>(name, p));
  calls::linalg_entry<kernels::linalg::qr_kernel<T>>()(context, p, calls::data_as<T>(a), calls::data_as<T>(tau), nullptr, nullptr,
                                                       calls::data_of(memory));
  return geqrf_result<T>{tensor<T>::unchecked(std::move(a)), tensor<T>::unchecked(std::move(tau))};
}

template <class T>
result<tensor<T>> householder_product(const any_tensor& x, const any_tensor& tau) {
  const char* const name = "householder_product";
  TENON_TRY_VOID(calls::check_matrix(name, x));
  const index_t m = x.size(-2), n = x.size(-1), k = tau.size(-1);
  const shape batch = calls::batch_shape(x.shape());
  if (tau.rank() != x.rank() - 1 || tau.shape() != calls::with_vector(batch, k) || n > m || k > n)
    return error(error_code::shape_mismatch, name,
                 make_text("input ", x.shape(), " and tau ", tau.shape(), " do not fit (expected (..., m, n) and (..., k) with m >= n >= k)"));
  TENON_TRY(any_tensor q, calls::copy_columns(name, x));
  TENON_TRY_VOID(calls::check_finite_matrices<T>(name, q));
  TENON_TRY(const any_tensor factors, calls::dense(name, tau));
  TENON_TRY_VOID(calls::check_finite<T>(name, factors, batch));
  const auto context = kernels::cpu::make_context(static_cast<double>(q.numel()) * static_cast<double>(k));
  auto p = kernels::linalg::plan_qr<T>(batch.numel(), m, n, k, n, 0, context.threads);
  TENON_TRY(const storage_ptr memory, calls::linalg_workspace<kernels::linalg::householder_product_kernel<T>>(name, p));
  calls::linalg_entry<kernels::linalg::householder_product_kernel<T>>()(context, p, calls::data_as<T>(q), calls::data_as<T>(factors),
                                                                        calls::data_of(memory));
  return tensor<T>::unchecked(std::move(q));
}

}  // namespace detail

/// qr(A): A = Q R, Q with orthonormal columns, R upper triangular.        A (..., m, n),  k = min(m, n)
///
///   reduced  (default)  q (..., m, k)  r (..., k, n)
///   complete            q (..., m, m)  r (..., m, n)
///   r                   q empty        r (..., k, n)
///
/// Dtypes   float, double, complex of both.
/// Method   Blocks of Householder reflectors (Elmroth & Gustavson, IBM J. Res. Dev. 44(4), 2000); small real matrices in batches one in each lane.
/// Range    Any finite A: it is scaled by a power of two where norms of columns could leave the range. Of R what is beyond it is infinite.
/// Signs    LAPACK's, and so PyTorch's: r's diagonal is real, and negative where the column below it has anything to annihilate.
/// Bound    ||A - QR|| and ||Q^H Q - I|| within 10 max(m, n) u ||A|| (2-norms).
/// Errors   shape_mismatch, non_finite_input, out_of_memory.
template <operand X>
[[nodiscard]] auto qr(X&& x, qr_mode mode = qr_mode::reduced) {
  using T = value_t<X>;
  calls::check_linalg_dtype<T>();
  return calls::with_tensors("qr", [mode](const any_tensor& a) { return detail::qr<T>(a, mode); }, x);
}

/// geqrf(A): the same as reflectors.  a (..., m, n) holds R on and above the diagonal, below it the vectors v of
/// H_i = I - tau_i v_i v_i^H, whose first element is 1 and is not stored;  tau (..., k).   For householder_product.
/// Bound and errors as qr.
template <operand X>
[[nodiscard]] auto geqrf(X&& x) {
  using T = value_t<X>;
  calls::check_linalg_dtype<T>();
  return calls::with_tensors("geqrf", [](const any_tensor& a) { return detail::geqrf<T>(a); }, x);
}

/// householder_product(A, tau): the first n columns of H_1 H_2 ... H_k.        A (..., m, n)  tau (..., k)  ->  (..., m, n),  m >= n >= k
/// What is on and above A's diagonal is not used (but must be finite). Bound: orthonormal as qr's Q, for geqrf's results. Errors as qr.
template <operand X, operand Tau>
[[nodiscard]] auto householder_product(X&& x, Tau&& tau) {
  using T = value_t<X>;
  calls::check_linalg_dtype<T>();
  static_assert(std::is_same_v<T, value_t<Tau>>, "A and tau must have one element type");
  return calls::with_tensors("householder_product", [](const any_tensor& a, const any_tensor& t) { return detail::householder_product<T>(a, t); }, x, tau);
}

}  // namespace tenon::inline v0::linalg::inline TENON_BUILD
