#pragma once
// meshgrid: coordinates of the points of a grid, as views that cost no memory.
#include <tenon/ops/calls/tensor_list.hpp>

namespace tenon::inline v0 {

enum class grid_indexing : std::uint8_t { ij, xy };      // rows first, as in matrices; or columns first, as in pictures

}  // namespace tenon::inline v0

namespace tenon::inline v0::inline TENON_BUILD {

namespace calls {

inline result<list<any_tensor>> meshgrid(const list<any_tensor>& xs, grid_indexing indexing) {
  constexpr const char* name = "meshgrid";
  const int n = xs.size() <= max_rank ? static_cast<int>(xs.size()) : max_rank + 1;
  if (n > max_rank) return error(error_code::unsupported, name, make_text("a tensor has at most ", max_rank, " dimensions, got ", xs.size(), " vectors"));
  // Which dimension vector i runs along.
  const auto dim_of = [&](int i) { return indexing == grid_indexing::xy && n > 1 && i < 2 ? 1 - i : i; };
  shape s;
  for (int d = 0; d < n; ++d) s.push_back(0);
  for (int i = 0; i < n; ++i) {
    if (xs[i].rank() > 1)
      return error(error_code::shape_mismatch, name, make_text("vectors are needed, but tensor ", i, " has shape ", xs[i].shape()));
    s.set(dim_of(i), xs[i].numel());
  }
  TENON_TRY_VOID(checked_numel(name, s, size_of(xs[0].dtype())));
  TENON_TRY(auto grids, list<any_tensor>::make(name, n));
  for (int i = 0; i < n; ++i) {
    strides_list strides;
    strides[dim_of(i)] = xs[i].stride(0);
    grids.push_back(any_tensor(xs[i].memory(), const_cast<std::byte*>(xs[i].bytes()), s, strides, xs[i].dtype(), xs[i].where()));
  }
  return grids;
}

template <tensor_range R>
result<list<handle_of_t<list_element_t<R>>>> meshgrid(const R& xs, grid_indexing indexing) {
  TENON_TRY(const auto handles, take_list("meshgrid", xs));
  return typed<list_element_t<R>>("meshgrid", meshgrid(handles, indexing));
}

}  // namespace calls

/// n vectors x_0 .. x_(n-1) -> n tensors of rank n: element (i_0, .., i_(n-1)) of tensor d is x_d[i_d]. With grid_indexing::xy the
/// first two dimensions are exchanged. A tensor of rank 0 is a vector of one.
///
/// Dtypes   all; those of one list must be the same.
/// Views    The results share the vectors' memory, each element many times: clone one before writing into it.
/// Errors   invalid_argument (no vectors), shape_mismatch (not vectors), unsupported (more than eight), dtype_mismatch.
template <any_operand X>
[[nodiscard]] auto meshgrid(std::initializer_list<X> xs, grid_indexing indexing = grid_indexing::ij) {
  return calls::meshgrid(xs, indexing);
}
template <element T>
[[nodiscard]] auto meshgrid(std::initializer_list<result<tensor<T>>> xs, grid_indexing indexing = grid_indexing::ij) {
  return calls::meshgrid(xs, indexing);
}
template <tensor_range R>
[[nodiscard]] auto meshgrid(const R& xs, grid_indexing indexing = grid_indexing::ij) {
  return calls::meshgrid(xs, indexing);
}

}  // namespace tenon::inline v0::inline TENON_BUILD
