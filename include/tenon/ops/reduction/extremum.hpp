#pragma once
// amin, amax, aminmax. (min and max, which also say where, are in ops/arg_reduction.hpp.)
#include <tenon/kernels/cpu/reduction/extremum.hpp>
#include <tenon/ops/reduction/call.hpp>

namespace tenon::inline v0 {

template <class T>
struct min_and_max {
  tensor<T> min, max;
};

}  // namespace tenon::inline v0

namespace tenon::inline v0::inline TENON_BUILD {

namespace op {

template <kernels::reduction_kind Kind>
struct extremum {
  static constexpr const char* name = Kind == kernels::reduction_kind::minimum ? "amin" : "amax";
  static constexpr dtype_set dtypes = real_dtypes;
  template <class T>
  using kernel = kernels::device_reduction_kernel<Kind, T, T>;
  dim_list dims;
  bool keepdim;

  result<shape> check(const any_tensor& x) const {
    TENON_TRY(const calls::dim_mask mask, calls::reduced_dims(name, dims, x.shape()));
    TENON_TRY_VOID(calls::check_not_empty(name, x.shape(), mask));
    return calls::reduced_shape(x.shape(), mask, keepdim);
  }
  template <class T>
  result<void> run(any_tensor& out, const any_tensor& x) const {
    return calls::reduce(name, {&out, nullptr}, x, *calls::reduced_dims(name, dims, x.shape()), calls::reduction_functions_of<Kind, T, T>(), {});
  }
};
using amin = extremum<kernels::reduction_kind::minimum>;
using amax = extremum<kernels::reduction_kind::maximum>;

struct aminmax {
  static constexpr const char* name = "aminmax";
  static constexpr dtype_set dtypes = real_dtypes;
  template <class T>
  using kernel = kernels::device_reduction_kernel<kernels::reduction_kind::extremes, T, T, T>;
  template <class T>
  using first_type = T;
  template <class T>
  using second_type = T;
  dim_list dims;
  bool keepdim;

  result<shape> check(const any_tensor& x) const {
    TENON_TRY(const calls::dim_mask mask, calls::reduced_dims(name, dims, x.shape()));
    TENON_TRY_VOID(calls::check_not_empty(name, x.shape(), mask));
    return calls::reduced_shape(x.shape(), mask, keepdim);
  }
  template <class T>
  result<void> run(any_tensor& low, any_tensor& high, const any_tensor& x) const {
    const auto& f = calls::reduction_functions_of<kernels::reduction_kind::extremes, T, T, T>();
    return calls::reduce(name, {&low, &high}, x, *calls::reduced_dims(name, dims, x.shape()), f, {});
  }
};

}  // namespace op

/// The smallest element over `dims` (all if empty).        x (...) -> the kept dimensions, same dtype
///
/// Dtypes   all but complex; false < true.
/// Special  NaN wins. Of +0 and -0: -0 (amax: +0). Of nothing there is none: an error, unless there are no outputs either.
/// Errors   shape_mismatch (an empty dimension is reduced), dim_out_of_range, invalid_argument (a dimension twice),
///          out_of_memory; _into as everywhere.
template <operand X>
[[nodiscard]] auto amin(X&& x, const dim_list& dims = {}, reduce_options options = {}) {
  return calls::allocate(op::amin{dims, options.keepdim}, x);
}
template <target O, operand X>
result<void> amin_into(O&& out, X&& x, const dim_list& dims = {}, reduce_options options = {}) {
  return calls::into(op::amin{dims, options.keepdim}, out, x);
}

/// The largest element over `dims` (all if empty). As amin.
template <operand X>
[[nodiscard]] auto amax(X&& x, const dim_list& dims = {}, reduce_options options = {}) {
  return calls::allocate(op::amax{dims, options.keepdim}, x);
}
template <target O, operand X>
result<void> amax_into(O&& out, X&& x, const dim_list& dims = {}, reduce_options options = {}) {
  return calls::into(op::amax{dims, options.keepdim}, out, x);
}

/// Both in one pass: a struct with `min` and `max`. As amin.
template <operand X>
[[nodiscard]] auto aminmax(X&& x, const dim_list& dims = {}, reduce_options options = {}) {
  return calls::allocate_two<min_and_max<value_t<X>>>(op::aminmax{dims, options.keepdim}, x);
}
template <target A, target B, operand X>
result<void> aminmax_into(A&& min, B&& max, X&& x, const dim_list& dims = {}, reduce_options options = {}) {
  return calls::into_two(op::aminmax{dims, options.keepdim}, min, max, x);
}

}  // namespace tenon::inline v0::inline TENON_BUILD
