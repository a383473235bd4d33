#pragma once
// What ops with an index tensor share: which operands are indices, checking their values, and the call of the kernel.
#include <tenon/kernels/cpu/index.hpp>
#include <tenon/ops/calls/call.hpp>
#include <tenon/ops/calls/elementwise.hpp>

namespace tenon::inline v0::inline TENON_BUILD::calls {

// An index operand as int64: other integers are converted, in the name of the op.
template <operand I>
decltype(auto) indices(const char* op, const I& index) {
  static_assert(integer<value_t<I>>, "indices are tensors of integers; convert them with tenon::to<std::int64_t>(index)");
  if constexpr (std::is_same_v<value_t<I>, std::int64_t>)
    return (index);
  else
    return elementwise_as(op, functions::convert_to<std::int64_t>{}, index);
}
inline result<tensor<index_t>> one_index(const char* op, index_t i) {
  TENON_TRY(any_tensor x, allocate_tensor(op, shape(), dtype::int64));
  x.kernel_view<index_t>().data[0] = i;
  return tensor<index_t>::unchecked(std::move(x));
}

inline shape position_in(const shape& s, index_t flat) {
  shape p = s;
  for (int d = s.rank() - 1; d >= 0; flat /= s[d--]) p.set(d, flat % s[d]);
  return p;
}

// The index as a dense tensor whose values all are in [low, high]. `of` says in the error what was indexed.
inline result<any_tensor> checked_index(const char* op, const any_tensor& index, index_t low, index_t high, const text& of) {
  TENON_TRY_VOID(check_on_cpu(op, index.where()));
  TENON_TRY(any_tensor x, dense(op, index));
  const index_t* data = x.kernel_view<index_t>().data;
  const auto context = kernels::cpu::make_context(0.5 * static_cast<double>(x.numel()));
  const auto s = kernels::cpu::first_outside(context, data, x.numel(), low, high);
  if (!s)
    return error(error_code::index_out_of_range, op,
                 make_text("index ", data[s.detail], " at ", position_in(index.shape(), s.detail), " of the index tensor of shape ",
                           index.shape(), " is out of range for ", of.view(), " (expected ", low, " .. ", high, ")"));
  return x;
}
inline result<any_tensor> checked_index(const char* op, const any_tensor& index, const shape& s, int dim, bool negative = false) {
  const index_t n = s.rank() == 0 ? 1 : s[dim];
  return checked_index(op, index, negative ? -n : 0, n - 1, make_text("dim ", dim, " of shape ", s));
}

// The index of a gather: checked here, or on a GPU, where looking at it would mean to wait, by the kernel.
template <class... Range>
result<any_tensor> gather_index(const char* op, const any_tensor& index, const Range&... range) {
  if (index.device() == device::cpu) return checked_index(op, index, range...);
  return dense(op, index);
}

// near, far and index have the same rank (0 counts as 1); their strides apply to near's first `extents` indices.
inline kernels::index_plan plan_index(const shape& extents, const any_tensor& near, const any_tensor& far, const any_tensor& index, int dim,
                                      bool scatter) {
  kernels::index_dim dims[max_rank];
  const int rank = extents.rank() == 0 ? 1 : extents.rank();
  const index_t near_item = size_of(near.dtype()), far_item = size_of(far.dtype());
  for (int d = 0; d < extents.rank(); ++d) {
    const auto bytes = [&](const any_tensor& x, index_t item) { return x.size(d) == 1 ? 0 : x.stride(d) * item; };
    dims[d] = {extents[d], bytes(near, near_item), bytes(far, far_item), bytes(index, sizeof(index_t))};
  }
  return kernels::plan_index(dims, rank, dim, far_item, far.rank() == 0 ? 1 : far.size(dim), scatter);
}

inline kernels::context index_context(const kernels::index_plan& p, index_t numel) {
  return kernels::cpu::make_context((p.rows ? 0.1 * static_cast<double>(p.item) : 1.0) * static_cast<double>(numel));
}

// out[.., j, ..] = x[.., index[.., j, ..], ..]: the index has out's extents. All indices have been checked.
// `op` and `negative` are for a GPU, whose kernel checks them.
inline result<void> gather_into(any_tensor& out, const any_tensor& x, const any_tensor& index, int dim, const char* op = "gather", bool negative = false) {
  if (out.numel() == 0) return {};
  const auto plan = plan_index(out.shape(), out, x, index, dim, false);
  if (out.device() != device::cpu) [[unlikely]] {
    TENON_TRY(const auto gather, device_kernel<kernels::gather_kernel>(op, out.where()));
    kernels::index_check check{op, plan.reach, negative, {}};
    visit(out.dtype(), [&]<class T>(type_tag<T>) {
      if constexpr (floating<T>) {
        const T nan = std::numeric_limits<T>::quiet_NaN();
        std::memcpy(check.nothing, &nan, sizeof nan);
      } else if constexpr (complex_type<T>) {
        const real_t<T> nan = std::numeric_limits<real_t<T>>::quiet_NaN();
        const T both(nan, nan);
        std::memcpy(check.nothing, &both, sizeof both);
      }
    });
    return finish(op, gather(plan, out.bytes(), x.bytes(), index.bytes(), check));
  }
  kernels::cpu::gather(index_context(plan, out.numel()), plan, out.bytes(), x.bytes(), index.bytes());
  return {};
}
// out[.., j, ..] = x[.., index[j], ..]: the index is a vector.
inline result<void> select_indices(any_tensor& out, const any_tensor& x, int dim, const any_tensor& index, const char* op = "index_select") {
  strides_list strides;
  if (out.rank() > 0) strides[dim] = index.rank() == 0 ? 0 : index.stride(0);
  const any_tensor spread(index.memory(), const_cast<std::byte*>(index.bytes()), out.shape(), strides, index.dtype(), index.where());
  return gather_into(out, x, spread, dim, op);
}

}  // namespace tenon::inline v0::inline TENON_BUILD::calls
