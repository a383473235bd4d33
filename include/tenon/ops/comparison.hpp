#pragma once
// Comparison, with a bool tensor as the answer: eq ne lt le gt ge isclose.
//
// Operands  as ops/arithmetic.hpp, promoted to one type; real dtypes unless the op says otherwise. An integer scalar that an
//           integer tensor cannot hold is compared as it is: lt(x, 300) is true of every uint8.
// Special   Beside NaN all are false but ne. -0 equals +0.
// In place  x keeps its dtype and holds 0 and 1.
// Errors    what an operand carries; shape_mismatch, device_mismatch, out_of_memory; _into and _ also not_writable and
//           overlapping_memory. A dtype that an op does not have does not compile, and says so.
#include <tenon/kernels/functions/comparison.hpp>
#include <tenon/ops/calls/elementwise.hpp>

namespace tenon::inline v0::inline TENON_BUILD {

struct isclose_options {
  double rtol = 1e-5;
  double atol = 1e-8;
  bool equal_nan = false;  // whether NaN is close to NaN
};

/// x = y. All dtypes; complex numbers are equal if both parts are.
template <class X, calls::beside<X> Y>
[[nodiscard]] auto eq(X&& x, Y&& y) {
  return calls::elementwise(functions::eq{}, std::forward<X>(x), std::forward<Y>(y));
}
template <target O, class X, calls::beside<X> Y>
result<void> eq_into(O&& out, X&& x, Y&& y) {
  return calls::elementwise_into(out, functions::eq{}, std::forward<X>(x), std::forward<Y>(y));
}
template <target X, calls::tensor_or_scalar Y>
result<void> eq_(X&& x, Y&& y) {
  return calls::elementwise_in_place(functions::eq{}, x, std::forward<Y>(y));
}

/// Not x = y: true of NaN, also beside itself. All dtypes.
template <class X, calls::beside<X> Y>
[[nodiscard]] auto ne(X&& x, Y&& y) {
  return calls::elementwise(functions::ne{}, std::forward<X>(x), std::forward<Y>(y));
}
template <target O, class X, calls::beside<X> Y>
result<void> ne_into(O&& out, X&& x, Y&& y) {
  return calls::elementwise_into(out, functions::ne{}, std::forward<X>(x), std::forward<Y>(y));
}
template <target X, calls::tensor_or_scalar Y>
result<void> ne_(X&& x, Y&& y) {
  return calls::elementwise_in_place(functions::ne{}, x, std::forward<Y>(y));
}

/// x < y.
template <class X, calls::beside<X> Y>
[[nodiscard]] auto lt(X&& x, Y&& y) {
  return calls::elementwise(functions::lt{}, std::forward<X>(x), std::forward<Y>(y));
}
template <target O, class X, calls::beside<X> Y>
result<void> lt_into(O&& out, X&& x, Y&& y) {
  return calls::elementwise_into(out, functions::lt{}, std::forward<X>(x), std::forward<Y>(y));
}
template <target X, calls::tensor_or_scalar Y>
result<void> lt_(X&& x, Y&& y) {
  return calls::elementwise_in_place(functions::lt{}, x, std::forward<Y>(y));
}

/// x <= y.
template <class X, calls::beside<X> Y>
[[nodiscard]] auto le(X&& x, Y&& y) {
  return calls::elementwise(functions::le{}, std::forward<X>(x), std::forward<Y>(y));
}
template <target O, class X, calls::beside<X> Y>
result<void> le_into(O&& out, X&& x, Y&& y) {
  return calls::elementwise_into(out, functions::le{}, std::forward<X>(x), std::forward<Y>(y));
}
template <target X, calls::tensor_or_scalar Y>
result<void> le_(X&& x, Y&& y) {
  return calls::elementwise_in_place(functions::le{}, x, std::forward<Y>(y));
}

/// x > y.
template <class X, calls::beside<X> Y>
[[nodiscard]] auto gt(X&& x, Y&& y) {
  return calls::elementwise(functions::gt{}, std::forward<X>(x), std::forward<Y>(y));
}
template <target O, class X, calls::beside<X> Y>
result<void> gt_into(O&& out, X&& x, Y&& y) {
  return calls::elementwise_into(out, functions::gt{}, std::forward<X>(x), std::forward<Y>(y));
}
template <target X, calls::tensor_or_scalar Y>
result<void> gt_(X&& x, Y&& y) {
  return calls::elementwise_in_place(functions::gt{}, x, std::forward<Y>(y));
}

/// x >= y.
template <class X, calls::beside<X> Y>
[[nodiscard]] auto ge(X&& x, Y&& y) {
  return calls::elementwise(functions::ge{}, std::forward<X>(x), std::forward<Y>(y));
}
template <target O, class X, calls::beside<X> Y>
result<void> ge_into(O&& out, X&& x, Y&& y) {
  return calls::elementwise_into(out, functions::ge{}, std::forward<X>(x), std::forward<Y>(y));
}
template <target X, calls::tensor_or_scalar Y>
result<void> ge_(X&& x, Y&& y) {
  return calls::elementwise_in_place(functions::ge{}, x, std::forward<Y>(y));
}

namespace calls {
inline functions::isclose isclose_function(const isclose_options& o) { return {o.rtol, o.atol, o.equal_nan}; }
}  // namespace calls

/// |x - y| <= atol + rtol |y|, or equal (so infinities of one sign are close). All dtypes; integers are compared as double.
/// A NaN is close to nothing, unless equal_nan.
template <class X, calls::beside<X> Y>
[[nodiscard]] auto isclose(X&& x, Y&& y, const isclose_options& o = {}) {
  return calls::elementwise(calls::isclose_function(o), std::forward<X>(x), std::forward<Y>(y));
}
template <target O, class X, calls::beside<X> Y>
result<void> isclose_into(O&& out, X&& x, Y&& y, const isclose_options& o = {}) {
  return calls::elementwise_into(out, calls::isclose_function(o), std::forward<X>(x), std::forward<Y>(y));
}

}  // namespace tenon::inline v0::inline TENON_BUILD
