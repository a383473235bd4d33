#pragma once
// Exponentials and logarithms: exp exp2 expm1 log log2 log10 log1p sigmoid logit.
//
// Operands  One tensor, result or expression. Integers and bools become float; halves are computed in float and rounded once.
// Special   NaN gives NaN.
// Errors    what the operand carries; out_of_memory; _into and _ also shape_mismatch, device_mismatch, not_writable,
//           overlapping_memory. A dtype that an op does not have does not compile, and says so.
#include <tenon/kernels/cpu/functions/complex.hpp>
#include <tenon/kernels/cpu/math/exponential.hpp>
#include <tenon/kernels/cpu/math/logarithm.hpp>
#include <tenon/kernels/functions/exponential.hpp>
#include <tenon/ops/calls/elementwise.hpp>

namespace tenon::inline v0::inline TENON_BUILD {

struct logit_options {
  double eps = -1;  // clamp x to [eps, 1 - eps] first; below 0: do not
};

/// e^x. Complex numbers, too.
/// Special  exp(-inf) = 0; inf above 88.72 (double: 709.78); subnormal results are kept.
/// Bound    1 ulp
template <operand X>
[[nodiscard]] auto exp(X&& x) {
  return calls::elementwise(functions::exp{}, std::forward<X>(x));
}
template <target O, operand X>
result<void> exp_into(O&& out, X&& x) {
  return calls::elementwise_into(out, functions::exp{}, std::forward<X>(x));
}
template <target X>
result<void> exp_(X&& x) {
  return calls::elementwise_in_place(functions::exp{}, x);
}

/// 2^x, exact for whole x.
/// Bound    0.9 ulp (1.1 without fused multiply-add)
template <operand X>
[[nodiscard]] auto exp2(X&& x) {
  return calls::elementwise(functions::exp2{}, std::forward<X>(x));
}
template <target O, operand X>
result<void> exp2_into(O&& out, X&& x) {
  return calls::elementwise_into(out, functions::exp2{}, std::forward<X>(x));
}
template <target X>
result<void> exp2_(X&& x) {
  return calls::elementwise_in_place(functions::exp2{}, x);
}

/// e^x - 1 without cancellation around 0; expm1(-0) = -0.
/// Bound    1.3 ulp (double 1.5)
template <operand X>
[[nodiscard]] auto expm1(X&& x) {
  return calls::elementwise(functions::expm1{}, std::forward<X>(x));
}
template <target O, operand X>
result<void> expm1_into(O&& out, X&& x) {
  return calls::elementwise_into(out, functions::expm1{}, std::forward<X>(x));
}
template <target X>
result<void> expm1_(X&& x) {
  return calls::elementwise_in_place(functions::expm1{}, x);
}

/// The natural logarithm. Complex numbers, too.
/// Special  log(0) = -inf, NaN for x < 0.
/// Bound    0.9 ulp
template <operand X>
[[nodiscard]] auto log(X&& x) {
  return calls::elementwise(functions::log{}, std::forward<X>(x));
}
template <target O, operand X>
result<void> log_into(O&& out, X&& x) {
  return calls::elementwise_into(out, functions::log{}, std::forward<X>(x));
}
template <target X>
result<void> log_(X&& x) {
  return calls::elementwise_in_place(functions::log{}, x);
}

/// The logarithm to base 2, exact for powers of two.
/// Bound    1.4 ulp (1.8 without fused multiply-add; double 0.9)
template <operand X>
[[nodiscard]] auto log2(X&& x) {
  return calls::elementwise(functions::log2{}, std::forward<X>(x));
}
template <target O, operand X>
result<void> log2_into(O&& out, X&& x) {
  return calls::elementwise_into(out, functions::log2{}, std::forward<X>(x));
}
template <target X>
result<void> log2_(X&& x) {
  return calls::elementwise_in_place(functions::log2{}, x);
}

/// The logarithm to base 10.
/// Bound    1.2 ulp (1.7 without fused multiply-add; double 0.8)
template <operand X>
[[nodiscard]] auto log10(X&& x) {
  return calls::elementwise(functions::log10{}, std::forward<X>(x));
}
template <target O, operand X>
result<void> log10_into(O&& out, X&& x) {
  return calls::elementwise_into(out, functions::log10{}, std::forward<X>(x));
}
template <target X>
result<void> log10_(X&& x) {
  return calls::elementwise_in_place(functions::log10{}, x);
}

/// log(1 + x) without cancellation around 0; log1p(-0) = -0, log1p(-1) = -inf.
/// Bound    1.6 ulp
template <operand X>
[[nodiscard]] auto log1p(X&& x) {
  return calls::elementwise(functions::log1p{}, std::forward<X>(x));
}
template <target O, operand X>
result<void> log1p_into(O&& out, X&& x) {
  return calls::elementwise_into(out, functions::log1p{}, std::forward<X>(x));
}
template <target X>
result<void> log1p_(X&& x) {
  return calls::elementwise_in_place(functions::log1p{}, x);
}

/// 1 / (1 + e^-x), as e^x / (1 + e^x) for x < 0: neither side cancels or overflows.
/// Bound    2.5 ulp
template <operand X>
[[nodiscard]] auto sigmoid(X&& x) {
  return calls::elementwise(functions::sigmoid{}, std::forward<X>(x));
}
template <target O, operand X>
result<void> sigmoid_into(O&& out, X&& x) {
  return calls::elementwise_into(out, functions::sigmoid{}, std::forward<X>(x));
}
template <target X>
result<void> sigmoid_(X&& x) {
  return calls::elementwise_in_place(functions::sigmoid{}, x);
}

/// log(x / (1 - x)), the inverse of sigmoid. Around 1/2 by log1p, so that it does not cancel.
/// Special  NaN outside [0, 1], -inf and inf at its ends, unless eps clamps them away.
/// Bound    3.5 ulp
template <operand X>
[[nodiscard]] auto logit(X&& x, const logit_options& o = {}) {
  return calls::elementwise(functions::logit{{}, o.eps}, std::forward<X>(x));
}
template <target O, operand X>
result<void> logit_into(O&& out, X&& x, const logit_options& o = {}) {
  return calls::elementwise_into(out, functions::logit{{}, o.eps}, std::forward<X>(x));
}
template <target X>
result<void> logit_(X&& x, const logit_options& o = {}) {
  return calls::elementwise_in_place(functions::logit{{}, o.eps}, x);
}

}  // namespace tenon::inline v0::inline TENON_BUILD
