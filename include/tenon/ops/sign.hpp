#pragma once
// What looks at or replaces parts of a number: sign sgn copysign heaviside nan_to_num nextafter. All of them exact.
//
// Operands  as ops/arithmetic.hpp.
// Errors    what an operand carries; shape_mismatch, device_mismatch, out_of_memory; _into and _ also not_writable and
//           overlapping_memory. A dtype that an op does not have does not compile, and says so.
#include <tenon/kernels/cpu/functions/complex.hpp>
#include <tenon/kernels/cpu/functions/nextafter.hpp>
#include <tenon/kernels/cpu/math/power.hpp>
#include <tenon/kernels/functions/sign.hpp>
#include <tenon/ops/calls/elementwise.hpp>

namespace tenon::inline v0::inline TENON_BUILD {

struct nan_to_num_options {
  double nan = 0;  // what replaces NaN
  double posinf = std::numeric_limits<double>::max();  // +inf; beyond the dtype's largest value: that value
  double neginf = std::numeric_limits<double>::lowest();  // -inf, likewise
};

namespace calls {

// A replacement as T can hold it: infinite only if asked for.
template <class T>
double within_range(double c) {
  if constexpr (floating<real_t<T>>) {
    const double most = static_cast<double>(std::numeric_limits<real_t<T>>::max());
    if (c > most && c <= std::numeric_limits<double>::max()) return most;
    if (c < -most && c >= std::numeric_limits<double>::lowest()) return -most;
  }
  return c;
}

}  // namespace calls

/// -1, 0 or 1 by the sign of x. Real dtypes; of bools x itself.
/// Special  A zero and NaN are returned as they are: sign(-0) = -0, sign(NaN) = NaN (PyTorch: 0).
template <operand X>
[[nodiscard]] auto sign(X&& x) {
  return calls::elementwise(functions::sign{}, std::forward<X>(x));
}
template <target O, operand X>
result<void> sign_into(O&& out, X&& x) {
  return calls::elementwise_into(out, functions::sign{}, std::forward<X>(x));
}
template <target X>
result<void> sign_(X&& x) {
  return calls::elementwise_in_place(functions::sign{}, x);
}

/// sign; of complex numbers z / |z|, and 0 of 0. All dtypes.
template <operand X>
[[nodiscard]] auto sgn(X&& x) {
  return calls::elementwise(functions::sgn{}, std::forward<X>(x));
}
template <target O, operand X>
result<void> sgn_into(O&& out, X&& x) {
  return calls::elementwise_into(out, functions::sgn{}, std::forward<X>(x));
}
template <target X>
result<void> sgn_(X&& x) {
  return calls::elementwise_in_place(functions::sgn{}, x);
}

/// The size of x with the sign of y, also of -0 and NaN. Integers and bools become float.
template <class X, calls::beside<X> Y>
[[nodiscard]] auto copysign(X&& x, Y&& y) {
  return calls::elementwise(functions::copysign{}, std::forward<X>(x), std::forward<Y>(y));
}
template <target O, class X, calls::beside<X> Y>
result<void> copysign_into(O&& out, X&& x, Y&& y) {
  return calls::elementwise_into(out, functions::copysign{}, std::forward<X>(x), std::forward<Y>(y));
}
template <target X, calls::tensor_or_scalar Y>
result<void> copysign_(X&& x, Y&& y) {
  return calls::elementwise_in_place(functions::copysign{}, x, std::forward<Y>(y));
}

/// 0 for x < 0, 1 for x > 0, and `at_zero` for x = 0 (either zero). Real dtypes. NaN for x = NaN (PyTorch: 0).
template <class X, calls::beside<X> Y>
[[nodiscard]] auto heaviside(X&& x, Y&& at_zero) {
  return calls::elementwise(functions::heaviside{}, std::forward<X>(x), std::forward<Y>(at_zero));
}
template <target O, class X, calls::beside<X> Y>
result<void> heaviside_into(O&& out, X&& x, Y&& at_zero) {
  return calls::elementwise_into(out, functions::heaviside{}, std::forward<X>(x), std::forward<Y>(at_zero));
}
template <target X, calls::tensor_or_scalar Y>
result<void> heaviside_(X&& x, Y&& at_zero) {
  return calls::elementwise_in_place(functions::heaviside{}, x, std::forward<Y>(at_zero));
}

/// x with NaN and the infinities replaced: by 0 and the largest and lowest finite value unless the options say otherwise.
/// Integers and bools have none of them and are copied; of a complex number each part is replaced by itself.
template <operand X>
[[nodiscard]] auto nan_to_num(X&& x, const nan_to_num_options& o = {}) {
  using T = value_t<X>;
  if constexpr (floating<real_t<T>>)
    return calls::elementwise(functions::nan_to_num{}, std::forward<X>(x), calls::within_range<T>(o.nan),
                              calls::within_range<T>(o.posinf), calls::within_range<T>(o.neginf));
  else
    return calls::elementwise(functions::identity{}, std::forward<X>(x));
}
template <target O, operand X>
result<void> nan_to_num_into(O&& out, X&& x, const nan_to_num_options& o = {}) {
  using T = value_t<X>;
  if constexpr (floating<real_t<T>>)
    return calls::elementwise_into(out, functions::nan_to_num{}, std::forward<X>(x), calls::within_range<T>(o.nan),
                                   calls::within_range<T>(o.posinf), calls::within_range<T>(o.neginf));
  else
    return calls::elementwise_into(out, functions::identity{}, std::forward<X>(x));
}
template <target X>
result<void> nan_to_num_(X&& x, const nan_to_num_options& o = {}) {
  return nan_to_num_into(x, x, o);
}

/// The value of x's type that comes next after x in the direction of y. Floating dtypes; of half types the next half.
/// Special  NaN if either is NaN; y if they are equal; the smallest subnormal from 0; inf after the largest number.
template <class X, calls::beside<X> Y>
[[nodiscard]] auto nextafter(X&& x, Y&& y) {
  using T = calls::elementwise_value<functions::copysign, X, Y>;
  return calls::elementwise(functions::nextafter<T>{}, std::forward<X>(x), std::forward<Y>(y));
}
template <target O, class X, calls::beside<X> Y>
result<void> nextafter_into(O&& out, X&& x, Y&& y) {
  using T = calls::elementwise_value<functions::copysign, X, Y>;
  return calls::elementwise_into(out, functions::nextafter<T>{}, std::forward<X>(x), std::forward<Y>(y));
}
template <target X, calls::tensor_or_scalar Y>
result<void> nextafter_(X&& x, Y&& y) {
  return nextafter_into(x, x, std::forward<Y>(y));
}

}  // namespace tenon::inline v0::inline TENON_BUILD
