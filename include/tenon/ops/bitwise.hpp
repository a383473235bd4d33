#pragma once
// The bits of integers: bitwise_and bitwise_or bitwise_xor bitwise_not bitwise_left_shift bitwise_right_shift.
//
// Operands  as ops/arithmetic.hpp; integers and bools, promoted to one type.
// Errors    what an operand carries; shape_mismatch, device_mismatch, out_of_memory; _into and _ also not_writable and
//           overlapping_memory. A dtype that an op does not have does not compile, and says so.
#include <tenon/kernels/functions/logical.hpp>
#include <tenon/ops/calls/elementwise.hpp>

namespace tenon::inline v0::inline TENON_BUILD {

/// x & y.
template <class X, calls::beside<X> Y>
[[nodiscard]] auto bitwise_and(X&& x, Y&& y) {
  return calls::elementwise(functions::bitwise_and{}, std::forward<X>(x), std::forward<Y>(y));
}
template <target O, class X, calls::beside<X> Y>
result<void> bitwise_and_into(O&& out, X&& x, Y&& y) {
  return calls::elementwise_into(out, functions::bitwise_and{}, std::forward<X>(x), std::forward<Y>(y));
}
template <target X, calls::tensor_or_scalar Y>
result<void> bitwise_and_(X&& x, Y&& y) {
  return calls::elementwise_in_place(functions::bitwise_and{}, x, std::forward<Y>(y));
}

/// x | y.
template <class X, calls::beside<X> Y>
[[nodiscard]] auto bitwise_or(X&& x, Y&& y) {
  return calls::elementwise(functions::bitwise_or{}, std::forward<X>(x), std::forward<Y>(y));
}
template <target O, class X, calls::beside<X> Y>
result<void> bitwise_or_into(O&& out, X&& x, Y&& y) {
  return calls::elementwise_into(out, functions::bitwise_or{}, std::forward<X>(x), std::forward<Y>(y));
}
template <target X, calls::tensor_or_scalar Y>
result<void> bitwise_or_(X&& x, Y&& y) {
  return calls::elementwise_in_place(functions::bitwise_or{}, x, std::forward<Y>(y));
}

/// x ^ y.
template <class X, calls::beside<X> Y>
[[nodiscard]] auto bitwise_xor(X&& x, Y&& y) {
  return calls::elementwise(functions::bitwise_xor{}, std::forward<X>(x), std::forward<Y>(y));
}
template <target O, class X, calls::beside<X> Y>
result<void> bitwise_xor_into(O&& out, X&& x, Y&& y) {
  return calls::elementwise_into(out, functions::bitwise_xor{}, std::forward<X>(x), std::forward<Y>(y));
}
template <target X, calls::tensor_or_scalar Y>
result<void> bitwise_xor_(X&& x, Y&& y) {
  return calls::elementwise_in_place(functions::bitwise_xor{}, x, std::forward<Y>(y));
}

/// ~x; of bools: not.
template <operand X>
[[nodiscard]] auto bitwise_not(X&& x) {
  return calls::elementwise(functions::bitwise_not{}, std::forward<X>(x));
}
template <target O, operand X>
result<void> bitwise_not_into(O&& out, X&& x) {
  return calls::elementwise_into(out, functions::bitwise_not{}, std::forward<X>(x));
}
template <target X>
result<void> bitwise_not_(X&& x) {
  return calls::elementwise_in_place(functions::bitwise_not{}, x);
}

/// x 2^n modulo 2^width; 0 where n is negative or the width or more. Not of bools.
template <class X, calls::beside<X> Y>
[[nodiscard]] auto bitwise_left_shift(X&& x, Y&& n) {
  return calls::elementwise(functions::bitwise_left_shift{}, std::forward<X>(x), std::forward<Y>(n));
}
template <target O, class X, calls::beside<X> Y>
result<void> bitwise_left_shift_into(O&& out, X&& x, Y&& n) {
  return calls::elementwise_into(out, functions::bitwise_left_shift{}, std::forward<X>(x), std::forward<Y>(n));
}
template <target X, calls::tensor_or_scalar Y>
result<void> bitwise_left_shift_(X&& x, Y&& n) {
  return calls::elementwise_in_place(functions::bitwise_left_shift{}, x, std::forward<Y>(n));
}

/// floor(x / 2^n); where n is negative or the width or more, 0, and -1 for negative x. Not of bools.
template <class X, calls::beside<X> Y>
[[nodiscard]] auto bitwise_right_shift(X&& x, Y&& n) {
  return calls::elementwise(functions::bitwise_right_shift{}, std::forward<X>(x), std::forward<Y>(n));
}
template <target O, class X, calls::beside<X> Y>
result<void> bitwise_right_shift_into(O&& out, X&& x, Y&& n) {
  return calls::elementwise_into(out, functions::bitwise_right_shift{}, std::forward<X>(x), std::forward<Y>(n));
}
template <target X, calls::tensor_or_scalar Y>
result<void> bitwise_right_shift_(X&& x, Y&& n) {
  return calls::elementwise_in_place(functions::bitwise_right_shift{}, x, std::forward<Y>(n));
}

}  // namespace tenon::inline v0::inline TENON_BUILD
