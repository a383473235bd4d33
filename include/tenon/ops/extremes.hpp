#pragma once
// The larger and the smaller: maximum minimum fmax fmin clamp clamp_min clamp_max. All of them exact; +0 is larger than -0.
//
// Operands  as ops/arithmetic.hpp. Real dtypes. An integer scalar beyond the range of an integer tensor stands for the end of
//           that range: clamp(x, -1, 300) of uint8 leaves every x as it is.
// Errors    what an operand carries; shape_mismatch, device_mismatch, out_of_memory; _into and _ also not_writable and
//           overlapping_memory. A dtype that an op does not have does not compile, and says so.
#include <tenon/kernels/functions/extremes.hpp>
#include <tenon/ops/calls/elementwise.hpp>

namespace tenon::inline v0::inline TENON_BUILD {

/// The larger of x and y; NaN if either is NaN. Of bools: or.
template <class X, calls::beside<X> Y>
[[nodiscard]] auto maximum(X&& x, Y&& y) {
  return calls::elementwise(functions::maximum{}, std::forward<X>(x), std::forward<Y>(y));
}
template <target O, class X, calls::beside<X> Y>
result<void> maximum_into(O&& out, X&& x, Y&& y) {
  return calls::elementwise_into(out, functions::maximum{}, std::forward<X>(x), std::forward<Y>(y));
}
template <target X, calls::tensor_or_scalar Y>
result<void> maximum_(X&& x, Y&& y) {
  return calls::elementwise_in_place(functions::maximum{}, x, std::forward<Y>(y));
}

/// The smaller of x and y; NaN if either is NaN. Of bools: and.
template <class X, calls::beside<X> Y>
[[nodiscard]] auto minimum(X&& x, Y&& y) {
  return calls::elementwise(functions::minimum{}, std::forward<X>(x), std::forward<Y>(y));
}
template <target O, class X, calls::beside<X> Y>
result<void> minimum_into(O&& out, X&& x, Y&& y) {
  return calls::elementwise_into(out, functions::minimum{}, std::forward<X>(x), std::forward<Y>(y));
}
template <target X, calls::tensor_or_scalar Y>
result<void> minimum_(X&& x, Y&& y) {
  return calls::elementwise_in_place(functions::minimum{}, x, std::forward<Y>(y));
}

/// The larger of x and y; of a number and NaN the number.
template <class X, calls::beside<X> Y>
[[nodiscard]] auto fmax(X&& x, Y&& y) {
  return calls::elementwise(functions::fmax{}, std::forward<X>(x), std::forward<Y>(y));
}
template <target O, class X, calls::beside<X> Y>
result<void> fmax_into(O&& out, X&& x, Y&& y) {
  return calls::elementwise_into(out, functions::fmax{}, std::forward<X>(x), std::forward<Y>(y));
}
template <target X, calls::tensor_or_scalar Y>
result<void> fmax_(X&& x, Y&& y) {
  return calls::elementwise_in_place(functions::fmax{}, x, std::forward<Y>(y));
}

/// The smaller of x and y; of a number and NaN the number.
template <class X, calls::beside<X> Y>
[[nodiscard]] auto fmin(X&& x, Y&& y) {
  return calls::elementwise(functions::fmin{}, std::forward<X>(x), std::forward<Y>(y));
}
template <target O, class X, calls::beside<X> Y>
result<void> fmin_into(O&& out, X&& x, Y&& y) {
  return calls::elementwise_into(out, functions::fmin{}, std::forward<X>(x), std::forward<Y>(y));
}
template <target X, calls::tensor_or_scalar Y>
result<void> fmin_(X&& x, Y&& y) {
  return calls::elementwise_in_place(functions::fmin{}, x, std::forward<Y>(y));
}

/// x moved to the nearest value between low and high, which are tensors or scalars: minimum(maximum(x, low), high), so that
/// high wins where low > high. NaN if any of the three is NaN. With `none` for a bound: clamp_min or clamp_max.
template <class X, class Y, calls::beside<X, Y> Z>
[[nodiscard]] auto clamp(X&& x, Y&& low, Z&& high) {
  return calls::elementwise(functions::clamp{}, std::forward<X>(x), std::forward<Y>(low), std::forward<Z>(high));
}
template <target O, class X, class Y, calls::beside<X, Y> Z>
result<void> clamp_into(O&& out, X&& x, Y&& low, Z&& high) {
  return calls::elementwise_into(out, functions::clamp{}, std::forward<X>(x), std::forward<Y>(low),
                                 std::forward<Z>(high));
}
template <target X, calls::tensor_or_scalar Y, calls::tensor_or_scalar Z>
result<void> clamp_(X&& x, Y&& low, Z&& high) {
  return calls::elementwise_in_place(functions::clamp{}, x, std::forward<Y>(low), std::forward<Z>(high));
}

/// maximum(x, low).
template <class X, calls::beside<X> Y>
[[nodiscard]] auto clamp_min(X&& x, Y&& low) {
  return calls::elementwise(functions::clamp_min{}, std::forward<X>(x), std::forward<Y>(low));
}
template <target O, class X, calls::beside<X> Y>
result<void> clamp_min_into(O&& out, X&& x, Y&& low) {
  return calls::elementwise_into(out, functions::clamp_min{}, std::forward<X>(x), std::forward<Y>(low));
}
template <target X, calls::tensor_or_scalar Y>
result<void> clamp_min_(X&& x, Y&& low) {
  return calls::elementwise_in_place(functions::clamp_min{}, x, std::forward<Y>(low));
}

/// minimum(x, high).
template <class X, calls::beside<X> Y>
[[nodiscard]] auto clamp_max(X&& x, Y&& high) {
  return calls::elementwise(functions::clamp_max{}, std::forward<X>(x), std::forward<Y>(high));
}
template <target O, class X, calls::beside<X> Y>
result<void> clamp_max_into(O&& out, X&& x, Y&& high) {
  return calls::elementwise_into(out, functions::clamp_max{}, std::forward<X>(x), std::forward<Y>(high));
}
template <target X, calls::tensor_or_scalar Y>
result<void> clamp_max_(X&& x, Y&& high) {
  return calls::elementwise_in_place(functions::clamp_max{}, x, std::forward<Y>(high));
}

template <class X, calls::beside<X> Y>
[[nodiscard]] auto clamp(X&& x, Y&& low, none_t) {
  return calls::elementwise(functions::clamp_below{}, std::forward<X>(x), std::forward<Y>(low));
}
template <class X, calls::beside<X> Y>
[[nodiscard]] auto clamp(X&& x, none_t, Y&& high) {
  return calls::elementwise(functions::clamp_above{}, std::forward<X>(x), std::forward<Y>(high));
}
template <target O, class X, calls::beside<X> Y>
result<void> clamp_into(O&& out, X&& x, Y&& low, none_t) {
  return calls::elementwise_into(out, functions::clamp_below{}, std::forward<X>(x), std::forward<Y>(low));
}
template <target O, class X, calls::beside<X> Y>
result<void> clamp_into(O&& out, X&& x, none_t, Y&& high) {
  return calls::elementwise_into(out, functions::clamp_above{}, std::forward<X>(x), std::forward<Y>(high));
}
template <target X, calls::tensor_or_scalar Y>
result<void> clamp_(X&& x, Y&& low, none_t) {
  return calls::elementwise_in_place(functions::clamp_below{}, x, std::forward<Y>(low));
}
template <target X, calls::tensor_or_scalar Y>
result<void> clamp_(X&& x, none_t, Y&& high) {
  return calls::elementwise_in_place(functions::clamp_above{}, x, std::forward<Y>(high));
}

}  // namespace tenon::inline v0::inline TENON_BUILD
