#pragma once
// to<T>: the same values in another dtype.
//
// Rule      integer to integer wraps (modulo 2^width); floating to integer truncates towards zero and saturates, NaN gives 0;
//           to floating rounds to nearest, ties to even; to bool: true of everything but zero, NaN included; real to complex
//           adds an imaginary part of 0. Complex to real is not a conversion: take real(x).
// Result    A new tensor; of a tensor that has that dtype already, the same tensor (another handle on its memory).
//           Over an expression, a node: the conversion costs no pass of its own.
// Errors    what the operand carries; out_of_memory.
#include <tenon/ops/calls/elementwise.hpp>

namespace tenon::inline v0::inline TENON_BUILD {

template <element T, operand X>
[[nodiscard]] auto to(X&& x) {
  using From = value_t<X>;
  constexpr bool converts = complex_type<T> || !complex_type<From> || std::is_same_v<T, bool>;
  static_assert(converts, "a complex number has no one real value: take real(x), imag(x) or abs(x)");
  if constexpr (!converts) {
    return error();
  } else if constexpr (lazy_operand<X>) {
    return calls::elementwise(functions::convert_to<T>{}, std::forward<X>(x));
  } else if constexpr (std::is_same_v<T, From>) {
    const holder_t<X> held(x);
    return held.get() == nullptr ? result<tensor<T>>(held.error()) : result<tensor<T>>(*held.get());
  } else {
    return calls::elementwise(functions::convert_to<T>{}, std::forward<X>(x));
  }
}

// From a tensor whose dtype is known at run time. A complex one is refused where T is real.
template <element T>
[[nodiscard]] result<tensor<T>> to(const any_tensor& x) {
  return visit(x.dtype(), [&]<class From>(type_tag<From>) -> result<tensor<T>> {
    if constexpr (complex_type<From> && !complex_type<T> && !std::is_same_v<T, bool>)
      return error(error_code::dtype_mismatch, "to",
                   make_text("a ", x.dtype(), " tensor has no one real value: take real(x), imag(x) or abs(x)"));
    else
      return to<T>(tensor<From>::unchecked(x));
  });
}

}   // namespace tenon::inline v0::inline TENON_BUILD
