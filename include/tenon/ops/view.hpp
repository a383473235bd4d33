#pragma once
// Views as functions: the same memory under another shape. No element is copied, and a write through a view is seen by all.
//
//   transpose(x, 0, 1)      takes a tensor, a result (whose error passes through), an expression (evaluated first), or an
//                           any_tensor, and gives a result<tensor<T>> (of an any_tensor: a result<any_tensor>)
//
// Dimension numbers count from the end when negative. All dtypes, all devices. The meaning and the names are PyTorch's.
// Errors: dim_out_of_range; and as each one says.
#include <tenon/ops/calls/view.hpp>

namespace tenon::inline v0::inline TENON_BUILD {

/// The elements in C order under another shape; one extent may be -1, and is then worked out.
/// shape_mismatch where the number of elements differs, or where it cannot be done without a copy (see reshape).
template <any_operand X>
[[nodiscard]] auto view(X&& x, const shape& s) {
  return calls::on_handle("view", std::forward<X>(x), [&](const any_tensor& t) { return t.view(s); });
}
/// Dimension d of the result is dimension dims[d] of x.       invalid_argument: not a permutation.
template <any_operand X>
[[nodiscard]] auto permute(X&& x, const dim_list& dims) {
  return calls::on_handle("permute", std::forward<X>(x), [&](const any_tensor& t) { return t.permute(dims); });
}
template <any_operand X>
[[nodiscard]] auto transpose(X&& x, index_t dim0, index_t dim1) {
  return calls::on_handle("transpose", std::forward<X>(x), [=](const any_tensor& t) { return t.transpose(dim0, dim1); });
}
template <any_operand X>
[[nodiscard]] auto swapaxes(X&& x, index_t dim0, index_t dim1) {
  return calls::on_handle("swapaxes", std::forward<X>(x), [=](const any_tensor& t) { return t.transpose(dim0, dim1); });
}
/// A matrix transposed; of a vector or scalar, itself.         shape_mismatch: more than two dimensions.
template <any_operand X>
[[nodiscard]] auto t(X&& x) {
  return calls::on_handle("t", std::forward<X>(x), [](const any_tensor& m) -> result<any_tensor> {
    if (m.rank() < 2) return m;
    if (m.rank() > 2)
      return error(error_code::shape_mismatch, "t", make_text("shape ", m.shape(), " has more than two dimensions; use mT or transpose"));
    return m.transpose(0, 1);
  });
}
/// The last two dimensions exchanged.                          shape_mismatch: fewer than two dimensions.
template <any_operand X>
[[nodiscard]] auto mT(X&& x) {
  return calls::on_handle("mT", std::forward<X>(x), [](const any_tensor& m) -> result<any_tensor> {
    if (m.rank() < 2) return error(error_code::shape_mismatch, "mT", make_text("shape ", m.shape(), " has fewer than two dimensions"));
    return m.transpose(-2, -1);
  });
}

namespace calls {

inline result<any_tensor> movedim(const any_tensor& x, const dim_list& source, const dim_list& destination) {
  const auto bad = [&](const char* why) {
    return error(error_code::invalid_argument, "movedim", make_text("from ", source, " to ", destination, ": ", why));
  };
  if (source.rank() != destination.rank()) return bad("there must be as many destinations as sources");
  int from[max_rank];                                            // of each dimension of the result; -1: not yet known
  bool moved[max_rank] = {};
  for (int d = 0; d < x.rank(); ++d) from[d] = -1;
  for (int i = 0; i < source.rank(); ++i) {
    TENON_TRY(const int s, normalize_dim("movedim", source.begin()[i], x.shape()));
    TENON_TRY(const int d, normalize_dim("movedim", destination.begin()[i], x.shape()));
    if (x.rank() == 0) continue;
    if (moved[s] || from[d] >= 0) return bad("a dimension appears twice");
    moved[s] = true;
    from[d] = s;
  }
  dim_list order;
  for (int d = 0, next = 0; d < x.rank(); ++d) {
    while (from[d] < 0 && moved[next]) ++next;
    order.push_back(from[d] >= 0 ? from[d] : next++);
  }
  return x.permute(order);
}

}  // namespace calls

/// Dimension source[i] becomes dimension destination[i]; the others keep their order.
template <any_operand X>
[[nodiscard]] auto movedim(X&& x, const dim_list& source, const dim_list& destination) {
  return calls::on_handle("movedim", std::forward<X>(x), [&](const any_tensor& t) { return calls::movedim(t, source, destination); });
}

/// x[..., start : stop : step, ...] with Python's meaning: slice(x, 0, {.start = -3}), slice(x, 1, {.step = -1}).
template <any_operand X>
[[nodiscard]] auto slice(X&& x, index_t dim, slice_range range) {
  return calls::on_handle("slice", std::forward<X>(x), [=](const any_tensor& t) { return t.slice(dim, range); });
}
/// One index of a dimension, which disappears.                 index_out_of_range
template <any_operand X>
[[nodiscard]] auto select(X&& x, index_t dim, index_t index) {
  return calls::on_handle("select", std::forward<X>(x), [=](const any_tensor& t) { return t.select(dim, index); });
}
/// `length` indices from `start`.                              index_out_of_range
template <any_operand X>
[[nodiscard]] auto narrow(X&& x, index_t dim, index_t start, index_t length) {
  return calls::on_handle("narrow", std::forward<X>(x), [=](const any_tensor& t) { return t.narrow(dim, start, length); });
}

/// Extents of 1 repeated without copying, and dimensions added in front; -1 keeps an extent.       shape_mismatch
template <any_operand X>
[[nodiscard]] auto expand(X&& x, const shape& s) {
  return calls::on_handle("expand", std::forward<X>(x), [&](const any_tensor& t) { return t.expand(s); });
}
template <any_operand X>
[[nodiscard]] auto broadcast_to(X&& x, const shape& s) {
  return calls::on_handle("broadcast_to", std::forward<X>(x), [&](const any_tensor& t) { return t.expand(s); });
}
template <any_operand X, any_operand Y>
[[nodiscard]] auto expand_as(X&& x, const Y& other) -> result<calls::handle_of_t<X>> {
  TENON_TRY(const any_tensor y, calls::take(other));
  return calls::on_handle("expand_as", std::forward<X>(x), [&](const any_tensor& t) { return t.expand(y.shape()); });
}
template <any_operand X>
[[nodiscard]] auto squeeze(X&& x) {
  return calls::on_handle("squeeze", std::forward<X>(x), [](const any_tensor& t) { return t.squeeze(); });
}
template <any_operand X>
[[nodiscard]] auto squeeze(X&& x, index_t dim) {
  return calls::on_handle("squeeze", std::forward<X>(x), [=](const any_tensor& t) { return t.squeeze(dim); });
}
template <any_operand X>
[[nodiscard]] auto unsqueeze(X&& x, index_t dim) {
  return calls::on_handle("unsqueeze", std::forward<X>(x), [=](const any_tensor& t) { return t.unsqueeze(dim); });
}
/// Elements (i, i + offset) of two dimensions, as a new last dimension.       invalid_argument: not two dimensions.
template <any_operand X>
[[nodiscard]] auto diagonal(X&& x, index_t offset = 0, index_t dim0 = 0, index_t dim1 = 1) {
  return calls::on_handle("diagonal", std::forward<X>(x), [=](const any_tensor& t) { return t.diagonal(offset, dim0, dim1); });
}

namespace calls {

inline result<any_tensor> unflatten(const any_tensor& x, index_t dim, const shape& sizes) {
  TENON_TRY(const int d, normalize_dim("unflatten", dim, x.shape()));
  if (x.rank() == 0 || sizes.rank() == 0)
    return error(error_code::invalid_argument, "unflatten", make_text("dim ", dim, " of shape ", x.shape(), " cannot become ", sizes));
  // The dimension alone, as a tensor of its own, decides what -1 is and whether the sizes fit.
  any_tensor line(x.memory(), const_cast<std::byte*>(x.bytes()), shape(x.size(d)), dense_strides(shape(x.size(d))), x.dtype(), x.where());
  auto split = line.view(sizes);
  if (!split)
    return error(split.error().code(), "unflatten", make_text("dim ", dim, " of shape ", x.shape(), " does not hold ", sizes));
  shape s;
  for (int i = 0; i < x.rank(); ++i)
    for (int j = 0; j < (i == d ? split->rank() : 1); ++j)
      if (!s.push_back(i == d ? split->size(j) : x.size(i)))
        return error(error_code::unsupported, "unflatten", make_text("a tensor has at most ", max_rank, " dimensions"));
  return x.view(s);
}

inline result<any_tensor> at_least(const any_tensor& x, int rank) {
  any_tensor r = x;
  while (r.rank() < rank) {
    TENON_TRY(r, r.unsqueeze(rank == 3 && r.rank() == 2 ? 2 : 0));
  }
  return r;
}

}  // namespace calls

/// One dimension as several: unflatten(x, 1, {2, -1}).         shape_mismatch
template <any_operand X>
[[nodiscard]] auto unflatten(X&& x, index_t dim, const shape& sizes) {
  return calls::on_handle("unflatten", std::forward<X>(x), [&](const any_tensor& t) { return calls::unflatten(t, dim, sizes); });
}

template <any_operand X>
[[nodiscard]] auto atleast_1d(X&& x) {
  return calls::on_handle("atleast_1d", std::forward<X>(x), [](const any_tensor& t) { return calls::at_least(t, 1); });
}
/// (n) becomes (1, n).
template <any_operand X>
[[nodiscard]] auto atleast_2d(X&& x) {
  return calls::on_handle("atleast_2d", std::forward<X>(x), [](const any_tensor& t) { return calls::at_least(t, 2); });
}
/// (n) becomes (1, n, 1), (m, n) becomes (m, n, 1).
template <any_operand X>
[[nodiscard]] auto atleast_3d(X&& x) {
  return calls::on_handle("atleast_3d", std::forward<X>(x), [](const any_tensor& t) { return calls::at_least(t, 3); });
}

// ---- several views of one tensor: a result<list<tensor<T>>> --------------------------------------------------------------
/// Pieces of `size`; the last may be smaller.                   invalid_argument: size 0 of something.
template <any_operand X>
[[nodiscard]] auto split(X&& x, index_t size, index_t dim = 0) {
  return calls::pieces_of("split", std::forward<X>(x), [=](const any_tensor& t) { return t.split(size, dim); });
}
/// Pieces of these sizes: split(x, {1, 2, 3}), or a std::span for more than eight.       shape_mismatch: another sum.
template <any_operand X>
[[nodiscard]] auto split(X&& x, const shape& sizes, index_t dim = 0) {
  return calls::pieces_of("split", std::forward<X>(x), [&](const any_tensor& t) { return t.split(sizes, dim); });
}
template <any_operand X>
[[nodiscard]] auto split(X&& x, std::span<const index_t> sizes, index_t dim = 0) {
  return calls::pieces_of("split", std::forward<X>(x), [&](const any_tensor& t) { return t.split(sizes, dim); });
}
/// Pieces of ceil(n / chunks), so that there may be fewer than `chunks`.       invalid_argument: chunks < 1.
template <any_operand X>
[[nodiscard]] auto chunk(X&& x, index_t chunks, index_t dim = 0) {
  return calls::pieces_of("chunk", std::forward<X>(x), [=](const any_tensor& t) { return t.chunk(chunks, dim); });
}
/// The indices of a dimension, each as a tensor without it.
template <any_operand X>
[[nodiscard]] auto unbind(X&& x, index_t dim = 0) {
  return calls::pieces_of("unbind", std::forward<X>(x), [=](const any_tensor& t) { return t.unbind(dim); });
}

/// Exactly `sections` pieces, as equal as can be, the longer ones first.       invalid_argument: sections < 1.
template <any_operand X>
[[nodiscard]] auto tensor_split(X&& x, index_t sections, index_t dim = 0) {
  return calls::pieces_of("tensor_split", std::forward<X>(x), [=](const any_tensor& t) { return t.tensor_split(sections, dim); });
}
/// Cut at these indices, which are slices' ends: negative ones count from the end, too large ones are clamped.
template <any_operand X>
[[nodiscard]] auto tensor_split(X&& x, std::span<const index_t> indices, index_t dim = 0) {
  return calls::pieces_of("tensor_split", std::forward<X>(x), [&](const any_tensor& t) { return t.tensor_split(indices, dim); });
}
template <any_operand X>
[[nodiscard]] auto tensor_split(X&& x, const shape& indices, index_t dim = 0) {
  return tensor_split(std::forward<X>(x), std::span(indices.begin(), indices.end()), dim);
}

}  // namespace tenon::inline v0::inline TENON_BUILD
