#pragma once
// cond.
#include <tenon/linalg/norm.hpp>
#include <tenon/linalg/safe_range.hpp>
#include <tenon/linalg/solve.hpp>

namespace tenon::inline v0::linalg::inline TENON_BUILD {

namespace detail {

template <class T>
result<tensor<real_t<T>>> cond(const any_tensor& given, const norm_order& order) {
  const char* const name = "cond";
  using R = real_t<T>;
  const bool spectral = order.name == named_norm::none || order.name == named_norm::nuc || (order.name == named_norm::number && std::fabs(order.p) == 2);
  if (spectral && order.name != named_norm::nuc) {
    TENON_TRY_VOID(calls::check_matrix(name, given));
  } else {
    TENON_TRY_VOID(calls::check_square(name, given));
  }
  // A factor changes nothing, but norms of huge matrices and inverses of tiny ones overflow.
  TENON_TRY(const auto scaled, to_safe_range<T>(name, given));
  const any_tensor& x = scaled.matrices;
  TENON_TRY(any_tensor out, allocate_tensor(name, calls::batch_shape(x.shape()), dtype_of<R>, x.where()));
  R* const c = calls::data_as<R>(out);
  const index_t count = out.numel(), k = x.size(-1) < x.size(-2) ? x.size(-1) : x.size(-2);
  if (spectral) {
    TENON_TRY(const auto values, detail::svdvals<T>(x, name));
    TENON_TRY(const any_tensor dense, calls::dense(name, values.any()));
    const R* s = calls::data_as<R>(dense);
    for (index_t i = 0; i < count; ++i, s += k) {
      if (k == 0) {
        c[i] = 0;
      } else if (order.name == named_norm::nuc) {
        R sum = 0, inverse = 0;
        for (index_t j = 0; j < k; ++j) sum += s[j] / s[0], inverse += s[0] / s[j];
        c[i] = s[k - 1] == 0 ? std::numeric_limits<R>::infinity() : sum * inverse;
      } else if (order.name == named_norm::number && order.p < 0) {
        c[i] = s[0] == 0 ? R(0) : s[k - 1] / s[0];
      } else {
        c[i] = s[k - 1] == 0 ? std::numeric_limits<R>::infinity() : s[0] / s[k - 1];
      }
    }
    return tensor<R>::unchecked(std::move(out));
  }
  if (k == 0) {
    for (index_t i = 0; i < count; ++i) c[i] = 0;
    return tensor<R>::unchecked(std::move(out));
  }
  TENON_TRY(const auto inverse, detail::inverse<T>(name, x));
  TENON_TRY(const auto norm, detail::matrix_norm<T>(name, x, order, {-2, -1}, false));
  TENON_TRY(const auto inverse_norm, detail::matrix_norm<T>(name, inverse.inverse.any(), order, {-2, -1}, false));
  TENON_TRY(const any_tensor a, calls::dense(name, norm.any()));
  TENON_TRY(const any_tensor b, calls::dense(name, inverse_norm.any()));
  for (index_t i = 0; i < count; ++i)
    c[i] = inverse.info.data()[i] != 0 ? std::numeric_limits<R>::infinity() : calls::data_as<R>(a)[i] * calls::data_as<R>(b)[i];
  return tensor<R>::unchecked(std::move(out));
}

}  // namespace detail

/// cond(A, order): the condition number ||A|| ||A^-1||.        A (..., n, n) -> (...), real;  for 2 and -2 also (..., m, n)
///
/// order    not given, or 2: the largest singular value over the smallest; -2 the other way round; fro, nuc, 1, -1, inf, -inf as in
///          matrix_norm. Of a singular matrix inf; of an empty one 0.
/// Dtypes   float, double, complex of both.
/// Method   2, -2, nuc: svdvals; else the norms of A and of inv(A).
/// Bound    2: the singular values' n u times the condition number, relatively.
/// Errors   invalid_argument, shape_mismatch, non_finite_input, no_convergence, out_of_memory.
template <operand X>
[[nodiscard]] auto cond(X&& x, const norm_order& order = {}) {
  using T = value_t<X>;
  calls::check_linalg_dtype<T>();
  return calls::with_tensors("cond", [&order](const any_tensor& a) { return detail::cond<T>(a, order); }, x);
}

}  // namespace tenon::inline v0::linalg::inline TENON_BUILD
