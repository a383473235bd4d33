#pragma once
// lazy, eval, assign: expressions from start to end. And `map`: a function of your own as an elementwise op.
//
//   auto e = relu(lazy(a) * b + c);     written down, nothing has run
//   auto y = eval(e);                   one pass over memory: result<tensor<T>>
//   assign(out, e);                     the same into memory that exists; out has the result's shape
//
//   auto y = map([](auto x) { return x * x + 1; }, a);       eager; over lazy(a): a node like any other
//
// A function for `map` is called with vectors: use operators, select(mask, a, b) instead of ?:, and the math functions by
// their plain names (exp(x) finds the vector version). It must be trivially copyable. Its result has the promoted type of
// its operands; derive it from functions::comparison (or another rule in core/expression.hpp) to say otherwise.
//
// Tensors in an expression are read when it is evaluated. half and bfloat16 are computed in float and rounded once, at the
// end, so that a fused chain is at least as accurate as its steps.
// Errors: whatever a leaf holds; shape_mismatch, device_mismatch, out_of_memory; for assign also not_writable and
// overlapping_memory.
#include <tenon/ops/calls/elementwise.hpp>

namespace tenon::inline v0::inline TENON_BUILD {

template <class Node>
[[nodiscard]] result<tensor<typename Node::value_type>> eval(const expression<Node>& e) {
  return calls::evaluate(e);
}
template <element T>
[[nodiscard]] result<tensor<T>> eval(const tensor<T>& x) {
  return x;
}
template <element T>
[[nodiscard]] result<tensor<T>> eval(result<tensor<T>> x) {
  return x;
}

template <target O, operand X>
result<void> assign(O&& out, X&& x) {
  return calls::elementwise_into(out, functions::identity{}, std::forward<X>(x));
}

// Whether f takes as many numbers as there are operands, and answers with one. A function with a rule is believed.
template <class F, class... Xs>
inline constexpr bool answers_numbers = [] {
  if constexpr (requires { typename F::rule; }) {
    return true;
  } else {
    using Common = detail::tensors_type<Xs...>;
    using T = compute_t<functions::promoted_t<typename calls::element_beside<F, Common, Xs>::value_type...>>;
    if constexpr (std::is_invocable_v<const F&, functions::replace<T, Xs>...>)
      return !std::is_void_v<std::invoke_result_t<const F&, functions::replace<T, Xs>...>>;
    else
      return false;
  }
}();

template <class F, class... Xs>
  requires(sizeof...(Xs) > 0 && ((operand<Xs> || scalar<Xs>) && ...) && (operand<Xs> || ...))
[[nodiscard]] auto map(F f, Xs&&... xs) {
  static_assert(answers_numbers<F, Xs...>, "the function takes one number for each operand, and returns a number (or bool)");
  if constexpr (answers_numbers<F, Xs...>) return calls::elementwise(std::move(f), std::forward<Xs>(xs)...);
}

}  // namespace tenon::inline v0::inline TENON_BUILD
