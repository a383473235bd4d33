#pragma once
// Several tensors side by side in one: cat, stack, hstack, vstack, dstack.
//
//   cat({a, b}, 1)          cat(pieces, 0)          cat<float>({a, f(b)}, 0)          (ops/calls/tensor_list.hpp)
//
// Dtypes    all; those of one list must be the same.
// Layout    any strides; each piece is one copy, at the speed of kernels/cpu/copy.hpp.
// Errors    what a tensor of the list carries; invalid_argument (an empty list), shape_mismatch, dim_out_of_range, dtype_mismatch and
//           device_mismatch (of tensors that know their type at run time only), out_of_memory; _into also not_writable and
//           overlapping_memory.
#include <tenon/ops/calls/tensor_list.hpp>
#include <tenon/ops/view.hpp>

namespace tenon::inline v0::inline TENON_BUILD {

namespace op {

struct cat {
  static constexpr const char* name = "cat";
  static constexpr dtype_set dtypes = all_dtypes;
  static constexpr bool any_device = true;                   // copies alone
  index_t dim;

  // As in PyTorch, an empty vector beside tensors of another rank does not count: a list may be grown from nothing.
  static bool counts(const any_tensor& x) { return x.rank() != 1 || x.size(0) != 0; }

  result<shape> check(const list<any_tensor>& xs) const {
    const any_tensor* first = nullptr;
    for (const any_tensor& x : xs)
      if (first == nullptr && counts(x)) first = &x;
    if (first == nullptr) first = &xs[0];
    if (first->rank() == 0)
      return error(error_code::shape_mismatch, name, make_text("a tensor of rank 0 has no dimension to put others behind; use stack"));
    TENON_TRY(const int d, normalize_dim(name, dim, first->shape()));
    shape s = first->shape();
    index_t total = 0;
    for (index_t i = 0; i < xs.size(); ++i) {
      const any_tensor& x = xs[i];
      if (!counts(x)) continue;
      bool fits = x.rank() == s.rank();
      for (int e = 0; fits && e < s.rank(); ++e) fits = e == d || x.size(e) == s[e];
      if (!fits)
        return error(error_code::shape_mismatch, name,
                     make_text("tensor ", i, " of shape ", x.shape(), " does not fit beside ", first->shape(), ": all extents but that of dim ", d,
                               " must be equal"));
      if (x.size(d) > INT64_MAX - total)
        return error(error_code::size_overflow, name, make_text("the extents along dim ", d, " add up to more than 63 bits"));
      total += x.size(d);
    }
    s.set(d, total);
    return s;
  }
  void run(any_tensor& out, const list<any_tensor>& xs) const {
    const int d = *normalize_dim(name, dim, out.shape());
    index_t start = 0;
    for (const any_tensor& x : xs) {
      if (!counts(x)) continue;
      any_tensor part = *out.narrow(d, start, x.size(d));
      calls::copy(x, part);
      start += x.size(d);
    }
  }
};

struct stack {
  static constexpr const char* name = "stack";
  static constexpr dtype_set dtypes = all_dtypes;
  static constexpr bool any_device = true;                   // copies alone
  index_t dim;

  result<shape> check(const list<any_tensor>& xs) const {
    for (index_t i = 1; i < xs.size(); ++i)
      if (xs[i].shape() != xs[0].shape())
        return error(error_code::shape_mismatch, name,
                     make_text("tensor ", i, " has shape ", xs[i].shape(), ", the first one ", xs[0].shape(), "; stack needs equal shapes"));
    shape s = xs[0].shape();
    const index_t d = dim < 0 ? dim + s.rank() + 1 : dim;
    if (d < 0 || d > s.rank())
      return error(error_code::dim_out_of_range, name,
                   make_text("dim ", dim, " is out of range for shape ", s, " (expected ", -s.rank() - 1, " .. ", s.rank(), ")"));
    if (!s.insert(static_cast<int>(d), xs.size()))
      return error(error_code::unsupported, name, make_text("a tensor has at most ", max_rank, " dimensions"));
    return s;
  }
  void run(any_tensor& out, const list<any_tensor>& xs) const {
    for (index_t i = 0; i < xs.size(); ++i) {
      any_tensor part = *out.select(dim, i);
      calls::copy(xs[i], part);
    }
  }
};

}  // namespace op

namespace calls {

// cat along `dim` of tensors that have at least that rank, or are made so; along dim 0 where they are vectors.
inline result<any_tensor> cat_raised(list<any_tensor> xs, int rank, int dim) {
  for (any_tensor& x : xs) {
    TENON_TRY(x, at_least(x, rank));
  }
  return allocate_from_list(op::cat{xs[0].rank() == 1 ? 0 : dim}, xs);
}
template <tensor_range R>
result<handle_of_t<list_element_t<R>>> cat_raised(const char* op, const R& xs, int rank, int dim) {
  TENON_TRY(auto handles, take_list(op, xs));
  return typed<list_element_t<R>>(said_of(op, cat_raised(std::move(handles), rank, dim)));
}

}  // namespace calls

/// The tensors one after the other along `dim`.          (.., n_i, ..) -> (.., sum of n_i, ..)
/// All other extents must be equal. Tensors of shape [0] are passed over, whatever the others are.
template <any_operand X>
[[nodiscard]] auto cat(std::initializer_list<X> xs, index_t dim = 0) {
  return calls::allocate_list(op::cat{dim}, xs);
}
template <element T>
[[nodiscard]] result<tensor<T>> cat(std::initializer_list<result<tensor<T>>> xs, index_t dim = 0) {
  return calls::allocate_list(op::cat{dim}, xs);
}
template <tensor_range R>
[[nodiscard]] auto cat(const R& xs, index_t dim = 0) {
  return calls::allocate_list(op::cat{dim}, xs);
}
template <target O>
result<void> cat_into(O&& out, std::initializer_list<result<tensor<value_t<O>>>> xs, index_t dim = 0) {
  return calls::into_list(op::cat{dim}, out, xs);
}
template <target O, tensor_range R>
result<void> cat_into(O&& out, const R& xs, index_t dim = 0) {
  return calls::into_list(op::cat{dim}, out, xs);
}

/// Tensors of one shape along a new dimension: stack({a, b}, 0)[1] is b.       m of (..) -> (.., m, ..)
template <any_operand X>
[[nodiscard]] auto stack(std::initializer_list<X> xs, index_t dim = 0) {
  return calls::allocate_list(op::stack{dim}, xs);
}
template <element T>
[[nodiscard]] result<tensor<T>> stack(std::initializer_list<result<tensor<T>>> xs, index_t dim = 0) {
  return calls::allocate_list(op::stack{dim}, xs);
}
template <tensor_range R>
[[nodiscard]] auto stack(const R& xs, index_t dim = 0) {
  return calls::allocate_list(op::stack{dim}, xs);
}
template <target O>
result<void> stack_into(O&& out, std::initializer_list<result<tensor<value_t<O>>>> xs, index_t dim = 0) {
  return calls::into_list(op::stack{dim}, out, xs);
}
template <target O, tensor_range R>
result<void> stack_into(O&& out, const R& xs, index_t dim = 0) {
  return calls::into_list(op::stack{dim}, out, xs);
}

/// Side by side: cat along dim 1, or along dim 0 for vectors and scalars.
template <any_operand X>
[[nodiscard]] auto hstack(std::initializer_list<X> xs) {
  return calls::cat_raised("hstack", xs, 1, 1);
}
template <element T>
[[nodiscard]] auto hstack(std::initializer_list<result<tensor<T>>> xs) {
  return calls::cat_raised("hstack", xs, 1, 1);
}
template <tensor_range R>
[[nodiscard]] auto hstack(const R& xs) {
  return calls::cat_raised("hstack", xs, 1, 1);
}
/// On top of each other: cat along dim 0, vectors being rows.
template <any_operand X>
[[nodiscard]] auto vstack(std::initializer_list<X> xs) {
  return calls::cat_raised("vstack", xs, 2, 0);
}
template <element T>
[[nodiscard]] auto vstack(std::initializer_list<result<tensor<T>>> xs) {
  return calls::cat_raised("vstack", xs, 2, 0);
}
template <tensor_range R>
[[nodiscard]] auto vstack(const R& xs) {
  return calls::cat_raised("vstack", xs, 2, 0);
}
/// Behind each other: cat along dim 2; a vector (n) is seen as (1, n, 1), a matrix (m, n) as (m, n, 1).
template <any_operand X>
[[nodiscard]] auto dstack(std::initializer_list<X> xs) {
  return calls::cat_raised("dstack", xs, 3, 2);
}
template <element T>
[[nodiscard]] auto dstack(std::initializer_list<result<tensor<T>>> xs) {
  return calls::cat_raised("dstack", xs, 3, 2);
}
template <tensor_range R>
[[nodiscard]] auto dstack(const R& xs) {
  return calls::cat_raised("dstack", xs, 3, 2);
}

}  // namespace tenon::inline v0::inline TENON_BUILD
