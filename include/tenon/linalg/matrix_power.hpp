#pragma once
// matrix_power, multi_dot.
#include <tenon/linalg/solve.hpp>
#include <tenon/ops/calls/tensor_list.hpp>
#include <tenon/ops/matmul.hpp>

namespace tenon::inline v0::linalg::inline TENON_BUILD {

namespace detail {

// I for each matrix of a batch.
template <class T>
result<tensor<T>> identity_like(const char* name, const any_tensor& x) {
  TENON_TRY(any_tensor out, allocate_tensor(name, x.shape(), x.dtype(), x.where()));
  const index_t n = x.size(-1);
  T* const p = calls::data_as<T>(out);
  for (index_t i = 0; i < out.numel(); ++i) p[i] = i % (n * n) % (n + 1) == 0 ? T(1) : T(0);
  return tensor<T>::unchecked(std::move(out));
}

// By squaring: log2(k) products, and one more for each further 1 among k's bits.
template <class T>
result<tensor<T>> matrix_power(const any_tensor& x, index_t exponent) {
  const char* const name = "matrix_power";
  TENON_TRY_VOID(calls::check_square(name, x));
  if (exponent == 0) return identity_like<T>(name, x);
  auto square = tensor<T>::unchecked(x);
  std::uint64_t k = static_cast<std::uint64_t>(exponent);
  if (exponent < 0) {
    TENON_TRY(auto inverse, detail::inverse<T>(name, x));
    TENON_TRY_VOID(calls::check_invertible(name, inverse.info.any()));
    square = std::move(inverse.inverse);
    k = 0 - k;
  }
  tensor<T> power;
  for (bool first = true;; k /= 2) {
    if (k % 2 == 1) {
      if (first) {
        power = square;
        first = false;
      } else {
        TENON_TRY(power, tenon::matmul(power, square));
      }
    }
    if (k <= 1) break;
    TENON_TRY(square, tenon::matmul(square, square));
  }
  if (power.any().memory().get() != x.memory().get()) return power;
  TENON_TRY(any_tensor out, allocate_tensor(name, x.shape(), x.dtype(), x.where()));                // exponent 1: a copy, no view
  calls::copy(x, out);
  return tensor<T>::unchecked(std::move(out));
}

// The order of multiplication that costs least (Cormen et al., "Introduction to Algorithms", section 15.2).
template <class T>
struct chain {
  const list<any_tensor>& factors;
  list<index_t> split;                                       // where [i, j] is divided, i n + j

  static result<chain> plan(const char* name, const list<any_tensor>& factors) {
    const index_t n = factors.size();
    TENON_TRY(auto cost, list<double>::make(name, n * n));
    TENON_TRY(auto split, list<index_t>::make(name, n * n));
    while (cost.push_back(0.0)) split.push_back(0);
    const auto rows = [&](index_t i) { return static_cast<double>(factors[i].size(0)); };
    const auto columns = [&](index_t i) { return static_cast<double>(factors[i].size(1)); };
    for (index_t length = 1; length < n; ++length)
      for (index_t i = 0; i + length < n; ++i) {
        const index_t j = i + length;
        for (index_t k = i; k < j; ++k) {
          const double c = cost[i * n + k] + cost[(k + 1) * n + j] + rows(i) * columns(k) * columns(j);
          if (k == i || c < cost[i * n + j]) {
            cost[i * n + j] = c;
            split[i * n + j] = k;
          }
        }
      }
    return chain{factors, std::move(split)};
  }
  result<tensor<T>> multiply(index_t i, index_t j) const {
    if (i == j) return tensor<T>::unchecked(factors[i]);
    const index_t k = split[i * factors.size() + j];
    return tenon::matmul(multiply(i, k), multiply(k + 1, j));
  }
};

template <class T>
result<tensor<T>> multi_dot(list<any_tensor> factors) {
  const char* const name = "multi_dot";
  const index_t n = factors.size();
  if (n < 2) return error(error_code::invalid_argument, name, make_text("two tensors at least are needed, got ", n));
  const bool row = factors[0].rank() == 1, column = factors[n - 1].rank() == 1;
  if (row) {
    TENON_TRY(factors[0], factors[0].unsqueeze(0));
  }
  if (column) {
    TENON_TRY(factors[n - 1], factors[n - 1].unsqueeze(1));
  }
  for (index_t i = 0; i < n; ++i) {
    if (factors[i].rank() != 2)
      return error(error_code::shape_mismatch, name, make_text("tensor ", i, " has shape ", factors[i].shape(), "; matrices are needed, and vectors at the ends"));
    if (i > 0 && factors[i - 1].size(1) != factors[i].size(0))
      return error(error_code::shape_mismatch, name, make_text("shapes ", factors[i - 1].shape(), " and ", factors[i].shape(), " of tensors ", i - 1, " and ", i, " do not fit"));
  }
  TENON_TRY(const auto plan, chain<T>::plan(name, factors));
  TENON_TRY(auto out, plan.multiply(0, n - 1));
  if (column) {
    TENON_TRY(out, out.squeeze(1));
  }
  if (row) {
    TENON_TRY(out, out.squeeze(0));
  }
  return out;
}

}  // namespace detail

/// matrix_power(A, k): A A ... A, k times; k = 0: the identity; k < 0: the power of the inverse.        A (..., n, n) -> the same
/// Dtypes   float, double, complex of both.
/// Errors   singular_matrix (k < 0), shape_mismatch, non_finite_input (k < 0), out_of_memory.
template <operand X>
[[nodiscard]] auto matrix_power(X&& x, index_t exponent) {
  using T = value_t<X>;
  calls::check_linalg_dtype<T>();
  return calls::with_tensors("matrix_power", [exponent](const any_tensor& a) { return detail::matrix_power<T>(a, exponent); }, x);
}

/// multi_dot({A, B, C, ...}): the product, in the order of multiplication that costs least. The first may be a vector (a row), the
/// last too (a column); their dimension is left out of the result.
/// Dtypes   as matmul.    Errors   invalid_argument (fewer than two), shape_mismatch, dtype_mismatch, out_of_memory.
template <operand X>
[[nodiscard]] result<tensor<value_t<X>>> multi_dot(std::initializer_list<X> xs) {
  TENON_TRY(auto handles, calls::take_list("multi_dot", xs));
  return calls::said_of("multi_dot", detail::multi_dot<value_t<X>>(std::move(handles)));
}
template <tensor_range R>
  requires operand<calls::list_element_t<R>>
[[nodiscard]] result<tensor<value_t<calls::list_element_t<R>>>> multi_dot(const R& xs) {
  TENON_TRY(auto handles, calls::take_list("multi_dot", xs));
  return calls::said_of("multi_dot", detail::multi_dot<value_t<calls::list_element_t<R>>>(std::move(handles)));
}

}  // namespace tenon::inline v0::linalg::inline TENON_BUILD
