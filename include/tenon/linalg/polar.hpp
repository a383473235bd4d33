#pragma once
// polar.
#include <tenon/linalg/svd.hpp>
#include <tenon/ops/arithmetic.hpp>
#include <tenon/ops/complex.hpp>
#include <tenon/ops/matmul.hpp>
#include <tenon/ops/view.hpp>

namespace tenon::inline v0::linalg {

enum class polar_side : std::uint8_t { right, left };

template <class T>
struct polar_result {
  tensor<T> u, p;
};

}  // namespace tenon::inline v0::linalg

namespace tenon::inline v0::linalg::inline TENON_BUILD {

namespace detail {

template <class T>
result<polar_result<T>> polar(const any_tensor& x, polar_side side) {
  any_tensor left, values, right;
  TENON_TRY_VOID(svd<T>("polar", x, true, false, left, values, right));
  const auto w = tensor<T>::unchecked(std::move(left)), vh = tensor<T>::unchecked(std::move(right));
  const auto s = tensor<real_t<T>>::unchecked(std::move(values));
  TENON_TRY(auto u, matmul(w, vh));
  TENON_TRY(auto p, side == polar_side::right ? matmul(conj(mT(vh)), mul(unsqueeze(s, -1), vh)) : matmul(mul(w, unsqueeze(s, -2)), conj(mT(w))));
  return polar_result<T>{std::move(u), std::move(p)};
}

}  // namespace detail

/// polar(A): A = U P (right) or A = P U (left), P Hermitian and positive semidefinite.        A (..., m, n)
///
///   right (default)   u (..., m, n)  p (..., n, n) = sqrt(A^H A)
///   left              u (..., m, n)  p (..., m, m) = sqrt(A A^H)
///
/// u's columns are orthonormal where m >= n, its rows where m <= n. From the singular value decomposition A = W diag(s) V^H: U = W V^H,
/// P = V diag(s) V^H or W diag(s) W^H (Higham, "Functions of matrices", chapter 8). U is unique where A has full rank.
///
/// Dtypes   float, double, complex of both.
/// Bound    ||A - U P|| <= 20 max(m, n) eps ||A||, U orthonormal within 20 max(m, n) eps.
/// Errors   shape_mismatch, non_finite_input, no_convergence, out_of_memory.
template <operand X>
[[nodiscard]] auto polar(X&& x, polar_side side = polar_side::right) {
  using T = value_t<X>;
  calls::check_linalg_dtype<T>();
  return calls::with_tensors("polar", [side](const any_tensor& a) { return detail::polar<T>(a, side); }, x);
}

}  // namespace tenon::inline v0::linalg::inline TENON_BUILD
