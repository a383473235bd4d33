#pragma once
// What kind of number each element is, as a bool tensor: isnan isinf isfinite isposinf isneginf signbit isreal.
//
// An integer or a bool is finite, not NaN, and not infinite.
// Errors    what the operand carries; out_of_memory; _into also shape_mismatch, device_mismatch, not_writable, overlapping_memory.
#include <tenon/kernels/functions/comparison.hpp>
#include <tenon/ops/calls/elementwise.hpp>

namespace tenon::inline v0::inline TENON_BUILD {

/// Whether x is NaN; of complex numbers, whether a part is. All dtypes.
template <operand X>
[[nodiscard]] auto isnan(X&& x) {
  return calls::elementwise(functions::isnan{}, std::forward<X>(x));
}
template <target O, operand X>
result<void> isnan_into(O&& out, X&& x) {
  return calls::elementwise_into(out, functions::isnan{}, std::forward<X>(x));
}

/// Whether x is infinite; of complex numbers, whether a part is. All dtypes.
template <operand X>
[[nodiscard]] auto isinf(X&& x) {
  return calls::elementwise(functions::isinf{}, std::forward<X>(x));
}
template <target O, operand X>
result<void> isinf_into(O&& out, X&& x) {
  return calls::elementwise_into(out, functions::isinf{}, std::forward<X>(x));
}

/// Neither NaN nor infinite, of complex numbers in both parts. All dtypes.
template <operand X>
[[nodiscard]] auto isfinite(X&& x) {
  return calls::elementwise(functions::isfinite{}, std::forward<X>(x));
}
template <target O, operand X>
result<void> isfinite_into(O&& out, X&& x) {
  return calls::elementwise_into(out, functions::isfinite{}, std::forward<X>(x));
}

/// x = +inf. Real dtypes.
template <operand X>
[[nodiscard]] auto isposinf(X&& x) {
  return calls::elementwise(functions::isposinf{}, std::forward<X>(x));
}
template <target O, operand X>
result<void> isposinf_into(O&& out, X&& x) {
  return calls::elementwise_into(out, functions::isposinf{}, std::forward<X>(x));
}

/// x = -inf. Real dtypes.
template <operand X>
[[nodiscard]] auto isneginf(X&& x) {
  return calls::elementwise(functions::isneginf{}, std::forward<X>(x));
}
template <target O, operand X>
result<void> isneginf_into(O&& out, X&& x) {
  return calls::elementwise_into(out, functions::isneginf{}, std::forward<X>(x));
}

/// Whether the sign bit is set: true of -0 and of a negative NaN. Real dtypes.
template <operand X>
[[nodiscard]] auto signbit(X&& x) {
  return calls::elementwise(functions::signbit{}, std::forward<X>(x));
}
template <target O, operand X>
result<void> signbit_into(O&& out, X&& x) {
  return calls::elementwise_into(out, functions::signbit{}, std::forward<X>(x));
}

/// Whether the imaginary part is 0: true of all real numbers. All dtypes.
template <operand X>
[[nodiscard]] auto isreal(X&& x) {
  return calls::elementwise(functions::isreal{}, std::forward<X>(x));
}
template <target O, operand X>
result<void> isreal_into(O&& out, X&& x) {
  return calls::elementwise_into(out, functions::isreal{}, std::forward<X>(x));
}

}  // namespace tenon::inline v0::inline TENON_BUILD
