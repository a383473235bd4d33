#pragma once
// argmin, argmax; min and max, with and without positions.
#include <tenon/ops/reduction/extremum.hpp>

namespace tenon::inline v0::inline TENON_BUILD {

namespace op {

// Where the extremum is: along one dimension, or in the whole tensor, counted in C order.
template <kernels::reduction_kind Kind>
struct position {
  static constexpr const char* name = Kind == kernels::reduction_kind::argmin ? "argmin" : "argmax";
  static constexpr dtype_set dtypes = real_dtypes;
  template <class T>
  using kernel = kernels::device_reduction_kernel<Kind, T, T, index_t>;
  template <class>
  using result_type = index_t;
  dim_list dims;                           // one, or empty: all
  bool keepdim;

  result<shape> check(const any_tensor& x) const {
    TENON_TRY(const calls::dim_mask mask, calls::reduced_dims(name, dims, x.shape()));
    TENON_TRY_VOID(calls::check_not_empty(name, x.shape(), mask));
    return calls::reduced_shape(x.shape(), mask, keepdim);
  }
  template <class T>
  result<void> run(any_tensor& out, const any_tensor& x) const {
    const auto& f = calls::reduction_functions_of<Kind, T, T, index_t>();
    return calls::reduce(name, {nullptr, &out}, x, *calls::reduced_dims(name, dims, x.shape()), f, {});
  }
};
using argmin = position<kernels::reduction_kind::argmin>;
using argmax = position<kernels::reduction_kind::argmax>;

template <kernels::reduction_kind Kind>
struct value_and_position {
  static constexpr const char* name = Kind == kernels::reduction_kind::argmin ? "min" : "max";
  static constexpr dtype_set dtypes = real_dtypes;
  template <class T>
  using kernel = kernels::device_reduction_kernel<Kind, T, T, index_t>;
  template <class T>
  using first_type = T;
  template <class>
  using second_type = index_t;
  dim_list dims;                           // one
  bool keepdim;

  result<shape> check(const any_tensor& x) const {
    TENON_TRY(const calls::dim_mask mask, calls::reduced_dims(name, dims, x.shape()));
    TENON_TRY_VOID(calls::check_not_empty(name, x.shape(), mask));
    return calls::reduced_shape(x.shape(), mask, keepdim);
  }
  template <class T>
  result<void> run(any_tensor& values, any_tensor& indices, const any_tensor& x) const {
    const auto& f = calls::reduction_functions_of<Kind, T, T, index_t>();
    return calls::reduce(name, {&values, &indices}, x, *calls::reduced_dims(name, dims, x.shape()), f, {});
  }
};
using min = value_and_position<kernels::reduction_kind::argmin>;
using max = value_and_position<kernels::reduction_kind::argmax>;

}  // namespace op

/// The position of the smallest element: in the whole tensor, counted in C order, as a tensor of rank 0; or along `dim`.
///
/// Dtypes   all but complex; positions are int64.
/// Special  The first of several equal ones; +0 equals -0. NaN wins, the first of them. Of nothing: an error.
/// Errors   shape_mismatch (an empty dimension is reduced), dim_out_of_range, out_of_memory; _into as everywhere.
template <operand X>
[[nodiscard]] auto argmin(X&& x) {
  return calls::allocate(op::argmin{{}, false}, x);
}
template <operand X>
[[nodiscard]] auto argmin(X&& x, index_t dim, reduce_options options = {}) {
  return calls::allocate(op::argmin{{dim}, options.keepdim}, x);
}
template <target O, operand X>
result<void> argmin_into(O&& out, X&& x) {
  return calls::into(op::argmin{{}, false}, out, x);
}
template <target O, operand X>
result<void> argmin_into(O&& out, X&& x, index_t dim, reduce_options options = {}) {
  return calls::into(op::argmin{{dim}, options.keepdim}, out, x);
}

/// The position of the largest element. As argmin.
template <operand X>
[[nodiscard]] auto argmax(X&& x) {
  return calls::allocate(op::argmax{{}, false}, x);
}
template <operand X>
[[nodiscard]] auto argmax(X&& x, index_t dim, reduce_options options = {}) {
  return calls::allocate(op::argmax{{dim}, options.keepdim}, x);
}
template <target O, operand X>
result<void> argmax_into(O&& out, X&& x) {
  return calls::into(op::argmax{{}, false}, out, x);
}
template <target O, operand X>
result<void> argmax_into(O&& out, X&& x, index_t dim, reduce_options options = {}) {
  return calls::into(op::argmax{{dim}, options.keepdim}, out, x);
}

/// min(x): the smallest element, a tensor of rank 0 (amin over everything).
/// min(x, dim): the smallest along `dim` and where they are: a struct with `values` and `indices`. As amin and argmin.
template <operand X>
[[nodiscard]] auto min(X&& x) {
  return calls::allocate_as("min", op::amin{{}, false}, x);
}
template <operand X>
[[nodiscard]] auto min(X&& x, index_t dim, reduce_options options = {}) {
  return calls::allocate_two<values_and_indices<value_t<X>>>(op::min{{dim}, options.keepdim}, x);
}
template <target V, target I, operand X>
result<void> min_into(V&& values, I&& indices, X&& x, index_t dim, reduce_options options = {}) {
  return calls::into_two(op::min{{dim}, options.keepdim}, values, indices, x);
}

/// max(x), max(x, dim): the largest. As min.
template <operand X>
[[nodiscard]] auto max(X&& x) {
  return calls::allocate_as("max", op::amax{{}, false}, x);
}
template <operand X>
[[nodiscard]] auto max(X&& x, index_t dim, reduce_options options = {}) {
  return calls::allocate_two<values_and_indices<value_t<X>>>(op::max{{dim}, options.keepdim}, x);
}
template <target V, target I, operand X>
result<void> max_into(V&& values, I&& indices, X&& x, index_t dim, reduce_options options = {}) {
  return calls::into_two(op::max{{dim}, options.keepdim}, values, indices, x);
}

}  // namespace tenon::inline v0::inline TENON_BUILD
