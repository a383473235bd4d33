#pragma once
// Choice by a condition, element by element: where, masked_fill. What is not chosen has no influence, be it NaN.
//
// Errors    what an operand carries; shape_mismatch, device_mismatch, out_of_memory; _into and _ also not_writable and
//           overlapping_memory. A dtype that an op does not have does not compile, and says so.
#include <tenon/kernels/functions/where.hpp>
#include <tenon/ops/calls/elementwise.hpp>

namespace tenon::inline v0::inline TENON_BUILD {

namespace calls {

template <class C>
constexpr void check_condition() {
  static_assert(std::is_same_v<value_t<C>, bool>,
                "the condition must be a bool tensor; make one with ne(c, 0), gt(x, y), ...");
}

}  // namespace calls

/// a where the condition holds, else b. The condition is a bool tensor; a and b are tensors or scalars of any dtypes, promoted.
template <operand C, calls::tensor_or_scalar A, calls::tensor_or_scalar B>
[[nodiscard]] auto where(C&& condition, A&& a, B&& b) {
  calls::check_condition<C>();
  return calls::elementwise(functions::where{}, std::forward<C>(condition), std::forward<A>(a), std::forward<B>(b));
}
template <target O, operand C, calls::tensor_or_scalar A, calls::tensor_or_scalar B>
result<void> where_into(O&& out, C&& condition, A&& a, B&& b) {
  calls::check_condition<C>();
  return calls::elementwise_into(out, functions::where{}, std::forward<C>(condition), std::forward<A>(a),
                                 std::forward<B>(b));
}

/// x with `value` where the mask holds. The mask is a bool tensor; the value, a scalar or a tensor, is converted to x's dtype.
/// The result has the shape that x and the mask broadcast to; in place, x's own.
template <operand X, operand M, calls::tensor_or_scalar V>
[[nodiscard]] auto masked_fill(X&& x, M&& mask, V&& value) {
  calls::check_condition<M>();
  return calls::elementwise(functions::masked_fill{}, std::forward<X>(x), std::forward<M>(mask),
                            std::forward<V>(value));
}
template <target O, operand X, operand M, calls::tensor_or_scalar V>
result<void> masked_fill_into(O&& out, X&& x, M&& mask, V&& value) {
  calls::check_condition<M>();
  return calls::elementwise_into(out, functions::masked_fill{}, std::forward<X>(x), std::forward<M>(mask),
                                 std::forward<V>(value));
}
template <target X, operand M, calls::tensor_or_scalar V>
result<void> masked_fill_(X&& x, M&& mask, V&& value) {
  calls::check_condition<M>();
  return calls::elementwise_in_place(functions::masked_fill{}, x, std::forward<M>(mask), std::forward<V>(value));
}

}  // namespace tenon::inline v0::inline TENON_BUILD
