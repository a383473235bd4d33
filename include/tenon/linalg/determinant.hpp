#pragma once
// det, slogdet, logdet.
#include <tenon/kernels/cpu/linalg/lu.hpp>
#include <tenon/kernels/lapack/lu.hpp>
#include <tenon/linalg/call.hpp>

#include <cmath>

namespace tenon::inline v0::linalg {

template <class T>
struct slogdet_result {
  tensor<T> sign;
  tensor<real_t<T>> logabsdet;
};

}  // namespace tenon::inline v0::linalg

namespace tenon::inline v0::linalg::inline TENON_BUILD {

namespace detail {

// Each of the three tensors, of the batch's shape, may be null.
template <class T>
result<void> determinant(const char* name, const any_tensor& x, any_tensor* det, any_tensor* sign, any_tensor* log) {
  TENON_TRY(any_tensor a, calls::copy_columns(name, x));
  TENON_TRY_VOID(calls::check_finite_matrices<T>(name, a));
  const index_t n = x.size(-1);
  const auto context = kernels::cpu::make_context(static_cast<double>(n) * static_cast<double>(a.numel()) / 4);
  auto p = kernels::linalg::plan_determinant<T>(calls::batch_count(x), n, context.threads);
  TENON_TRY(const storage_ptr memory, calls::linalg_workspace<kernels::linalg::determinant_kernel<T>>(name, p));
  calls::linalg_entry<kernels::linalg::determinant_kernel<T>>()(context, p, calls::data_as<T>(a), det ? calls::data_as<T>(*det) : nullptr,
                                                                sign ? calls::data_as<T>(*sign) : nullptr,
                                                                log ? calls::data_as<real_t<T>>(*log) : nullptr, calls::data_of(memory));
  return {};
}

template <class T>
result<tensor<T>> det(const char* name, const any_tensor& x) {
  TENON_TRY_VOID(calls::check_square(name, x));
  TENON_TRY(any_tensor d, allocate_tensor(name, calls::batch_shape(x.shape()), x.dtype(), x.where()));
  TENON_TRY_VOID(determinant<T>(name, x, &d, nullptr, nullptr));
  return tensor<T>::unchecked(std::move(d));
}
template <class T>
result<slogdet_result<T>> slogdet(const char* name, const any_tensor& x) {
  TENON_TRY_VOID(calls::check_square(name, x));
  const shape batch = calls::batch_shape(x.shape());
  TENON_TRY(any_tensor sign, allocate_tensor(name, batch, x.dtype(), x.where()));
  TENON_TRY(any_tensor log, allocate_tensor(name, batch, dtype_of<real_t<T>>, x.where()));
  TENON_TRY_VOID(determinant<T>(name, x, nullptr, &sign, &log));
  return slogdet_result<T>{tensor<T>::unchecked(std::move(sign)), tensor<real_t<T>>::unchecked(std::move(log))};
}
template <class T>
result<tensor<T>> logdet(const char* name, const any_tensor& x) {
  TENON_TRY(auto r, slogdet<T>(name, x));
  T* const sign = r.sign.data();
  const real_t<T>* const log = r.logabsdet.data();
  for (index_t i = 0; i < r.sign.numel(); ++i) {
    if constexpr (complex_type<T>)
      sign[i] = T(log[i], std::atan2(sign[i].imag(), sign[i].real()));
    else
      sign[i] = sign[i] < 0 ? std::numeric_limits<T>::quiet_NaN() : log[i];
  }
  return std::move(r.sign);
}

}  // namespace detail

/// det(A): the determinant.        A (..., n, n) -> (...), the same dtype;  of 0 x 0: 1
///
/// By LU, the product of the pivots scaled, so that it overflows or vanishes only where the determinant itself does. Of a matrix in
/// which elimination meets a column that is exactly zero after rounding: 0 (docs/numerics.md, "Singular matrices").
/// Dtypes   float, double, complex of both.
/// Bound    that of A + E with ||E|| <= 4 n u g ||A||, g as in lu.
/// Errors   shape_mismatch, non_finite_input, out_of_memory.
template <operand X>
[[nodiscard]] auto det(X&& x) {
  using T = value_t<X>;
  calls::check_linalg_dtype<T>();
  return calls::with_tensors("det", [](const any_tensor& a) { return detail::det<T>("det", a); }, x);
}
template <target O, operand X>
result<void> det_into(O&& out, X&& x) {
  return calls::store_result<value_t<X>>("det", out, det(x));
}

/// slogdet(A): `sign` (...), 1, -1 or 0, of complex A a number of modulus 1 or 0; and `logabsdet` (...), real: log |det A|, which
/// is -inf of a singular matrix.  det A = sign exp(logabsdet). As det otherwise.
template <operand X>
[[nodiscard]] auto slogdet(X&& x) {
  using T = value_t<X>;
  calls::check_linalg_dtype<T>();
  return calls::with_tensors("slogdet", [](const any_tensor& a) { return detail::slogdet<T>("slogdet", a); }, x);
}

/// logdet(A): log det A.   -inf of a singular matrix; NaN of a real one whose determinant is negative; the principal value of
/// complex ones.   Dtypes, bound of the determinant and errors as det.
template <operand X>
[[nodiscard]] auto logdet(X&& x) {
  using T = value_t<X>;
  calls::check_linalg_dtype<T>();
  return calls::with_tensors("logdet", [](const any_tensor& a) { return detail::logdet<T>("logdet", a); }, x);
}

}  // namespace tenon::inline v0::linalg::inline TENON_BUILD
