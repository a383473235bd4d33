#pragma once
// + - * / and what is made of them: add sub mul div neg positive abs square reciprocal sqrt rsqrt addcmul addcdiv lerp.
//
// Operands  Tensors, results, expressions and scalars in any mixture; shapes broadcast. Types are promoted (core/dtype.hpp);
//           a scalar never widens a tensor of its own or a higher kind. All dtypes unless the op says otherwise.
// Integers  wrap: sums and products are modulo 2^width. Nothing is undefined.
// Halves    are computed in float and rounded once. Floating results are rounded correctly (1/2 ulp) unless the op says otherwise.
// Errors    what an operand carries; shape_mismatch, device_mismatch, out_of_memory; _into and _ also not_writable and
//           overlapping_memory. A dtype that an op does not have does not compile, and says so.
// With the operators + - * / and += -= *= /= (ops/operators.hpp).
#include <tenon/kernels/cpu/functions/complex.hpp>
#include <tenon/kernels/cpu/math/power.hpp>
#include <tenon/kernels/functions/arithmetic.hpp>
#include <tenon/ops/calls/elementwise.hpp>

namespace tenon::inline v0::inline TENON_BUILD {

struct add_options {
  double alpha = 1;  // of the second operand: a whole number for an integer result, 0 or 1 for bool
};
struct addcmul_options {
  double value = 1;  // a whole number for an integer result
};

namespace calls {

// A factor as a scalar operand that does not turn an integer result into float.
template <class T>
auto factor_for(double c) {
  if constexpr (std::is_same_v<T, bool>)
    return c != 0;
  else if constexpr (std::is_integral_v<T>)
    return kernels::cpu::convert_lane<std::int64_t>(c);
  else
    return c;
}
template <class T>
error check_factor(const char* op, const char* option, double c) {
  const bool whole = c >= -0x1p63 && c < 0x1p63 && static_cast<double>(static_cast<std::int64_t>(c)) == c;
  if (!std::is_integral_v<T> || (std::is_same_v<T, bool> ? c == 0 || c == 1 : whole)) return {};
  return error(error_code::invalid_argument, op,
               make_text(option, " is ", c, ", but the result is ", dtype_of<T>, "; it must be ",
                         std::is_same_v<T, bool> ? "0 or 1" : "a whole number"));
}

}  // namespace calls

/// x + y. Of bools: or.
template <class X, calls::beside<X> Y>
[[nodiscard]] auto add(X&& x, Y&& y) {
  return calls::elementwise(functions::add{}, std::forward<X>(x), std::forward<Y>(y));
}
template <target O, class X, calls::beside<X> Y>
result<void> add_into(O&& out, X&& x, Y&& y) {
  return calls::elementwise_into(out, functions::add{}, std::forward<X>(x), std::forward<Y>(y));
}
template <target X, calls::tensor_or_scalar Y>
result<void> add_(X&& x, Y&& y) {
  return calls::elementwise_in_place(functions::add{}, x, std::forward<Y>(y));
}

/// x + alpha y, with one rounding where the instruction set has a fused multiply-add.
template <class X, calls::beside<X> Y>
[[nodiscard]] auto add(X&& x, Y&& y, const add_options& o) {
  using T = calls::elementwise_value<functions::add, X, Y>;
  return calls::elementwise_unless(calls::check_factor<T>("add", "alpha", o.alpha), functions::add_scaled{},
                                   std::forward<X>(x), std::forward<Y>(y), calls::factor_for<T>(o.alpha));
}
template <target O, class X, calls::beside<X> Y>
result<void> add_into(O&& out, X&& x, Y&& y, const add_options& o) {
  using T = calls::elementwise_value<functions::add, X, Y>;
  if (error e = calls::check_factor<T>("add", "alpha", o.alpha); !(e == error_code::none)) return e;
  return calls::elementwise_into(out, functions::add_scaled{}, std::forward<X>(x), std::forward<Y>(y),
                                 calls::factor_for<T>(o.alpha));
}
template <target X, calls::tensor_or_scalar Y>
result<void> add_(X&& x, Y&& y, const add_options& o) {
  return add_into(x, x, std::forward<Y>(y), o);
}

/// x - y. Not of bools (use logical_xor or logical_not).
template <class X, calls::beside<X> Y>
[[nodiscard]] auto sub(X&& x, Y&& y) {
  return calls::elementwise(functions::sub{}, std::forward<X>(x), std::forward<Y>(y));
}
template <target O, class X, calls::beside<X> Y>
result<void> sub_into(O&& out, X&& x, Y&& y) {
  return calls::elementwise_into(out, functions::sub{}, std::forward<X>(x), std::forward<Y>(y));
}
template <target X, calls::tensor_or_scalar Y>
result<void> sub_(X&& x, Y&& y) {
  return calls::elementwise_in_place(functions::sub{}, x, std::forward<Y>(y));
}

/// x - alpha y, as add.
template <class X, calls::beside<X> Y>
[[nodiscard]] auto sub(X&& x, Y&& y, const add_options& o) {
  using T = calls::elementwise_value<functions::sub, X, Y>;
  return calls::elementwise_unless(calls::check_factor<T>("sub", "alpha", o.alpha), functions::sub_scaled{},
                                   std::forward<X>(x), std::forward<Y>(y), calls::factor_for<T>(o.alpha));
}
template <target O, class X, calls::beside<X> Y>
result<void> sub_into(O&& out, X&& x, Y&& y, const add_options& o) {
  using T = calls::elementwise_value<functions::sub, X, Y>;
  if (error e = calls::check_factor<T>("sub", "alpha", o.alpha); !(e == error_code::none)) return e;
  return calls::elementwise_into(out, functions::sub_scaled{}, std::forward<X>(x), std::forward<Y>(y),
                                 calls::factor_for<T>(o.alpha));
}
template <target X, calls::tensor_or_scalar Y>
result<void> sub_(X&& x, Y&& y, const add_options& o) {
  return sub_into(x, x, std::forward<Y>(y), o);
}

/// x y. Of bools: and. Of complex numbers by the plain formula, in which an infinite part may give NaN.
template <class X, calls::beside<X> Y>
[[nodiscard]] auto mul(X&& x, Y&& y) {
  return calls::elementwise(functions::mul{}, std::forward<X>(x), std::forward<Y>(y));
}
template <target O, class X, calls::beside<X> Y>
result<void> mul_into(O&& out, X&& x, Y&& y) {
  return calls::elementwise_into(out, functions::mul{}, std::forward<X>(x), std::forward<Y>(y));
}
template <target X, calls::tensor_or_scalar Y>
result<void> mul_(X&& x, Y&& y) {
  return calls::elementwise_in_place(functions::mul{}, x, std::forward<Y>(y));
}

/// x / y. Integers and bools become float first: 7 / 2 is 3.5 (floor_divide keeps integers).
/// Special  IEEE 754: 1 / 0 = inf, 0 / 0 = NaN.
template <class X, calls::beside<X> Y>
[[nodiscard]] auto div(X&& x, Y&& y) {
  return calls::elementwise(functions::div{}, std::forward<X>(x), std::forward<Y>(y));
}
template <target O, class X, calls::beside<X> Y>
result<void> div_into(O&& out, X&& x, Y&& y) {
  return calls::elementwise_into(out, functions::div{}, std::forward<X>(x), std::forward<Y>(y));
}
template <target X, calls::tensor_or_scalar Y>
result<void> div_(X&& x, Y&& y) {
  return calls::elementwise_in_place(functions::div{}, x, std::forward<Y>(y));
}

/// -x. Not of bools. The lowest integer is its own negative.
template <operand X>
[[nodiscard]] auto neg(X&& x) {
  return calls::elementwise(functions::neg{}, std::forward<X>(x));
}
template <target O, operand X>
result<void> neg_into(O&& out, X&& x) {
  return calls::elementwise_into(out, functions::neg{}, std::forward<X>(x));
}
template <target X>
result<void> neg_(X&& x) {
  return calls::elementwise_in_place(functions::neg{}, x);
}

/// x itself. Not of bools.
template <operand X>
[[nodiscard]] auto positive(X&& x) {
  return calls::elementwise(functions::positive{}, std::forward<X>(x));
}
template <target O, operand X>
result<void> positive_into(O&& out, X&& x) {
  return calls::elementwise_into(out, functions::positive{}, std::forward<X>(x));
}
template <target X>
result<void> positive_(X&& x) {
  return calls::elementwise_in_place(functions::positive{}, x);
}

/// |x|. Of complex numbers the length, with a real result and no overflow on the way (below 1.8 ulp). Not of bools.
/// Special  abs(-0) = +0. The lowest integer, which has no positive counterpart, stays itself.
template <operand X>
[[nodiscard]] auto abs(X&& x) {
  return calls::elementwise(functions::abs{}, std::forward<X>(x));
}
template <target O, operand X>
result<void> abs_into(O&& out, X&& x) {
  return calls::elementwise_into(out, functions::abs{}, std::forward<X>(x));
}
// In place, a complex tensor keeps its type: the imaginary parts become 0.
template <target X>
result<void> abs_(X&& x) {
  return calls::elementwise_in_place(functions::abs{}, x);
}

/// x x; of bools as int64, as in PyTorch.
template <operand X>
[[nodiscard]] auto square(X&& x) {
  return calls::elementwise(functions::square{}, std::forward<X>(x));
}
template <target O, operand X>
result<void> square_into(O&& out, X&& x) {
  return calls::elementwise_into(out, functions::square{}, std::forward<X>(x));
}
template <target X>
result<void> square_(X&& x) {
  return calls::elementwise_in_place(functions::square{}, x);
}

/// 1 / x; integers and bools become float.
template <operand X>
[[nodiscard]] auto reciprocal(X&& x) {
  return calls::elementwise(functions::reciprocal{}, std::forward<X>(x));
}
template <target O, operand X>
result<void> reciprocal_into(O&& out, X&& x) {
  return calls::elementwise_into(out, functions::reciprocal{}, std::forward<X>(x));
}
template <target X>
result<void> reciprocal_(X&& x) {
  return calls::elementwise_in_place(functions::reciprocal{}, x);
}

/// The square root, rounded correctly; integers and bools become float. Of complex numbers the principal root.
/// Special  NaN for x < 0; sqrt(-0) = -0.
template <operand X>
[[nodiscard]] auto sqrt(X&& x) {
  return calls::elementwise(functions::sqrt{}, std::forward<X>(x));
}
template <target O, operand X>
result<void> sqrt_into(O&& out, X&& x) {
  return calls::elementwise_into(out, functions::sqrt{}, std::forward<X>(x));
}
template <target X>
result<void> sqrt_(X&& x) {
  return calls::elementwise_in_place(functions::sqrt{}, x);
}

/// 1 / sqrt(x), two correct roundings: below 1.5 ulp. Integers and bools become float.
/// Special  rsqrt(+-0) = +-inf, rsqrt(inf) = 0, NaN for x < 0.
template <operand X>
[[nodiscard]] auto rsqrt(X&& x) {
  return calls::elementwise(functions::rsqrt{}, std::forward<X>(x));
}
template <target O, operand X>
result<void> rsqrt_into(O&& out, X&& x) {
  return calls::elementwise_into(out, functions::rsqrt{}, std::forward<X>(x));
}
template <target X>
result<void> rsqrt_(X&& x) {
  return calls::elementwise_in_place(functions::rsqrt{}, x);
}

/// x + value a b. value a is rounded; the rest once where there is a fused multiply-add. Not of bools.
template <class X, class Y, calls::beside<X, Y> Z>
[[nodiscard]] auto addcmul(X&& x, Y&& a, Z&& b, const addcmul_options& o = {}) {
  using T = calls::elementwise_value<functions::addcmul, X, Y, Z, bool>;
  return calls::elementwise_unless(calls::check_factor<T>("addcmul", "value", o.value), functions::addcmul{},
                                   std::forward<X>(x), std::forward<Y>(a), std::forward<Z>(b),
                                   calls::factor_for<T>(o.value));
}
template <target O, class X, class Y, calls::beside<X, Y> Z>
result<void> addcmul_into(O&& out, X&& x, Y&& a, Z&& b, const addcmul_options& o = {}) {
  using T = calls::elementwise_value<functions::addcmul, X, Y, Z, bool>;
  if (error e = calls::check_factor<T>("addcmul", "value", o.value); !(e == error_code::none)) return e;
  return calls::elementwise_into(out, functions::addcmul{}, std::forward<X>(x), std::forward<Y>(a), std::forward<Z>(b),
                                 calls::factor_for<T>(o.value));
}
template <target X, calls::tensor_or_scalar Y, calls::tensor_or_scalar Z>
result<void> addcmul_(X&& x, Y&& a, Z&& b, const addcmul_options& o = {}) {
  return addcmul_into(x, x, std::forward<Y>(a), std::forward<Z>(b), o);
}

/// x + value a / b, each step rounded. Floating and complex types only.
template <class X, class Y, calls::beside<X, Y> Z>
[[nodiscard]] auto addcdiv(X&& x, Y&& a, Z&& b, const addcmul_options& o = {}) {
  using T = calls::elementwise_value<functions::addcdiv, X, Y, Z, bool>;
  return calls::elementwise_unless(calls::check_factor<T>("addcdiv", "value", o.value), functions::addcdiv{},
                                   std::forward<X>(x), std::forward<Y>(a), std::forward<Z>(b),
                                   calls::factor_for<T>(o.value));
}
template <target O, class X, class Y, calls::beside<X, Y> Z>
result<void> addcdiv_into(O&& out, X&& x, Y&& a, Z&& b, const addcmul_options& o = {}) {
  using T = calls::elementwise_value<functions::addcdiv, X, Y, Z, bool>;
  if (error e = calls::check_factor<T>("addcdiv", "value", o.value); !(e == error_code::none)) return e;
  return calls::elementwise_into(out, functions::addcdiv{}, std::forward<X>(x), std::forward<Y>(a), std::forward<Z>(b),
                                 calls::factor_for<T>(o.value));
}
template <target X, calls::tensor_or_scalar Y, calls::tensor_or_scalar Z>
result<void> addcdiv_(X&& x, Y&& a, Z&& b, const addcmul_options& o = {}) {
  return addcdiv_into(x, x, std::forward<Y>(a), std::forward<Z>(b), o);
}

/// a + w (b - a). Computed from the end that w is nearer to, so that w = 0 gives a and w = 1 gives b exactly.
/// Floating and complex types only.
template <class X, class Y, calls::beside<X, Y> Z>
[[nodiscard]] auto lerp(X&& a, Y&& b, Z&& w) {
  return calls::elementwise(functions::lerp{}, std::forward<X>(a), std::forward<Y>(b), std::forward<Z>(w));
}
template <target O, class X, class Y, calls::beside<X, Y> Z>
result<void> lerp_into(O&& out, X&& a, Y&& b, Z&& w) {
  return calls::elementwise_into(out, functions::lerp{}, std::forward<X>(a), std::forward<Y>(b), std::forward<Z>(w));
}
template <target X, calls::tensor_or_scalar Y, calls::tensor_or_scalar Z>
result<void> lerp_(X&& a, Y&& b, Z&& w) {
  return calls::elementwise_in_place(functions::lerp{}, a, std::forward<Y>(b), std::forward<Z>(w));
}

}  // namespace tenon::inline v0::inline TENON_BUILD

#include <tenon/ops/operators.hpp>
