#include <tenon/linalg/matrix_exp.hpp>
#include <tenon/linalg/matrix_power.hpp>
#include <tenon/ops/calls/tensor_list.hpp>

#include "residual.hpp"

namespace tenon_test::matrix_functions_test {
namespace linalg = tn::linalg;

namespace {

// a itself: zoo::convert gives complex matrices phases, which this range has no digits for.
template <class T>
tn::tensor<T> as_it_is(const zoo::matrix<double>& a) {
  zoo::matrix<T> m(a.rows, a.cols);
  for (std::size_t i = 0; i < a.v.size(); ++i) m.v[i] = T(static_cast<tn::real_t<T>>(a.v[i]));
  return zoo::tensor_of(m);
}

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
  const auto r = in_time(x, [&] { return linalg::matrix_exp(x); });
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

// Of what has no finite exponential there is nothing to say but that the function returns: e^max is infinite, and squares of matrices that hold
// infinity and zero hold NaN.
TEMPLATE_LIST_TEST_CASE("matrix_exp: elements as large as there are", "", zoo::types) {
  using T = TestType;
  const double max = static_cast<double>(std::numeric_limits<tn::real_t<T>>::max());
  for (const index_t n : {1, 2, 6}) {
    const auto noise = zoo::random(n, n, 7);
    for (const double s : {max, -max}) {
      REQUIRE(linalg::matrix_exp(as_it_is<T>(zoo::matrix<double>(n, n, s))));
      REQUIRE(linalg::matrix_exp(as_it_is<T>(zoo::scaled(noise, s))));
      REQUIRE(linalg::matrix_exp(as_it_is<T>(zoo::build(n, n, [&](index_t i, index_t j) { return noise(i, j) < 0 ? s : -s; }))));
    }
    // One element off the diagonal: A^2 = 0 and exp A = I + A, exactly.
    auto both = empty<T>({2, n, n});
    for (index_t k = 0; k < n * n; ++k)
      for (const double size : {1e30, max, -0.7 * max}) {
        if (k / n == k % n) continue;
        zoo::matrix<double> a(n, n), want = zoo::identity(n);
        a.v[static_cast<std::size_t>(k)] = want.v[static_cast<std::size_t>(k)] = size;
        const auto x = as_it_is<T>(a);
        const auto r = linalg::matrix_exp(x);
        REQUIRE(r);
        CHECK(read_matrix(*r).v == read_matrix(as_it_is<T>(want)).v);
        for (index_t i = 0; i < n * n; ++i) {
          both.data()[i] = x.data()[i];
          both.data()[n * n + i] = T(0);
        }
        const auto batch = linalg::matrix_exp(both);
        REQUIRE(batch);
        CHECK(read_matrix(*batch->select(0, 0)).v == read_matrix(*r).v);
        CHECK(read_matrix(*batch->select(0, 1)).v == read_matrix(as_it_is<T>(zoo::identity(n))).v);
      }
  }
  // float's 1e30 squared is beyond it: A^2 / 2 must not be.
  const auto chain = linalg::matrix_exp(as_it_is<T>(zoo::build(3, 3, [](index_t i, index_t j) { return i == j + 1 ? (j == 0 ? 0x1p100 : 2.0) : 0.0; })));
  REQUIRE(chain);
  CHECK(read_matrix(*chain).v == read_matrix(as_it_is<T>(zoo::build(3, 3, [](index_t i, index_t j) {
    return i == j ? 1.0 : i == j + 1 ? (j == 0 ? 0x1p100 : 2.0) : i == j + 2 ? 0x1p100 : 0.0;
  }))).v);
}

TEST_CASE("matrix_exp: one number as large as there is") {
  const double max = std::numeric_limits<double>::max();
  CHECK(values(linalg::matrix_exp(make<double>({2, 1, 1}, {max, -max}))) == std::vector<double>{inf, 0});
  const float most = std::numeric_limits<float>::max();
  CHECK(values(linalg::matrix_exp(make<float>({2, 1, 1}, {most, -most}))) == std::vector<double>{inf, 0});
  CHECK(values(linalg::matrix_exp(make<double>({2, 2}, {1.7e308, 1.7e308, 1.7e308, 1.7e308}))) == std::vector<double>{inf, inf, inf, inf});
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
  CHECK(linalg::matrix_power(make<double>({2, 2}, {2, 2, 2, 2}), -1).error().message() == "matrix_power: the matrix is singular: pivot 2 is zero");
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

}  // namespace tenon_test::matrix_functions_test
