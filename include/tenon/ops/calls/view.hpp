#pragma once
// Lifting for functions that work on a tensor's handle, whatever its element type: views, and copies of bytes.
//
// They take tensors, results, expressions (evaluated first), and any_tensor or a result of one; they give a
// result<tensor<T>> where the element type is known at compile time, else a result<any_tensor>.
#include <tenon/core/expression.hpp>

namespace tenon::inline v0::inline TENON_BUILD {

namespace calls {

template <class X>
inline constexpr bool is_untyped = std::is_same_v<X, any_tensor> || std::is_same_v<X, result<any_tensor>>;

}  // namespace calls

// Any tensor, with or without its element type in the type.
template <class X>
concept any_operand = operand<X> || calls::is_untyped<std::remove_cvref_t<X>>;

namespace calls {

template <class X>
struct handle_of { using type = any_tensor; };
template <operand X>
struct handle_of<X> { using type = tensor<value_t<X>>; };
template <class X>
using handle_of_t = typename handle_of<std::remove_cvref_t<X>>::type;

// The handle that x stands for. That of a temporary is moved out, so that nothing else holds the memory afterwards and
// the next op may reuse it.
template <any_operand X>
result<any_tensor> take(X&& x) {
  using Plain = std::remove_cvref_t<X>;
  if constexpr (lazy_operand<X>) {
    return take(eval(std::forward<X>(x)));
  } else if constexpr (is_result<Plain>) {
    if (!x) return std::forward<X>(x).error();
    return take(*std::forward<X>(x));
  } else if constexpr (is_tensor<Plain>) {
    if (!x.defined()) return operand_traits<Plain>::undefined_operand();
    return std::forward<X>(x).any();
  } else if constexpr (std::is_same_v<Plain, any_tensor>) {
    if (!x.defined()) return operand_traits<tensor<float>>::undefined_operand();
    return std::forward<X>(x);
  } else {                                           // an operand that others have defined
    const holder_t<X> held(x);
    if (held.get() == nullptr) return held.error();
    return held.get()->any();
  }
}

template <class X>
result<handle_of_t<X>> typed(result<any_tensor> r) {
  if constexpr (std::is_same_v<handle_of_t<X>, any_tensor>) {
    return r;
  } else {
    if (!r) return std::move(r).error();
    return handle_of_t<X>::unchecked(*std::move(r));
  }
}
template <class X>
result<list<handle_of_t<X>>> typed(const char* op, result<list<any_tensor>> r) {
  if constexpr (std::is_same_v<handle_of_t<X>, any_tensor>) {
    return r;
  } else {
    if (!r) return std::move(r).error();
    TENON_TRY(auto pieces, list<handle_of_t<X>>::make(op, r->size()));
    for (any_tensor& piece : *r) pieces.push_back(handle_of_t<X>::unchecked(std::move(piece)));
    return pieces;
  }
}

// What failed inside an op is said of the op that was called, whatever it is made of. (Not for errors that operands carry.)
template <class R>
R said_of(const char* op, R r) {
  if (!r) [[unlikely]] r = r.error().said_of(op);
  return r;
}

// f(handle of x), a result<any_tensor>, with its type put back; what f fails with is said of `op`.
template <any_operand X, class F>
result<handle_of_t<X>> on_handle(const char* op, X&& x, F f) {
  TENON_TRY(const any_tensor handle, take(std::forward<X>(x)));
  return typed<X>(said_of(op, f(handle)));
}
template <any_operand X, class F>
result<list<handle_of_t<X>>> pieces_of(const char* op, X&& x, F f) {
  TENON_TRY(const any_tensor handle, take(std::forward<X>(x)));
  return typed<X>(op, said_of(op, f(handle)));
}

}  // namespace calls

}  // namespace tenon::inline v0::inline TENON_BUILD
