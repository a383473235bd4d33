#pragma once
// Hyperbolic functions and their inverses: sinh cosh tanh asinh acosh atanh.
//
// Operands  One tensor, result or expression. Integers and bools become float; halves are computed in float and rounded once.
//           Complex numbers, too.
// Special   NaN gives NaN; odd functions keep the sign of zero.
// Errors    what the operand carries; out_of_memory; _into and _ also shape_mismatch, device_mismatch, not_writable,
//           overlapping_memory. A dtype that an op does not have does not compile, and says so.
#include <tenon/kernels/cpu/functions/complex.hpp>
#include <tenon/kernels/cpu/math/hyperbolic.hpp>
#include <tenon/kernels/functions/trigonometric.hpp>
#include <tenon/ops/calls/elementwise.hpp>

namespace tenon::inline v0::inline TENON_BUILD {

/// Bound    1.1 ulp
template <operand X>
[[nodiscard]] auto sinh(X&& x) {
  return calls::elementwise(functions::sinh{}, std::forward<X>(x));
}
template <target O, operand X>
result<void> sinh_into(O&& out, X&& x) {
  return calls::elementwise_into(out, functions::sinh{}, std::forward<X>(x));
}
template <target X>
result<void> sinh_(X&& x) {
  return calls::elementwise_in_place(functions::sinh{}, x);
}

/// Bound    1.1 ulp
template <operand X>
[[nodiscard]] auto cosh(X&& x) {
  return calls::elementwise(functions::cosh{}, std::forward<X>(x));
}
template <target O, operand X>
result<void> cosh_into(O&& out, X&& x) {
  return calls::elementwise_into(out, functions::cosh{}, std::forward<X>(x));
}
template <target X>
result<void> cosh_(X&& x) {
  return calls::elementwise_in_place(functions::cosh{}, x);
}

/// Bound    1.6 ulp
template <operand X>
[[nodiscard]] auto tanh(X&& x) {
  return calls::elementwise(functions::tanh{}, std::forward<X>(x));
}
template <target O, operand X>
result<void> tanh_into(O&& out, X&& x) {
  return calls::elementwise_into(out, functions::tanh{}, std::forward<X>(x));
}
template <target X>
result<void> tanh_(X&& x) {
  return calls::elementwise_in_place(functions::tanh{}, x);
}

/// The inverse of sinh.
/// Bound    1.2 ulp
template <operand X>
[[nodiscard]] auto asinh(X&& x) {
  return calls::elementwise(functions::asinh{}, std::forward<X>(x));
}
template <target O, operand X>
result<void> asinh_into(O&& out, X&& x) {
  return calls::elementwise_into(out, functions::asinh{}, std::forward<X>(x));
}
template <target X>
result<void> asinh_(X&& x) {
  return calls::elementwise_in_place(functions::asinh{}, x);
}

/// The inverse of cosh; NaN for x < 1.
/// Bound    1.6 ulp (double 2.0)
template <operand X>
[[nodiscard]] auto acosh(X&& x) {
  return calls::elementwise(functions::acosh{}, std::forward<X>(x));
}
template <target O, operand X>
result<void> acosh_into(O&& out, X&& x) {
  return calls::elementwise_into(out, functions::acosh{}, std::forward<X>(x));
}
template <target X>
result<void> acosh_(X&& x) {
  return calls::elementwise_in_place(functions::acosh{}, x);
}

/// The inverse of tanh; NaN outside [-1, 1], -inf and inf at its ends.
/// Bound    1.5 ulp
template <operand X>
[[nodiscard]] auto atanh(X&& x) {
  return calls::elementwise(functions::atanh{}, std::forward<X>(x));
}
template <target O, operand X>
result<void> atanh_into(O&& out, X&& x) {
  return calls::elementwise_into(out, functions::atanh{}, std::forward<X>(x));
}
template <target X>
result<void> atanh_(X&& x) {
  return calls::elementwise_in_place(functions::atanh{}, x);
}

}  // namespace tenon::inline v0::inline TENON_BUILD
