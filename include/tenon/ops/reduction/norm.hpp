#pragma once
// norm: the p-norm of the elements.
#include <tenon/kernels/cpu/reduction/extremum.hpp>
#include <tenon/kernels/cpu/reduction/norm.hpp>
#include <tenon/kernels/cpu/reduction/sum.hpp>
#include <tenon/ops/reduction/call.hpp>

#include <cmath>

namespace tenon::inline v0::inline TENON_BUILD {

namespace op {

struct norm {
  static constexpr const char* name = "norm";
  static constexpr dtype_set dtypes = floating_dtypes;
  template <class T>
  using kernel = kernels::device_reduction_kernel<kernels::reduction_kind::sum_of_squares, T, T>;
  double p;
  dim_list dims;
  bool keepdim;

  result<shape> check(const any_tensor& x) const {
    if (std::isnan(p)) return error(error_code::invalid_argument, name, make_text("p is NaN; it is a number or +-infinity"));
    TENON_TRY(const calls::dim_mask mask, calls::reduced_dims(name, dims, x.shape()));
    if (p < 0 || std::isinf(p)) TENON_TRY_VOID(calls::check_not_empty(name, x.shape(), mask));
    return calls::reduced_shape(x.shape(), mask, keepdim);
  }
  template <class T>
  result<void> run(any_tensor& out, const any_tensor& x) const {
    return calls::reduce(name, {&out, nullptr}, x, *calls::reduced_dims(name, dims, x.shape()), functions<T>(), {.power = p});
  }

 private:
  template <class T>
  calls::reduction_kernels functions() const {
    using kernels::reduction_kind;
    if (p == 2) return calls::reduction_functions_of<reduction_kind::sum_of_squares, T, T>();
    if (p == 1) return calls::reduction_functions_of<reduction_kind::sum_of_magnitudes, T, T>();
    if (p == 0) return calls::reduction_functions_of<reduction_kind::nonzero, T, T>();
    if (std::isinf(p) && p > 0) return calls::reduction_functions_of<reduction_kind::greatest_magnitude, T, T>();
    if (std::isinf(p)) return calls::reduction_functions_of<reduction_kind::least_magnitude, T, T>();
    return calls::reduction_functions_of<reduction_kind::sum_of_powers, T, T>();
  }
};

}  // namespace op

/// (sum |x_i|^p)^(1/p) over `dims` (all if empty).        x (...) -> the kept dimensions, same dtype
///
///   p = inf: max |x_i|     p = -inf: min |x_i|     p = 0: how many are not zero     any other number, negative too: the formula
///
/// Dtypes   float, double, half types.
/// Special  Neither overflows nor vanishes unless the result does: norm of {1e200, 1e200} is 1.41e200. NaN gives NaN (for p = 0
///          it is an element that is not zero). Of nothing: 0 for finite p >= 0, otherwise an error.
/// Bound    p = 1: as sum. p = 2: one rounding for float, (log2 n / 2 + 8) u for double. p = 0, +-inf: exact, one rounding.
///          Other p: one rounding for float while 1 / |p| < 1e6; for double (log2 n + 16) u (1 + 1/|p|).
/// Errors   invalid_argument (p is NaN, a dimension twice), shape_mismatch (see above), dim_out_of_range, out_of_memory; _into
///          as everywhere.
template <operand X>
[[nodiscard]] auto norm(X&& x, double p = 2, const dim_list& dims = {}, reduce_options options = {}) {
  return calls::allocate(op::norm{p, dims, options.keepdim}, x);
}
template <target O, operand X>
result<void> norm_into(O&& out, X&& x, double p = 2, const dim_list& dims = {}, reduce_options options = {}) {
  return calls::into(op::norm{p, dims, options.keepdim}, out, x);
}

}  // namespace tenon::inline v0::inline TENON_BUILD
