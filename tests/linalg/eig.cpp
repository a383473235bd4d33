// eig and eigvals over the zoo: residuals, closed forms, conjugate pairs, norms; sizes through both algorithms; batches and
// layouts; what is refused.
#include <tenon/linalg/eig.hpp>

#include "residual.hpp"

namespace tenon_test::eig_test {
namespace linalg = tn::linalg;

namespace {

constexpr double c = 10;                                     // the stated bound, in units of n eps

template <class T>
using complex_for = std::complex<tn::real_t<T>>;

template <class T>
wide_matrix<complex_for<T>> complexify(const wide_matrix<T>& a) {
  wide_matrix<complex_for<T>> b(a.rows, a.cols);
  for (std::size_t i = 0; i < a.v.size(); ++i) b.v[i] = a.v[i];
  return b;
}

// Of a real matrix: values with an imaginary part come as neighbours, the positive one first, with conjugate vectors.
template <class W>
void check_pairs(const std::vector<W>& w, const zoo::matrix<W>& v) {
  for (std::size_t k = 0; k < w.size(); ++k) {
    if (w[k].imag() == 0) {
      bool real = true;
      for (index_t i = 0; i < v.rows; ++i) real = real && v(i, static_cast<index_t>(k)).imag() == 0;
      CHECK(real);
      continue;
    }
    CHECK(w[k].imag() > 0);
    REQUIRE(k + 1 < w.size());
    CHECK(w[k + 1] == std::conj(w[k]));
    bool conjugate = true;
    for (index_t i = 0; i < v.rows; ++i) conjugate = conjugate && v(i, static_cast<index_t>(k) + 1) == std::conj(v(i, static_cast<index_t>(k)));
    CHECK(conjugate);
    ++k;
  }
}

// Matrix number `batch` of t against what eig and eigvals gave for all of t.
template <class T>
void check(const zoo::animal& x, const tn::tensor<T>& t, const linalg::eig_result<T>& e, const tn::tensor<complex_for<T>>& values, index_t batch) {
  INFO(tn::name_of(tn::dtype_of<T>) << " " << x.name);
  using C = complex_for<T>;
  const auto a = complexify<T>(read_matrix(t, batch));
  const index_t n = a.rows;
  REQUIRE(e.eigenvalues.size(-1) == n);
  REQUIRE(e.eigenvectors.size(-1) == n);
  const auto w = read_vector(e.eigenvalues, batch);
  const auto v = read_matrix(e.eigenvectors, batch);
  if (!x.unbalanced) CHECK(eigen_residual<C>(a, v, w) <= c);                 // else the closed form decides
  for (index_t j = 0; j < n; ++j) {
    wide_matrix<C> column(n, 1);
    double largest = 0, largest_real = 0;
    for (index_t i = 0; i < n; ++i) {
      column(i, 0) = v(i, j);
      const auto size = static_cast<double>(std::abs(v(i, j)));
      largest = std::max(largest, size);
      if (v(i, j).imag() == 0) largest_real = std::max(largest_real, size);
    }
    CHECK(std::fabs(static_cast<double>(frobenius(column)) - 1) <= static_cast<double>(n + 4) * epsilon_of<T>);
    CHECK(largest_real >= largest * (1 - 8 * epsilon_of<T>));                // within rounding several may tie
  }
  if constexpr (!tn::complex_type<T>) check_pairs(w, v);

  const auto only = read_vector(values, batch);
  for (const auto& z : only) CHECK(std::isfinite(std::abs(z)));
  if (!x.eigenvalues.empty() && (sizeof(tn::real_t<T>) == 8 || x.eigenvalue_error == 0)) {
    const double units = x.eigenvalue_error > 0 ? x.eigenvalue_error : c * static_cast<double>(n);
    const double allowed = units * epsilon_of<T> * std::max(static_cast<double>(frobenius(a)), 1e-300);
    CHECK(set_distance(x.eigenvalues, w) <= allowed);
    CHECK(set_distance(x.eigenvalues, only) <= allowed);
  }
}

template <class T>
void check(const zoo::animal& x, const tn::tensor<T>& t, index_t batch = 0) {
  const auto e = in_time(t, [&] { return linalg::eig(t); });
  const auto values = in_time(t, [&] { return linalg::eigvals(t); });
  INFO(tn::name_of(tn::dtype_of<T>) << " " << x.name);
  REQUIRE(e);
  REQUIRE(values);
  check<T>(x, t, *e, *values, batch);
}

// The whole zoo as one batch, which is computed a vector of matrices at a time where it fits.
template <class T>
void check_zoo_as_batch(index_t n) {
  std::vector<zoo::animal> all = zoo::general(n);
  for (auto& x : zoo::symmetric(n)) all.push_back(std::move(x));
  for (std::uint64_t k = 0; k < (zoo::reduced ? 13 : 40); ++k) all.push_back({.name = "random", .a = zoo::random(n, n, 100 + k)});
  std::erase_if(all, [](const zoo::animal& x) { return !zoo::representable<T>(x.a); });
  auto t = tenon_test::empty<T>({static_cast<index_t>(all.size()), n, n});
  for (std::size_t k = 0; k < all.size(); ++k) {
    const auto a = zoo::convert<T>(all[k].a);
    std::copy(a.v.begin(), a.v.end(), t.data() + static_cast<index_t>(k) * n * n);
  }
  const auto e = in_time(t, [&] { return linalg::eig(t); });
  const auto values = in_time(t, [&] { return linalg::eigvals(t); });
  REQUIRE(e);
  REQUIRE(values);
  for (std::size_t k = 0; k < all.size(); ++k) check<T>(all[k], t, *e, *values, static_cast<index_t>(k));
}

template <class T>
void check_zoo(std::initializer_list<index_t> sizes) {
  for (const index_t n : sizes) {
    for (const auto& x : zoo::general(n))
      if (zoo::representable<T>(x.a)) check(x, zoo::tensor_of<T>(x));
    for (const auto& x : zoo::symmetric(n))
      if (zoo::representable<T>(x.a)) check(x, zoo::tensor_of<T>(x));
  }
}

}  // namespace

TEST_CASE("eig, double zoo") { check_zoo<double>({0, 1, 2, 3, 4, 8, 21}); }
TEST_CASE("eig, complex double zoo") { check_zoo<std::complex<double>>({0, 1, 2, 3, 8, 21}); }
#ifndef TENON_TEST_REDUCED
TEST_CASE("eig, float zoo") { check_zoo<float>({0, 1, 2, 3, 4, 8, 21}); }
TEST_CASE("eig, complex float zoo") { check_zoo<std::complex<float>>({0, 1, 2, 3, 8, 21}); }
TEST_CASE("eig, double zoo beyond the crossover to multishift QR") { check_zoo<double>({101}); }
TEST_CASE("eig, float zoo beyond the crossover to multishift QR") { check_zoo<float>({101}); }
#endif

TEST_CASE("eig, the zoo in one batch") {
  for (const index_t n : {1, 2, 3, 4, 7, 8, 21, 32, 33}) {
    if (zoo::reduced && n == 21) continue;
    check_zoo_as_batch<double>(n);
    check_zoo_as_batch<float>(n);
  }
}

TEST_CASE("eig, sizes around every crossover") {
  for (const index_t n : {30, 64, 75, 76, 77, 96, 97, 150, 200}) {
    if (n > zoo::large) continue;
    const zoo::animal x{.name = "random " + std::to_string(n), .a = zoo::random(n, n, 5)};
    check(x, zoo::tensor_of<double>(x));
    check(x, zoo::tensor_of<float>(x));
  }
  for (const index_t n : {76, 120}) {
    if (n > zoo::large) continue;
    const zoo::animal x{.name = "random " + std::to_string(n), .a = zoo::random(n, n, 6)};
    check(x, zoo::tensor_of<std::complex<double>>(x));
  }
}

#ifndef TENON_TEST_REDUCED
TEST_CASE("eig, order 300: closed forms") {
  std::vector<double> row(300);
  for (std::size_t i = 0; i < 300; ++i) row[i] = 1.0 / static_cast<double>((i + 1) * (i + 1));
  const zoo::animal circulant{.name = "circulant", .a = zoo::circulant(row), .eigenvalues = zoo::circulant_eigenvalues(row)};
  check(circulant, zoo::tensor_of<double>(circulant));
  const zoo::animal shift{.name = "cyclic shift", .a = zoo::cyclic_shift(300)};
  check(shift, zoo::tensor_of<double>(shift));
  auto a = zoo::rotations(150);
  zoo::rotate_rows(a, 7);
  a = zoo::transposed(a);
  zoo::rotate_rows(a, 7);
  const zoo::animal rotations{.name = "similar to rotations", .a = zoo::transposed(a), .eigenvalues = zoo::rotation_eigenvalues(150)};
  check(rotations, zoo::tensor_of<double>(rotations));
  check(rotations, zoo::tensor_of<std::complex<double>>(rotations));
}
#endif

TEST_CASE("eig, eigenvalues of graded matrices keep their digits") {
  // Triangular but for one element, over 300 orders of magnitude: the eigenvalues are the diagonal's to first order.
  const index_t n = 6;
  auto a = zoo::build(n, n, [](index_t i, index_t j) { return j < i ? 0.0 : std::pow(1e-20, static_cast<double>(i)) * (i == j ? 1.0 : 0.5); });
  const zoo::animal x{.name = "graded", .a = a};
  const auto w = linalg::eigvals(zoo::tensor_of<double>(x));
  REQUIRE(w);
  for (index_t i = 0; i < n; ++i) {
    double nearest = inf;
    for (index_t k = 0; k < n; ++k) nearest = std::min(nearest, std::abs(w->data()[k] - a(i, i)) / a(i, i));
    CHECK(nearest <= 1e-14);
  }
}

TEST_CASE("eig, balancing takes a bad diagonal scaling back") {
  const index_t n = 12;
  const auto good = zoo::random(n, n, 9);
  auto bad = good;
  for (index_t i = 0; i < n; ++i)
    for (index_t j = 0; j < n; ++j) bad(i, j) = std::ldexp(good(i, j), static_cast<int>(20 * (i - j)));
  const auto w = linalg::eigvals(zoo::tensor_of(good)), v = linalg::eigvals(zoo::tensor_of(bad));
  REQUIRE(w);
  REQUIRE(v);
  CHECK(set_distance(read_vector(*w), read_vector(*v)) <= 1e-12);
}

TEST_CASE("eig, batches and layouts") {
  const index_t n = 5;
  for (const auto& [name, x] : layouts<double>({2, 3, n, n}, uniform(2 * 3 * n * n, -1, 1, 3))) {
    INFO(name);
    for (index_t b = 0; b < 6; ++b) check({.name = std::string(name) + " batch", .a = {}}, x, b);
    const auto e = linalg::eig(x);
    CHECK(e->eigenvalues.shape() == tn::shape{2, 3, n});
    CHECK(e->eigenvectors.shape() == tn::shape{2, 3, n, n});
  }
  const auto none = linalg::eig(tenon_test::empty<float>({0, 4, 4}));
  REQUIRE(none);
  CHECK(none->eigenvectors.shape() == tn::shape{0, 4, 4});
  const auto many = make<double>({400, 8, 8}, uniform(400 * 64, -1, 1, 4));
  const auto one_by_one = linalg::eig(many);
  REQUIRE(one_by_one);
  for (const index_t b : {0, 1, 7, 8, 199, 399}) {
    const auto alone = linalg::eig(tn::unwrap(many.select(0, b)));
    REQUIRE(alone);
    CHECK(set_distance(read_vector(alone->eigenvalues), read_vector(one_by_one->eigenvalues, b)) <= 1e-12);
  }
}

TEST_CASE("eig, refused") {
  auto x = make<double>({2, 2, 2}, {1, 2, 3, 4, 5, NaN, 7, 8});
  const auto e = linalg::eig(x);
  REQUIRE_FALSE(e);
  CHECK(e.error().code() == tn::error_code::non_finite_input);
  CHECK(e.error().message() == "eig: matrix [1] of the batch holds NaN or infinity");
  x = make<double>({2, 2}, {1, inf, 3, 4});
  CHECK(linalg::eigvals(x).error().code() == tn::error_code::non_finite_input);
  const auto rectangular = linalg::eig(tenon_test::empty<float>({3, 2}));
  REQUIRE_FALSE(rectangular);
  CHECK(rectangular.error().message() == "eig: square matrices are needed, got shape [3, 2]");
  CHECK(linalg::eigvals(tenon_test::empty<float>({3})).error().code() == tn::error_code::shape_mismatch);
}

}  // namespace tenon_test::eig_test
