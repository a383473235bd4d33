#pragma once
// How wrong a decomposition is: norms of residuals, never sums, in a wider type than the result's own. float is checked in double,
// double in long double, so that the check's rounding and overflow do not count.
//
// Each answer is a multiple of n eps, the size of error that a backward stable algorithm makes: a test states the constant c and
// requires `residual <= c`.
#include "zoo.hpp"

#include <chrono>

namespace tenon_test {

template <class T>
struct wider { using type = double; };
template <>
struct wider<double> { using type = long double; };
template <class R>
struct wider<std::complex<R>> { using type = std::complex<typename wider<R>::type>; };
template <class T>
using wider_t = typename wider<T>::type;

template <class T>
using wide_matrix = zoo::matrix<wider_t<T>>;

// Matrix number `batch` of a tensor (..., m, n); a vector (..., n) is read as a column.
template <class T>
wide_matrix<T> read_matrix(const tn::tensor<T>& x, index_t batch = 0) {
  const int r = x.rank();
  const index_t m = x.size(r - 2), n = x.size(r - 1);
  index_t offset = 0;
  for (int d = r - 3; d >= 0; --d) {
    offset += batch % x.size(d) * x.stride(d);
    batch /= x.size(d);
  }
  wide_matrix<T> a(m, n);
  for (index_t i = 0; i < m; ++i)
    for (index_t j = 0; j < n; ++j) a(i, j) = static_cast<wider_t<T>>(x.data()[offset + i * x.stride(r - 2) + j * x.stride(r - 1)]);
  return a;
}
template <class T>
std::vector<wider_t<T>> read_vector(const tn::tensor<T>& x, index_t batch = 0) {
  const int r = x.rank();
  index_t offset = 0;
  for (int d = r - 2; d >= 0; --d) {
    offset += batch % x.size(d) * x.stride(d);
    batch /= x.size(d);
  }
  std::vector<wider_t<T>> v;
  for (index_t i = 0; i < x.size(r - 1); ++i) v.push_back(static_cast<wider_t<T>>(x.data()[offset + i * x.stride(r - 1)]));
  return v;
}

// ---- time

// What f answers, and a check of how long it took: 2 s, in case the machine is busy, and a microsecond for each element of x times the largest
// extent n of its matrices, which of a square one is n^3. The dearest call, eig of a complex matrix, makes 100 n^3 operations: a tenth of that
// on a core that makes 10^9 in a second. Unoptimised code with sanitizers gets ten times as much. So this finds what hangs for a
// while, or goes on to a cap that is out of sight: 29 s for n = 300. (What hangs for good is ended by CTest, after ten minutes.)
template <class T, class F>
auto in_time(const tn::tensor<T>& x, F f) {
#if defined(TENON_TEST_REDUCED)
  constexpr double unit = 1e-5;
#else
  constexpr double unit = 1e-6;
#endif
  const auto n = static_cast<double>(std::max(x.size(-2), x.size(-1)));
  const auto start = std::chrono::steady_clock::now();
  auto answer = f();
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  CHECK(seconds.count() <= 2 + unit * n * static_cast<double>(x.numel()));
  return answer;
}

// ---- arithmetic on wide matrices

// Written out: the library's product of complex numbers also looks after infinities, at ten times the time.
template <class R>
R times(R a, R b) { return a * b; }
template <class R>
std::complex<R> times(std::complex<R> a, std::complex<R> b) {
  return {a.real() * b.real() - a.imag() * b.imag(), a.real() * b.imag() + a.imag() * b.real()};
}
template <class W>
zoo::matrix<W> product(const zoo::matrix<W>& a, const zoo::matrix<W>& b) {
  REQUIRE(a.cols == b.rows);
  zoo::matrix<W> c(a.rows, b.cols);
  for (index_t i = 0; i < a.rows; ++i)
    for (index_t k = 0; k < a.cols; ++k) {
      const W x = a(i, k);
      if (x == W(0)) continue;
      for (index_t j = 0; j < b.cols; ++j) c(i, j) += times(x, b(k, j));
    }
  return c;
}
template <class W>
W conjugate(W x) {
  if constexpr (requires { x.imag(); })
    return std::conj(x);
  else
    return x;
}
template <class W>
zoo::matrix<W> adjoint(const zoo::matrix<W>& a) {
  zoo::matrix<W> b(a.cols, a.rows);
  for (index_t i = 0; i < a.rows; ++i)
    for (index_t j = 0; j < a.cols; ++j) b(j, i) = conjugate(a(i, j));
  return b;
}
template <class W>
zoo::matrix<W> difference(zoo::matrix<W> a, const zoo::matrix<W>& b) {
  REQUIRE(a.rows == b.rows);
  REQUIRE(a.cols == b.cols);
  for (std::size_t i = 0; i < a.v.size(); ++i) a.v[i] -= b.v[i];
  return a;
}
// a diag(w): columns scaled.
template <class W, class S>
zoo::matrix<W> scale_columns(zoo::matrix<W> a, const std::vector<S>& w) {
  REQUIRE(static_cast<std::size_t>(a.cols) == w.size());
  for (index_t i = 0; i < a.rows; ++i)
    for (index_t j = 0; j < a.cols; ++j) a(i, j) = times(a(i, j), W(w[static_cast<std::size_t>(j)]));
  return a;
}
template <class W>
zoo::matrix<W> wide_identity(index_t n) {
  zoo::matrix<W> a(n, n);
  for (index_t i = 0; i < n; ++i) a(i, i) = W(1);
  return a;
}

// Scaled, so that the squares neither overflow nor vanish. NaN stays NaN.
template <class W>
auto frobenius(const zoo::matrix<W>& a) {
  using R = decltype(std::abs(W()));
  R most = 0;
  for (const W& x : a.v) {
    const R size = std::abs(x);
    if (!(size <= most)) most = size;
    if (std::isnan(size)) return size;
  }
  if (most == 0 || std::isinf(most)) return most;
  R sum = 0;
  for (const W& x : a.v) {
    const R y = std::abs(x) / most;
    sum += y * y;
  }
  return most * std::sqrt(sum);
}

template <class T>
constexpr double epsilon_of = static_cast<double>(std::numeric_limits<tn::real_t<T>>::epsilon());

// ||error|| / (||scale|| n eps). Both zero: 0. A subnormal scale counts as n times the smallest normal number's, below which
// T has fewer digits.
template <class T, class W>
double in_units(const zoo::matrix<W>& error, const zoo::matrix<W>& scale, index_t n) {
  const auto e = frobenius(error);
  auto s = frobenius(scale);
  if (e == 0) return 0;
  using R = decltype(s);
  const R least = static_cast<R>(std::numeric_limits<tn::real_t<T>>::min()) * static_cast<R>(std::max<index_t>(n, 1));
  if (s < least) s = least;
  return static_cast<double>(e / (s * static_cast<R>(std::max<index_t>(n, 1)) * static_cast<R>(epsilon_of<T>)));
}

// ---- the residuals

// ||A - B C|| / (||A|| n eps), n the largest extent.
template <class T>
double product_residual(const wide_matrix<T>& a, const wide_matrix<T>& b, const wide_matrix<T>& c) {
  return in_units<T>(difference(product(b, c), a), a, std::max({a.rows, a.cols, b.cols}));
}
// ||A X - B|| / (||A|| ||X|| n eps): the backward error of a system's solution, as if B were exact.
template <class T>
double system_residual(const wide_matrix<T>& a, const wide_matrix<T>& x, const wide_matrix<T>& b) {
  const wide_matrix<T> size(1, 1, wider_t<T>(frobenius(a) * frobenius(x)));
  return in_units<T>(difference(product(a, x), b), size, a.rows);
}
// ||Q^H Q - I|| / (n eps): orthonormal columns.
template <class T>
double orthogonality(const wide_matrix<T>& q) {
  const auto one = wide_identity<wider_t<T>>(q.cols);
  return static_cast<double>(frobenius(difference(product(adjoint(q), q), one))) / (static_cast<double>(std::max<index_t>({q.rows, q.cols, 1})) * epsilon_of<T>);
}
// ||A V - V diag(w)|| / (||A|| ||V|| eps), relative to the columns' norms.   A (n, n), V (n, k), all of one (complex) type.
template <class T>
double eigen_residual(const wide_matrix<T>& a, const wide_matrix<T>& v, const std::vector<wider_t<T>>& w) {
  const auto error = difference(product(a, v), scale_columns(v, w));
  return in_units<T>(error, a, a.rows);
}
// ||A - U diag(s) V^H|| / (||A|| n eps).
template <class T, class S>
double svd_residual(const wide_matrix<T>& a, const wide_matrix<T>& u, const std::vector<S>& s, const wide_matrix<T>& vh) {
  return product_residual<T>(a, scale_columns(u, s), vh);
}
// Everything below the k-th subdiagonal is exactly zero (k = 0: upper triangular, k = 1: Hessenberg).
template <class W>
bool is_upper(const zoo::matrix<W>& a, index_t k = 0) {
  for (index_t i = 0; i < a.rows; ++i)
    for (index_t j = 0; j < a.cols && j < i - k; ++j)
      if (a(i, j) != W(0)) return false;
  return true;
}

// The largest distance between two multisets when each expected value takes the nearest one not yet taken, the far ones first in
// line. Infinite when their sizes differ.
template <class A, class B>
double set_distance(std::vector<A> expected, std::vector<B> got) {
  if (expected.size() != got.size()) return inf;
  using W = std::complex<long double>;
  double worst = 0;
  for (const A& x : expected) {
    std::size_t best = 0;
    long double least = std::numeric_limits<long double>::infinity();
    for (std::size_t k = 0; k < got.size(); ++k) {
      const long double d = std::abs(W(got[k]) - W(x));
      if (d < least) {
        least = d;
        best = k;
      }
    }
    if (std::isinf(least)) return inf;                       // NaN among them
    worst = std::max(worst, static_cast<double>(least));
    got.erase(got.begin() + static_cast<std::ptrdiff_t>(best));
  }
  return worst;
}

}  // namespace tenon_test
