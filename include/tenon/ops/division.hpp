#pragma once
// Division that rounds, and its relatives: floor_divide remainder fmod gcd lcm.
//
// Operands  as ops/arithmetic.hpp. Integer and floating dtypes; the result has the operands' promoted type.
// Integers  Nothing is undefined: by zero 0, the lowest value by -1 itself.
// Errors    what an operand carries; shape_mismatch, device_mismatch, out_of_memory; _into and _ also not_writable and
//           overlapping_memory. A dtype that an op does not have does not compile, and says so.
#include <tenon/kernels/cpu/functions/gcd.hpp>
#include <tenon/kernels/cpu/math/remainder.hpp>
#include <tenon/kernels/functions/division.hpp>
#include <tenon/ops/calls/elementwise.hpp>

namespace tenon::inline v0::inline TENON_BUILD {

/// floor(x / y): rounded down, so that x = y floor_divide(x, y) + remainder(x, y).
/// Special  By 0: IEEE's x / y for floating types, 0 for integers. The lowest integer by -1 is itself.
template <class X, calls::beside<X> Y>
[[nodiscard]] auto floor_divide(X&& x, Y&& y) {
  return calls::elementwise(functions::floor_divide{}, std::forward<X>(x), std::forward<Y>(y));
}
template <target O, class X, calls::beside<X> Y>
result<void> floor_divide_into(O&& out, X&& x, Y&& y) {
  return calls::elementwise_into(out, functions::floor_divide{}, std::forward<X>(x), std::forward<Y>(y));
}
template <target X, calls::tensor_or_scalar Y>
result<void> floor_divide_(X&& x, Y&& y) {
  return calls::elementwise_in_place(functions::floor_divide{}, x, std::forward<Y>(y));
}

/// x - y floor(x / y), with the sign of y: Python's %.
/// Special  By 0: NaN for floating types, 0 for integers. remainder(x, inf) is x, and inf for x < 0.
/// Bound    exact where x and y have the same sign; else within 1/2 ulp.
template <class X, calls::beside<X> Y>
[[nodiscard]] auto remainder(X&& x, Y&& y) {
  return calls::elementwise(functions::remainder{}, std::forward<X>(x), std::forward<Y>(y));
}
template <target O, class X, calls::beside<X> Y>
result<void> remainder_into(O&& out, X&& x, Y&& y) {
  return calls::elementwise_into(out, functions::remainder{}, std::forward<X>(x), std::forward<Y>(y));
}
template <target X, calls::tensor_or_scalar Y>
result<void> remainder_(X&& x, Y&& y) {
  return calls::elementwise_in_place(functions::remainder{}, x, std::forward<Y>(y));
}

/// x - y trunc(x / y), with the sign of x: C's fmod, and C's % of integers. Exact, however large x / y is.
/// Special  By 0: NaN for floating types, 0 for integers. fmod(inf, y) is NaN, fmod(x, inf) is x.
template <class X, calls::beside<X> Y>
[[nodiscard]] auto fmod(X&& x, Y&& y) {
  return calls::elementwise(functions::fmod{}, std::forward<X>(x), std::forward<Y>(y));
}
template <target O, class X, calls::beside<X> Y>
result<void> fmod_into(O&& out, X&& x, Y&& y) {
  return calls::elementwise_into(out, functions::fmod{}, std::forward<X>(x), std::forward<Y>(y));
}
template <target X, calls::tensor_or_scalar Y>
result<void> fmod_(X&& x, Y&& y) {
  return calls::elementwise_in_place(functions::fmod{}, x, std::forward<Y>(y));
}

/// The greatest common divisor of |x| and |y|; gcd(0, 0) = 0. Integers only.
template <class X, calls::beside<X> Y>
[[nodiscard]] auto gcd(X&& x, Y&& y) {
  return calls::elementwise(functions::gcd{}, std::forward<X>(x), std::forward<Y>(y));
}
template <target O, class X, calls::beside<X> Y>
result<void> gcd_into(O&& out, X&& x, Y&& y) {
  return calls::elementwise_into(out, functions::gcd{}, std::forward<X>(x), std::forward<Y>(y));
}
template <target X, calls::tensor_or_scalar Y>
result<void> gcd_(X&& x, Y&& y) {
  return calls::elementwise_in_place(functions::gcd{}, x, std::forward<Y>(y));
}

/// The least common multiple of |x| and |y|, 0 if either is 0; modulo 2^width. Integers only.
template <class X, calls::beside<X> Y>
[[nodiscard]] auto lcm(X&& x, Y&& y) {
  return calls::elementwise(functions::lcm{}, std::forward<X>(x), std::forward<Y>(y));
}
template <target O, class X, calls::beside<X> Y>
result<void> lcm_into(O&& out, X&& x, Y&& y) {
  return calls::elementwise_into(out, functions::lcm{}, std::forward<X>(x), std::forward<Y>(y));
}
template <target X, calls::tensor_or_scalar Y>
result<void> lcm_(X&& x, Y&& y) {
  return calls::elementwise_in_place(functions::lcm{}, x, std::forward<Y>(y));
}

}  // namespace tenon::inline v0::inline TENON_BUILD
