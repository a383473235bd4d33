#pragma once
// A list of tensors as an argument: cat({a, b}, 0), cat(pieces, 0).
//
//   {a, b}      braces: all tensors, or all results, of one element type. Where they are mixed, name the type, and each becomes
//               a result: cat<float>({a, f(b)}, 0)
//   pieces      anything that holds tensors or results and can be iterated over: the list<tensor<T>> of split, std::vector,
//               std::array, std::span; or a result of one, whose error passes through
#include <tenon/ops/calls/call.hpp>
#include <tenon/ops/calls/view.hpp>

#include <initializer_list>

namespace tenon::inline v0::inline TENON_BUILD::calls {

template <class R>
struct held_list { using type = R; };
template <class R>
struct held_list<result<R>> { using type = R; };
template <class R>
using held_list_t = typename held_list<std::remove_cvref_t<R>>::type;

template <class R>
using list_element_t = std::remove_cvref_t<decltype(*std::declval<const held_list_t<R>&>().begin())>;

}  // namespace tenon::inline v0::inline TENON_BUILD::calls

namespace tenon::inline v0::inline TENON_BUILD {

template <class R>
concept tensor_range = !any_operand<R> && requires(const calls::held_list_t<R>& r) {
  r.end();
  requires any_operand<calls::list_element_t<R>>;
};

namespace calls {

// The handles of the list's tensors; or the first error among them. All on one device, all of one dtype.
template <tensor_range R>
result<list<any_tensor>> take_list(const char* op, const R& range) {
  if constexpr (is_result<R>) {
    if (!range) return range.error();
    return take_list(op, *range);
  } else {
    index_t n = 0;
    for (auto i = range.begin(); i != range.end(); ++i) ++n;
    if (n == 0) return error(error_code::invalid_argument, op, make_text("the list holds no tensor"));
    TENON_TRY(auto handles, list<any_tensor>::make(op, n));
    for (const auto& x : range) {
      TENON_TRY(any_tensor handle, take(x));
      const any_tensor& first = handles.empty() ? handle : handles[0];
      if (handle.where() != first.where())
        return error(error_code::device_mismatch, op,
                     make_text("tensors live on ", first.where(), " and ", handle.where(), "; move one with to(x, device)"));
      if (handle.dtype() != first.dtype())
        return error(error_code::dtype_mismatch, op,
                     make_text("tensors hold ", first.dtype(), " and ", handle.dtype(), "; convert one with to<T>(x)"));
      handles.push_back(std::move(handle));
    }
    return handles;
  }
}

// The forms of an op on a list: Op has a name, check(list) -> the result's shape, and run(out, list).
template <class Op>
result<any_tensor> allocate_from_list(const Op& op, const list<any_tensor>& xs) {
  TENON_TRY(const shape s, op.check(xs));
  TENON_TRY(any_tensor out, allocate_tensor(Op::name, s, xs[0].dtype(), xs[0].where()));
  op.run(out, xs);
  return out;
}
template <class Op>
result<void> from_list_into(const Op& op, any_tensor out, const list<any_tensor>& xs) {
  TENON_TRY(const shape s, op.check(xs));
  TENON_TRY_VOID(check_target(Op::name, out, s));
  bool clash = false;
  for (const any_tensor& x : xs) clash = clash || may_overlap(x, out);
  if (clash) {
    TENON_TRY(const any_tensor apart, allocate_from_list(op, xs));
    copy(apart, out);
  } else {
    op.run(out, xs);
  }
  return {};
}

template <class Op, tensor_range R>
result<handle_of_t<list_element_t<R>>> allocate_list(const Op& op, const R& xs) {
  TENON_TRY(const auto handles, take_list(Op::name, xs));
  return typed<list_element_t<R>>(allocate_from_list(op, handles));
}
template <class Op, target O, tensor_range R>
result<void> into_list(const Op& op, O&& out, const R& xs) {
  using E = list_element_t<R>;
  if constexpr (operand<E>) static_assert(std::is_same_v<value_t<O>, value_t<E>>, "out must have the list's element type");
  TENON_TRY(const auto handles, take_list(Op::name, xs));
  TENON_TRY(any_tensor handle, take(out));
  if (handle.dtype() != handles[0].dtype())
    return error(error_code::dtype_mismatch, Op::name, make_text("out holds ", handle.dtype(), ", the list ", handles[0].dtype()));
  if (handle.where() != handles[0].where())
    return error(error_code::device_mismatch, Op::name, make_text("out is on ", handle.where(), ", the list on ", handles[0].where()));
  return from_list_into(op, handle, handles);
}

}  // namespace calls

}  // namespace tenon::inline v0::inline TENON_BUILD
