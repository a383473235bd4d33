#pragma once
// Powers and logarithms of two operands: pow float_power hypot ldexp xlogy logaddexp logaddexp2.
//
// Operands  as ops/arithmetic.hpp; all but pow turn integers and bools into float.
// Errors    what an operand carries; shape_mismatch, device_mismatch, out_of_memory; _into and _ also not_writable and
//           overlapping_memory. A dtype that an op does not have does not compile, and says so.
#include <tenon/kernels/cpu/functions/complex.hpp>
#include <tenon/kernels/cpu/functions/ldexp.hpp>
#include <tenon/kernels/cpu/math/exponential.hpp>
#include <tenon/kernels/cpu/math/logarithm.hpp>
#include <tenon/kernels/cpu/math/power.hpp>
#include <tenon/kernels/functions/power.hpp>
#include <tenon/ops/calls/elementwise.hpp>

namespace tenon::inline v0::inline TENON_BUILD {

/// x^y. Of integers modulo 2^width, and cut to a whole number where y < 0: pow(2, -1) = 0, pow(-1, -3) = -1, pow(0, -1) = 0.
/// Not of bools. Complex numbers as C's cpow.
/// Special  as C's pow: pow(x, 0) = pow(1, y) = 1, even of NaN; pow(0, -1) = inf; NaN for x < 0 unless y is a whole number.
/// Bound    0.51 ulp (double 0.9)
template <class X, calls::beside<X> Y>
[[nodiscard]] auto pow(X&& x, Y&& y) {
  return calls::elementwise(functions::pow{}, std::forward<X>(x), std::forward<Y>(y));
}
template <target O, class X, calls::beside<X> Y>
result<void> pow_into(O&& out, X&& x, Y&& y) {
  return calls::elementwise_into(out, functions::pow{}, std::forward<X>(x), std::forward<Y>(y));
}
template <target X, calls::tensor_or_scalar Y>
result<void> pow_(X&& x, Y&& y) {
  return calls::elementwise_in_place(functions::pow{}, x, std::forward<Y>(y));
}

/// pow in double (complex: complex<double>), whatever the dtypes of x and y; the result is double, too.
template <class X, calls::beside<X> Y>
[[nodiscard]] auto float_power(X&& x, Y&& y) {
  return calls::elementwise(functions::float_power{}, std::forward<X>(x), std::forward<Y>(y));
}
template <target O, class X, calls::beside<X> Y>
result<void> float_power_into(O&& out, X&& x, Y&& y) {
  return calls::elementwise_into(out, functions::float_power{}, std::forward<X>(x), std::forward<Y>(y));
}
// In place: x must be double or complex<double>.
template <target X, calls::tensor_or_scalar Y>
result<void> float_power_(X&& x, Y&& y) {
  return calls::elementwise_in_place(functions::float_power{}, x, std::forward<Y>(y));
}

/// sqrt(x^2 + y^2) without overflow on the way.
/// Special  inf if either is infinite, even beside NaN.
/// Bound    1.8 ulp (2.3 where the instruction set has no fused multiply-add).
template <class X, calls::beside<X> Y>
[[nodiscard]] auto hypot(X&& x, Y&& y) {
  return calls::elementwise(functions::hypot{}, std::forward<X>(x), std::forward<Y>(y));
}
template <target O, class X, calls::beside<X> Y>
result<void> hypot_into(O&& out, X&& x, Y&& y) {
  return calls::elementwise_into(out, functions::hypot{}, std::forward<X>(x), std::forward<Y>(y));
}
template <target X, calls::tensor_or_scalar Y>
result<void> hypot_(X&& x, Y&& y) {
  return calls::elementwise_in_place(functions::hypot{}, x, std::forward<Y>(y));
}

/// x 2^n, rounded once; overflows to inf and underflows through the subnormal numbers. An n that is no whole number takes
/// 2^fraction from exp2.
template <class X, calls::beside<X> Y>
[[nodiscard]] auto ldexp(X&& x, Y&& n) {
  return calls::elementwise(functions::ldexp{}, std::forward<X>(x), std::forward<Y>(n));
}
template <target O, class X, calls::beside<X> Y>
result<void> ldexp_into(O&& out, X&& x, Y&& n) {
  return calls::elementwise_into(out, functions::ldexp{}, std::forward<X>(x), std::forward<Y>(n));
}
template <target X, calls::tensor_or_scalar Y>
result<void> ldexp_(X&& x, Y&& n) {
  return calls::elementwise_in_place(functions::ldexp{}, x, std::forward<Y>(n));
}

/// x log y, and 0 where x is 0, also beside y = 0 and y = inf; NaN where y is NaN.
/// Bound    2 ulp
template <class X, calls::beside<X> Y>
[[nodiscard]] auto xlogy(X&& x, Y&& y) {
  return calls::elementwise(functions::xlogy{}, std::forward<X>(x), std::forward<Y>(y));
}
template <target O, class X, calls::beside<X> Y>
result<void> xlogy_into(O&& out, X&& x, Y&& y) {
  return calls::elementwise_into(out, functions::xlogy{}, std::forward<X>(x), std::forward<Y>(y));
}
template <target X, calls::tensor_or_scalar Y>
result<void> xlogy_(X&& x, Y&& y) {
  return calls::elementwise_in_place(functions::xlogy{}, x, std::forward<Y>(y));
}

/// log(e^x + e^y) without overflow: max + log1p(e^-|x - y|).
/// Special  logaddexp(-inf, -inf) = -inf; inf if either is inf and neither NaN.
/// Bound    3 u (1 + |max(x, y)|), u = 2^-24 (double 2^-53)
template <class X, calls::beside<X> Y>
[[nodiscard]] auto logaddexp(X&& x, Y&& y) {
  return calls::elementwise(functions::logaddexp{}, std::forward<X>(x), std::forward<Y>(y));
}
template <target O, class X, calls::beside<X> Y>
result<void> logaddexp_into(O&& out, X&& x, Y&& y) {
  return calls::elementwise_into(out, functions::logaddexp{}, std::forward<X>(x), std::forward<Y>(y));
}
template <target X, calls::tensor_or_scalar Y>
result<void> logaddexp_(X&& x, Y&& y) {
  return calls::elementwise_in_place(functions::logaddexp{}, x, std::forward<Y>(y));
}

/// log2(2^x + 2^y), likewise.
template <class X, calls::beside<X> Y>
[[nodiscard]] auto logaddexp2(X&& x, Y&& y) {
  return calls::elementwise(functions::logaddexp2{}, std::forward<X>(x), std::forward<Y>(y));
}
template <target O, class X, calls::beside<X> Y>
result<void> logaddexp2_into(O&& out, X&& x, Y&& y) {
  return calls::elementwise_into(out, functions::logaddexp2{}, std::forward<X>(x), std::forward<Y>(y));
}
template <target X, calls::tensor_or_scalar Y>
result<void> logaddexp2_(X&& x, Y&& y) {
  return calls::elementwise_in_place(functions::logaddexp2{}, x, std::forward<Y>(y));
}

}  // namespace tenon::inline v0::inline TENON_BUILD
