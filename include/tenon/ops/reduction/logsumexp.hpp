#pragma once
// logsumexp.
#include <tenon/kernels/cpu/reduction/logsumexp.hpp>
#include <tenon/ops/reduction/call.hpp>

namespace tenon::inline v0::inline TENON_BUILD {

namespace op {

struct logsumexp {
  static constexpr const char* name = "logsumexp";
  static constexpr dtype_set dtypes = real_dtypes;
  template <class T>
  using result_type = std::conditional_t<std::is_integral_v<T>, float, T>;
  template <class T>
  using kernel = kernels::device_reduction_kernel<kernels::reduction_kind::logsumexp, T, result_type<T>>;
  dim_list dims;
  bool keepdim;

  result<shape> check(const any_tensor& x) const { return calls::reduced_shape(name, x.shape(), dims, keepdim); }
  template <class T>
  result<void> run(any_tensor& out, const any_tensor& x) const {
    const auto& f = calls::reduction_functions_of<kernels::reduction_kind::logsumexp, T, result_type<T>>();
    return calls::reduce(name, {&out, nullptr}, x, *calls::reduced_dims(name, dims, x.shape()), f, {});
  }
};

}  // namespace op

/// log sum exp(x_i) over `dims` (all if empty), shifted so that nothing overflows.        x (...) -> the kept dimensions
///
/// Dtypes   float, double, half types (in float, rounded once); integers and bool give float.
/// Special  Of nothing, and of -inf only: -inf. With +inf and no NaN: +inf. With NaN: NaN.
///          max <= result <= max + log n, up to the bound.
/// Bound    3 ulp of max(|max x|, log n).
/// Errors   dim_out_of_range, invalid_argument (a dimension twice), out_of_memory; _into as everywhere.
template <operand X>
[[nodiscard]] auto logsumexp(X&& x, const dim_list& dims, reduce_options options = {}) {
  return calls::allocate(op::logsumexp{dims, options.keepdim}, x);
}
template <target O, operand X>
result<void> logsumexp_into(O&& out, X&& x, const dim_list& dims, reduce_options options = {}) {
  return calls::into(op::logsumexp{dims, options.keepdim}, out, x);
}

}  // namespace tenon::inline v0::inline TENON_BUILD
