#pragma once
// sum, mean, prod, count_nonzero.
#include <tenon/kernels/cpu/reduction/sum.hpp>
#include <tenon/ops/reduction/call.hpp>

namespace tenon::inline v0::inline TENON_BUILD {

namespace op {

// Integers and booleans are added up, and multiplied, as int64.
template <class T>
using sum_result = std::conditional_t<std::is_integral_v<T>, index_t, T>;

struct sum {
  static constexpr const char* name = "sum";
  static constexpr dtype_set dtypes = all_dtypes;
  template <class T>
  using kernel = kernels::device_reduction_kernel<kernels::reduction_kind::sum, real_t<T>, sum_result<real_t<T>>>;
  template <class T>
  using result_type = sum_result<T>;
  dim_list dims;
  bool keepdim;

  result<shape> check(const any_tensor& x) const { return calls::reduced_shape(name, x.shape(), dims, keepdim); }
  template <class T>
  result<void> run(any_tensor& out, const any_tensor& x) const {
    const auto& f = calls::reduction_functions_of<kernels::reduction_kind::sum, real_t<T>, sum_result<real_t<T>>>();
    return calls::reduce(name, {&out, nullptr}, x, *calls::reduced_dims(name, dims, x.shape()), f, {});
  }
};

struct mean {
  static constexpr const char* name = "mean";
  static constexpr dtype_set dtypes = floating_dtypes | complex_dtypes;
  template <class T>
  using kernel = kernels::device_reduction_kernel<kernels::reduction_kind::sum, real_t<T>, real_t<T>>;
  dim_list dims;
  bool keepdim;

  result<shape> check(const any_tensor& x) const { return calls::reduced_shape(name, x.shape(), dims, keepdim); }
  template <class T>
  result<void> run(any_tensor& out, const any_tensor& x) const {
    const auto& f = calls::reduction_functions_of<kernels::reduction_kind::sum, real_t<T>, real_t<T>>();
    const auto mask = *calls::reduced_dims(name, dims, x.shape());
    return calls::reduce(name, {&out, nullptr}, x, mask, f, {.divisor = static_cast<double>(calls::elements_per_output(x.shape(), mask))});
  }
};

struct prod {
  static constexpr const char* name = "prod";
  static constexpr dtype_set dtypes = real_dtypes;
  template <class T>
  using kernel = kernels::device_reduction_kernel<kernels::reduction_kind::product, T, sum_result<T>>;
  template <class T>
  using result_type = sum_result<T>;
  dim_list dims;
  bool keepdim;

  result<shape> check(const any_tensor& x) const { return calls::reduced_shape(name, x.shape(), dims, keepdim); }
  template <class T>
  result<void> run(any_tensor& out, const any_tensor& x) const {
    const auto& f = calls::reduction_functions_of<kernels::reduction_kind::product, T, sum_result<T>>();
    return calls::reduce(name, {&out, nullptr}, x, *calls::reduced_dims(name, dims, x.shape()), f, {});
  }
};

struct count_nonzero {
  static constexpr const char* name = "count_nonzero";
  static constexpr dtype_set dtypes = real_dtypes;
  template <class T>
  using kernel = kernels::device_reduction_kernel<kernels::reduction_kind::nonzero, T, index_t>;
  template <class>
  using result_type = index_t;
  dim_list dims;

  result<shape> check(const any_tensor& x) const { return calls::reduced_shape(name, x.shape(), dims, false); }
  template <class T>
  result<void> run(any_tensor& out, const any_tensor& x) const {
    const auto& f = calls::reduction_functions_of<kernels::reduction_kind::nonzero, T, index_t>();
    return calls::reduce(name, {&out, nullptr}, x, *calls::reduced_dims(name, dims, x.shape()), f, {});
  }
};

}  // namespace op

/// The sum over `dims` (all if empty).        x (...) -> the kept dimensions
///
/// Dtypes   all. Integers and bool give int64, which wraps; half types are summed in float and rounded once.
/// Special  Of nothing: +0. NaN and infinities as IEEE addition has them.
/// Bound    (log2 n + 8) u sum |x_i|, u = 2^-24 (2^-53 for double): a tree sum, the same bits for any number of threads.
/// Errors   dim_out_of_range, invalid_argument (a dimension twice), out_of_memory; _into as everywhere.
template <operand X>
[[nodiscard]] auto sum(X&& x, const dim_list& dims = {}, reduce_options options = {}) {
  return calls::allocate(op::sum{dims, options.keepdim}, x);
}
template <target O, operand X>
result<void> sum_into(O&& out, X&& x, const dim_list& dims = {}, reduce_options options = {}) {
  return calls::into(op::sum{dims, options.keepdim}, out, x);
}

/// sum / n over `dims` (all if empty).
///
/// Dtypes   float, double, half types (in float, rounded once), complex. Of integers there is none: convert first.
/// Special  Of nothing: NaN.
/// Bound    the sum's, divided by n, and two roundings.        Errors as sum.
template <operand X>
[[nodiscard]] auto mean(X&& x, const dim_list& dims = {}, reduce_options options = {}) {
  return calls::allocate(op::mean{dims, options.keepdim}, x);
}
template <target O, operand X>
result<void> mean_into(O&& out, X&& x, const dim_list& dims = {}, reduce_options options = {}) {
  return calls::into(op::mean{dims, options.keepdim}, out, x);
}

/// The product over `dims` (all if empty). PyTorch takes one dimension; here it is a list, as for sum.
///
/// Dtypes   all but complex. Integers and bool give int64, which wraps; half types are multiplied in float.
/// Special  Of nothing: 1. A partial product may overflow or vanish where another order would not.
/// Bound    (n - 1) u |product|.                               Errors as sum.
template <operand X>
[[nodiscard]] auto prod(X&& x, const dim_list& dims = {}, reduce_options options = {}) {
  return calls::allocate(op::prod{dims, options.keepdim}, x);
}
template <target O, operand X>
result<void> prod_into(O&& out, X&& x, const dim_list& dims = {}, reduce_options options = {}) {
  return calls::into(op::prod{dims, options.keepdim}, out, x);
}

/// How many elements over `dims` (all if empty) are not zero, as int64. NaN is not zero. Dtypes: all but complex.
template <operand X>
[[nodiscard]] auto count_nonzero(X&& x, const dim_list& dims = {}) {
  return calls::allocate(op::count_nonzero{dims}, x);
}
template <target O, operand X>
result<void> count_nonzero_into(O&& out, X&& x, const dim_list& dims = {}) {
  return calls::into(op::count_nonzero{dims}, out, x);
}

}  // namespace tenon::inline v0::inline TENON_BUILD
