#include <tenon/linalg/lstsq.hpp>

#include "residual.hpp"

namespace tenon_test::lstsq_test {
namespace linalg = tn::linalg;

namespace {

constexpr double c = 20;

// What characterises the solution: A^H (A x - b) = 0, and x in the range of A^H. The first to the backward error, in units of n eps
// ||A|| (||A|| ||x|| + ||b||); `residual` is given back for the caller.
template <class T>
double normal_equations(const wide_matrix<T>& a, const wide_matrix<T>& x, const wide_matrix<T>& b) {
  const auto error = product(adjoint(a), difference(product(a, x), b));
  const wide_matrix<T> size(1, 1, wider_t<T>(frobenius(a) * (frobenius(a) * frobenius(x) + frobenius(b))));
  return in_units<T>(error, size, std::max(a.rows, a.cols));
}

// A = U diag(s) V^T of that rank, well conditioned apart from that, and the pseudo-inverse by construction.
template <class T>
void check_rank(index_t m, index_t n, index_t rank, linalg::lstsq_driver driver) {
  INFO(tn::name_of(tn::dtype_of<T>) << " " << m << " x " << n << " of rank " << rank << ", driver " << static_cast<int>(driver));
  const index_t k = std::min(m, n);
  std::vector<double> s(static_cast<std::size_t>(k), 0.0);
  for (index_t i = 0; i < rank; ++i) s[static_cast<std::size_t>(i)] = 2 - static_cast<double>(i) / static_cast<double>(k);
  const auto a = zoo::tensor_of(zoo::convert<T>(zoo::with_singular_values(m, n, s, 61)));
  const auto b = zoo::tensor_of(zoo::convert<T>(zoo::random(m, 3, 62)));
  const linalg::lstsq_options options = {.rcond = 1e3 * epsilon_of<T>, .driver = driver};
  const auto r = in_time(a, [&] { return linalg::lstsq(a, b, options); });
  REQUIRE(r);
  CHECK(*r->rank.at() == rank);
  CHECK(r->solution.shape() == tn::shape{n, 3});
  if (driver == linalg::lstsq_driver::gelsy) {
    CHECK(r->singular_values.shape() == tn::shape{0});
  } else {                                                   // to 10 max(m, n) eps of the largest, as svd has it
    REQUIRE(r->singular_values.shape() == tn::shape{k});
    for (index_t i = 0; i < k; ++i)
      CHECK(std::fabs(static_cast<double>(*r->singular_values.at(i)) - s[static_cast<std::size_t>(i)]) <= 2 * c * static_cast<double>(std::max(m, n)) * epsilon_of<T>);
  }
  const auto wa = read_matrix(a), x = read_matrix(r->solution), wb = read_matrix(b);
  CHECK(normal_equations<T>(wa, x, wb) <= c);
  // Least norm: with A = Q R of rank r, x = A^H y for some y; so x is what solving for A x again gives.
  const auto again = linalg::lstsq(a, zoo::tensor_of([&] {
                                     const auto p = product(wa, x);
                                     zoo::matrix<T> t(m, 3);
                                     for (std::size_t i = 0; i < t.v.size(); ++i) t.v[i] = static_cast<T>(p.v[i]);
                                     return t;
                                   }()), options);
  REQUIRE(again);
  CHECK(in_units<T>(difference(read_matrix(again->solution), x), x, std::max(m, n)) <= 4 * c);
  if (rank < n) {                                            // and no component in the null space: x is orthogonal to (I - A^+ A) z
    const auto z = zoo::tensor_of(zoo::convert<T>(zoo::random(n, 1, 63)));
    zoo::matrix<T> az(m, 1);
    const auto wide = product(wa, read_matrix(z));
    for (std::size_t i = 0; i < az.v.size(); ++i) az.v[i] = static_cast<T>(wide.v[i]);
    const auto projected = linalg::lstsq(a, zoo::tensor_of(az), options);
    const auto null = difference(read_matrix(z), read_matrix(projected->solution));
    CHECK(static_cast<double>(frobenius(product(adjoint(null), x))) <=
          4 * c * static_cast<double>(std::max(m, n)) * epsilon_of<T> * static_cast<double>(frobenius(null) * frobenius(x)) + epsilon_of<T>);
  }
  if (m > n && rank == n) {
    REQUIRE(r->residuals.shape() == tn::shape{3});
    const auto e = difference(product(wa, x), wb);
    for (index_t j = 0; j < 3; ++j) {
      double sum = 0;
      for (index_t i = 0; i < m; ++i) sum += static_cast<double>(std::norm(e(i, j)));
      CHECK(static_cast<double>(*r->residuals.at(j)) == Approx(sum).epsilon(100 * static_cast<double>(m) * epsilon_of<T>));
    }
  } else {
    CHECK(r->residuals.shape() == tn::shape{0});
  }
}

}  // namespace

TEMPLATE_LIST_TEST_CASE("lstsq: minimum norm at every rank", "", zoo::types) {
  for (const auto& [m, n] : {std::pair<index_t, index_t>{1, 1}, {5, 3}, {3, 5}, {8, 8}, {40, 17}, {17, 40}, {70, 65}})
    for (const index_t rank : {index_t{0}, index_t{1}, std::min(m, n) / 2, std::min(m, n)}) {
      check_rank<TestType>(m, n, rank, linalg::lstsq_driver::gelsy);
      check_rank<TestType>(m, n, rank, linalg::lstsq_driver::gelsd);
    }
}
TEST_CASE("lstsq at 300 x 200") { check_rank<double>(300, 200, 200, linalg::lstsq_driver::gelsy); }

TEST_CASE("lstsq: drivers") {
  using linalg::lstsq_driver;
  const auto a = make<double>({2, 3, 2}, {3, 0, 0, 4, 0, 0, 0, 5, 2, 0, 0, 0}), b = make<double>({3, 1}, {3, 8, 7});
  for (const auto driver : {lstsq_driver::gelsd, lstsq_driver::gelss}) {
    const auto r = linalg::lstsq(a, b, {.driver = driver});
    REQUIRE(r);
    CHECK(r->solution.shape() == tn::shape{2, 2, 1});
    CHECK(values(r->rank) == std::vector<double>{2, 2});
    CHECK(r->residuals.shape() == tn::shape{2, 1});
    CHECK(*r->residuals.at(0, 0) == Approx(49));
    CHECK(r->singular_values.shape() == tn::shape{2, 2});
    const auto s = values(r->singular_values);
    const std::vector<double> want = {4, 3, 5, 2};
    for (std::size_t i = 0; i < 4; ++i) CHECK(s[i] == Approx(want[i]));
    const auto vectors = linalg::lstsq(a, make<double>({2, 3}, {3, 8, 7, 1, 2, 3}), {.driver = driver});
    CHECK(vectors->solution.shape() == tn::shape{2, 2});
    CHECK(vectors->residuals.shape() == tn::shape{2});
    const auto one = linalg::lstsq(*a.select(0, 0), make<double>({4, 3, 1}, uniform(12, -1, 1)), {.driver = driver});     // A broadcast
    CHECK(one->solution.shape() == tn::shape{4, 2, 1});
    CHECK(one->rank.shape() == tn::shape{4});
    CHECK(one->singular_values.shape() == tn::shape{2});
    const auto none = linalg::lstsq(empty<double>({3, 0}), b, {.driver = driver});
    CHECK(none->solution.shape() == tn::shape{0, 1});
    CHECK(values(none->residuals) == std::vector<double>{9 + 64 + 49});
    CHECK(values(linalg::lstsq(empty<double>({0, 3}), empty<double>({0, 1}), {.driver = driver})->solution) == std::vector<double>{0, 0, 0});
  }
  const auto full = linalg::lstsq(a, b, {.driver = lstsq_driver::gels});
  REQUIRE(full);
  CHECK(full->rank.shape() == tn::shape{0});
  CHECK(*full->solution.at(0, 1, 0) == Approx(2));
  CHECK(linalg::lstsq(make<double>({2, 2}, {1, 0, 0, 0}), make<double>({2, 1}, {1, 1}), {.driver = lstsq_driver::gels}).error().message() ==
        "lstsq: the matrix has rank 1 only (driver gels needs full rank; use gelsy or gelsd)");
}

TEST_CASE("lstsq of the zoo") {
  for (const auto& [m, n] : {std::pair<index_t, index_t>{0, 3}, {3, 0}, {7, 4}, {4, 7}, {20, 20}})
    for (const auto& animal : zoo::rectangular(m, n)) {
      INFO(animal.name);
      const auto a = zoo::tensor_of<double>(animal);
      const auto b = zoo::tensor_of(zoo::convert<double>(zoo::random(m, 2, 64)));
      const auto r = linalg::lstsq(a, b);
      REQUIRE(r);
      if (animal.rank >= 0) CHECK(*r->rank.at() == animal.rank);
      const auto x = read_matrix(r->solution);
      CHECK(normal_equations<double>(read_matrix(a), x, read_matrix(b)) <= c);
    }
}

// R's diagonal, 0.06 at least, does not show how near to singular Kahan's matrix is; the condition estimate does.
TEST_CASE("lstsq: the rank of Kahan's matrix") {
  const auto a = zoo::tensor_of(zoo::convert<double>(zoo::kahan(40)));           // condition about 3e6
  const auto b = zoo::tensor_of(zoo::convert<double>(zoo::random(40, 1)));
  CHECK(*linalg::lstsq(a, b, {.rcond = 1e-4})->rank.at() < 40);
  CHECK(*linalg::lstsq(a, b, {.rcond = 1e-8})->rank.at() == 40);
}

TEST_CASE("lstsq: vectors, batches, strides") {
  const auto a = make<double>({2, 3, 2}, {1, 0, 0, 2, 0, 0, 1, 1, 0, 1, 0, 0}), v = make<double>({3}, {1, 4, 5});
  const auto r = linalg::lstsq(a, v);
  CHECK(r->solution.shape() == tn::shape{2, 2});
  CHECK(r->residuals.shape() == tn::shape{2});
  CHECK(values(r->rank) == std::vector<double>{2, 2});
  const auto x = values(r->solution);
  const std::vector<double> want = {1, 2, -3, 4};
  for (std::size_t i = 0; i < 4; ++i) CHECK(x[i] == Approx(want[i]));
  CHECK(*r->residuals.at(0) == Approx(25));
  CHECK(linalg::lstsq(a, make<double>({2, 3}, {1, 4, 5, 1, 2, 3}))->solution.shape() == tn::shape{2, 2});
  CHECK(linalg::lstsq(a, make<double>({3, 1}, {1, 4, 5}))->solution.shape() == tn::shape{2, 2, 1});
  const auto turned = linalg::lstsq(*a.transpose(1, 2), make<double>({2, 1}, {1, 4}));
  CHECK(turned->solution.shape() == tn::shape{2, 3, 1});
  CHECK(*turned->solution.at(0, 1, 0) == Approx(2));
}

TEST_CASE("lstsq: errors") {
  const auto a = make<double>({2, 2}, {1, 2, 3, 4});
  CHECK(linalg::lstsq(a, make<double>({3, 1}, {1, 2, 3})).error().message() ==
        "lstsq: shapes [2, 2] and [3, 1] do not fit (A.size(-2) must equal B.size(-2), leading dimensions broadcast)");
  CHECK(linalg::lstsq(a, a, {.rcond = 2}).error().message() == "lstsq: rcond must be below 1, got 2");
  CHECK(linalg::lstsq(make<double>({1, 1}, {NaN}), make<double>({1, 1}, {1})).error() == tn::error_code::non_finite_input);
}

}  // namespace tenon_test::lstsq_test
