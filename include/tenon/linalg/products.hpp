#pragma once
// cross, vecdot, kron, vander.
#include <tenon/linalg/call.hpp>
#include <tenon/ops/arithmetic.hpp>
#include <tenon/ops/complex.hpp>
#include <tenon/ops/reduction/sum.hpp>
#include <tenon/ops/view.hpp>

namespace tenon::inline v0::linalg::inline TENON_BUILD {

namespace detail {

template <class T>
result<tensor<T>> cross(const any_tensor& x, const any_tensor& y, index_t dim) {
  const char* const name = "cross";
  TENON_TRY(const shape s, broadcast_shapes(name, x.shape(), y.shape()));
  TENON_TRY(const int d, normalize_dim(name, dim, s));
  const index_t counted = d - s.rank();
  if (x.rank() != y.rank() || x.size(counted) != 3 || y.size(counted) != 3)
    return error(error_code::shape_mismatch, name, make_text("shapes ", x.shape(), " and ", y.shape(), " must have the same rank and three elements in dim ", dim));
  TENON_TRY(any_tensor out, allocate_tensor(name, s, x.dtype(), x.where()));
  TENON_TRY(const any_tensor a, x.expand(s));
  TENON_TRY(const any_tensor b, y.expand(s));
  for (index_t i = 0; i < 3; ++i) {
    const index_t j = (i + 1) % 3, k = (i + 2) % 3;
    TENON_TRY(any_tensor part, out.select(d, i));
    auto target = tensor<T>::unchecked(std::move(part));
    const auto at = [d](const any_tensor& v, index_t n) -> result<tensor<T>> {
      TENON_TRY(const any_tensor r, v.select(d, n));
      return tensor<T>::unchecked(r);
    };
    TENON_TRY_VOID(tenon::sub_into(target, tenon::mul(at(a, j), at(b, k)), tenon::mul(at(a, k), at(b, j))));
  }
  return tensor<T>::unchecked(std::move(out));
}

template <class T>
result<tensor<T>> kron(const any_tensor& x, const any_tensor& y) {
  const char* const name = "kron";
  const int rank = x.rank() > y.rank() ? x.rank() : y.rank();
  if (2 * rank > max_rank)
    return error(error_code::unsupported, name, make_text("shapes ", x.shape(), " and ", y.shape(), " have more than ", max_rank / 2, " dimensions"));
  // (a_0, 1, a_1, 1, ...) times (1, b_0, 1, b_1, ...), then each pair as one dimension.
  shape a, b, out;
  for (int d = 0; d < rank; ++d) {
    const index_t p = d < rank - x.rank() ? 1 : x.size(d - (rank - x.rank())), q = d < rank - y.rank() ? 1 : y.size(d - (rank - y.rank()));
    a.push_back(p), a.push_back(1);
    b.push_back(1), b.push_back(q);
    index_t n;
    if (!checked_multiply(p, q, n)) return error(error_code::size_overflow, name, make_text("shapes ", x.shape(), " and ", y.shape(), " are too large together"));
    out.push_back(n);
  }
  TENON_TRY(const any_tensor dense_x, calls::dense(name, x));
  TENON_TRY(const any_tensor dense_y, calls::dense(name, y));
  TENON_TRY(const any_tensor spread_x, dense_x.view(a));
  TENON_TRY(const any_tensor spread_y, dense_y.view(b));
  TENON_TRY(const tensor<T> product, tenon::mul(tensor<T>::unchecked(spread_x), tensor<T>::unchecked(spread_y)));
  return product.view(out);
}

template <class T>
result<tensor<T>> vander(const any_tensor& x, index_t columns) {
  const char* const name = "vander";
  if (x.rank() == 0 || x.rank() == max_rank) return error(error_code::shape_mismatch, name, make_text("shape ", x.shape(), " must have 1 to ", max_rank - 1, " dimensions"));
  if (columns < 0) columns = x.size(-1);
  shape s = x.shape();
  s.push_back(columns);
  TENON_TRY(any_tensor out, allocate_tensor(name, s, x.dtype(), x.where()));
  tensor<T> last;
  for (index_t j = 0; j < columns; ++j) {
    TENON_TRY(any_tensor column, out.select(-1, j));
    auto target = tensor<T>::unchecked(std::move(column));
    if (j == 0) {
      const T one(1);
      TENON_TRY(any_tensor number, allocate_tensor(name, shape(), x.dtype(), x.where()));
      *calls::data_as<T>(number) = one;
      TENON_TRY(const any_tensor ones, number.expand(x.shape()));
      TENON_TRY(any_tensor to, out.select(-1, 0));
      calls::copy(ones, to);
    } else {
      TENON_TRY_VOID(tenon::mul_into(target, last, tensor<T>::unchecked(x)));
    }
    last = target;
  }
  return tensor<T>::unchecked(std::move(out));
}

}  // namespace detail

/// cross(a, b): the cross product of the vectors of three elements along `dim`. Broadcasts.
/// Dtypes   all but bool; both the same.     Errors   shape_mismatch, dim_out_of_range, out_of_memory.
template <operand A, operand B>
[[nodiscard]] auto cross(A&& a, B&& b, index_t dim = -1) {
  using T = value_t<A>;
  static_assert(std::is_same_v<T, value_t<B>>, "both operands must have one element type");
  return calls::with_tensors("cross", [dim](const any_tensor& x, const any_tensor& y) { return detail::cross<T>(x, y, dim); }, a, b);
}

/// vecdot(x, y): sum of conj(x_i) y_i along `dim`. Broadcasts.
/// Dtypes   float, double, complex of both.     Bound and errors as sum.
template <operand X, operand Y>
[[nodiscard]] auto vecdot(X&& x, Y&& y, index_t dim = -1) {
  using T = value_t<X>;
  calls::check_linalg_dtype<T>();
  static_assert(std::is_same_v<T, value_t<Y>>, "both operands must have one element type");
  return calls::compose("vecdot", [dim](const auto& a, const auto& b) { return tenon::sum(tenon::mul(tenon::conj(a), b), dim); }, x, y);
}

/// kron(a, b): the Kronecker product, each element of a times all of b.   (a_0, a_1, ...) (b_0, b_1, ...) -> (a_0 b_0, a_1 b_1, ...);
/// the shorter shape gets ones in front.
/// Dtypes   all but bool; both the same.     Errors   unsupported (more than four dimensions), size_overflow, out_of_memory.
template <operand A, operand B>
[[nodiscard]] auto kron(A&& a, B&& b) {
  using T = value_t<A>;
  static_assert(std::is_same_v<T, value_t<B>>, "both operands must have one element type");
  return calls::with_tensors("kron", [](const any_tensor& x, const any_tensor& y) { return detail::kron<T>(x, y); }, a, b);
}

/// vander(x, columns): Vandermonde's matrix, the powers 0, 1, 2, ... of each element.   x (..., n) -> (..., n, columns), by default n columns
/// Dtypes   all but bool.     Errors   shape_mismatch, out_of_memory.
template <operand X>
[[nodiscard]] auto vander(X&& x, index_t columns = -1) {
  using T = value_t<X>;
  return calls::with_tensors("vander", [columns](const any_tensor& a) { return detail::vander<T>(a, columns); }, x);
}

}  // namespace tenon::inline v0::linalg::inline TENON_BUILD
