#pragma once
// diagonal, diag_embed, trace, block_diag.
#include <tenon/linalg/call.hpp>
#include <tenon/ops/calls/fill.hpp>
#include <tenon/ops/calls/tensor_list.hpp>
#include <tenon/ops/reduction/sum.hpp>
#include <tenon/ops/view.hpp>

namespace tenon::inline v0::linalg::inline TENON_BUILD {

namespace detail {

inline result<any_tensor> zeros(const char* name, const shape& s, dtype type, placement where) {
  TENON_TRY(any_tensor out, allocate_tensor(name, s, type, where));
  if (const auto bytes = static_cast<std::size_t>(out.numel() * size_of(type)); bytes > 0) std::memset(out.bytes(), 0, bytes);
  return out;
}

inline result<any_tensor> diag_embed(const any_tensor& x, index_t offset, index_t dim1, index_t dim2) {
  const char* const name = "diag_embed";
  if (x.rank() == 0 || x.rank() == max_rank)
    return error(error_code::shape_mismatch, name, make_text("shape ", x.shape(), " must have 1 to ", max_rank - 1, " dimensions"));
  constexpr index_t far = index_t{1} << 31;
  if (offset < -far || offset > far) return error(error_code::invalid_argument, name, make_text("offset ", offset, " is too large"));
  const index_t n = x.size(-1) + (offset < 0 ? -offset : offset);
  shape s = x.shape();
  s.push_back(1);                                            // of the result's rank, for its dimension numbers
  TENON_TRY(const int a, normalize_dim(name, dim1, s));
  TENON_TRY(const int b, normalize_dim(name, dim2, s));
  if (a == b) return error(error_code::invalid_argument, name, make_text("two different dimensions are needed, got ", dim1, " and ", dim2));
  shape batch = x.shape();
  batch.erase(x.rank() - 1);
  shape out_shape;
  for (int d = 0, from = 0; d < s.rank(); ++d) out_shape.push_back(d == a || d == b ? n : batch[from++]);
  TENON_TRY(const any_tensor out, zeros(name, out_shape, x.dtype(), x.where()));
  TENON_TRY(any_tensor line, out.diagonal(offset, a, b));
  calls::copy(x, line);
  return out;
}

inline result<any_tensor> block_diag(list<any_tensor> blocks) {
  const char* const name = "block_diag";
  index_t rows = 0, columns = 0;
  for (any_tensor& x : blocks) {
    if (x.rank() > 2) return error(error_code::shape_mismatch, name, make_text("blocks are matrices, vectors (rows) or numbers; got shape ", x.shape()));
    while (x.rank() < 2) {
      TENON_TRY(x, x.unsqueeze(0));
    }
    if (__builtin_add_overflow(rows, x.size(0), &rows) || __builtin_add_overflow(columns, x.size(1), &columns))
      return error(error_code::size_overflow, name, make_text("the blocks together have more rows or columns than 63 bits can count"));
  }
  TENON_TRY(const any_tensor out, zeros(name, {rows, columns}, blocks[0].dtype(), blocks[0].where()));
  rows = columns = 0;
  for (const any_tensor& x : blocks) {
    TENON_TRY(const any_tensor band, out.narrow(0, rows, x.size(0)));
    TENON_TRY(any_tensor place, band.narrow(1, columns, x.size(1)));
    calls::copy(x, place);
    rows += x.size(0);
    columns += x.size(1);
  }
  return out;
}

}  // namespace detail

/// diagonal(A): the diagonals of the matrices in dimensions dim1 and dim2, as the last dimension; a view.   A (..., m, n) -> (..., k)
/// As tenon::diagonal, but with the last two dimensions by default.   Errors   dim_out_of_range, invalid_argument.
template <any_operand X>
[[nodiscard]] auto diagonal(X&& x, index_t offset = 0, index_t dim1 = -2, index_t dim2 = -1) {
  return tenon::diagonal(std::forward<X>(x), offset, dim1, dim2);
}

/// diag_embed(x): matrices with the last dimension of x on their diagonal and zeros elsewhere; they lie in dimensions dim1 and dim2 of
/// the result. offset > 0: on a diagonal above, < 0: below.      x (..., n) -> (..., n + |offset|, n + |offset|)
/// Dtypes   all.     Errors   shape_mismatch, dim_out_of_range, invalid_argument, out_of_memory.
template <any_operand X>
[[nodiscard]] auto diag_embed(X&& x, index_t offset = 0, index_t dim1 = -2, index_t dim2 = -1) {
  return calls::on_handle("diag_embed", std::forward<X>(x), [=](const any_tensor& a) { return detail::diag_embed(a, offset, dim1, dim2); });
}

/// trace(A): the sum of the diagonal.        A (m, n) -> ()
/// Dtypes   as sum: integers give int64.     Errors   shape_mismatch, out_of_memory.
template <operand X>
[[nodiscard]] auto trace(X&& x) {
  using T = value_t<X>;
  return calls::with_tensors("trace", [](const any_tensor& a) -> decltype(tenon::sum(std::declval<const tensor<T>&>())) {
    if (a.rank() != 2) return error(error_code::shape_mismatch, "trace", make_text("a matrix is needed, got shape ", a.shape()));
    TENON_TRY(const any_tensor line, a.diagonal());
    return tenon::sum(tensor<T>::unchecked(line));
  }, x);
}

/// block_diag({A, B, ...}): a matrix with the blocks along its diagonal and zeros elsewhere. A vector is a block of one row.
/// Dtypes   all; the blocks' must be the same.     Errors   shape_mismatch, dtype_mismatch, invalid_argument (no blocks), out_of_memory.
template <any_operand X>
[[nodiscard]] result<calls::handle_of_t<X>> block_diag(std::initializer_list<X> xs) {
  TENON_TRY(auto handles, calls::take_list("block_diag", xs));
  return calls::typed<X>(calls::said_of("block_diag", detail::block_diag(std::move(handles))));
}
template <tensor_range R>
[[nodiscard]] result<calls::handle_of_t<calls::list_element_t<R>>> block_diag(const R& xs) {
  TENON_TRY(auto handles, calls::take_list("block_diag", xs));
  return calls::typed<calls::list_element_t<R>>(calls::said_of("block_diag", detail::block_diag(std::move(handles))));
}

}  // namespace tenon::inline v0::linalg::inline TENON_BUILD
