#pragma once
// The matrix zoo: matrices that have broken eigenvalue solvers, decompositions or rank tests before, each built from its
// published definition, with what is known about it in closed form.
//
// Definitions follow N. Higham, "The test matrix toolbox for MATLAB" (1995), unless another source is named. Entries are computed
// in double and rounded to the element type that a test asks for; a complex matrix is made from a real one by a unitary diagonal
// similarity, which keeps eigenvalues, singular values, rank and symmetry and leaves no entry off the diagonal real.
#include "../support/cases.hpp"

#include <algorithm>
#include <cmath>
#include <complex>
#include <functional>
#include <numbers>
#include <string>
#include <tuple>
#include <vector>

namespace tenon_test::zoo {

using complexd = std::complex<double>;

// The reduced set: everything that a kernel does, but on the smallest matrices that make it. Unoptimised and under sanitizers 300 rows take
// minutes.
#if defined(TENON_TEST_REDUCED)
inline constexpr bool reduced = true;
#else
inline constexpr bool reduced = false;
#endif

// The order of the largest matrices. 100 is beyond every crossover but that of the shifts' number and of schur_strip, for which there is one
// matrix of 130: blocks of 32 columns, two levels of divide and conquer, a chain of five bulges.
inline constexpr index_t large = reduced ? 100 : 300;

// Element types for the lists of tests: all; real ones and a complex one; one of each. The reduced set has one of each only, of either width, for
// all: there a second real or complex type takes as long again, to compile and to run, and shows no other access to memory.
#if defined(TENON_TEST_REDUCED)
using types = std::tuple<double, std::complex<float>>;
using some_types = types;
using two_types = types;
#else
using types = std::tuple<float, double, std::complex<float>, std::complex<double>>;
using some_types = std::tuple<float, double, std::complex<double>>;
using two_types = std::tuple<float, std::complex<double>>;
#endif

// A small dense matrix of its own, by rows, so that no test checks the library with itself.
template <class T>
struct matrix {
  index_t rows = 0, cols = 0;
  std::vector<T> v;

  matrix() = default;
  matrix(index_t r, index_t c, T value = T(0)) : rows(r), cols(c), v(static_cast<std::size_t>(r * c), value) {}
  T& operator()(index_t i, index_t j) { return v[static_cast<std::size_t>(i * cols + j)]; }
  const T& operator()(index_t i, index_t j) const { return v[static_cast<std::size_t>(i * cols + j)]; }
};

struct animal {
  std::string name;
  matrix<double> a;
  std::vector<complexd> eigenvalues = {};                    // in any order; empty where there is no closed form
  double eigenvalue_error = 0;                               // how far rounding may move them, in units of norm(A) eps; 0: c n
  std::vector<double> singular_values = {};                  // descending
  index_t rank = -1;                                         // in exact arithmetic; -1: not stated
  bool symmetric = false, positive_definite = false;
  bool unbalanced = false;                                   // eigenvectors' elements span many decades: solvers that balance have a
                                                             // small residual for the balanced matrix, not for this one
};

// f(i, j) for each element.
template <class F>
matrix<double> build(index_t rows, index_t cols, F f) {
  matrix<double> a(rows, cols);
  for (index_t i = 0; i < rows; ++i)
    for (index_t j = 0; j < cols; ++j) a(i, j) = f(i, j);
  return a;
}
inline std::vector<complexd> as_complex(const std::vector<double>& v) { return std::vector<complexd>(v.begin(), v.end()); }

// ---- random matrices, the same on every machine

inline matrix<double> random(index_t rows, index_t cols, std::uint64_t seed = 1) {
  const auto u = uniform(static_cast<std::size_t>(rows * cols), -1.0, 1.0, seed);
  return build(rows, cols, [&](index_t i, index_t j) { return u[static_cast<std::size_t>(i * cols + j)]; });
}
// Standard normal, by Box and Muller.
inline matrix<double> normal(index_t rows, index_t cols, std::uint64_t seed = 1) {
  const auto u = uniform(static_cast<std::size_t>(2 * rows * cols), 0.0, 1.0, seed);
  return build(rows, cols, [&](index_t i, index_t j) {
    const auto k = static_cast<std::size_t>(2 * (i * cols + j));
    return std::sqrt(-2 * std::log(1 - u[k])) * std::cos(2 * std::numbers::pi * u[k + 1]);
  });
}

// a <- Q a (or a Q) with a random orthogonal Q from Haar's measure, as a product of Householder reflections of growing length
// (G. W. Stewart, SIAM J. Numer. Anal. 17 (1980)). Both sides with the same seed: the similarity Q a Q^T.
inline void rotate_rows(matrix<double>& a, std::uint64_t seed) {
  const index_t m = a.rows;
  for (index_t k = m - 2; k >= 0; --k) {
    const auto x = normal(m - k, 1, seed + static_cast<std::uint64_t>(k)).v;
    double norm = 0;
    for (const double e : x) norm += e * e;
    norm = std::sqrt(norm);
    auto u = x;
    const double sign = x[0] < 0 ? -1 : 1;
    u[0] += sign * norm;
    const double beta = 1 / (norm * (norm + std::fabs(x[0])));
    for (index_t j = 0; j < a.cols; ++j) {
      double dot = 0;
      for (index_t i = k; i < m; ++i) dot += u[static_cast<std::size_t>(i - k)] * a(i, j);
      for (index_t i = k; i < m; ++i) a(i, j) -= beta * dot * u[static_cast<std::size_t>(i - k)];
    }
  }
}
inline matrix<double> transposed(const matrix<double>& a) {
  return build(a.cols, a.rows, [&](index_t i, index_t j) { return a(j, i); });
}
inline matrix<double> with_singular_values(index_t rows, index_t cols, const std::vector<double>& s, std::uint64_t seed) {
  auto a = build(rows, cols, [&](index_t i, index_t j) { return i == j ? s[static_cast<std::size_t>(i)] : 0.0; });
  rotate_rows(a, seed);
  a = transposed(a);
  rotate_rows(a, seed + 7919);
  return transposed(a);
}
inline matrix<double> symmetric_with_eigenvalues(const std::vector<double>& w, std::uint64_t seed) {
  const auto n = static_cast<index_t>(w.size());
  auto a = build(n, n, [&](index_t i, index_t j) { return i == j ? w[static_cast<std::size_t>(i)] : 0.0; });
  rotate_rows(a, seed);
  a = transposed(a);
  rotate_rows(a, seed);
  return build(n, n, [&](index_t i, index_t j) { return 0.5 * (a(i, j) + a(j, i)); });
}

// ---- by name

inline matrix<double> identity(index_t n) { return build(n, n, [](index_t i, index_t j) { return i == j ? 1.0 : 0.0; }); }
inline matrix<double> jordan_block(index_t n, double lambda) {
  return build(n, n, [=](index_t i, index_t j) { return i == j ? lambda : j == i + 1 ? 1.0 : 0.0; });
}
// A permutation without fixed structure that a solver could see: i -> (a i + b) mod n, a prime to n.
inline matrix<double> cyclic_shift(index_t n) { return build(n, n, [=](index_t i, index_t j) { return j == (i + 1) % n ? 1.0 : 0.0; }); }
inline matrix<double> circulant(const std::vector<double>& c) {
  const auto n = static_cast<index_t>(c.size());
  return build(n, n, [&](index_t i, index_t j) { return c[static_cast<std::size_t>((j - i + n) % n)]; });
}
inline std::vector<complexd> circulant_eigenvalues(const std::vector<double>& c) {
  const std::size_t n = c.size();
  std::vector<complexd> w(n);
  for (std::size_t k = 0; k < n; ++k)
    for (std::size_t j = 0; j < n; ++j) w[k] += c[j] * std::polar(1.0, 2 * std::numbers::pi * static_cast<double>(j * k % n) / static_cast<double>(n));
  return w;
}
// x^n + c[n-1] x^(n-1) + ... + c[0], coefficients in the first row.
inline matrix<double> companion(const std::vector<double>& c) {
  const auto n = static_cast<index_t>(c.size());
  return build(n, n, [&](index_t i, index_t j) { return i == 0 ? -c[static_cast<std::size_t>(n - 1 - j)] : i == j + 1 ? 1.0 : 0.0; });
}
// Frank (1958): upper Hessenberg, determinant 1, small eigenvalues very ill conditioned.
inline matrix<double> frank(index_t n) {
  return build(n, n, [=](index_t i, index_t j) { return j + 1 < i ? 0.0 : static_cast<double>(n - std::max(i, j)); });
}
// Grcar (1989): Toeplitz, very sensitive eigenvalues.
inline matrix<double> grcar(index_t n, index_t k = 3) {
  return build(n, n, [=](index_t i, index_t j) { return i == j + 1 ? -1.0 : j >= i && j <= i + k ? 1.0 : 0.0; });
}
// Kahan (1966): upper triangular; QR with column pivoting does not see its rank.
inline matrix<double> kahan(index_t n, double theta = 1.2) {
  const double s = std::sin(theta), c = std::cos(theta);
  return build(n, n, [=](index_t i, index_t j) { return j < i ? 0.0 : std::pow(s, static_cast<double>(i)) * (i == j ? 1.0 : -c); });
}
inline matrix<double> hilbert(index_t n) { return build(n, n, [](index_t i, index_t j) { return 1.0 / static_cast<double>(i + j + 1); }); }
inline matrix<double> lotkin(index_t n) { return build(n, n, [](index_t i, index_t j) { return i == 0 ? 1.0 : 1.0 / static_cast<double>(i + j + 1); }); }
// Wilkinson's W+ of odd order: pairs of eigenvalues that agree to many digits but are not equal.
inline matrix<double> wilkinson(index_t n) {
  return build(n, n, [=](index_t i, index_t j) { return i == j ? static_cast<double>(std::abs(i - n / 2)) : std::abs(i - j) == 1 ? 1.0 : 0.0; });
}
// Rosser (1951): a double eigenvalue, a nearly double one, a zero, a small one, and two of opposite sign.
inline matrix<double> rosser() {
  static constexpr double r[8][8] = {{611, 196, -192, 407, -8, -52, -49, 29}, {196, 899, 113, -192, -71, -43, -8, -44},
                                     {-192, 113, 899, 196, 61, 49, 8, 52},    {407, -192, 196, 611, 8, 44, 59, -23},
                                     {-8, -71, 61, 8, 411, -599, 208, 208},   {-52, -43, 49, 44, -599, 411, 208, 208},
                                     {-49, -8, 8, 59, 208, 208, 99, -911},    {29, -44, 52, -23, 208, 208, -911, 99}};
  return build(8, 8, [](index_t i, index_t j) { return r[i][j]; });
}
inline std::vector<double> rosser_eigenvalues() {
  const double a = std::sqrt(10405.0), b = std::sqrt(26.0);
  return {-10 * a, 0, 510 - 100 * b, 1000, 1000, 510 + 100 * b, 1020, 10 * a};
}
// Upper bidiagonal with entries that fall by `ratio`: small singular values are determined to full relative accuracy (Demmel & Kahan 1990).
inline matrix<double> graded_bidiagonal(index_t n, double ratio) {
  return build(n, n, [=](index_t i, index_t j) { return i == j || j == i + 1 ? std::pow(ratio, static_cast<double>(i)) : 0.0; });
}
// Kac-Sylvester-Clement: zero diagonal, eigenvalues n-1, n-3, ..., 1-n.
inline matrix<double> clement(index_t n) {
  return build(n, n, [=](index_t i, index_t j) { return j == i + 1 ? static_cast<double>(i + 1) : i == j + 1 ? static_cast<double>(n - 1 - j) : 0.0; });
}
// Second difference: eigenvalues 2 - 2 cos(k pi / (n + 1)).
inline matrix<double> second_difference(index_t n) {
  return build(n, n, [](index_t i, index_t j) { return i == j ? 2.0 : std::abs(i - j) == 1 ? -1.0 : 0.0; });
}
inline matrix<double> lehmer(index_t n) {
  return build(n, n, [](index_t i, index_t j) { return static_cast<double>(std::min(i, j) + 1) / static_cast<double>(std::max(i, j) + 1); });
}
inline matrix<double> min_ij(index_t n) { return build(n, n, [](index_t i, index_t j) { return static_cast<double>(std::min(i, j) + 1); }); }
// Forsythe: a Jordan block of 0 with eps in the corner. Eigenvalues: the n-th roots of eps, far out for a tiny eps.
inline matrix<double> forsythe(index_t n, double eps) {
  return build(n, n, [=](index_t i, index_t j) { return j == i + 1 ? 1.0 : i == n - 1 && j == 0 ? eps : 0.0; });
}
// Block diagonal rotations: eigenvalues exp(+-i theta_k), all of modulus 1.
inline matrix<double> rotations(index_t blocks) {
  return build(2 * blocks, 2 * blocks, [=](index_t i, index_t j) {
    if (i / 2 != j / 2) return 0.0;
    const double t = 0.1 + 2.9 * static_cast<double>(i / 2) / static_cast<double>(blocks);
    return i == j ? std::cos(t) : i < j ? -std::sin(t) : std::sin(t);
  });
}
inline std::vector<complexd> rotation_eigenvalues(index_t blocks) {
  std::vector<complexd> w;
  for (index_t k = 0; k < blocks; ++k) {
    const double t = 0.1 + 2.9 * static_cast<double>(k) / static_cast<double>(blocks);
    w.push_back(std::polar(1.0, t));
    w.push_back(std::polar(1.0, -t));
  }
  return w;
}
// Entries spread over hundreds of orders of magnitude by a diagonal similarity; balancing takes it back.
inline matrix<double> badly_scaled(index_t n, double decades, std::uint64_t seed) {
  const auto r = random(n, n, seed);
  return build(n, n, [&](index_t i, index_t j) {
    const double power = decades * static_cast<double>(i - j) / static_cast<double>(n > 1 ? n - 1 : 1);
    return std::ldexp(r(i, j), static_cast<int>(std::lround(power / std::log10(2.0))));
  });
}
inline matrix<double> scaled(matrix<double> a, double factor) {
  for (double& x : a.v) x *= factor;
  return a;
}

// ---- the population

inline std::vector<double> second_difference_eigenvalues(index_t n) {
  std::vector<double> w;
  for (index_t k = 1; k <= n; ++k) {
    const double s = std::sin(static_cast<double>(k) * std::numbers::pi / static_cast<double>(2 * (n + 1)));
    w.push_back(4 * s * s);
  }
  return w;
}
inline std::vector<double> descending(std::vector<double> v) {
  for (double& x : v) x = std::fabs(x);
  std::sort(v.begin(), v.end(), std::greater<>());
  return v;
}

// Symmetric matrices of order n (Rosser: 8).
inline std::vector<animal> symmetric(index_t n) {
  std::vector<animal> all;
  const auto add = [&](std::string name, matrix<double> a, std::vector<double> w, bool definite) {
    animal x{.name = std::move(name) + " " + std::to_string(a.rows), .a = std::move(a)};
    x.eigenvalues = as_complex(w);
    if (!w.empty()) {
      x.singular_values = descending(w);
      x.rank = static_cast<index_t>(std::count_if(w.begin(), w.end(), [](double v) { return v != 0; }));
    }
    x.symmetric = true;
    x.positive_definite = definite;
    all.push_back(std::move(x));
  };
  const auto size = static_cast<std::size_t>(n);
  add("identity", identity(n), std::vector<double>(size, 1.0), true);
  add("zero", matrix<double>(n, n), std::vector<double>(size, 0.0), false);
  std::vector<double> ones(size, 0.0), repeats(size), clustered(size), geometric(size);
  if (n > 0) ones[0] = static_cast<double>(n);
  for (std::size_t i = 0; i < size; ++i) {
    repeats[i] = static_cast<double>(i / 3) - 2;
    clustered[i] = 1 + 1e-10 * static_cast<double>(i);
    geometric[i] = std::pow(10.0, -12 * static_cast<double>(i) / static_cast<double>(std::max<std::size_t>(size - 1, 1)));
  }
  add("ones", matrix<double>(n, n, 1.0), ones, false);
  add("diagonal with repeats", build(n, n, [&](index_t i, index_t j) { return i == j ? repeats[static_cast<std::size_t>(i)] : 0.0; }), repeats, false);
  add("rotated diagonal with repeats", symmetric_with_eigenvalues(repeats, 11), repeats, false);
  add("clustered", symmetric_with_eigenvalues(clustered, 12), clustered, true);
  add("geometric", symmetric_with_eigenvalues(geometric, 13), geometric, false);
  add("second difference", second_difference(n), second_difference_eigenvalues(n), true);
  add("Hilbert", hilbert(n), {}, n < 10);
  add("Lehmer", lehmer(n), {}, true);
  add("min(i, j)", min_ij(n), {}, true);
  if (n % 2 == 1) add("Wilkinson W+", wilkinson(n), {}, false);
  if (n == 8) add("Rosser", rosser(), rosser_eigenvalues(), false);
  const auto r = random(n, n, 14);
  add("random symmetric", build(n, n, [&](index_t i, index_t j) { return r(std::min(i, j), std::max(i, j)); }), {}, false);
  add("huge", build(n, n, [&](index_t i, index_t j) { return 1e300 * r(std::min(i, j), std::max(i, j)); }), {}, false);
  add("tiny", build(n, n, [&](index_t i, index_t j) { return 1e-300 * r(std::min(i, j), std::max(i, j)); }), {}, false);
  add("subnormal", build(n, n, [&](index_t i, index_t j) { return 1e-310 * r(std::min(i, j), std::max(i, j)); }), {}, false);
  return all;
}

// General square matrices of order n, those of symmetric(n) not among them.
inline std::vector<animal> general(index_t n) {
  std::vector<animal> all;
  const auto add = [&](std::string name, matrix<double> a, std::vector<complexd> w = {}, double error = 0, index_t rank = -1) {
    all.push_back({.name = std::move(name) + " " + std::to_string(a.rows), .a = std::move(a), .eigenvalues = std::move(w), .eigenvalue_error = error, .rank = rank});
  };
  const auto size = static_cast<std::size_t>(n);
  const double eps = std::numeric_limits<double>::epsilon();
  // A Jordan block's eigenvalues move by the n-th root of a perturbation; solvers that leave triangular input alone are exact.
  const double defective = n > 0 ? 4 * std::pow(eps, 1.0 / static_cast<double>(n)) / eps : 0;
  add("Jordan block of 1", jordan_block(n, 1), std::vector<complexd>(size, 1.0), defective);
  add("nilpotent", jordan_block(n, 0), std::vector<complexd>(size, 0.0), defective, std::max<index_t>(n - 1, 0));
  {
    auto a = jordan_block(n, -0.5);
    rotate_rows(a, 21);
    a = transposed(a);
    rotate_rows(a, 21);
    add("rotated Jordan block", transposed(a), std::vector<complexd>(size, -0.5), defective);
  }
  if (n % 2 == 0) {
    add("rotations", rotations(n / 2), rotation_eigenvalues(n / 2));
    auto a = rotations(n / 2);
    rotate_rows(a, 22);
    a = transposed(a);
    rotate_rows(a, 22);
    add("similar to rotations", transposed(a), rotation_eigenvalues(n / 2));
  }
  std::vector<double> roots_of_one(size, 0.0), c(size);
  if (n > 0) roots_of_one[0] = -1;
  for (std::size_t i = 0; i < size; ++i) c[i] = 1.0 / static_cast<double>((i + 1) * (i + 1)) - (i % 3 == 0 ? 0.5 : 0.0);
  if (n > 0) {
    std::vector<complexd> w(size);
    for (std::size_t k = 0; k < size; ++k) w[k] = std::polar(1.0, 2 * std::numbers::pi * static_cast<double>(k) / static_cast<double>(n));
    add("companion of x^n - 1", companion(roots_of_one), w);
    add("cyclic shift", cyclic_shift(n), w, 0, n);
    add("circulant", circulant(c), circulant_eigenvalues(c));
    w.clear();
    for (index_t k = 0; k < n; ++k) w.push_back(static_cast<double>(n - 1 - 2 * k));
    add("Clement", clement(n), w, 1e3 * std::pow(2.0, std::min<double>(static_cast<double>(n), 40)));
    for (std::size_t k = 0; k < size; ++k) w[k] = std::polar(std::pow(1e-10, 1.0 / static_cast<double>(n)), 2 * std::numbers::pi * static_cast<double>(k) / static_cast<double>(n));
    // Right and left vectors of an eigenvalue l are (l^k) and (l^-k), so that its condition number |x| |y| / |y^H x| is at most
    // |l| / (n eps (1 - |l|^2)); that times the backward error, 10 n units.
    const double l = std::pow(1e-10, 1.0 / static_cast<double>(n));
    add("Forsythe", forsythe(n, 1e-10), w, n == 1 ? 0 : 10 * l / (1e-10 * (1 - l * l)));
    all.back().unbalanced = true;
  }
  add("Frank", frank(n));
  add("Grcar", grcar(n));
  add("Kahan", kahan(n));
  add("Lotkin", lotkin(n));
  add("upper triangular", build(n, n, [&](index_t i, index_t j) { return j < i ? 0.0 : 1.0 / static_cast<double>(1 + i + 2 * j); }));
  add("lower triangular", build(n, n, [&](index_t i, index_t j) { return j > i ? 0.0 : 1.0 / static_cast<double>(1 + 2 * i + j); }));
  add("random", random(n, n, 23));
  add("normal", normal(n, n, 24));
  add("huge", scaled(random(n, n, 25), 1e300));
  add("tiny", scaled(random(n, n, 26), 1e-300));
  add("subnormal", scaled(random(n, n, 27), 1e-310));
  add("badly scaled", badly_scaled(n, 60, 28));
  add("graded bidiagonal", graded_bidiagonal(n, 0.1));
  {
    auto a = random(n, n, 29);
    for (index_t j = 0; n > 1 && j < n; ++j) a(n - 1, j) = a(0, j);
    add("two equal rows", a, {}, 0, n > 1 ? n - 1 : n);
  }
  {
    std::vector<double> s(size);
    for (std::size_t i = 0; i < size; ++i) s[i] = i + 1 == size && n > 1 ? 1e-14 : 1.0 / static_cast<double>(i + 1);
    animal x{.name = "near-singular " + std::to_string(n), .a = with_singular_values(n, n, s, 30)};
    x.singular_values = s;
    all.push_back(std::move(x));
  }
  return all;
}

// Matrices of m rows and n columns.
inline std::vector<animal> rectangular(index_t m, index_t n) {
  std::vector<animal> all;
  const index_t k = std::min(m, n);
  const std::string size = " " + std::to_string(m) + "x" + std::to_string(n);
  std::vector<double> s(static_cast<std::size_t>(k));
  const auto add = [&](const char* name, matrix<double> a, std::vector<double> values = {}, index_t rank = -1) {
    all.push_back({.name = name + size, .a = std::move(a), .singular_values = std::move(values), .rank = rank});
  };
  add("zero", matrix<double>(m, n), s, 0);
  add("random", random(m, n, 41));
  add("normal", normal(m, n, 42));
  for (std::size_t i = 0; i < s.size(); ++i) s[i] = i == 0 ? std::sqrt(static_cast<double>(m * n)) : 0.0;
  add("ones", matrix<double>(m, n, 1.0), s, k > 0 ? 1 : 0);
  for (std::size_t i = 0; i < s.size(); ++i) s[i] = std::pow(10.0, -14 * static_cast<double>(i) / static_cast<double>(std::max<index_t>(k - 1, 1)));
  add("geometric", with_singular_values(m, n, s, 43), s);
  for (std::size_t i = 0; i < s.size(); ++i) s[i] = i < (s.size() + 1) / 2 ? 3.0 : 0.0;
  add("half rank", with_singular_values(m, n, s, 44), s, (k + 1) / 2);
  for (std::size_t i = 0; i < s.size(); ++i) s[i] = 1;
  add("orthonormal", with_singular_values(m, n, s, 45), s, k);
  add("huge", scaled(random(m, n, 46), 1e300));
  add("tiny", scaled(random(m, n, 47), 1e-300));
  return all;
}

// All of them; of the reduced set every other one where they have more than 16 rows: smaller ones are there, each of them.
inline std::vector<animal> choose(std::vector<animal> all) {
  if (!reduced || all.empty() || all[0].a.rows <= 16) return all;
  std::vector<animal> some;
  for (std::size_t i = 0; i < all.size(); i += 2) some.push_back(std::move(all[i]));
  return some;
}

// ---- as tensors

// D A D^* with D = diag(exp(i k)): as A in all that counts, and complex.
template <class T>
matrix<T> convert(const matrix<double>& a) {
  matrix<T> b(a.rows, a.cols);
  for (index_t i = 0; i < a.rows; ++i)
    for (index_t j = 0; j < a.cols; ++j) {
      if constexpr (tn::complex_type<T>) {
        using R = tn::real_t<T>;
        const complexd phase = i == j ? complexd(1) : std::polar(1.0, static_cast<double>(i - j));
        b(i, j) = T(static_cast<R>(a(i, j) * phase.real()), static_cast<R>(a(i, j) * phase.imag()));
      } else {
        b(i, j) = static_cast<T>(a(i, j));
      }
    }
  return b;
}
// Whether every entry is a number of T's range: 1e300 is none of float's.
template <class T>
bool representable(const matrix<double>& a) {
  const auto most = static_cast<double>(std::numeric_limits<tn::real_t<T>>::max());
  return std::all_of(a.v.begin(), a.v.end(), [=](double x) { return std::fabs(x) <= most; });
}
template <class T>
tn::tensor<T> tensor_of(const matrix<T>& a) {
  auto x = tenon_test::empty<T>({a.rows, a.cols});
  std::copy(a.v.begin(), a.v.end(), x.data());
  return x;
}
template <class T>
tn::tensor<T> tensor_of(const animal& x) {
  return tensor_of(convert<T>(x.a));
}

}  // namespace tenon_test::zoo
