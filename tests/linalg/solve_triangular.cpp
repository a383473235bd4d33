#include <tenon/linalg/solve_triangular.hpp>

#include "residual.hpp"

namespace tenon_test::solve_triangular_test {
namespace linalg = tn::linalg;

namespace {

// One triangle of a random matrix with a diagonal that keeps the system well away from singular; the other triangle is filled too,
// and must not be used.
template <class T>
void check(index_t n, index_t right, bool upper, bool left, bool unit) {
  INFO(tn::name_of(tn::dtype_of<T>) << " n = " << n << ", " << right << " right-hand sides, upper " << upper << ", left " << left << ", unit " << unit);
  auto full = zoo::random(n, n, 7);
  for (index_t i = 0; i < n; ++i)
    for (index_t j = 0; j < n; ++j) full(i, j) = i == j ? 1.5 + 0.1 * full(i, j) : full(i, j) / static_cast<double>(n);
  const auto a = zoo::tensor_of(zoo::convert<T>(full));
  const auto b = zoo::tensor_of(zoo::convert<T>(left ? zoo::random(n, right, 8) : zoo::random(right, n, 8)));
  auto t = read_matrix(a);
  for (index_t i = 0; i < n; ++i)
    for (index_t j = 0; j < n; ++j) {
      if (upper ? j < i : j > i) t(i, j) = 0;
      if (unit && i == j) t(i, j) = 1;
    }
  const auto x = linalg::solve_triangular(a, b, upper, {.left = left, .unitriangular = unit});
  REQUIRE(x);
  const auto solution = read_matrix(*x), wanted = read_matrix(b);
  // Componentwise (n + 1) u |T| |x|; complex products cost four times as much.
  const double u = epsilon_of<T> / 2 * (tn::complex_type<T> ? 4 : 1) * static_cast<double>(n + 1);
  bool good = true;
  for (index_t i = 0; i < wanted.rows; ++i)
    for (index_t j = 0; j < wanted.cols; ++j) {
      wider_t<T> sum = 0;
      long double bound = 0;
      for (index_t k = 0; k < n; ++k) {
        const auto p = left ? times(t(i, k), solution(k, j)) : times(solution(i, k), t(k, j));
        sum += p;
        bound += std::abs(p);
      }
      good = good && std::abs(sum - wanted(i, j)) <= u * bound;
    }
  CHECK(good);
}

}  // namespace

TEMPLATE_LIST_TEST_CASE("solve_triangular in all eight cases", "", zoo::types) {
  for (const index_t n : {0, 1, 2, 7, 8, 31, 32, 33, 65, 150})
    for (const index_t right : {0, 1, 2, 5, 17, 40})
      for (int kind = 0; kind < 8; ++kind) check<TestType>(n, right, kind & 1, kind & 2, kind & 4);
}
TEST_CASE("solve_triangular at n = 300") { check<double>(300, 300, true, true, false); }

TEST_CASE("solve_triangular: batches, strides, one triangle for many right-hand sides") {
  const auto a = make<double>({2, 2, 2}, {2, 0, 0, 4, 1, 0, 1, 1}), b = make<double>({2, 1}, {2, 8});
  CHECK(values(linalg::solve_triangular(a, b, false)) == std::vector<double>{1, 2, 2, 6});
  CHECK(values(linalg::solve_triangular(*a.select(0, 1), make<double>({2, 2, 1}, {1, 2, 3, 4}), false)) == std::vector<double>{1, 1, 3, 1});
  CHECK(values(linalg::solve_triangular(*a.transpose(1, 2), b, true)) == std::vector<double>{1, 2, -6, 8});
  CHECK(values(linalg::solve_triangular(a, make<double>({1, 2}, {2, 8}), false, {.left = false})) == std::vector<double>{1, 2, -6, 8});
  auto out = empty<double>({2, 2, 1});
  CHECK(linalg::solve_triangular_into(out, a, b, false));
  CHECK(values(out) == std::vector<double>{1, 2, 2, 6});
}

TEST_CASE("solve_triangular: a diagonal of subnormal numbers divides, as their reciprocals overflow") {
  const auto x = linalg::solve_triangular(make<double>({2, 2}, {1e-310, 0, 0, 1}), make<double>({2, 5}, {1e-310, 2e-310, 0, 0, 0, 1, 1, 1, 1, 1}), false);
  REQUIRE(x);
  CHECK(x->at(0, 0).value() == Approx(1));
  CHECK(x->at(0, 1).value() == Approx(2));
}

TEST_CASE("solve_triangular: errors") {
  const auto a = make<double>({2, 2}, {1, 0, 0, 0}), b = make<double>({2, 1}, {1, 1});
  CHECK(linalg::solve_triangular(a, b, true).error() == tn::error_code::singular_matrix);
  CHECK(linalg::solve_triangular(a, b, true).error().message() == "solve_triangular: the matrix is singular: pivot 2 is zero");
  CHECK(linalg::solve_triangular(a, b, true, {.unitriangular = true}));
  CHECK(linalg::solve_triangular(a, make<double>({3, 1}, {1, 1, 1}), true).error().message() ==
        "solve_triangular: shapes [2, 2] and [3, 1] do not fit (A.size(-1) must equal B.size(-2))");
  CHECK(linalg::solve_triangular(a, make<double>({2}, {1, 1}), true).error().message() ==
        "solve_triangular: B must be a matrix or a batch of them, got shape [2]");
  CHECK(linalg::solve_triangular(a, make<double>({2, 1}, {1, inf}), true).error() == tn::error_code::non_finite_input);
}

}  // namespace tenon_test::solve_triangular_test
