#pragma once
// Scans along one dimension: cumsum, cumprod, cummax, cummin, logcumsumexp.
//
//   cumsum(x, 0)            out[i] = x[0] + ... + x[i]; the shape of x
//   cummax(x, -1)           a struct with `values` and `indices`
//   cumsum_(x, 0)           in place, where the result's dtype is that of x
//
// Lines along the dimension are scanned in parallel; one line is scanned by one thread.
// Errors, all: dim_out_of_range, out_of_memory; _into and _ also shape_mismatch, not_writable, overlapping_memory.
#include <tenon/kernels/cpu/entry.hpp>
#include <tenon/kernels/cpu/scan.hpp>
#include <tenon/ops/reduction/call.hpp>

namespace tenon::inline v0::inline TENON_BUILD {

namespace calls {

// A complex tensor is read as real numbers with a last dimension of 2.
inline result<void> scan(const char* op, any_tensor* const (&outs)[2], const any_tensor& x, index_t dim, const kernels::scan_functions& f) {
  TENON_TRY(const int along, normalize_dim(op, dim, x.shape()));
  const index_t parts = is_complex(x.dtype()) ? 2 : 1;
  kernels::scan_dim scanned{.extent = 1, .x = f.item, .out = {f.out_item[0], f.out_item[1]}}, dims[kernels::scan_rank];
  int rank = 0;
  for (int d = 0; d < x.rank(); ++d) {
    kernels::scan_dim& to = d == along ? scanned : dims[rank++];
    to.extent = x.size(d);
    if (to.extent <= 1) continue;                          // its strides are not used, and may be anything
    to.x = x.stride(d) * parts * f.item;
    for (int i = 0; i < 2; ++i)
      if (outs[i]) to.out[i] = outs[i]->stride(d) * parts * f.out_item[i];
  }
  if (parts == 2) dims[rank++] = {.extent = 2, .x = f.item, .out = {f.out_item[0], f.out_item[1]}};
  const auto context = kernels::cpu::make_context((f.nanoseconds + 0.05 * static_cast<double>(f.item)) * static_cast<double>(x.numel()));
  const auto plan = kernels::plan_scan(scanned, dims, rank, f, context.threads);
  std::byte* const to[2] = {outs[0] ? outs[0]->bytes() : nullptr, outs[1] ? outs[1]->bytes() : nullptr};
  return finish(op, kernels::cpu::run_scan(context, plan, f, to, x.bytes()));
}

}  // namespace calls

namespace op {

template <kernels::scan_kind Kind>
struct accumulation {
  static constexpr bool sums = Kind == kernels::scan_kind::sum, products = Kind == kernels::scan_kind::product;
  static constexpr const char* name = sums ? "cumsum" : products ? "cumprod" : "logcumsumexp";
  static constexpr dtype_set dtypes = sums ? all_dtypes : products ? real_dtypes : floating_dtypes;
  static constexpr bool in_place = true;
  template <class T>
  using result_type = std::conditional_t<std::is_integral_v<T>, index_t, T>;
  index_t dim;

  result<shape> check(const any_tensor& x) const {
    TENON_TRY_VOID(normalize_dim(name, dim, x.shape()));
    return x.shape();
  }
  template <class T>
  result<void> run(any_tensor& out, const any_tensor& x) const {
    using R = real_t<T>;
    return calls::scan(name, {&out, nullptr}, x, dim, *kernels::cpu::entry<kernels::scan_kernel<Kind, R, result_type<R>>>());
  }
};
using cumsum = accumulation<kernels::scan_kind::sum>;
using cumprod = accumulation<kernels::scan_kind::product>;
using logcumsumexp = accumulation<kernels::scan_kind::logsumexp>;

template <kernels::scan_kind Kind>
struct running_extremum {
  static constexpr const char* name = Kind == kernels::scan_kind::maximum ? "cummax" : "cummin";
  static constexpr dtype_set dtypes = real_dtypes;
  template <class T>
  using first_type = T;
  template <class>
  using second_type = index_t;
  index_t dim;

  result<shape> check(const any_tensor& x) const {
    TENON_TRY_VOID(normalize_dim(name, dim, x.shape()));
    return x.shape();
  }
  template <class T>
  result<void> run(any_tensor& values, any_tensor& indices, const any_tensor& x) const {
    return calls::scan(name, {&values, &indices}, x, dim, *kernels::cpu::entry<kernels::scan_kernel<Kind, T, T, index_t>>());
  }
};
using cummax = running_extremum<kernels::scan_kind::maximum>;
using cummin = running_extremum<kernels::scan_kind::minimum>;

}  // namespace op

/// Running sums along `dim`.        x (..., n, ...) -> same shape; integers and bool give int64, which wraps
///
/// Dtypes   all.        Special  As IEEE addition has them: NaN and infinities stay.
/// Bound    float, half types: one rounding (to a half type through float), plus n 2^-53 sum |x_j|. double: 4 u sum |x_j|.
template <operand X>
[[nodiscard]] auto cumsum(X&& x, index_t dim) {
  return calls::allocate(op::cumsum{dim}, x);
}
template <target O, operand X>
result<void> cumsum_into(O&& out, X&& x, index_t dim) {
  return calls::into(op::cumsum{dim}, out, x);
}
template <target X>
result<void> cumsum_(X&& x, index_t dim) {
  return calls::into(op::cumsum{dim}, x, x);
}

/// Running products along `dim`. Integers and bool give int64, which wraps.
///
/// Dtypes   all but complex.
/// Bound    float, half types: one rounding, plus n 2^-53, relative (the running product is a double, with its range). double: n u.
template <operand X>
[[nodiscard]] auto cumprod(X&& x, index_t dim) {
  return calls::allocate(op::cumprod{dim}, x);
}
template <target O, operand X>
result<void> cumprod_into(O&& out, X&& x, index_t dim) {
  return calls::into(op::cumprod{dim}, out, x);
}
template <target X>
result<void> cumprod_(X&& x, index_t dim) {
  return calls::into(op::cumprod{dim}, x, x);
}

/// Running log sum exp along `dim`, shifted so that nothing overflows.
///
/// Dtypes   float, double, half types; computed in double.
/// Special  -inf as long as only -inf was seen; +inf from the first +inf on; NaN from the first NaN on.
/// Bound    one rounding for float and the half types; for double 3 ulp of max(|out|, max_j |x_j|).
template <operand X>
[[nodiscard]] auto logcumsumexp(X&& x, index_t dim) {
  return calls::allocate(op::logcumsumexp{dim}, x);
}
template <target O, operand X>
result<void> logcumsumexp_into(O&& out, X&& x, index_t dim) {
  return calls::into(op::logcumsumexp{dim}, out, x);
}
template <target X>
result<void> logcumsumexp_(X&& x, index_t dim) {
  return calls::into(op::logcumsumexp{dim}, x, x);
}

/// Running maxima along `dim` and where they are: a struct with `values` and `indices` (int64 positions along dim).
///
/// Dtypes   all but complex.        Special  Of equal elements the last one so far, as in PyTorch; +0 equals -0. NaN from the
/// first NaN on, with the position of the last one.
template <operand X>
[[nodiscard]] auto cummax(X&& x, index_t dim) {
  return calls::allocate_two<values_and_indices<value_t<X>>>(op::cummax{dim}, x);
}
template <target V, target I, operand X>
result<void> cummax_into(V&& values, I&& indices, X&& x, index_t dim) {
  return calls::into_two(op::cummax{dim}, values, indices, x);
}

/// Running minima. As cummax.
template <operand X>
[[nodiscard]] auto cummin(X&& x, index_t dim) {
  return calls::allocate_two<values_and_indices<value_t<X>>>(op::cummin{dim}, x);
}
template <target V, target I, operand X>
result<void> cummin_into(V&& values, I&& indices, X&& x, index_t dim) {
  return calls::into_two(op::cummin{dim}, values, indices, x);
}

}  // namespace tenon::inline v0::inline TENON_BUILD
