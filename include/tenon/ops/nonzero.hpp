#pragma once
// What a condition selects: masked_select, nonzero, argwhere. The length of the result depends on the data.
//
// Layout    any strides; x and the mask are copied first where they are broadcast or not dense.
// Order     C order.
// Errors    shape_mismatch (shapes that do not broadcast), out_of_memory.
#include <tenon/kernels/cpu/nonzero.hpp>
#include <tenon/ops/calls/call.hpp>
#include <tenon/ops/comparison.hpp>

namespace tenon::inline v0::inline TENON_BUILD {

namespace op {

struct masked_select {
  static constexpr const char* name = "masked_select";
  static constexpr dtype_set dtypes = all_dtypes;
};
struct nonzero {
  static constexpr const char* name = "nonzero";
  static constexpr dtype_set dtypes = all_dtypes;
};

}  // namespace op

namespace calls {

// A counted mask: dense, and where each block's results begin.
struct counted_mask {
  any_tensor mask;
  kernels::nonzero_plan plan;
  kernels::context context;
  storage_ptr memory;
  index_t count;

  const bool* data() const { return mask.kernel_view<bool>().data; }
  const index_t* first() const { return reinterpret_cast<const index_t*>(memory ? memory->data : nullptr); }
};

inline result<counted_mask> count_mask(const char* op, const any_tensor& mask) {
  TENON_TRY_VOID(check_on_cpu(op, mask.where()));
  TENON_TRY(any_tensor m, dense(op, mask));
  const auto plan = kernels::plan_nonzero(m.numel());
  TENON_TRY(storage_ptr memory, workspace(op, plan.workspace_bytes));
  const auto context = kernels::cpu::make_context(0.5 * static_cast<double>(plan.n));
  const index_t count =
      kernels::cpu::count_true(context, plan, m.kernel_view<bool>().data, reinterpret_cast<index_t*>(data_of(memory)));
  return counted_mask{std::move(m), plan, context, std::move(memory), count};
}

inline result<any_tensor> masked_select(const any_tensor& x, const any_tensor& mask) {
  constexpr const char* name = op::masked_select::name;
  TENON_TRY(const shape s, broadcast_shapes(name, x.shape(), mask.shape()));
  TENON_TRY(const any_tensor wide, x.expand(s));
  TENON_TRY(const any_tensor wide_mask, mask.expand(s));
  TENON_TRY(const any_tensor from, dense(name, wide));
  TENON_TRY(const counted_mask m, count_mask(name, wide_mask));
  TENON_TRY(any_tensor out, allocate_tensor(name, shape(m.count), x.dtype(), x.where()));
  kernels::cpu::select_true(m.context, m.plan, m.data(), m.first(), from.bytes(), size_of(x.dtype()), out.bytes());
  return out;
}

inline result<any_tensor> nonzero(const any_tensor& mask) {
  constexpr const char* name = op::nonzero::name;
  TENON_TRY(const counted_mask m, count_mask(name, mask));
  TENON_TRY(any_tensor out, allocate_tensor(name, shape(m.count, mask.rank()), dtype::int64, mask.where()));
  const shape s = mask.shape();
  kernels::cpu::true_positions(m.context, m.plan, m.data(), m.first(), s.rank(), s.begin(), out.kernel_view<index_t>().data);
  return out;
}
template <class X>
result<tensor<index_t>> nonzero_as(const char* name, const X& x) {
  return compose(
      name,
      [](const auto& t) -> result<tensor<index_t>> {
        TENON_TRY(const tensor<bool> mask, ne(t, 0));
        TENON_TRY(any_tensor out, nonzero(mask.any()));
        return tensor<index_t>::unchecked(std::move(out));
      },
      x);
}
template <class X>
  requires std::is_same_v<value_t<X>, bool>
result<tensor<index_t>> nonzero_as(const char* name, const X& mask) {
  return with_tensors(
      name,
      [](const any_tensor& m) -> result<tensor<index_t>> {
        TENON_TRY(any_tensor out, nonzero(m));
        return tensor<index_t>::unchecked(std::move(out));
      },
      mask);
}

}  // namespace calls

/// The elements of x where the mask is true, as a vector. x and the mask are broadcast.
/// The mask is a bool tensor. Dtypes: all.
template <operand X, operand M>
[[nodiscard]] result<tensor<value_t<X>>> masked_select(const X& x, const M& mask) {
  static_assert(std::is_same_v<value_t<M>, bool>, "the mask must be a bool tensor; make one with ne(m, 0), gt(x, y), ...");
  using T = value_t<X>;
  return calls::with_tensors(
      op::masked_select::name,
      [](const any_tensor& a, const any_tensor& m) -> result<tensor<T>> {
        TENON_TRY(any_tensor out, calls::masked_select(a, m));
        return tensor<T>::unchecked(std::move(out));
      },
      x, mask);
}

// out must have as many elements as are selected. Computed apart, and copied.
template <target O, operand X, operand M>
result<void> masked_select_into(O&& out, const X& x, const M& mask) {
  return calls::give(op::masked_select::name, out, masked_select(x, mask));
}

/// The indices of all elements that are not zero.           (n_0, .., n_(r-1)) -> (count, r), int64
/// Dtypes: all. NaN is not zero, -0 is. Column d, a view, holds the indices along dimension d: unbind(nonzero(x), 1).
template <operand X>
[[nodiscard]] result<tensor<index_t>> nonzero(const X& x) {
  return calls::nonzero_as(op::nonzero::name, x);
}
template <target O, operand X>
result<void> nonzero_into(O&& out, const X& x) {
  return calls::give(op::nonzero::name, out, nonzero(x));
}
/// The same under NumPy's name.
template <operand X>
[[nodiscard]] result<tensor<index_t>> argwhere(const X& x) {
  return calls::nonzero_as("argwhere", x);
}
template <target O, operand X>
result<void> argwhere_into(O&& out, const X& x) {
  return calls::give("argwhere", out, argwhere(x));
}

}  // namespace tenon::inline v0::inline TENON_BUILD
