#pragma once
// sort, argsort, msort: elements in order along a dimension.
//
// Order     NaN is greater than every number: last when ascending, first when descending. -0 equals +0. Equal elements, NaNs among
//           them, keep their order in both directions: always stable, whether asked for or not.
// Dtypes    all but complex.
// Layout    any strides; dimensions that are not dense go through a copy.
// Method    merge sort of short rows, radix sort of long ones (kernels/cpu/sort.hpp).
// Errors    dim_out_of_range, size_overflow, out_of_memory; _into also shape_mismatch, not_writable and overlapping_memory.
#include <tenon/ops/calls/sort.hpp>
#include <tenon/ops/calls/two_results.hpp>

namespace tenon::inline v0::inline TENON_BUILD {

struct sort_options {
  bool descending = false;
  bool stable = false;               // accepted for PyTorch's sake: every sort is stable
};

namespace op {

struct sort {
  static constexpr const char* name = "sort";
  static constexpr dtype_set dtypes = real_dtypes;
  template <class T>
  using first_type = T;
  template <class>
  using second_type = index_t;
  index_t dim;
  sort_options options;

  result<shape> check(const any_tensor& x) const {
    TENON_TRY_VOID(normalize_dim(name, dim, x.shape()));
    return x.shape();
  }
  template <class T>
  result<void> run(any_tensor& values, any_tensor& indices, const any_tensor& x) const {
    return sorted<T>(&values, &indices, x);
  }
  template <class T>
  result<void> sorted(any_tensor* values, any_tensor* indices, const any_tensor& x) const {
    const int d = *normalize_dim(name, dim, x.shape());
    return calls::sort_into<T>(name, {.dim = d, .keep = x.rank() == 0 ? 1 : x.size(d), .descending = options.descending}, values, indices, x);
  }
};

struct argsort : sort {
  static constexpr const char* name = "argsort";
  template <class>
  using result_type = index_t;
  template <class T>
  result<void> run(any_tensor& indices, const any_tensor& x) const {
    return sorted<T>(nullptr, &indices, x);
  }
};

struct msort : sort {
  static constexpr const char* name = "msort";
  template <class T>
  result<void> run(any_tensor& values, const any_tensor& x) const {
    return sorted<T>(&values, nullptr, x);
  }
};

}  // namespace op

/// x in order along `dim`, and where each element was: a struct with `values` and `indices`, both of x's shape.
template <operand X>
[[nodiscard]] auto sort(X&& x, index_t dim = -1, const sort_options& options = {}) {
  return calls::allocate_two<values_and_indices<value_t<X>>>(op::sort{dim, options}, x);
}
template <target V, target I, operand X>
result<void> sort_into(V&& values, I&& indices, X&& x, index_t dim = -1, const sort_options& options = {}) {
  return calls::into_two(op::sort{dim, options}, values, indices, x);
}

/// The indices that put x in order along `dim`: take_along_dim(x, argsort(x, d), d) is sort(x, d).values.
template <operand X>
[[nodiscard]] auto argsort(X&& x, index_t dim = -1, const sort_options& options = {}) {
  return calls::allocate(op::argsort{{dim, options}}, x);
}
template <target O, operand X>
result<void> argsort_into(O&& out, X&& x, index_t dim = -1, const sort_options& options = {}) {
  return calls::into(op::argsort{{dim, options}}, out, x);
}

/// The values alone, along the first dimension.
template <operand X>
[[nodiscard]] auto msort(X&& x) {
  return calls::allocate(op::msort{{0, {}}}, x);
}

}  // namespace tenon::inline v0::inline TENON_BUILD
