#pragma once
// + - * / and unary -, += -= *= /= : the ops of ops/arithmetic.hpp as operators, over tensors, results, expressions and
// scalars. `/` is true division.
//
//   auto y = a * 2 + b;                  result<tensor<T>>; an error in a or b arrives in y
//   TENON_TRY_VOID(a += b);              in place, as add_(a, b). It can fail, so it returns result<void>
//
// Comparison has no operators (eq, lt, ...): on a result, == ! && already speak about the result.
#include <tenon/ops/arithmetic.hpp>

namespace tenon::inline v0::inline TENON_BUILD {

template <class X, calls::beside<X> Y>
[[nodiscard]] auto operator+(X&& x, Y&& y) {
  return add(std::forward<X>(x), std::forward<Y>(y));
}
template <class X, calls::beside<X> Y>
[[nodiscard]] auto operator-(X&& x, Y&& y) {
  return sub(std::forward<X>(x), std::forward<Y>(y));
}
template <class X, calls::beside<X> Y>
[[nodiscard]] auto operator*(X&& x, Y&& y) {
  return mul(std::forward<X>(x), std::forward<Y>(y));
}
template <class X, calls::beside<X> Y>
[[nodiscard]] auto operator/(X&& x, Y&& y) {
  return div(std::forward<X>(x), std::forward<Y>(y));
}
template <operand X>
[[nodiscard]] auto operator-(X&& x) {
  return neg(std::forward<X>(x));
}

template <target X, calls::tensor_or_scalar Y>
result<void> operator+=(X&& x, Y&& y) {
  return add_(x, std::forward<Y>(y));
}
template <target X, calls::tensor_or_scalar Y>
result<void> operator-=(X&& x, Y&& y) {
  return sub_(x, std::forward<Y>(y));
}
template <target X, calls::tensor_or_scalar Y>
result<void> operator*=(X&& x, Y&& y) {
  return mul_(x, std::forward<Y>(y));
}
template <target X, calls::tensor_or_scalar Y>
result<void> operator/=(X&& x, Y&& y) {
  return div_(x, std::forward<Y>(y));
}

// Beside a tensor, anything else is refused here, so that the compiler names this line instead of every operator+ of the
// standard library. A type of your own becomes an operand through operand_traits.
namespace calls {
template <class X, class Y>
concept mismatched = (operand<X> || operand<Y>)&&!operands<X, Y>;
}
template <class X, class Y>
  requires calls::mismatched<X, Y>
void operator+(X&& x, Y&& y) = delete;
template <class X, class Y>
  requires calls::mismatched<X, Y>
void operator-(X&& x, Y&& y) = delete;
template <class X, class Y>
  requires calls::mismatched<X, Y>
void operator*(X&& x, Y&& y) = delete;
template <class X, class Y>
  requires calls::mismatched<X, Y>
void operator/(X&& x, Y&& y) = delete;

}   // namespace tenon::inline v0::inline TENON_BUILD
