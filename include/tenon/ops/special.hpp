#pragma once
// Special functions: erf erfc erfcx erfinv ndtr log_ndtr lgamma digamma.
//
// Operands  One tensor, result or expression. Integers and bools become float; halves are computed in float and rounded once.
// Special   NaN gives NaN.
// Errors    what the operand carries; out_of_memory; _into and _ also shape_mismatch, device_mismatch, not_writable,
//           overlapping_memory. A dtype that an op does not have does not compile, and says so.
#include <tenon/kernels/cpu/functions/normal.hpp>
#include <tenon/kernels/cpu/math/gamma.hpp>
#include <tenon/kernels/functions/special.hpp>
#include <tenon/ops/calls/elementwise.hpp>

namespace tenon::inline v0::inline TENON_BUILD {

/// 2 / sqrt(pi) times the integral of e^(-t^2) from 0 to x.
/// Bound    1.4 ulp
template <operand X>
[[nodiscard]] auto erf(X&& x) {
  return calls::elementwise(functions::erf{}, std::forward<X>(x));
}
template <target O, operand X>
result<void> erf_into(O&& out, X&& x) {
  return calls::elementwise_into(out, functions::erf{}, std::forward<X>(x));
}
template <target X>
result<void> erf_(X&& x) {
  return calls::elementwise_in_place(functions::erf{}, x);
}

/// 1 - erf x without cancellation, down to the last subnormal.
/// Bound    0.51 ulp (double 2.5)
template <operand X>
[[nodiscard]] auto erfc(X&& x) {
  return calls::elementwise(functions::erfc{}, std::forward<X>(x));
}
template <target O, operand X>
result<void> erfc_into(O&& out, X&& x) {
  return calls::elementwise_into(out, functions::erfc{}, std::forward<X>(x));
}
template <target X>
result<void> erfc_(X&& x) {
  return calls::elementwise_in_place(functions::erfc{}, x);
}

/// e^(x^2) erfc x, scaled so that it neither vanishes nor cancels for large x: about 1 / (sqrt(pi) x) there.
/// Special  inf gives 0, -inf and what is below -26.6 (float -9.4) inf.
/// Bound    0.51 ulp (double 2.5)
template <operand X>
[[nodiscard]] auto erfcx(X&& x) {
  return calls::elementwise(functions::erfcx{}, std::forward<X>(x));
}
template <target O, operand X>
result<void> erfcx_into(O&& out, X&& x) {
  return calls::elementwise_into(out, functions::erfcx{}, std::forward<X>(x));
}
template <target X>
result<void> erfcx_(X&& x) {
  return calls::elementwise_in_place(functions::erfcx{}, x);
}

/// The inverse of erf; infinite at -1 and 1, NaN outside.
/// Bound    0.7 ulp (double 2.5)
template <operand X>
[[nodiscard]] auto erfinv(X&& x) {
  return calls::elementwise(functions::erfinv{}, std::forward<X>(x));
}
template <target O, operand X>
result<void> erfinv_into(O&& out, X&& x) {
  return calls::elementwise_into(out, functions::erfinv{}, std::forward<X>(x));
}
template <target X>
result<void> erfinv_(X&& x) {
  return calls::elementwise_in_place(functions::erfinv{}, x);
}

/// The normal distribution function, erfc(-x / sqrt 2) / 2: the probability of a value below x.
/// Bound    4 ulp (double 3), also where it is tiny.
template <operand X>
[[nodiscard]] auto ndtr(X&& x) {
  return calls::elementwise(functions::ndtr{}, std::forward<X>(x));
}
template <target O, operand X>
result<void> ndtr_into(O&& out, X&& x) {
  return calls::elementwise_into(out, functions::ndtr{}, std::forward<X>(x));
}
template <target X>
result<void> ndtr_(X&& x) {
  return calls::elementwise_in_place(functions::ndtr{}, x);
}

/// log(ndtr(x)), finite where ndtr(x) underflows.
/// Bound    4 ulp (double 3)
template <operand X>
[[nodiscard]] auto log_ndtr(X&& x) {
  return calls::elementwise(functions::log_ndtr{}, std::forward<X>(x));
}
template <target O, operand X>
result<void> log_ndtr_into(O&& out, X&& x) {
  return calls::elementwise_into(out, functions::log_ndtr{}, std::forward<X>(x));
}
template <target X>
result<void> log_ndtr_(X&& x) {
  return calls::elementwise_in_place(functions::log_ndtr{}, x);
}

/// log |gamma(x)|; inf at 0 and the negative integers.
/// Bound    0.6 ulp (double 8) of max(|result|, 1).
template <operand X>
[[nodiscard]] auto lgamma(X&& x) {
  return calls::elementwise(functions::lgamma{}, std::forward<X>(x));
}
template <target O, operand X>
result<void> lgamma_into(O&& out, X&& x) {
  return calls::elementwise_into(out, functions::lgamma{}, std::forward<X>(x));
}
template <target X>
result<void> lgamma_(X&& x) {
  return calls::elementwise_in_place(functions::lgamma{}, x);
}

/// The derivative of lgamma; -inf at +0, inf at -0, NaN at the negative integers.
/// Bound    0.6 ulp (double 8) of max(|result|, 1).
template <operand X>
[[nodiscard]] auto digamma(X&& x) {
  return calls::elementwise(functions::digamma{}, std::forward<X>(x));
}
template <target O, operand X>
result<void> digamma_into(O&& out, X&& x) {
  return calls::elementwise_into(out, functions::digamma{}, std::forward<X>(x));
}
template <target X>
result<void> digamma_(X&& x) {
  return calls::elementwise_in_place(functions::digamma{}, x);
}

}  // namespace tenon::inline v0::inline TENON_BUILD
