#pragma once
// var, std, var_mean, std_mean.
#include <tenon/kernels/cpu/reduction/moments.hpp>
#include <tenon/ops/reduction/call.hpp>

namespace tenon::inline v0 {

struct variance_options {
  double correction = 1;        // divide by n - correction: 1 is unbiased for a sample, 0 is the variance of the numbers themselves
  bool keepdim = false;
};

template <class T>
struct var_and_mean {
  tensor<T> var, mean;
};
template <class T>
struct std_and_mean {
  tensor<T> std, mean;
};

}  // namespace tenon::inline v0

namespace tenon::inline v0::inline TENON_BUILD {

namespace op {

template <bool Root>
struct spread {
  dim_list dims;
  variance_options options;

  result<shape> shape_of(const char* name, const any_tensor& x) const { return calls::reduced_shape(name, x.shape(), dims, options.keepdim); }
  // Either output may be null.
  template <class T>
  result<void> reduce(const char* name, any_tensor* out, any_tensor* mean, const any_tensor& x) const {
    const auto mask = *calls::reduced_dims(name, dims, x.shape());
    const double freedom = static_cast<double>(calls::elements_per_output(x.shape(), mask)) - options.correction;
    const auto& f = calls::reduction_functions_of<kernels::reduction_kind::moments, T, T, T>();
    return calls::reduce(name, {out, mean}, x, mask, f,
                         {.result = Root ? kernels::reduction_result::root : kernels::reduction_result::value, .divisor = freedom > 0 ? freedom : 0});
  }
};

template <bool Root>
struct variance : spread<Root> {
  static constexpr const char* name = Root ? "std" : "var";
  static constexpr dtype_set dtypes = floating_dtypes;
  template <class T>
  using kernel = kernels::device_reduction_kernel<kernels::reduction_kind::moments, T, T, T>;

  result<shape> check(const any_tensor& x) const { return this->shape_of(name, x); }
  template <class T>
  result<void> run(any_tensor& out, const any_tensor& x) const {
    return this->template reduce<T>(name, &out, nullptr, x);
  }
};
template <bool Root>
struct variance_and_mean : spread<Root> {
  static constexpr const char* name = Root ? "std_mean" : "var_mean";
  static constexpr dtype_set dtypes = floating_dtypes;
  template <class T>
  using kernel = kernels::device_reduction_kernel<kernels::reduction_kind::moments, T, T, T>;
  template <class T>
  using first_type = T;
  template <class T>
  using second_type = T;

  result<shape> check(const any_tensor& x) const { return this->shape_of(name, x); }
  template <class T>
  result<void> run(any_tensor& out, any_tensor& mean, const any_tensor& x) const {
    return this->template reduce<T>(name, &out, &mean, x);
  }
};
using var = variance<false>;
using standard_deviation = variance<true>;         // (`std` would hide the namespace)
using var_mean = variance_and_mean<false>;
using std_mean = variance_and_mean<true>;

}  // namespace op

/// sum (x_i - mean)^2 / (n - correction) over `dims` (all if empty).        x (...) -> the kept dimensions, same dtype
///
/// Dtypes   float, double, half types; computed in double, rounded once.
/// Special  A NaN or infinity gives NaN, and so do no elements, or one with correction 1. If n <= correction otherwise: 0 / 0
///          is NaN, anything else inf.
/// Bound    one rounding for float and the half types while mean^2 / variance < 1e12; for double (log2 n + 12) u
///          (1 + |mean| u log2 n / sqrt(variance)). Never the difference of two large sums.
/// Errors   dim_out_of_range, invalid_argument (a dimension twice), out_of_memory; _into as everywhere.
template <operand X>
[[nodiscard]] auto var(X&& x, const dim_list& dims = {}, variance_options options = {}) {
  return calls::allocate(op::var{{dims, options}}, x);
}
template <target O, operand X>
result<void> var_into(O&& out, X&& x, const dim_list& dims = {}, variance_options options = {}) {
  return calls::into(op::var{{dims, options}}, out, x);
}

/// sqrt(var(x)). As var. (Call it tenon::std: unqualified, `std` is the standard library's namespace.)
template <operand X>
[[nodiscard]] auto std(X&& x, const dim_list& dims = {}, variance_options options = {}) {
  return calls::allocate(op::standard_deviation{{dims, options}}, x);
}
template <target O, operand X>
result<void> std_into(O&& out, X&& x, const dim_list& dims = {}, variance_options options = {}) {
  return calls::into(op::standard_deviation{{dims, options}}, out, x);
}

/// Variance and mean in one pass: a struct with `var` and `mean`. As var.
template <operand X>
[[nodiscard]] auto var_mean(X&& x, const dim_list& dims = {}, variance_options options = {}) {
  return calls::allocate_two<var_and_mean<value_t<X>>>(op::var_mean{{dims, options}}, x);
}
template <target A, target B, operand X>
result<void> var_mean_into(A&& var, B&& mean, X&& x, const dim_list& dims = {}, variance_options options = {}) {
  return calls::into_two(op::var_mean{{dims, options}}, var, mean, x);
}

/// Standard deviation and mean in one pass: a struct with `std` and `mean`. As var.
template <operand X>
[[nodiscard]] auto std_mean(X&& x, const dim_list& dims = {}, variance_options options = {}) {
  return calls::allocate_two<std_and_mean<value_t<X>>>(op::std_mean{{dims, options}}, x);
}
template <target A, target B, operand X>
result<void> std_mean_into(A&& deviation, B&& mean, X&& x, const dim_list& dims = {}, variance_options options = {}) {
  return calls::into_two(op::std_mean{{dims, options}}, deviation, mean, x);
}

}  // namespace tenon::inline v0::inline TENON_BUILD
