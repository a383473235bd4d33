#pragma once
// any, all.
#include <tenon/kernels/cpu/reduction/sum.hpp>
#include <tenon/ops/reduction/call.hpp>

namespace tenon::inline v0::inline TENON_BUILD {

namespace op {

template <kernels::reduction_result Kind>
struct truth {
  static constexpr const char* name = Kind == kernels::reduction_result::any ? "any" : "all";
  static constexpr dtype_set dtypes = real_dtypes;
  template <class T>
  using kernel = kernels::device_reduction_kernel<kernels::reduction_kind::nonzero, T, bool>;
  template <class>
  using result_type = bool;
  dim_list dims;
  bool keepdim;

  result<shape> check(const any_tensor& x) const { return calls::reduced_shape(name, x.shape(), dims, keepdim); }
  template <class T>
  result<void> run(any_tensor& out, const any_tensor& x) const {
    const auto& f = calls::reduction_functions_of<kernels::reduction_kind::nonzero, T, bool>();
    const auto mask = *calls::reduced_dims(name, dims, x.shape());
    return calls::reduce(name, {&out, nullptr}, x, mask, f, {.result = Kind, .count = calls::elements_per_output(x.shape(), mask)});
  }
};
using any = truth<kernels::reduction_result::any>;
using all = truth<kernels::reduction_result::all>;

}  // namespace op

/// Whether any element over `dims` (all if empty) is not zero.        x (...) -> bool, the kept dimensions
///
/// Dtypes   all but complex (there: any(ne(x, 0))). NaN is not zero, so it counts as true.
/// Special  Of nothing: false.
/// Errors   dim_out_of_range, invalid_argument (a dimension twice), out_of_memory; _into as everywhere.
template <operand X>
[[nodiscard]] auto any(X&& x, const dim_list& dims = {}, reduce_options options = {}) {
  return calls::allocate(op::any{dims, options.keepdim}, x);
}
template <target O, operand X>
result<void> any_into(O&& out, X&& x, const dim_list& dims = {}, reduce_options options = {}) {
  return calls::into(op::any{dims, options.keepdim}, out, x);
}

/// Whether all elements over `dims` (all if empty) are not zero. Of nothing: true. Otherwise as any.
template <operand X>
[[nodiscard]] auto all(X&& x, const dim_list& dims = {}, reduce_options options = {}) {
  return calls::allocate(op::all{dims, options.keepdim}, x);
}
template <target O, operand X>
result<void> all_into(O&& out, X&& x, const dim_list& dims = {}, reduce_options options = {}) {
  return calls::into(op::all{dims, options.keepdim}, out, x);
}

}  // namespace tenon::inline v0::inline TENON_BUILD
