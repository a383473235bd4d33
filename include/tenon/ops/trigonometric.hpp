#pragma once
// Trigonometric functions, in radians: sin cos tan asin acos atan atan2 sinc deg2rad rad2deg.
//
// Operands  One tensor, result or expression. Integers and bools become float; halves are computed in float and rounded once.
//           sin cos tan asin acos atan also of complex numbers.
// Special   NaN gives NaN; odd functions keep the sign of zero.
// Errors    what the operand carries; out_of_memory; _into and _ also shape_mismatch, device_mismatch, not_writable,
//           overlapping_memory. A dtype that an op does not have does not compile, and says so.
#include <tenon/kernels/cpu/functions/complex.hpp>
#include <tenon/kernels/cpu/math/inverse_trigonometric.hpp>
#include <tenon/kernels/cpu/math/trigonometric.hpp>
#include <tenon/kernels/functions/trigonometric.hpp>
#include <tenon/ops/calls/elementwise.hpp>

namespace tenon::inline v0::inline TENON_BUILD {

/// Bound    1.5 ulp (double 0.9), for any x: large arguments are reduced exactly. NaN for infinite x.
template <operand X>
[[nodiscard]] auto sin(X&& x) {
  return calls::elementwise(functions::sin{}, std::forward<X>(x));
}
template <target O, operand X>
result<void> sin_into(O&& out, X&& x) {
  return calls::elementwise_into(out, functions::sin{}, std::forward<X>(x));
}
template <target X>
result<void> sin_(X&& x) {
  return calls::elementwise_in_place(functions::sin{}, x);
}

/// Bound    1.5 ulp (double 0.9), for any x. NaN for infinite x.
template <operand X>
[[nodiscard]] auto cos(X&& x) {
  return calls::elementwise(functions::cos{}, std::forward<X>(x));
}
template <target O, operand X>
result<void> cos_into(O&& out, X&& x) {
  return calls::elementwise_into(out, functions::cos{}, std::forward<X>(x));
}
template <target X>
result<void> cos_(X&& x) {
  return calls::elementwise_in_place(functions::cos{}, x);
}

/// Bound    1.8 ulp (double 1.0), for any x. NaN for infinite x.
template <operand X>
[[nodiscard]] auto tan(X&& x) {
  return calls::elementwise(functions::tan{}, std::forward<X>(x));
}
template <target O, operand X>
result<void> tan_into(O&& out, X&& x) {
  return calls::elementwise_into(out, functions::tan{}, std::forward<X>(x));
}
template <target X>
result<void> tan_(X&& x) {
  return calls::elementwise_in_place(functions::tan{}, x);
}

/// In [-pi/2, pi/2]; NaN outside [-1, 1].
/// Bound    1.6 ulp
template <operand X>
[[nodiscard]] auto asin(X&& x) {
  return calls::elementwise(functions::asin{}, std::forward<X>(x));
}
template <target O, operand X>
result<void> asin_into(O&& out, X&& x) {
  return calls::elementwise_into(out, functions::asin{}, std::forward<X>(x));
}
template <target X>
result<void> asin_(X&& x) {
  return calls::elementwise_in_place(functions::asin{}, x);
}

/// In [0, pi]; NaN outside [-1, 1].
/// Bound    1.3 ulp
template <operand X>
[[nodiscard]] auto acos(X&& x) {
  return calls::elementwise(functions::acos{}, std::forward<X>(x));
}
template <target O, operand X>
result<void> acos_into(O&& out, X&& x) {
  return calls::elementwise_into(out, functions::acos{}, std::forward<X>(x));
}
template <target X>
result<void> acos_(X&& x) {
  return calls::elementwise_in_place(functions::acos{}, x);
}

/// In [-pi/2, pi/2].
/// Bound    1.7 ulp
template <operand X>
[[nodiscard]] auto atan(X&& x) {
  return calls::elementwise(functions::atan{}, std::forward<X>(x));
}
template <target O, operand X>
result<void> atan_into(O&& out, X&& x) {
  return calls::elementwise_into(out, functions::atan{}, std::forward<X>(x));
}
template <target X>
result<void> atan_(X&& x) {
  return calls::elementwise_in_place(functions::atan{}, x);
}

/// The angle of the point (x, y) in (-pi, pi]: atan(y / x) in the right quadrant. Note the order: y first.
/// Special  as C's atan2: signed zeros and infinities give multiples of pi/4.
/// Bound    1.9 ulp
template <class X, calls::beside<X> Y>
[[nodiscard]] auto atan2(X&& y, Y&& x) {
  return calls::elementwise(functions::atan2{}, std::forward<X>(y), std::forward<Y>(x));
}
template <target O, class X, calls::beside<X> Y>
result<void> atan2_into(O&& out, X&& y, Y&& x) {
  return calls::elementwise_into(out, functions::atan2{}, std::forward<X>(y), std::forward<Y>(x));
}
template <target X, calls::tensor_or_scalar Y>
result<void> atan2_(X&& y, Y&& x) {
  return calls::elementwise_in_place(functions::atan2{}, y, std::forward<Y>(x));
}

/// sin(pi x) / (pi x), and 1 for x = 0; 0 for infinite x and for whole x.
/// Bound    3 ulp
template <operand X>
[[nodiscard]] auto sinc(X&& x) {
  return calls::elementwise(functions::sinc{}, std::forward<X>(x));
}
template <target O, operand X>
result<void> sinc_into(O&& out, X&& x) {
  return calls::elementwise_into(out, functions::sinc{}, std::forward<X>(x));
}
template <target X>
result<void> sinc_(X&& x) {
  return calls::elementwise_in_place(functions::sinc{}, x);
}

/// x pi / 180: one product with the rounded constant, within 1 ulp.
template <operand X>
[[nodiscard]] auto deg2rad(X&& x) {
  return calls::elementwise(functions::deg2rad{}, std::forward<X>(x));
}
template <target O, operand X>
result<void> deg2rad_into(O&& out, X&& x) {
  return calls::elementwise_into(out, functions::deg2rad{}, std::forward<X>(x));
}
template <target X>
result<void> deg2rad_(X&& x) {
  return calls::elementwise_in_place(functions::deg2rad{}, x);
}

/// x 180 / pi: one product with the rounded constant, within 1 ulp.
template <operand X>
[[nodiscard]] auto rad2deg(X&& x) {
  return calls::elementwise(functions::rad2deg{}, std::forward<X>(x));
}
template <target O, operand X>
result<void> rad2deg_into(O&& out, X&& x) {
  return calls::elementwise_into(out, functions::rad2deg{}, std::forward<X>(x));
}
template <target X>
result<void> rad2deg_(X&& x) {
  return calls::elementwise_in_place(functions::rad2deg{}, x);
}

}  // namespace tenon::inline v0::inline TENON_BUILD
