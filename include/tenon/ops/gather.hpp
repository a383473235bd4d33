#pragma once
// Reading through an index: gather, take_along_dim, index_select, embedding.
//
// Indices   integer tensors, of any layout. All are checked before anything is written: one that is out of range is an
//           error that names it, its position and the range. Negative ones are out of range, as in PyTorch, but in
//           take_along_dim, where they count from the end.
// Dtypes    all.
// Layout    any strides. Where one index takes a whole dense row, rows are copied; else elements one by one.
// Errors    index_out_of_range, shape_mismatch, dim_out_of_range, out_of_memory; _into also not_writable and overlapping_memory.
//           out is unchanged where there is an error.
#include <tenon/ops/calls/index.hpp>

namespace tenon::inline v0::inline TENON_BUILD {

struct embedding_options {
  index_t padding_idx = omitted;     // a row that training leaves alone; checked, and without influence here
};

namespace op {

struct gather {
  static constexpr const char* name = "gather";
  static constexpr dtype_set dtypes = all_dtypes;
  template <class>
  using kernel = kernels::gather_kernel;
  index_t dim;

  result<shape> check(const any_tensor& x, const any_tensor& index) const {
    TENON_TRY(const int d, normalize_dim(name, dim, x.shape()));
    bool fits = x.rank() == index.rank();
    for (int e = 0; fits && e < x.rank(); ++e) fits = e == d || index.size(e) <= x.size(e);
    if (!fits)
      return error(error_code::shape_mismatch, name,
                   make_text("index ", index.shape(), " must have as many dimensions as x ", x.shape(), ", and no larger extents but along dim ", d));
    return index.shape();
  }
  template <class...>
  result<void> run(any_tensor& out, const any_tensor& x, const any_tensor& index) const {
    const int d = *normalize_dim(name, dim, x.shape());
    TENON_TRY(const any_tensor checked, calls::gather_index(name, index, x.shape(), d));
    return calls::gather_into(out, x, checked, d, name);
  }
};

struct take_along_dim {
  static constexpr const char* name = "take_along_dim";
  static constexpr dtype_set dtypes = all_dtypes;
  template <class>
  using kernel = kernels::gather_kernel;
  index_t dim;

  // Both with all dimensions but `dim` broadcast.
  struct operands {
    any_tensor x, index;
  };
  result<operands> broadcast(const any_tensor& x, const any_tensor& index) const {
    TENON_TRY(const int d, normalize_dim(name, dim, x.shape()));
    if (x.rank() != index.rank())
      return error(error_code::shape_mismatch, name,
                   make_text("index ", index.shape(), " must have as many dimensions as x ", x.shape(), "; without dim, x is flattened"));
    if (x.rank() == 0) return operands{x, index};
    shape a = x.shape(), b = index.shape();
    a.set(d, 1);
    b.set(d, 1);
    TENON_TRY(shape s, broadcast_shapes(name, a, b));
    s.set(d, x.size(d));
    TENON_TRY(any_tensor wide, x.expand(s));
    s.set(d, index.size(d));
    TENON_TRY(any_tensor wide_index, index.expand(s));
    return operands{std::move(wide), std::move(wide_index)};
  }
  result<shape> check(const any_tensor& x, const any_tensor& index) const {
    TENON_TRY(const operands o, broadcast(x, index));
    return o.index.shape();
  }
  template <class...>
  result<void> run(any_tensor& out, const any_tensor& x, const any_tensor& index) const {
    const int d = *normalize_dim(name, dim, x.shape());
    TENON_TRY(const any_tensor checked, calls::gather_index(name, index, x.shape(), d, true));
    TENON_TRY(const operands o, broadcast(x, checked));
    return calls::gather_into(out, o.x, o.index, d, name, true);
  }
};

// The same over all elements in C order.
struct take_along_all {
  static constexpr const char* name = "take_along_dim";
  static constexpr dtype_set dtypes = all_dtypes;
  template <class>
  using kernel = kernels::gather_kernel;

  result<shape> check(const any_tensor&, const any_tensor& index) const { return shape(index.numel()); }
  template <class...>
  result<void> run(any_tensor& out, const any_tensor& x, const any_tensor& index) const {
    TENON_TRY(const any_tensor whole, calls::dense(name, x));
    TENON_TRY(const any_tensor line, whole.view(shape(x.numel())));
    TENON_TRY(const any_tensor checked, calls::gather_index(name, index, line.shape(), 0, true));
    TENON_TRY(const any_tensor positions, checked.view(shape(index.numel())));
    return calls::gather_into(out, line, positions, 0, name, true);
  }
};

struct index_select {
  static constexpr const char* name = "index_select";
  static constexpr dtype_set dtypes = all_dtypes;
  template <class>
  using kernel = kernels::gather_kernel;
  index_t dim;

  result<shape> check(const any_tensor& x, const any_tensor& index) const {
    TENON_TRY(const int d, normalize_dim(name, dim, x.shape()));
    if (index.rank() > 1) return error(error_code::shape_mismatch, name, make_text("the index must be a vector, got shape ", index.shape()));
    if (x.rank() == 0 && index.numel() != 1)
      return error(error_code::shape_mismatch, name, make_text("x of rank 0 has one element to select, got an index of shape ", index.shape()));
    shape s = x.shape();
    s.set(d, index.numel());
    return s;
  }
  template <class...>
  result<void> run(any_tensor& out, const any_tensor& x, const any_tensor& index) const {
    const int d = *normalize_dim(name, dim, x.shape());
    TENON_TRY(const any_tensor checked, calls::gather_index(name, index, x.shape(), d));
    return calls::select_indices(out, x, d, checked, name);
  }
};

struct embedding {
  static constexpr const char* name = "embedding";
  static constexpr dtype_set dtypes = integer_dtypes;        // of the indices
  template <class>
  using kernel = kernels::gather_kernel;
  template <class, class W>
  using result_type = W;
  index_t padding_idx;

  result<shape> check(const any_tensor& index, const any_tensor& weight) const {
    if (weight.rank() != 2)
      return error(error_code::shape_mismatch, name,
                   make_text("weight must be a matrix of one row for each index, got shape ", weight.shape(), "; the indices come first"));
    const index_t rows = weight.size(0);
    if (padding_idx != omitted && (padding_idx < -rows || padding_idx >= rows))
      return error(error_code::invalid_argument, name, make_text("padding_idx ", padding_idx, " is not a row of weight ", weight.shape()));
    shape s = index.shape();
    if (!s.push_back(weight.size(1)))
      return error(error_code::unsupported, name, make_text("a tensor has at most ", max_rank, " dimensions"));
    return s;
  }
  template <class...>
  result<void> run(any_tensor& out, const any_tensor& index, const any_tensor& weight) const {
    TENON_TRY(const any_tensor checked, calls::gather_index(name, index, 0, weight.size(0) - 1, make_text("the rows of weight ", weight.shape())));
    const index_t n = index.numel();
    const shape lines(n, weight.size(1));
    auto view = out.view(lines);
    if (!view) {                                             // out's memory does not allow it: through a dense matrix
      TENON_TRY(view, allocate_tensor(name, lines, out.dtype(), out.where()));
    }
    TENON_TRY_VOID(calls::select_indices(*view, weight, 0, *checked.view(shape(n)), name));
    if (view->memory().get() != out.memory().get()) calls::copy(*view->view(out.shape()), out);
    return {};
  }
};

}  // namespace op

/// y[i][j][k] = x[i][index[i][j][k]][k] for dim 1 of three, and so on.            y has the index's shape
/// The index has as many dimensions as x and may be smaller in each but `dim`.
template <operand X, operand I>
[[nodiscard]] auto gather(X&& x, index_t dim, I&& index) {
  return calls::allocate(op::gather{dim}, x, calls::indices(op::gather::name, index));
}
template <target O, operand X, operand I>
result<void> gather_into(O&& out, X&& x, index_t dim, I&& index) {
  return calls::into(op::gather{dim}, out, x, calls::indices(op::gather::name, index));
}

/// As gather, with the dimensions besides `dim` broadcast, and negative indices counted from the end: what argsort, argmax and
/// topk found is read back with it. Without dim, x is read as one line, and so is the index.
template <operand X, operand I>
[[nodiscard]] auto take_along_dim(X&& x, I&& index, index_t dim) {
  return calls::allocate(op::take_along_dim{dim}, x, calls::indices(op::take_along_dim::name, index));
}
template <operand X, operand I>
[[nodiscard]] auto take_along_dim(X&& x, I&& index) {
  return calls::allocate(op::take_along_all{}, x, calls::indices(op::take_along_dim::name, index));
}
template <target O, operand X, operand I>
result<void> take_along_dim_into(O&& out, X&& x, I&& index, index_t dim) {
  return calls::into(op::take_along_dim{dim}, out, x, calls::indices(op::take_along_dim::name, index));
}

/// y[..][j][..] = x[..][index[j]][..]: slices of x in the order of a vector of indices, which may repeat.
template <operand X, operand I>
[[nodiscard]] auto index_select(X&& x, index_t dim, I&& index) {
  return calls::allocate(op::index_select{dim}, x, calls::indices(op::index_select::name, index));
}
template <target O, operand X, operand I>
result<void> index_select_into(O&& out, X&& x, index_t dim, I&& index) {
  return calls::into(op::index_select{dim}, out, x, calls::indices(op::index_select::name, index));
}

/// Rows of `weight` by number.            index (...) and weight (n, width) -> (..., width)
/// A negative index is an error, never row 0. invalid_argument: padding_idx is not a row.
template <operand I, operand W>
[[nodiscard]] auto embedding(I&& index, W&& weight, const embedding_options& options = {}) {
  return calls::allocate(op::embedding{options.padding_idx}, calls::indices(op::embedding::name, index), weight);
}
template <target O, operand I, operand W>
result<void> embedding_into(O&& out, I&& index, W&& weight, const embedding_options& options = {}) {
  return calls::into(op::embedding{options.padding_idx}, out, calls::indices(op::embedding::name, index), weight);
}

}  // namespace tenon::inline v0::inline TENON_BUILD
