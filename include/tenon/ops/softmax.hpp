#pragma once
// softmax, log_softmax, softmin.
#include <tenon/kernels/cpu/entry.hpp>
#include <tenon/kernels/cpu/softmax.hpp>
#include <tenon/kernels/functions/arithmetic.hpp>
#include <tenon/ops/calls/call.hpp>
#include <tenon/ops/calls/elementwise.hpp>

namespace tenon::inline v0::inline TENON_BUILD {

namespace op {

template <kernels::softmax_kind Kind>
struct softmax_family {
  static constexpr const char* name = Kind == kernels::softmax_kind::softmax ? "softmax" : "log_softmax";
  static constexpr dtype_set dtypes = floating_dtypes;
  static constexpr bool in_place = true;
  static constexpr bool trusts_noalias = true;
  template <class T>
  using kernel = kernels::softmax_kernel<T>;
  index_t dim;

  result<shape> check(const any_tensor& x) const {
    TENON_TRY_VOID(normalize_dim(name, dim, x.shape()));
    return x.shape();
  }
  template <class T>
  result<void> run(any_tensor& out, const any_tensor& x) const {
    const int d = *normalize_dim(name, dim, x.shape());
    const index_t n = x.rank() == 0 ? 1 : x.size(d);
    TENON_TRY(const auto run_on, calls::kernel<kernel<T>>(name, x.where(), 0.5 * static_cast<double>(x.numel())));
    const auto plan = kernels::plan_softmax(Kind, x.numel(), n, sizeof(T), sizeof(compute_t<T>), run_on.context);
    TENON_TRY(const storage_ptr memory, calls::workspace(name, plan.workspace_bytes, x.where()));
    return calls::finish(name, run_on(plan, d, out.kernel_view<T>(), x.kernel_view<T>(), calls::data_of(memory)));
  }
};
using softmax = softmax_family<kernels::softmax_kind::softmax>;
using log_softmax = softmax_family<kernels::softmax_kind::log_softmax>;

// The softmax of -x, which is exact: written into the result first, and replaced there.
struct softmin {
  static constexpr const char* name = "softmin";
  static constexpr dtype_set dtypes = floating_dtypes;
  static constexpr bool in_place = true;
  template <class T>
  using kernel = kernels::softmax_kernel<T>;
  index_t dim;

  result<shape> check(const any_tensor& x) const {
    TENON_TRY_VOID(normalize_dim(name, dim, x.shape()));
    return x.shape();
  }
  template <class T>
  result<void> run(any_tensor& out, const any_tensor& x) const {
    using Plan = apply<functions::neg, argument<0, T>>;
    const Plan plan{};
    const any_tensor* const input = &x;
    TENON_TRY_VOID(calls::elementwise_into(calls::make_call<Plan, T>(name, plan, &input, 1), out));
    return softmax{dim}.template run<T>(out, out);
  }
};

}  // namespace op

/// softmax(x)_i = exp(x_i) / sum_j exp(x_j) along `dim`.        x (..., n, ...) -> same shape and dtype
///
/// Dtypes   float, double, half, bfloat16 (computed in float).
/// Special  A row that holds NaN or +inf, or only -inf, becomes NaN, as in PyTorch. -inf beside a number becomes 0.
///          Shifted by the row's maximum, so that nothing overflows. Empty tensors stay empty.
/// Bound    4 ulp of the exact value for float and double, whatever the length of the row; halves are rounded once more.
/// Errors   dim_out_of_range, out_of_memory; _into and _ also shape_mismatch, not_writable, overlapping_memory.
template <operand X>
[[nodiscard]] auto softmax(X&& x, index_t dim) {
  return calls::allocate(op::softmax{dim}, x);
}
template <target O, operand X>
result<void> softmax_into(O&& out, X&& x, index_t dim) {
  return calls::into(op::softmax{dim}, out, x);
}
template <target X>
result<void> softmax_(X&& x, index_t dim) {
  return calls::into(op::softmax{dim}, x, x);
}

/// softmin(x) = softmax(-x). Otherwise as softmax.
template <operand X>
[[nodiscard]] auto softmin(X&& x, index_t dim) {
  return calls::allocate(op::softmin{dim}, x);
}
template <target O, operand X>
result<void> softmin_into(O&& out, X&& x, index_t dim) {
  return calls::into(op::softmin{dim}, out, x);
}
template <target X>
result<void> softmin_(X&& x, index_t dim) {
  return calls::into(op::softmin{dim}, x, x);
}

/// log_softmax(x)_i = x_i - log sum_j exp(x_j) along `dim`, computed directly: finite wherever the exact value is, however
/// far below the maximum. Dtypes, special values and errors as softmax; a -inf beside a number stays -inf.
/// Bound    4 ulp of max(|x_i - m|, log l), where m is the row's maximum and l = sum_j exp(x_j - m).
template <operand X>
[[nodiscard]] auto log_softmax(X&& x, index_t dim) {
  return calls::allocate(op::log_softmax{dim}, x);
}
template <target O, operand X>
result<void> log_softmax_into(O&& out, X&& x, index_t dim) {
  return calls::into(op::log_softmax{dim}, out, x);
}
template <target X>
result<void> log_softmax_(X&& x, index_t dim) {
  return calls::into(op::log_softmax{dim}, x, x);
}

}  // namespace tenon::inline v0::inline TENON_BUILD
