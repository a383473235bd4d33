#pragma once
// Rounding to whole numbers: floor ceil trunc round frac. All exact; NaN and the infinities are returned as they are.
//
// Operands  One tensor, result or expression. Floating and integer dtypes; integers are whole already and come back unchanged.
// Errors    what the operand carries; out_of_memory; _into and _ also shape_mismatch, device_mismatch, not_writable,
//           overlapping_memory.
#include <tenon/kernels/functions/rounding.hpp>
#include <tenon/ops/calls/elementwise.hpp>

namespace tenon::inline v0::inline TENON_BUILD {

struct round_options {
  index_t decimals = 0;  // digits kept behind the point; negative: digits in front of it that become 0
};

namespace calls {

template <class T>
error check_decimals(const round_options& o) {
  constexpr index_t most = std::is_same_v<T, double> ? 300 : 30;
  if (floating<T> ? o.decimals >= -most && o.decimals <= most : o.decimals >= 0) return {};
  return error(error_code::invalid_argument, "round",
               make_text("decimals is ", o.decimals, "; for ", dtype_of<T>, " it must be ", floating<T> ? -most : 0,
                         floating<T> ? " .. " : " or more", floating<T> ? make_text(most).view() : std::string_view()));
}
inline functions::round_decimals round_function(const round_options& o) {
  double scale = 1;
  for (index_t i = o.decimals < 0 ? -o.decimals : o.decimals; i > 0; --i) scale *= 10;
  return {{}, scale, o.decimals >= 0};
}

}  // namespace calls

/// The largest whole number that is not above x.
template <operand X>
[[nodiscard]] auto floor(X&& x) {
  return calls::elementwise(functions::floor{}, std::forward<X>(x));
}
template <target O, operand X>
result<void> floor_into(O&& out, X&& x) {
  return calls::elementwise_into(out, functions::floor{}, std::forward<X>(x));
}
template <target X>
result<void> floor_(X&& x) {
  return calls::elementwise_in_place(functions::floor{}, x);
}

/// The smallest whole number that is not below x; ceil(-0.5) = -0.
template <operand X>
[[nodiscard]] auto ceil(X&& x) {
  return calls::elementwise(functions::ceil{}, std::forward<X>(x));
}
template <target O, operand X>
result<void> ceil_into(O&& out, X&& x) {
  return calls::elementwise_into(out, functions::ceil{}, std::forward<X>(x));
}
template <target X>
result<void> ceil_(X&& x) {
  return calls::elementwise_in_place(functions::ceil{}, x);
}

/// x without its fraction; PyTorch's fix.
template <operand X>
[[nodiscard]] auto trunc(X&& x) {
  return calls::elementwise(functions::trunc{}, std::forward<X>(x));
}
template <target O, operand X>
result<void> trunc_into(O&& out, X&& x) {
  return calls::elementwise_into(out, functions::trunc{}, std::forward<X>(x));
}
template <target X>
result<void> trunc_(X&& x) {
  return calls::elementwise_in_place(functions::trunc{}, x);
}

/// The nearest whole number, ties to the even one: round(2.5) = 2.
template <operand X>
[[nodiscard]] auto round(X&& x) {
  return calls::elementwise(functions::round{}, std::forward<X>(x));
}
template <target O, operand X>
result<void> round_into(O&& out, X&& x) {
  return calls::elementwise_into(out, functions::round{}, std::forward<X>(x));
}
template <target X>
result<void> round_(X&& x) {
  return calls::elementwise_in_place(functions::round{}, x);
}

/// x rounded to a multiple of 10^-decimals, ties to even: round(scale x) / scale in the type of x, as PyTorch. Of integers x itself where
/// decimals >= 0. Decimals beyond 30, or 300 for double, are refused: 10^decimals would not fit.
/// Errors   invalid_argument, also for integers with decimals < 0.
template <operand X>
[[nodiscard]] auto round(X&& x, const round_options& o) {
  if constexpr (floating<value_t<X>>)
    return calls::elementwise_unless(calls::check_decimals<value_t<X>>(o), calls::round_function(o),
                                     std::forward<X>(x));
  else
    return calls::elementwise_unless(calls::check_decimals<value_t<X>>(o), functions::round{}, std::forward<X>(x));
}
template <target O, operand X>
result<void> round_into(O&& out, X&& x, const round_options& o) {
  if (error e = calls::check_decimals<value_t<X>>(o); !(e == error_code::none)) return e;
  if constexpr (floating<value_t<X>>)
    return calls::elementwise_into(out, calls::round_function(o), std::forward<X>(x));
  else
    return calls::elementwise_into(out, functions::round{}, std::forward<X>(x));
}
template <target X>
result<void> round_(X&& x, const round_options& o) {
  return round_into(x, x, o);
}

/// x - trunc(x), with the sign of x; NaN for an infinite x. Floating dtypes.
template <operand X>
[[nodiscard]] auto frac(X&& x) {
  return calls::elementwise(functions::frac{}, std::forward<X>(x));
}
template <target O, operand X>
result<void> frac_into(O&& out, X&& x) {
  return calls::elementwise_into(out, functions::frac{}, std::forward<X>(x));
}
template <target X>
result<void> frac_(X&& x) {
  return calls::elementwise_in_place(functions::frac{}, x);
}

}  // namespace tenon::inline v0::inline TENON_BUILD
