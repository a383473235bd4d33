#pragma once
// Complex numbers taken apart: conj real imag angle. New tensors, not views.
//
// Errors    what the operand carries; out_of_memory; _into and _ also shape_mismatch, device_mismatch, not_writable,
//           overlapping_memory.
#include <tenon/kernels/cpu/math/inverse_trigonometric.hpp>
#include <tenon/kernels/functions/complex.hpp>
#include <tenon/ops/calls/elementwise.hpp>

namespace tenon::inline v0::inline TENON_BUILD {

/// The conjugate: the imaginary part negated. Of real dtypes x itself.
template <operand X>
[[nodiscard]] auto conj(X&& x) {
  return calls::elementwise(functions::conj{}, std::forward<X>(x));
}
template <target O, operand X>
result<void> conj_into(O&& out, X&& x) {
  return calls::elementwise_into(out, functions::conj{}, std::forward<X>(x));
}
template <target X>
result<void> conj_(X&& x) {
  return calls::elementwise_in_place(functions::conj{}, x);
}

/// The real part, as a tensor of the real type. Of real dtypes x itself.
template <operand X>
[[nodiscard]] auto real(X&& x) {
  return calls::elementwise(functions::real{}, std::forward<X>(x));
}
template <target O, operand X>
result<void> real_into(O&& out, X&& x) {
  return calls::elementwise_into(out, functions::real{}, std::forward<X>(x));
}

/// The imaginary part, as a tensor of the real type. Complex dtypes only.
template <operand X>
[[nodiscard]] auto imag(X&& x) {
  return calls::elementwise(functions::imag{}, std::forward<X>(x));
}
template <target O, operand X>
result<void> imag_into(O&& out, X&& x) {
  return calls::elementwise_into(out, functions::imag{}, std::forward<X>(x));
}

/// The angle of a complex number in radians, atan2(im, re). Of a real number 0, pi if it is negative, NaN of NaN; integers become float.
template <operand X>
[[nodiscard]] auto angle(X&& x) {
  return calls::elementwise(functions::angle{}, std::forward<X>(x));
}
template <target O, operand X>
result<void> angle_into(O&& out, X&& x) {
  return calls::elementwise_into(out, functions::angle{}, std::forward<X>(x));
}

}  // namespace tenon::inline v0::inline TENON_BUILD
