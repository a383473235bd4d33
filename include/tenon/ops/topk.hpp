#pragma once
// topk, kthvalue, median: a few elements by their rank along a dimension.
//
// Order     as in ops/sort.hpp: NaN is greater than every number, -0 equals +0; of equal elements the first comes first.
// Dtypes    all but complex.
// Layout    any strides; dimensions that are not dense go through a copy.
// Errors    dim_out_of_range, invalid_argument (k is not a number of elements), shape_mismatch (a median of nothing), out_of_memory; _into also
//           not_writable and overlapping_memory.
#include <tenon/ops/calls/sort.hpp>
#include <tenon/ops/calls/two_results.hpp>

namespace tenon::inline v0::inline TENON_BUILD {

struct topk_options {
  bool largest = true;               // else the smallest
  bool sorted = true;                // accepted for PyTorch's sake: the result is always sorted
};

namespace op {

struct topk {
  static constexpr const char* name = "topk";
  static constexpr dtype_set dtypes = real_dtypes;
  template <class T>
  using first_type = T;
  template <class>
  using second_type = index_t;
  index_t k, dim;
  topk_options options;

  result<shape> check(const any_tensor& x) const {
    TENON_TRY(const int d, normalize_dim(name, dim, x.shape()));
    const index_t n = x.rank() == 0 ? 1 : x.size(d);
    if (k < 0 || k > n)
      return error(error_code::invalid_argument, name, make_text("k is ", k, ", but dim ", d, " of shape ", x.shape(), " has ", n, " elements"));
    if (x.rank() == 0 && k == 0) return error(error_code::invalid_argument, name, make_text("k is 0, and a tensor of rank 0 cannot be empty"));
    shape s = x.shape();
    s.set(d, k);
    return s;
  }
  template <class T>
  result<void> run(any_tensor& values, any_tensor& indices, const any_tensor& x) const {
    return calls::sort_into<T>(name, {.dim = *normalize_dim(name, dim, x.shape()), .keep = k, .descending = options.largest}, &values, &indices, x);
  }
};

// The k-th smallest along a dimension.
struct rank_value {
  static constexpr dtype_set dtypes = real_dtypes;
  template <class T>
  using first_type = T;
  template <class>
  using second_type = index_t;

  static shape reduced(const any_tensor& x, int d, bool keepdim) {
    shape s = x.shape();
    if (keepdim)
      s.set(d, 1);
    else
      s.erase(d);
    return s;
  }
};

struct kthvalue : rank_value {
  static constexpr const char* name = "kthvalue";
  index_t k, dim;
  bool keepdim;
  kthvalue(index_t rank, index_t d, bool keep) : k(rank), dim(d), keepdim(keep) {}

  result<shape> check(const any_tensor& x) const {
    TENON_TRY(const int d, normalize_dim(name, dim, x.shape()));
    const index_t n = x.rank() == 0 ? 1 : x.size(d);
    if (k < 1 || k > n)
      return error(error_code::invalid_argument, name, make_text("k is ", k, ", but dim ", d, " of shape ", x.shape(), " has ", n, " elements (1 is the smallest)"));
    return reduced(x, d, keepdim);
  }
  template <class T>
  result<void> run(any_tensor& values, any_tensor& indices, const any_tensor& x) const {
    return calls::sort_into<T>(name, {.dim = *normalize_dim(name, dim, x.shape()), .keep = k, .last_only = true}, &values, &indices, x);
  }
};

struct median : rank_value {
  static constexpr const char* name = "median";
  index_t dim;
  bool keepdim;
  median(index_t d, bool keep) : dim(d), keepdim(keep) {}

  result<shape> check(const any_tensor& x) const {
    TENON_TRY(const int d, normalize_dim(name, dim, x.shape()));
    if (x.rank() > 0 && x.size(d) == 0)
      return error(error_code::shape_mismatch, name, make_text("dim ", d, " of shape ", x.shape(), " is empty, and nothing has no median"));
    return reduced(x, d, keepdim);
  }
  template <class T>
  result<void> run(any_tensor& values, any_tensor& indices, const any_tensor& x) const {
    return values_into<T>(&values, &indices, x, *normalize_dim(name, dim, x.shape()));
  }
  template <class T>
  static result<void> values_into(any_tensor* values, any_tensor* indices, const any_tensor& x, int d) {
    const index_t n = x.rank() == 0 ? 1 : x.size(d);
    return calls::sort_into<T>(name, {.dim = d, .keep = (n + 1) / 2, .last_only = true, .nan_wins = true}, values, indices, x);
  }
};

// Of all elements.
struct median_of_all {
  static constexpr const char* name = "median";
  static constexpr dtype_set dtypes = real_dtypes;

  result<shape> check(const any_tensor& x) const {
    if (x.numel() == 0) return error(error_code::shape_mismatch, name, make_text("shape ", x.shape(), " is empty, and nothing has no median"));
    return shape();
  }
  template <class T>
  result<void> run(any_tensor& out, const any_tensor& x) const {
    TENON_TRY(const any_tensor whole, calls::dense(name, x));
    TENON_TRY(const any_tensor line, whole.view(shape(x.numel())));
    return median::values_into<T>(&out, nullptr, line, 0);
  }
};

}  // namespace op

/// The k largest (or smallest) elements along `dim` in order, and where they were: a struct with `values` and `indices`.
/// (.., n, ..) -> (.., k, ..)      A NaN is among the largest.
template <operand X>
[[nodiscard]] auto topk(X&& x, index_t k, index_t dim = -1, const topk_options& options = {}) {
  return calls::allocate_two<values_and_indices<value_t<X>>>(op::topk{k, dim, options}, x);
}
template <target V, target I, operand X>
result<void> topk_into(V&& values, I&& indices, X&& x, index_t k, index_t dim = -1, const topk_options& options = {}) {
  return calls::into_two(op::topk{k, dim, options}, values, indices, x);
}

/// The k-th smallest element along `dim`, counted from 1, and where it was. The dimension disappears, or becomes 1 with keepdim.
template <operand X>
[[nodiscard]] auto kthvalue(X&& x, index_t k, index_t dim = -1, reduce_options options = {}) {
  return calls::allocate_two<values_and_indices<value_t<X>>>(op::kthvalue(k, dim, options.keepdim), x);
}

/// The middle element, the lower one of two: of all elements, a tensor of rank 0; along `dim`, a struct with `values` and
/// `indices`. Where there is a NaN, the first NaN.
template <operand X>
[[nodiscard]] auto median(X&& x) {
  return calls::allocate(op::median_of_all{}, x);
}
template <operand X>
[[nodiscard]] auto median(X&& x, index_t dim, reduce_options options = {}) {
  return calls::allocate_two<values_and_indices<value_t<X>>>(op::median(dim, options.keepdim), x);
}

}  // namespace tenon::inline v0::inline TENON_BUILD
