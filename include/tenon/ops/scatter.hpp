#pragma once
// Writing through an index: scatter, scatter_add.
//
// Indices   integer tensors, of any layout, 0 .. n - 1. All are checked before anything is written: one that is out of
//           range is an error that names it, its position and the range, and the target is left unchanged.
// Order     Where several elements go to one place, they do so in C order of the index, whatever the number of threads: the last
//           one stays, and sums are formed from left to right.
// Dtypes    all; src has x's dtype.
// Layout    any strides.
// Errors    index_out_of_range, shape_mismatch, dim_out_of_range, out_of_memory; _into and _ also not_writable and
//           overlapping_memory.
#include <tenon/core/convert.hpp>
#include <tenon/ops/calls/index.hpp>

namespace tenon::inline v0::inline TENON_BUILD {

namespace calls {

// The index fits into src in every dimension, and into x in every one but `dim`. Without src, its extents are the index's.
inline result<shape> check_scatter(const char* op, const any_tensor& x, index_t dim, const any_tensor& index, const any_tensor* src) {
  TENON_TRY(const int d, normalize_dim(op, dim, x.shape()));
  bool fits = x.rank() == index.rank(), covered = src == nullptr || src->rank() == index.rank();
  for (int e = 0; fits && e < x.rank(); ++e) fits = e == d || index.size(e) <= x.size(e);
  for (int e = 0; src && covered && e < index.rank(); ++e) covered = index.size(e) <= src->size(e);
  if (!fits)
    return error(error_code::shape_mismatch, op,
                 make_text("index ", index.shape(), " must have as many dimensions as x ", x.shape(), ", and no larger extents but along dim ", d));
  if (!covered)
    return error(error_code::shape_mismatch, op,
                 make_text("index ", index.shape(), " must have as many dimensions as src ", src->shape(), ", and no larger extents"));
  return x.shape();
}

// x, or a copy of it where a write to `out` could change it.
inline result<any_tensor> apart_from(const char* op, const any_tensor& x, const any_tensor& out) {
  if (!may_overlap(x, out)) return x;
  TENON_TRY(any_tensor copied, allocate_tensor(op, x.shape(), x.dtype(), x.where()));
  copy(x, copied);
  return copied;
}

// x into out, then src through the checked index.
template <class Kernel>
result<void> scatter_into(const char* op, any_tensor& out, const any_tensor& x, index_t dim, const any_tensor& index, const any_tensor& src,
                          Kernel kernel) {
  const int d = *normalize_dim(op, dim, x.shape());
  TENON_TRY(const any_tensor checked, checked_index(op, index, x.shape(), d));
  TENON_TRY(const any_tensor positions, apart_from(op, checked, out));
  TENON_TRY(const any_tensor values, apart_from(op, src, out));
  if (!same_view(x, out)) copy(x, out);
  if (index.numel() == 0) return {};
  const auto plan = plan_index(index.shape(), values, out, positions, d, true);
  kernel(index_context(plan, index.numel()), plan, out.bytes(), values.bytes(), positions.bytes());
  return {};
}

}  // namespace calls

namespace op {

struct scatter {
  static constexpr const char* name = "scatter";
  static constexpr dtype_set dtypes = all_dtypes;
  static constexpr bool in_place = true;
  index_t dim;

  result<shape> check(const any_tensor& x, const any_tensor& index, const any_tensor& src) const {
    return calls::check_scatter(name, x, dim, index, &src);
  }
  template <class...>
  result<void> run(any_tensor& out, const any_tensor& x, const any_tensor& index, const any_tensor& src) const {
    return calls::scatter_into(name, out, x, dim, index, src, &kernels::cpu::scatter);
  }
};

// One value to every place.
template <class T>
struct scatter_value {
  static constexpr const char* name = "scatter";
  static constexpr dtype_set dtypes = all_dtypes;
  static constexpr bool in_place = true;
  index_t dim;
  T value;

  result<shape> check(const any_tensor& x, const any_tensor& index) const { return calls::check_scatter(name, x, dim, index, nullptr); }
  template <class...>
  result<void> run(any_tensor& out, const any_tensor& x, const any_tensor& index) const {
    TENON_TRY(any_tensor one, allocate_tensor(name, shape(), dtype_of<T>, x.where()));
    one.kernel_view<T>().data[0] = value;
    TENON_TRY(const any_tensor src, one.expand(index.shape()));
    return calls::scatter_into(name, out, x, dim, index, src, &kernels::cpu::scatter);
  }
};

struct scatter_add {
  static constexpr const char* name = "scatter_add";
  static constexpr dtype_set dtypes = all_dtypes;
  static constexpr bool in_place = true;
  index_t dim;

  result<shape> check(const any_tensor& x, const any_tensor& index, const any_tensor& src) const {
    return calls::check_scatter(name, x, dim, index, &src);
  }
  template <class T, class...>
  result<void> run(any_tensor& out, const any_tensor& x, const any_tensor& index, const any_tensor& src) const {
    if constexpr (half_type<T>) {
      TENON_TRY(const auto wide, calls::elementwise_as(name, functions::convert_to<float>{}, tensor<T>::unchecked(x)));
      any_tensor sums = wide.any();
      TENON_TRY_VOID(calls::scatter_into(name, sums, sums, dim, index, src, &kernels::cpu::scatter_add<T>));
      return calls::elementwise_into_as(name, tensor<T>::unchecked(out), functions::convert_to<T>{}, wide);
    } else {
      return calls::scatter_into(name, out, x, dim, index, src, &kernels::cpu::scatter_add<T>);
    }
  }
};

}  // namespace op

/// x with out[i][index[i][j][k]][k] = src[i][j][k] for dim 1 of three, and so on.         y has x's shape
/// The index has as many dimensions as x and src, and may be smaller than src in each, and than x in each but `dim`.
template <operand X, operand I, operand S>
[[nodiscard]] auto scatter(X&& x, index_t dim, I&& index, S&& src) {
  static_assert(std::is_same_v<value_t<X>, value_t<S>>, "src must have x's element type; convert it with tenon::to<T>(src)");
  return calls::allocate(op::scatter{dim}, x, calls::indices(op::scatter::name, index), src);
}
template <target O, operand X, operand I, operand S>
result<void> scatter_into(O&& out, X&& x, index_t dim, I&& index, S&& src) {
  static_assert(std::is_same_v<value_t<X>, value_t<S>>, "src must have x's element type; convert it with tenon::to<T>(src)");
  return calls::into(op::scatter{dim}, out, x, calls::indices(op::scatter::name, index), src);
}
template <target X, operand I, operand S>
result<void> scatter_(X&& x, index_t dim, I&& index, S&& src) {
  return scatter_into(x, x, dim, index, src);
}

/// The same with one value, converted to x's dtype by the rule of core/convert.hpp.
template <operand X, operand I, scalar V>
[[nodiscard]] auto scatter(X&& x, index_t dim, I&& index, V value) {
  using T = value_t<X>;
  return calls::allocate(op::scatter_value<T>{dim, convert_value<T>(value)}, x, calls::indices(op::scatter::name, index));
}
template <target O, operand X, operand I, scalar V>
result<void> scatter_into(O&& out, X&& x, index_t dim, I&& index, V value) {
  using T = value_t<X>;
  return calls::into(op::scatter_value<T>{dim, convert_value<T>(value)}, out, x, calls::indices(op::scatter::name, index));
}
template <target X, operand I, scalar V>
result<void> scatter_(X&& x, index_t dim, I&& index, V value) {
  return scatter_into(x, x, dim, index, value);
}

/// As scatter, with += : sums of what meets at one place, x's own element included.
/// Integers wrap, bool is "or". half and bfloat16 are summed up in float (which takes a float copy of x) and rounded once; the error
/// of a sum of m terms is at most m - 1 roundings of its partial sums.
template <operand X, operand I, operand S>
[[nodiscard]] auto scatter_add(X&& x, index_t dim, I&& index, S&& src) {
  static_assert(std::is_same_v<value_t<X>, value_t<S>>, "src must have x's element type; convert it with tenon::to<T>(src)");
  return calls::allocate(op::scatter_add{dim}, x, calls::indices(op::scatter_add::name, index), src);
}
template <target O, operand X, operand I, operand S>
result<void> scatter_add_into(O&& out, X&& x, index_t dim, I&& index, S&& src) {
  static_assert(std::is_same_v<value_t<X>, value_t<S>>, "src must have x's element type; convert it with tenon::to<T>(src)");
  return calls::into(op::scatter_add{dim}, out, x, calls::indices(op::scatter_add::name, index), src);
}
template <target X, operand I, operand S>
result<void> scatter_add_(X&& x, index_t dim, I&& index, S&& src) {
  return scatter_add_into(x, x, dim, index, src);
}

}  // namespace tenon::inline v0::inline TENON_BUILD
