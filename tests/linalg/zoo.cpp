// The zoo itself: what is stated about a matrix holds for the matrix, so that a failing solver test points at the solver.
#include "residual.hpp"

namespace tenon_test::zoo_test {

namespace {

using W = long double;
zoo::matrix<W> widen(const zoo::matrix<double>& a) {
  zoo::matrix<W> b(a.rows, a.cols);
  std::copy(a.v.begin(), a.v.end(), b.v.begin());
  return b;
}
// Sums of powers of the eigenvalues are traces of powers of the matrix: a check that needs no solver.
void check_traces(const zoo::animal& x) {
  if (x.eigenvalues.empty()) return;
  INFO(x.name);
  REQUIRE(x.eigenvalues.size() == static_cast<std::size_t>(x.a.rows));
  const auto a = widen(x.a);
  auto power = wide_identity<W>(a.rows);
  const W norm = frobenius(a);
  for (int k = 1; k <= 3; ++k) {
    power = product(power, a);
    std::complex<W> expected = 0;
    W trace = 0;
    for (const auto& w : x.eigenvalues) expected += std::pow(std::complex<W>(w), k);
    for (index_t i = 0; i < a.rows; ++i) trace += power(i, i);
    CHECK(std::abs(trace - expected) <= 1e-13L * static_cast<W>(a.rows) * std::pow(norm, static_cast<W>(k)));
  }
}
void check_squares(const zoo::animal& x) {
  if (x.singular_values.empty()) return;
  INFO(x.name);
  REQUIRE(x.singular_values.size() == static_cast<std::size_t>(std::min(x.a.rows, x.a.cols)));
  W sum = 0;
  for (const double s : x.singular_values) sum += static_cast<W>(s) * static_cast<W>(s);
  const W norm = frobenius(widen(x.a));
  CHECK(std::fabs(norm - std::sqrt(sum)) <= 1e-13L * norm);
}

}  // namespace

TEST_CASE("stated eigenvalues and singular values have the matrix's traces and norm") {
  for (const index_t n : {0, 1, 2, 3, 8, 21}) {
    for (const auto& x : zoo::symmetric(n)) {
      check_traces(x);
      check_squares(x);
      for (index_t i = 0; i < n; ++i)
        for (index_t j = 0; j < i; ++j) REQUIRE(x.a(i, j) == x.a(j, i));
    }
    for (const auto& x : zoo::general(n)) {
      check_traces(x);
      check_squares(x);
    }
  }
  for (const auto& [m, n] : {std::pair<index_t, index_t>{1, 5}, {5, 1}, {7, 4}, {4, 7}, {0, 3}, {3, 0}})
    for (const auto& x : zoo::rectangular(m, n)) check_squares(x);
}

TEST_CASE("a complex animal is a unitary similarity of the real one") {
  const auto x = zoo::general(8)[5];
  const auto a = read_matrix(zoo::tensor_of<double>(x));
  const auto c = read_matrix(zoo::tensor_of<std::complex<double>>(x));
  for (index_t i = 0; i < 8; ++i)
    for (index_t j = 0; j < 8; ++j) CHECK(std::abs(std::abs(a(i, j)) - std::abs(c(i, j))) <= 1e-15L);
  CHECK(orthogonality<double>(a) <= 1);                      // a cyclic permutation
  CHECK(orthogonality<std::complex<double>>(c) <= 1);
}

TEST_CASE("residuals see what they should") {
  using tensor = tn::tensor<double>;
  const auto a = zoo::random(6, 6, 1);
  const tensor x = zoo::tensor_of(a);
  auto w = read_matrix(x);
  CHECK(product_residual<double>(w, w, wide_identity<W>(6)) == 0);
  auto moved = w;
  moved(3, 2) += 1e-10L;
  CHECK(product_residual<double>(w, moved, wide_identity<W>(6)) > 1e3);
  moved(3, 2) = std::numeric_limits<W>::quiet_NaN();
  CHECK_FALSE(product_residual<double>(w, moved, wide_identity<W>(6)) < 1e30);
  auto q = wide_identity<W>(6);
  CHECK(orthogonality<double>(q) == 0);
  q(0, 1) = 1e-8L;
  CHECK(orthogonality<double>(q) > 1e6);
  CHECK(set_distance(std::vector<double>{1, 2, 3}, std::vector<double>{3, 1, 2.5}) == 0.5);
  CHECK(set_distance(std::vector<double>{1, 2}, std::vector<double>{1, NaN}) == inf);
  CHECK(set_distance(std::vector<double>{1}, std::vector<double>{}) == inf);
}

}  // namespace tenon_test::zoo_test
