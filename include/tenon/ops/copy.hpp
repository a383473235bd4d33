#pragma once
// Copying, and what may need it: clone, contiguous, copy_, reshape, flatten, ravel; moving and converting whole tensors: to;
// filling: fill_, zero_; reading: item; and whole-tensor comparison: equal, allclose.
//
// All take tensors, results, expressions and any_tensors, and give back the kind that they got. All dtypes.
// A transposed copy runs at about two thirds of memory speed (kernels/cpu/copy.hpp).
// Errors: what an operand carries; out_of_memory; and as each one says.
#include <tenon/core/convert.hpp>
#include <tenon/ops/calls/all_of.hpp>
#include <tenon/ops/calls/call.hpp>
#include <tenon/ops/calls/convert.hpp>
#include <tenon/ops/calls/fill.hpp>
#include <tenon/ops/cast.hpp>
#include <tenon/ops/comparison.hpp>
#include <tenon/ops/view.hpp>

namespace tenon::inline v0::inline TENON_BUILD {

namespace calls {

inline result<any_tensor> clone(const char* op, const any_tensor& x) {
  TENON_TRY(any_tensor out, allocate_tensor(op, x.shape(), x.dtype(), x.where()));
  copy(x, out);
  return out;
}

inline result<any_tensor> reshape(const char* op, const any_tensor& x, const shape& s) {
  auto view = x.view(s);
  if (view || x.contiguous()) return view;
  // A dense copy decides whether it was the layout or the shape that did not fit.
  any_tensor dense(x.memory(), const_cast<std::byte*>(x.bytes()), x.shape(), dense_strides(x.shape()), x.dtype(), x.where());
  auto fits = dense.view(s);
  if (!fits) return error(fits.error().code(), op, make_text("shape ", x.shape(), " has ", x.numel(), " elements, which ", s, " cannot hold"));
  TENON_TRY(const any_tensor copied, clone(op, x));
  return copied.view(fits->shape());
}

inline result<any_tensor> flatten(const any_tensor& x, index_t start, index_t end) {
  TENON_TRY(const int first, normalize_dim("flatten", start, x.shape()));
  TENON_TRY(const int last, normalize_dim("flatten", end, x.shape()));
  if (first > last)
    return error(error_code::invalid_argument, "flatten", make_text("dim ", start, " comes after dim ", end, " in shape ", x.shape()));
  if (x.rank() == 0) return x.view(shape(1));
  shape s;
  index_t merged = 1;
  for (int d = 0; d < x.rank(); ++d) {
    if (d < first || d > last) s.push_back(x.size(d));
    if (d >= first && d <= last) merged *= x.size(d);
    if (d == last) s.push_back(merged);
  }
  return reshape("flatten", x, s);
}

// src, already of dst's dtype or convertible to it, into dst.
inline result<void> copy_into(const char* op, any_tensor& dst, const any_tensor& src) {
  if (dst.where() != src.where())
    return error(error_code::device_mismatch, op, make_text("from ", src.where(), " to ", dst.where(), ": move one with to(x, device)"));
  TENON_TRY_VOID(check_target(op, dst, dst.shape()));
  auto expanded = src.expand(dst.shape());
  if (!expanded)
    return error(error_code::shape_mismatch, op, make_text("shape ", src.shape(), " does not broadcast to ", dst.shape()));
  any_tensor from = *std::move(expanded);
  if (from.dtype() == dst.dtype()) {
    if (same_view(from, dst)) return {};
    if (may_overlap(from, dst)) {
      TENON_TRY(from, clone(op, from));
    }
    copy(from, dst);
    return {};
  }
  TENON_TRY_VOID(check_convertible(op, from.dtype(), dst.dtype()));
  const conversion_plan plan = plan_conversion(from.dtype(), dst.dtype());
  const any_tensor* input = &from;
  return elementwise_into({op, &input, 1, dst.dtype(), &conversion_plan::run, movers_for<kernels::all_item_sizes>(), &plan, 0.5, device_conversion(from.dtype())}, dst);
}

}  // namespace calls

/// A dense copy in memory of its own.
template <any_operand X>
[[nodiscard]] auto clone(X&& x) {
  return calls::on_handle("clone", std::forward<X>(x), [](const any_tensor& t) { return calls::clone("clone", t); });
}
/// x itself if it is dense in C order, else a dense copy.
template <any_operand X>
[[nodiscard]] auto contiguous(X&& x) {
  return calls::on_handle("contiguous", std::forward<X>(x), [](const any_tensor& t) -> result<any_tensor> {
    if (t.contiguous()) return t;
    return calls::clone("contiguous", t);
  });
}
/// The elements in C order under another shape; one extent may be -1. A view where one is possible, else a copy.
/// shape_mismatch: another number of elements.
template <any_operand X>
[[nodiscard]] auto reshape(X&& x, const shape& s) {
  return calls::on_handle("reshape", std::forward<X>(x), [&](const any_tensor& t) { return calls::reshape("reshape", t, s); });
}
/// Dimensions start to end (included) as one; a tensor of rank 0 becomes one of rank 1. A view where possible.
template <any_operand X>
[[nodiscard]] auto flatten(X&& x, index_t start = 0, index_t end = -1) {
  return calls::on_handle("flatten", std::forward<X>(x), [=](const any_tensor& t) { return calls::flatten(t, start, end); });
}
template <any_operand X>
[[nodiscard]] auto ravel(X&& x) {
  return calls::on_handle("ravel", std::forward<X>(x), [](const any_tensor& t) { return calls::flatten(t, 0, -1); });
}

/// dst = src, broadcast to dst's shape and converted to its dtype (ops/cast.hpp). Where the two overlap, as if by a copy.
/// Errors   shape_mismatch, not_writable, overlapping_memory, dtype_mismatch (complex into real); dst is then unchanged.
template <any_operand D, any_operand X>
  requires(!lazy_operand<D> && !std::is_const_v<std::remove_reference_t<D>>)
result<void> copy_(D&& dst, const X& src) {
  TENON_TRY(any_tensor to, calls::take(dst));
  if constexpr (operand<D> && operand<X>) {
    using T = value_t<D>;
    static_assert(complex_type<T> || !complex_type<value_t<X>> || std::is_same_v<T, bool>,
                  "a complex number has no one real value: take real(x), imag(x) or abs(x)");
    if constexpr (!std::is_same_v<T, value_t<X>>) {          // the kernel for just these two types
      return calls::compose(
          "copy_",
          [&](const auto& x) -> result<void> {
            TENON_TRY(const auto from, x.expand(to.shape()));
            auto out = tensor<T>::unchecked(to);
            return calls::elementwise_into(out, functions::convert_to<T>{}, from);
          },
          src);
    }
  }
  TENON_TRY(const any_tensor from, calls::take(src));
  return calls::copy_into("copy_", to, from);
}

/// value everywhere, in place, converted by the rule of core/convert.hpp.
template <any_operand X, scalar V>
  requires(!lazy_operand<X> && !std::is_const_v<std::remove_reference_t<X>>)
result<void> fill_(X&& x, V value) {
  TENON_TRY(any_tensor t, calls::take(x));
  TENON_TRY_VOID(calls::check_target("fill_", t, t.shape()));
  visit(t.dtype(), [&]<class T>(type_tag<T>) {
    const T converted = convert_value<T>(value);
    calls::fill(t, &converted);
  });
  return {};
}
template <any_operand X>
result<void> zero_(X&& x) {
  return fill_(std::forward<X>(x), 0);
}

/// On another device: to(x, device::cuda), to(x, {device::cuda, 1}). The same tensor where it is there already.
/// To a GPU it is queued on the calling thread's stream; x may be changed or freed at once. To the CPU it waits for that
/// stream, and answers with what went wrong on it before (an index out of range, say).
/// device_unavailable: not built in, or not present; out_of_memory; device_failure.
template <any_operand X>
[[nodiscard]] auto to(X&& x, placement where) {
  return calls::on_handle("to", std::forward<X>(x), [=](const any_tensor& t) { return calls::move_to("to", t, where); });
}
/// In another dtype, named at run time: to(x, dtype::float32). The same tensor where it has it already.
/// dtype_mismatch: from complex to real.
template <any_operand X>
[[nodiscard]] result<any_tensor> to(const X& x, dtype type) {
  TENON_TRY(any_tensor t, calls::take(x));
  if (t.dtype() == type) return t;
  TENON_TRY_VOID(calls::check_convertible("to", t.dtype(), type));
  TENON_TRY(any_tensor out, allocate_tensor("to", t.shape(), type, t.where()));
  TENON_TRY_VOID(calls::copy_into("to", out, t));
  return out;
}

/// The value of a tensor that has one element. Of one on a GPU it waits, as `to`.          shape_mismatch: none, or more than one.
template <operand X>
[[nodiscard]] result<value_t<X>> item(const X& x) {
  const holder_t<X> held(x);
  if (held.get() == nullptr) return held.error();
  const auto& t = *held.get();
  if (t.numel() != 1)
    return error(error_code::shape_mismatch, "item", make_text("shape ", t.shape(), " has ", t.numel(), " elements; item reads a tensor of one"));
  if (t.device() != device::cpu) {
    const backend* const b = backend_of(t.device());
    if (b == nullptr) return not_built_in("item", t.device());
    value_t<X> value;
    TENON_TRY_VOID(b->transfer("item", &value, device::cpu, t.any().bytes(), t.where(), sizeof value));
    return value;
  }
  return *t.data();
}

/// Whether shapes and all elements are equal. NaN equals nothing, -0 equals +0. Of tensors on a GPU it waits, as `item`, and takes memory there: a
/// byte for each element.
template <operand X, operand Y>
[[nodiscard]] result<bool> equal(const X& x, const Y& y) {
  if constexpr (lazy_operand<X>) {
    return equal(eval(x), y);
  } else if constexpr (lazy_operand<Y>) {
    return equal(x, eval(y));
  } else {
    const holder_t<X> a(x);
    const holder_t<Y> b(y);
    if (a.get() == nullptr) return a.error();
    if (b.get() == nullptr) return b.error();
    if (a.get()->shape() != b.get()->shape()) return false;
    return calls::all_of("equal", functions::eq{}, x, y);
  }
}

/// Whether |x - y| <= atol + rtol |y| for all elements, broadcast; options in the order rtol, atol, equal_nan. Infinities
/// are close to themselves, NaN to nothing unless equal_nan. Integers are compared as double. y may be a number. On a GPU as equal.
/// Errors   shape_mismatch, device_mismatch; on a GPU out_of_memory.
template <operand X, calls::beside<X> Y>
[[nodiscard]] result<bool> allclose(const X& x, const Y& y, const isclose_options& o = {}) {
  return calls::all_of("allclose", calls::isclose_function(o), x, y);
}

}  // namespace tenon::inline v0::inline TENON_BUILD
