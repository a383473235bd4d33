#pragma once
// svd_lowrank, pca_lowrank: the leading singular values of a large matrix, by random projection.
//
// Method     Halko, Martinsson & Tropp, "Finding structure with randomness", SIAM Review 53(2), 2011, algorithms 4.4 and 5.1: an
//            orthonormal basis Q of A times a random matrix, turned towards the leading vectors by steps of A A^H with an
//            orthogonalisation after each product; then the decomposition of the small Q^H A.
#include <tenon/linalg/qr.hpp>
#include <tenon/linalg/svd.hpp>
#include <tenon/ops/arithmetic.hpp>
#include <tenon/ops/complex.hpp>
#include <tenon/ops/matmul.hpp>
#include <tenon/ops/random.hpp>
#include <tenon/ops/reduction/sum.hpp>
#include <tenon/ops/view.hpp>

namespace tenon::inline v0::linalg {

struct lowrank_options {
  index_t q = 6;                       // how many values: a few more than are wanted
  index_t niter = 2;                   // steps of A A^H; each makes values that fall slowly stand apart more
};
struct pca_options {
  index_t q = -1;                      // negative: min(6, m, n)
  bool center = true;                  // subtract from each column its mean
  index_t niter = 2;
};

template <class T>
struct svd_lowrank_result {
  tensor<T> u;
  tensor<real_t<T>> s;
  tensor<T> v;                         // columns, as in PyTorch, not vh
};

}  // namespace tenon::inline v0::linalg

namespace tenon::inline v0::linalg::inline TENON_BUILD {

namespace detail {

template <class T>
result<tensor<T>> random_columns(const shape& s, generator& g) {
  if constexpr (complex_type<T>) {
    // As random as a complex matrix: real numbers would do, but turn no phase.
    TENON_TRY(const auto re, randn<real_t<T>>(s, g));
    TENON_TRY(const auto im, randn<real_t<T>>(s, g));
    return add(re, mul(im, T(0, 1)));
  } else {
    return randn<T>(s, g);
  }
}

template <class T>
result<svd_lowrank_result<T>> svd_lowrank(const char* name, const any_tensor& x, index_t q, index_t niter, generator& g) {
  TENON_TRY_VOID(calls::check_matrix(name, x));
  const index_t m = x.size(-2), n = x.size(-1), most = m < n ? m : n;
  if (q < 0 || q > most)
    return error(error_code::invalid_argument, name, make_text("q = ", q, " is not within 0 .. min(m, n) = ", most, " for shape ", x.shape()));
  if (niter < 0) return error(error_code::invalid_argument, name, make_text("niter = ", niter, " is negative"));
  const auto a = tensor<T>::unchecked(x);
  TENON_TRY(const auto adjoint, conj(mT(a)));
  TENON_TRY(const auto start, random_columns<T>(calls::with_matrix(calls::batch_shape(x.shape()), n, q), g));
  TENON_TRY(auto basis, linalg::qr(matmul(a, start)));
  for (index_t i = 0; i < niter; ++i) {
    TENON_TRY(const auto back, linalg::qr(matmul(adjoint, basis.q)));
    TENON_TRY(basis, linalg::qr(matmul(a, back.q)));
  }
  TENON_TRY(auto small, linalg::svd(matmul(conj(mT(basis.q)), a), {.full_matrices = false}));
  TENON_TRY(auto u, matmul(basis.q, small.u));
  TENON_TRY(auto v, conj(mT(small.vh)));
  return svd_lowrank_result<T>{std::move(u), std::move(small.s), std::move(v)};
}

}  // namespace detail

/// svd_lowrank(A): A ~ U diag(s) V^H of rank q.        A (..., m, n) -> u (..., m, q)  s (..., q)  v (..., n, q),  q <= min(m, n)
///
/// Reads A 2 niter + 2 times and does nothing else of its size. s descends; the columns of u and v are orthonormal. v holds columns, as in
/// PyTorch. The numbers of `g` decide the result; the same state gives the same bits.
///
/// Dtypes   float, double, complex of both.
/// Method   Halko, Martinsson & Tropp, SIAM Review 53(2), 2011, algorithms 4.4 and 5.1.
/// Bound    On average over the random numbers, of the spectral norm (Halko, Martinsson & Tropp 2011, corollary 10.10):
///          ||A - U diag(s) V^H|| <= (1 + sqrt(k / (p-1)) + e sqrt(k + p) / p * sqrt(min(m, n) - k))^(1 / (2 niter + 1)) s_{k+1},  k + p = q.
///          A matrix of rank q or less comes out exactly, but for rounding.
/// Errors   invalid_argument (q, niter), shape_mismatch, non_finite_input, no_convergence, out_of_memory.
template <operand X>
[[nodiscard]] auto svd_lowrank(X&& x, lowrank_options options, generator& g) {
  using T = value_t<X>;
  calls::check_linalg_dtype<T>();
  return calls::with_tensors(
      "svd_lowrank", [&](const any_tensor& a) { return detail::svd_lowrank<T>("svd_lowrank", a, options.q, options.niter, g); }, x);
}
template <operand X>
[[nodiscard]] auto svd_lowrank(X&& x, lowrank_options options = {}) {
  return svd_lowrank(std::forward<X>(x), options, default_generator());
}

/// pca_lowrank(A): svd_lowrank of A with the mean of each column subtracted: the columns of v are the principal directions of A's rows,
/// s^2 / (m - 1) the variances along them.        Else as svd_lowrank.
template <operand X>
[[nodiscard]] auto pca_lowrank(X&& x, pca_options options, generator& g) {
  using T = value_t<X>;
  calls::check_linalg_dtype<T>();
  return calls::with_tensors(
      "pca_lowrank",
      [&](const any_tensor& a) -> result<svd_lowrank_result<T>> {
        TENON_TRY_VOID(calls::check_matrix("pca_lowrank", a));
        const index_t m = a.size(-2), n = a.size(-1), most = m < n ? m : n;
        const index_t q = options.q >= 0 ? options.q : most < 6 ? most : 6;
        if (!options.center) return detail::svd_lowrank<T>("pca_lowrank", a, q, options.niter, g);
        const auto rows = tensor<T>::unchecked(a);
        TENON_TRY(const auto centered, sub(rows, mean(rows, {-2}, {.keepdim = true})));
        return detail::svd_lowrank<T>("pca_lowrank", centered, q, options.niter, g);
      },
      x);
}
template <operand X>
[[nodiscard]] auto pca_lowrank(X&& x, pca_options options = {}) {
  return pca_lowrank(std::forward<X>(x), options, default_generator());
}

}  // namespace tenon::inline v0::linalg::inline TENON_BUILD
