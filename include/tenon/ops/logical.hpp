#pragma once
// Logic on truth values: logical_and logical_or logical_xor logical_not.
//
// Operands  Any dtype, in any mixture with scalars; every number but zero is true, NaN too. The answer is a bool tensor; in place, x
//           keeps its dtype and holds 0 and 1.
// Errors    what an operand carries; shape_mismatch, device_mismatch, out_of_memory; _into and _ also not_writable and
//           overlapping_memory. A dtype that an op does not have does not compile, and says so.
#include <tenon/kernels/functions/logical.hpp>
#include <tenon/ops/calls/elementwise.hpp>

namespace tenon::inline v0::inline TENON_BUILD {

/// Both.
template <class X, calls::beside<X> Y>
[[nodiscard]] auto logical_and(X&& x, Y&& y) {
  return calls::elementwise(functions::logical_and{}, std::forward<X>(x), std::forward<Y>(y));
}
template <target O, class X, calls::beside<X> Y>
result<void> logical_and_into(O&& out, X&& x, Y&& y) {
  return calls::elementwise_into(out, functions::logical_and{}, std::forward<X>(x), std::forward<Y>(y));
}
template <target X, calls::tensor_or_scalar Y>
result<void> logical_and_(X&& x, Y&& y) {
  return calls::elementwise_in_place(functions::logical_and{}, x, std::forward<Y>(y));
}

/// Either.
template <class X, calls::beside<X> Y>
[[nodiscard]] auto logical_or(X&& x, Y&& y) {
  return calls::elementwise(functions::logical_or{}, std::forward<X>(x), std::forward<Y>(y));
}
template <target O, class X, calls::beside<X> Y>
result<void> logical_or_into(O&& out, X&& x, Y&& y) {
  return calls::elementwise_into(out, functions::logical_or{}, std::forward<X>(x), std::forward<Y>(y));
}
template <target X, calls::tensor_or_scalar Y>
result<void> logical_or_(X&& x, Y&& y) {
  return calls::elementwise_in_place(functions::logical_or{}, x, std::forward<Y>(y));
}

/// One but not the other.
template <class X, calls::beside<X> Y>
[[nodiscard]] auto logical_xor(X&& x, Y&& y) {
  return calls::elementwise(functions::logical_xor{}, std::forward<X>(x), std::forward<Y>(y));
}
template <target O, class X, calls::beside<X> Y>
result<void> logical_xor_into(O&& out, X&& x, Y&& y) {
  return calls::elementwise_into(out, functions::logical_xor{}, std::forward<X>(x), std::forward<Y>(y));
}
template <target X, calls::tensor_or_scalar Y>
result<void> logical_xor_(X&& x, Y&& y) {
  return calls::elementwise_in_place(functions::logical_xor{}, x, std::forward<Y>(y));
}

/// Whether x is zero.
template <operand X>
[[nodiscard]] auto logical_not(X&& x) {
  return calls::elementwise(functions::logical_not{}, std::forward<X>(x));
}
template <target O, operand X>
result<void> logical_not_into(O&& out, X&& x) {
  return calls::elementwise_into(out, functions::logical_not{}, std::forward<X>(x));
}
template <target X>
result<void> logical_not_(X&& x) {
  return calls::elementwise_in_place(functions::logical_not{}, x);
}

}  // namespace tenon::inline v0::inline TENON_BUILD
