#include <tenon/linalg/matrix_exp.hpp>
#include <tenon/linalg/matrix_power.hpp>
#include <tenon/ops/calls/tensor_list.hpp>

#include "residual.hpp"

using namespace tenon_test;
namespace linalg = tn::linalg;

namespace {

// exp by Taylor's series on A / 2^60 in the wider type: long, but it has nothing in common with the method under test. Good for
// float and for what double leaves over of long double.
template <class W>
zoo::matrix<W> slow_exp(zoo::matrix<W> a) {
  constexpr int halvings = 12;
  for (W& x : a.v) x /= static_cast<decltype(std::abs(W()))>(1 << halvings);
  auto sum = wide_identity<W>(a.rows), term = sum;
  for (int k = 1; k < 60; ++k) {
    term = product(term, a);
    for (W& x : term.v) x /= static_cast<decltype(std::abs(W()))>(k);
    for (std::size_t i = 0; i < sum.v.size(); ++i) sum.v[i] += term.v[i];
  }
  for (int k = 0; k < halvings; ++k) sum = product(sum, sum);
  return sum;
}

// exp(A + E) - exp(A) is at most ||E|| exp(||A||) in norm; of normal A: ||E|| ||exp A||. `conditioned` stands between the two.
template <class T>
void check_exp(const std::string& name, const zoo::matrix<double>& m, double conditioned = 1) {
  INFO(tn::name_of(tn::dtype_of<T>) << " " << name << " " << m.rows);
  const auto x = zoo::tensor_of(zoo::convert<T>(m));
  const auto r = linalg::matrix_exp(x);
  REQUIRE(r);
  const auto a = read_matrix(x), want = slow_exp(a);
  const double norm = std::max(1.0, static_cast<double>(frobenius(a)));
  CHECK(in_units<T>(difference(read_matrix(*r), want), want, a.rows) <= 2 * norm * conditioned);
}

}  // namespace

TEMPLATE_LIST_TEST_CASE("matrix_exp", "", zoo::types) {
  for (const index_t n : {1, 2, 3, 8, 17, 33}) {
    for (const double size : {1e-6, 0.1, 0.5, 2.0, 10.0})      // each degree, and squarings
      check_exp<TestType>("random", zoo::scaled(zoo::random(n, n), size / static_cast<double>(n)));
    check_exp<TestType>("second difference", zoo::second_difference(n));
    check_exp<TestType>("zero", zoo::matrix<double>(n, n));
    check_exp<TestType>("nilpotent", zoo::jordan_block(n, 0));
    check_exp<TestType>("Jordan block", zoo::jordan_block(n, -0.5));
    if (n % 2 == 0) check_exp<TestType>("rotations", zoo::scaled(zoo::rotations(n / 2), 3));
  }
}

TEST_CASE("matrix_exp: special values") {
  CHECK(values(linalg::matrix_exp(make<double>({2, 2}, {0, 0, 0, 0}))) == std::vector<double>{1, 0, 0, 1});
  CHECK(linalg::matrix_exp(empty<double>({3, 0, 0}))->shape() == tn::shape{3, 0, 0});
  const auto d = values(linalg::matrix_exp(make<double>({2, 2}, {-800, 0, 0, 1})));
  CHECK(d[0] == Approx(0).margin(1e-300));
  CHECK(d[3] == Approx(std::exp(1.0)));
  CHECK(values(linalg::matrix_exp(make<double>({1, 1}, {-1e300})))[0] == 0);
  CHECK(values(linalg::matrix_exp(make<double>({1, 1}, {1e300})))[0] == inf);
  // Al-Mohy and Higham's example of overscaling: exp(A) = (e, (e^2 - 1) b / (2 e); 0, 1/e) with b = 1e6.
  const double e = std::exp(1.0), b = 1e6;
  const auto r = values(linalg::matrix_exp(make<double>({2, 2}, {1, b, 0, -1})));
  CHECK(r[0] == Approx(e).epsilon(1e-13));
  CHECK(r[1] == Approx(b * (e - 1 / e) / 2).epsilon(1e-13));
  CHECK(r[3] == Approx(1 / e).epsilon(1e-13));
  CHECK(linalg::matrix_exp(make<double>({1, 1}, {NaN})).error() == tn::error_code::non_finite_input);
  CHECK(linalg::matrix_exp(make<double>({2}, {1, 2})).error() == tn::error_code::shape_mismatch);
}

TEST_CASE("matrix_power") {
  const auto a = make<double>({2, 2}, {1, 1, 0, 1});
  for (const index_t k : {0, 1, 2, 3, 10, 33}) CHECK(values(linalg::matrix_power(a, k)) == std::vector<double>{1, static_cast<double>(k), 0, 1});
  CHECK(values(linalg::matrix_power(a, -3)) == std::vector<double>{1, -3, 0, 1});
  CHECK(values(linalg::matrix_power(make<double>({2, 1, 1}, {2, 3}), 3)) == std::vector<double>{8, 27});
  CHECK(values(linalg::matrix_power(make<double>({2, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8}), 0)) == std::vector<double>{1, 0, 0, 1, 1, 0, 0, 1});
  CHECK(linalg::matrix_power(empty<double>({0, 0}), 0)->shape() == tn::shape{0, 0});
  auto one = linalg::matrix_power(a, 1);
  one->data()[0] = 7;
  CHECK(a.at(0, 0).value() == 1);                            // a copy
  CHECK(linalg::matrix_power(make<double>({1, 1}, {0}), -1).error().message() == "matrix_power: the matrix is singular: pivot 1 is zero");
  CHECK(linalg::matrix_power(make<double>({1, 1}, {1}), INT64_MIN));
}

TEST_CASE("multi_dot") {
  const auto a = make<double>({2, 3}, {1, 2, 3, 4, 5, 6}), b = make<double>({3, 1}, {1, 0, 2}), c = make<double>({1, 4}, {1, 2, 3, 4});
  CHECK(values(linalg::multi_dot({a, b, c})) == std::vector<double>{7, 14, 21, 28, 16, 32, 48, 64});
  CHECK(values(linalg::multi_dot({a, b})) == std::vector<double>{7, 16});
  const auto row = make<double>({2}, {1, 1}), column = make<double>({4}, {1, 0, 0, 1});
  CHECK(linalg::multi_dot({row, a, b, c, column})->shape() == tn::shape());
  CHECK(values(linalg::multi_dot({row, a, b, c, column})) == std::vector<double>{7 + 16 + 28 + 64});
  CHECK(linalg::multi_dot(std::vector{a, b, c})->shape() == tn::shape{2, 4});
  CHECK(linalg::multi_dot({a}).error().message() == "multi_dot: two tensors at least are needed, got 1");
  CHECK(linalg::multi_dot({a, a}).error().message() == "multi_dot: shapes [2, 3] and [2, 3] of tensors 0 and 1 do not fit");
  CHECK(linalg::multi_dot({a, row, b}).error().message() == "multi_dot: tensor 1 has shape [2]; matrices are needed, and vectors at the ends");
}
