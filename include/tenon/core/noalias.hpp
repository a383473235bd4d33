#pragma once
// noalias(out): a target of which the caller promises that it shares no element with an operand.
//
//   assign(noalias(y), lazy(a) * b + c);      matmul_into(noalias(y), a, b);
//
// Every op that writes into memory that exists looks first whether its target may overlap an operand, and then computes apart and
// copies (ops/calls/overlap.hpp, which takes some views of one block with strides of little in common for overlapping). With the
// promise, elementwise ops and assign, products, convolutions, attention, softmax and normalisations of rows do not look. What else
// takes a target takes this one, too, and looks all the same: there an element could be a place.
//
// Where the promise is broken the result is wrong, without an error. No byte outside the target is written, or outside the operands read.
#include <tenon/core/operand.hpp>

namespace tenon::inline v0 {

template <element T>
struct noalias_target {
  result<tensor<T>> out;
};

template <class T>
struct operand_traits<noalias_target<T>> {
  using value_type = T;
  static constexpr bool lazy = false;
  struct holder : operand_traits<result<tensor<T>>>::holder {
    TENON_ALWAYS_INLINE explicit holder(const noalias_target<T>& x) : operand_traits<result<tensor<T>>>::holder(x.out) {}
  };
};

template <class X>
inline constexpr bool is_noalias = false;
template <class T>
inline constexpr bool is_noalias<noalias_target<T>> = true;

inline namespace TENON_BUILD {
template <target O>
[[nodiscard]] noalias_target<value_t<O>> noalias(O&& out) {
  const holder_t<O> held(out);
  if (held.get() == nullptr) return {held.error()};
  return {*held.get()};
}
}  // namespace TENON_BUILD

}  // namespace tenon::inline v0
