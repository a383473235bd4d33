#include <tenon/linalg/lu.hpp>

#include "residual.hpp"

namespace tenon_test::lu_test {
namespace linalg = tn::linalg;

namespace {

// The largest element of U over that of A: what partial pivoting keeps small in practice. At least 1.
template <class W>
double growth(const zoo::matrix<W>& a, const zoo::matrix<W>& u) {
  long double most_a = 0, most_u = 0;
  for (const auto& x : a.v) most_a = std::max<long double>(most_a, std::abs(x));
  for (const auto& x : u.v) most_u = std::max<long double>(most_u, std::abs(x));
  return most_a == 0 ? 1 : static_cast<double>(std::max<long double>(1, most_u / most_a));
}

template <class T>
void check(const std::string& name, const tn::tensor<T>& x, index_t batch = 0) {
  INFO(tn::name_of(tn::dtype_of<T>) << " " << name);
  const auto a = read_matrix(x, batch);
  const index_t m = a.rows, n = a.cols, k = std::min(m, n);
  const auto f = in_time(x, [&] { return linalg::lu(x); });
  REQUIRE(f);
  const auto p = read_matrix(f->p, batch), l = read_matrix(f->l, batch), u = read_matrix(f->u, batch);
  REQUIRE(p.rows == m);
  REQUIRE(p.cols == m);
  REQUIRE(l.cols == k);
  REQUIRE(u.rows == k);
  CHECK(is_upper(u));
  CHECK(is_upper(adjoint(l)));
  for (index_t i = 0; i < k; ++i) CHECK(l(i, i) == wider_t<T>(1));
  const double most = tn::complex_type<T> ? std::numbers::sqrt2 : 1;          // pivots are the largest |re| + |im|
  CHECK(std::all_of(l.v.begin(), l.v.end(), [&](const auto& e) { return std::abs(e) <= most * (1 + 4 * epsilon_of<T>); }));
  CHECK(frobenius(difference(product(adjoint(p), p), wide_identity<wider_t<T>>(m))) == 0);
  CHECK(product_residual<T>(a, p, product(l, u)) <= 2 * growth(a, u));      // 4 n u g: u is half of eps

  const auto g = in_time(x, [&] { return linalg::lu_factor_ex(x); });
  REQUIRE(g);
  const auto lu = read_matrix(g->lu, batch);
  for (index_t i = 0; i < m; ++i)
    for (index_t j = 0; j < n; ++j) CHECK(lu(i, j) == (i <= j ? u(i, j) : l(i, j)));
}

template <class T>
void check_zoo() {
  for (const index_t n : {0, 1, 2, 3, 8, 17}) {
    for (const auto& x : zoo::general(n))
      if (zoo::representable<T>(x.a)) check<T>(x.name, zoo::tensor_of<T>(x));
    for (const auto& x : zoo::symmetric(n))
      if (zoo::representable<T>(x.a)) check<T>(x.name, zoo::tensor_of<T>(x));
  }
  for (const auto& [m, n] : {std::pair<index_t, index_t>{0, 3}, {3, 0}, {1, 7}, {7, 1}, {5, 3}, {3, 5}, {40, 33}, {33, 70}})
    for (const auto& x : zoo::rectangular(m, n))
      if (zoo::representable<T>(x.a)) check<T>(x.name, zoo::tensor_of<T>(x));
  for (const auto& [m, n] : {std::pair<index_t, index_t>{65, 64}, {100, 100}, {150, 40}, {40, 150}})
    check<T>("random", zoo::tensor_of(zoo::convert<T>(zoo::random(m, n))));
}

// op(A) X = B or X op(A) = B from the factors.
template <class T>
void check_solve(index_t n, index_t right) {
  const auto x = zoo::tensor_of(zoo::convert<T>(zoo::random(n, n, 5)));
  const auto a = read_matrix(x);
  const auto f = linalg::lu_factor(x);
  REQUIRE(f);
  for (const bool left : {true, false})
    for (const bool turned : {true, false}) {
      INFO(tn::name_of(tn::dtype_of<T>) << " n = " << n << ", " << right << " right-hand sides, left = " << left << ", adjoint = " << turned);
      const auto b = zoo::tensor_of(zoo::convert<T>(left ? zoo::random(n, right, 6) : zoo::random(right, n, 6)));
      const auto y = linalg::lu_solve(f->lu, f->pivots, b, {.left = left, .adjoint = turned});
      REQUIRE(y);
      const auto solution = read_matrix(*y), op = turned ? adjoint(a) : a;
      const double residual = left ? system_residual<T>(op, solution, read_matrix(b)) : system_residual<T>(adjoint(op), adjoint(solution), adjoint(read_matrix(b)));
      CHECK(residual <= 2 * growth(a, read_matrix(f->lu)));
    }
}

}  // namespace

TEMPLATE_LIST_TEST_CASE("lu of the zoo", "", zoo::types) { check_zoo<TestType>(); }

TEST_CASE("lu at n = 300") { check<double>("random", zoo::tensor_of(zoo::convert<double>(zoo::random(300, 300)))); }

TEMPLATE_LIST_TEST_CASE("lu_solve in all four cases", "", zoo::types) {
  for (const index_t n : {1, 2, 7, 8, 31, 33, 70})
    for (const index_t right : {1, 2, 5, 40}) check_solve<TestType>(n, right);
}

TEST_CASE("lu of batches and of strided input") {
  auto x = empty<float>({2, 3, 4, 5});
  const auto v = uniform(120, -1, 1);
  for (std::size_t i = 0; i < v.size(); ++i) x.data()[i] = static_cast<float>(v[i]);
  for (index_t b = 0; b < 6; ++b) {
    check<float>("batch", x, b);
    check<float>("transposed", *x.transpose(2, 3), b);
    check<float>("every other", *x.slice(3, {.step = 2}), b);
  }
  CHECK(linalg::lu_factor(x)->pivots.shape() == tn::shape{2, 3, 4});
  CHECK(linalg::lu(empty<float>({0, 4, 5}))->u.shape() == tn::shape{0, 4, 5});
}

TEST_CASE("lu: the pivots are LAPACK's, counted from 1") {
  const auto f = linalg::lu_factor(make<double>({3, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 10}));
  CHECK(f->pivots.data()[0] == 3);
  CHECK(f->pivots.data()[1] == 3);
  CHECK(f->pivots.data()[2] == 3);
  CHECK(f->lu.at(0, 0) .value() == 7);
}

TEST_CASE("lu: errors") {
  const auto singular = make<double>({2, 2, 2}, {1, 0, 0, 1, 1, 2, 2, 4});
  CHECK(linalg::lu(singular));
  CHECK(linalg::lu_factor(singular).error() == tn::error_code::singular_matrix);
  CHECK(linalg::lu_factor(singular).error().message() == "lu_factor: matrix [1] of the batch is singular: pivot 2 is zero");
  const auto f = linalg::lu_factor_ex(singular);
  CHECK(values(f->info) == std::vector<double>{0, 2});
  CHECK(linalg::lu_solve(f->lu, f->pivots, empty<double>({2, 1})).error().message().substr(0, 9) == "lu_solve:");
  CHECK(linalg::lu_solve(f->lu, f->pivots, make<double>({2, 1}, {1, 1})).error().message() ==
        "lu_solve: matrix [1] of the batch is singular: pivot 2 is zero");
  auto wrong = f->pivots;
  wrong.data()[1] = 3;
  CHECK(linalg::lu_solve(f->lu, wrong, make<double>({2, 1}, {1, 1})).error().message() == "lu_solve: pivot 3 is out of range (expected 1 .. 2)");
  CHECK(linalg::lu_solve(f->lu, make<std::int32_t>({1}, {1}), make<double>({2, 1}, {1, 1})).error().message() ==
        "lu_solve: pivots [1] do not fit LU [2, 2, 2] (expected lu.shape without its last dimension)");
  CHECK(linalg::lu_factor(make<double>({2, 2}, {1, NaN, 0, 1})).error().message() == "lu_factor: the matrix holds NaN or infinity");
}

}  // namespace tenon_test::lu_test
