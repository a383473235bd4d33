#pragma once
// tensorsolve, tensorinv: systems between tensors, seen as matrices.
#include <tenon/linalg/solve.hpp>

namespace tenon::inline v0::linalg::inline TENON_BUILD {

namespace detail {

template <class T>
result<tensor<T>> tensorsolve(const any_tensor& a, const any_tensor& b, const dim_list& dims) {
  const char* const name = "tensorsolve";
  any_tensor x = a;
  if (dims.rank() > 0) {                                     // these come last
    bool last[max_rank] = {};
    dim_list order;
    for (const index_t dim : dims) {
      TENON_TRY(const int d, normalize_dim(name, dim, a.shape()));
      if (last[d]) return error(error_code::invalid_argument, name, make_text("dim ", d, " appears twice in ", dims));
      last[d] = true;
    }
    for (int d = 0; d < a.rank(); ++d)
      if (!last[d]) order.push_back(d);
    for (const index_t dim : dims) order.push_back(dim < 0 ? dim + a.rank() : dim);
    TENON_TRY(x, a.permute(order));
  }
  shape out;
  index_t columns = 1;
  for (int d = b.rank(); d < x.rank(); ++d) {
    out.push_back(x.size(d));
    columns *= x.size(d);
  }
  const index_t rows = b.numel();
  if (x.rank() < b.rank() || rows * columns != x.numel() || rows != columns)
    return error(error_code::shape_mismatch, name, make_text("A ", x.shape(), " and B ", b.shape(), " do not fit: A must have B's elements in its first ", b.rank(),
                                                             " dimensions and as many in the rest"));
  TENON_TRY(const any_tensor dense, calls::dense(name, x));
  TENON_TRY(const any_tensor square, dense.view({rows, columns}));
  TENON_TRY(const any_tensor flat, calls::dense(name, b));
  TENON_TRY(const any_tensor right, flat.view({rows}));
  TENON_TRY(const auto s, detail::solve<T>(name, square, right, true));
  TENON_TRY_VOID(calls::check_invertible(name, s.info.any()));
  return s.result.view(out);
}

template <class T>
result<tensor<T>> tensorinv(const any_tensor& a, index_t ind) {
  const char* const name = "tensorinv";
  if (ind <= 0) return error(error_code::invalid_argument, name, make_text("ind must be 1 or more, got ", ind));
  index_t rows = 1, columns = 1;
  shape out;
  for (int d = 0; d < a.rank(); ++d) (d < ind ? rows : columns) *= a.size(d);
  for (index_t d = ind; d < a.rank(); ++d) out.push_back(a.size(d));
  for (int d = 0; d < a.rank() && d < ind; ++d) out.push_back(a.size(d));
  if (rows != columns)
    return error(error_code::shape_mismatch, name, make_text("shape ", a.shape(), " has ", rows, " elements in its first ", ind, " dimensions and ", columns,
                                                             " in the rest; they must be as many"));
  TENON_TRY(const any_tensor dense, calls::dense(name, a));
  TENON_TRY(const any_tensor square, dense.view({rows, columns}));
  TENON_TRY(auto r, detail::inverse<T>(name, square));
  TENON_TRY_VOID(calls::check_invertible(name, r.info.any()));
  TENON_TRY(const any_tensor inverse, calls::dense(name, r.inverse.any()));
  TENON_TRY(any_tensor shaped, inverse.view(out));
  return tensor<T>::unchecked(std::move(shaped));
}

}  // namespace detail

/// tensorsolve(A, B): X with tensordot(A, X, X.rank()) = B.   A's first dimensions hold as many elements as B, and so do the rest, which
/// are X's shape. `dims`, if given, are moved to A's end first.
/// Dtypes   float, double, complex of both.     Errors   singular_matrix, shape_mismatch, dim_out_of_range, non_finite_input, out_of_memory.
template <operand A, operand B>
[[nodiscard]] auto tensorsolve(A&& a, B&& b, const dim_list& dims = {}) {
  using T = value_t<A>;
  calls::check_linalg_dtype<T>();
  static_assert(std::is_same_v<T, value_t<B>>, "A and B must have one element type");
  return calls::with_tensors("tensorsolve", [&dims](const any_tensor& x, const any_tensor& y) { return detail::tensorsolve<T>(x, y, dims); }, a, b);
}

/// tensorinv(A, ind): the inverse of A as a map from its last dimensions to its first `ind`.
/// A (s_0 .. s_(ind-1), t_0 ..) -> (t_0 .., s_0 .. s_(ind-1)), as many elements in s as in t.     Errors as tensorsolve.
template <operand A>
[[nodiscard]] auto tensorinv(A&& a, index_t ind = 2) {
  using T = value_t<A>;
  calls::check_linalg_dtype<T>();
  return calls::with_tensors("tensorinv", [ind](const any_tensor& x) { return detail::tensorinv<T>(x, ind); }, a);
}

}  // namespace tenon::inline v0::linalg::inline TENON_BUILD
