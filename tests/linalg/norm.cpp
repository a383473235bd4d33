#include <tenon/linalg/cond.hpp>
#include <tenon/ops/operators.hpp>

#include "residual.hpp"

namespace tenon_test::norm_test {
namespace linalg = tn::linalg;

namespace {

// a itself: zoo::convert gives complex matrices phases, which this range has no digits for.
template <class T>
tn::tensor<T> as_it_is(const zoo::matrix<double>& a) {
  zoo::matrix<T> m(a.rows, a.cols);
  for (std::size_t i = 0; i < a.v.size(); ++i) m.v[i] = T(static_cast<tn::real_t<T>>(a.v[i]));
  return zoo::tensor_of(m);
}

template <class T>
double first(const tn::result<tn::tensor<T>>& r) {
  REQUIRE(r);
  return static_cast<double>(r->data()[0]);
}

}  // namespace

TEST_CASE("matrix_norm in all orders") {
  // Singular values sqrt(45) and sqrt(5).
  const auto a = make<double>({2, 2}, {3, -4, 0, 5});
  CHECK(first(linalg::matrix_norm(a)) == Approx(std::sqrt(50.0)));
  CHECK(first(linalg::matrix_norm(a, linalg::fro)) == Approx(std::sqrt(50.0)));
  CHECK(first(linalg::matrix_norm(a, 1)) == 9);
  CHECK(first(linalg::matrix_norm(a, -1)) == 3);
  CHECK(first(linalg::matrix_norm(a, inf)) == 7);
  CHECK(first(linalg::matrix_norm(a, -inf)) == 5);
  CHECK(first(linalg::matrix_norm(a, 2)) == Approx(std::sqrt(45.0)));
  CHECK(first(linalg::matrix_norm(a, -2)) == Approx(std::sqrt(5.0)));
  CHECK(first(linalg::matrix_norm(a, linalg::nuc)) == Approx(std::sqrt(45.0) + std::sqrt(5.0)));
  CHECK(first(linalg::matrix_norm(make<double>({1, 2}, {3e200, 4e200}))) == Approx(5e200));
  CHECK(std::isnan(first(linalg::matrix_norm(make<double>({1, 2}, {1, NaN}), 1))));
}

TEMPLATE_TEST_CASE("matrix_norm and vector_norm of complex numbers and in batches", "", float, double) {
  using C = std::complex<TestType>;
  auto z = empty<C>({2, 1, 2});
  z.data()[0] = C(3, 4), z.data()[1] = C(0, 2), z.data()[2] = C(1, 0), z.data()[3] = C(0, -1);
  CHECK(values(linalg::matrix_norm(z, inf)) == std::vector<double>{7, 2});
  CHECK(values(linalg::matrix_norm(z, 1)) == std::vector<double>{5, 1});
  CHECK(values(linalg::vector_norm(z, 1, {-1})) == std::vector<double>{7, 2});
  CHECK(first(linalg::vector_norm(z, inf)) == 5);
  CHECK(first(linalg::norm(z)) == Approx(std::sqrt(31.0)));
  for (const linalg::norm_order order : {linalg::norm_order(linalg::fro), linalg::norm_order(linalg::nuc), linalg::norm_order(2), linalg::norm_order(-2)}) {
    const auto v = values(linalg::matrix_norm(z, order));      // of one row: its length
    CHECK(v[0] == Approx(std::sqrt(29.0)));
    CHECK(v[1] == Approx(std::sqrt(2.0)));
  }
}

TEST_CASE("matrix_norm: dimensions and keepdim") {
  const auto x = make<double>({2, 3, 4}, uniform(24, -1, 1));
  for (const linalg::norm_order order : {linalg::norm_order(linalg::fro), linalg::norm_order(linalg::nuc), linalg::norm_order(1), linalg::norm_order(-1),
                                         linalg::norm_order(inf), linalg::norm_order(-inf), linalg::norm_order(2), linalg::norm_order(-2)}) {
    CHECK(linalg::matrix_norm(x, order)->shape() == tn::shape{2});
    CHECK(linalg::matrix_norm(x, order, {-2, -1}, {.keepdim = true})->shape() == tn::shape{2, 1, 1});
    CHECK(linalg::matrix_norm(x, order, {2, 0})->shape() == tn::shape{3});
    CHECK(linalg::matrix_norm(x, order, {2, 0}, {.keepdim = true})->shape() == tn::shape{1, 3, 1});
    const auto want = values(linalg::matrix_norm(*x.permute({1, 2, 0}), order)), got = values(linalg::matrix_norm(x, order, {2, 0}));
    for (std::size_t i = 0; i < 3; ++i) CHECK(got[i] == Approx(want[i]));
  }
}

TEST_CASE("norm chooses by the number of dimensions") {
  const auto x = make<double>({2, 2}, {3, -4, 0, 5});
  CHECK(first(linalg::norm(x, inf)) == 7);
  CHECK(values(linalg::norm(x, inf, {0})) == std::vector<double>{3, 5});
  CHECK(first(linalg::norm(make<double>({2}, {3, -4}), 1)) == 7);
  CHECK(first(linalg::norm(make<double>({1, 2, 1}, {3, -4}))) == 5);
  CHECK(linalg::norm(make<double>({1, 2, 1}, {3, -4}), 2).error().message() == "norm: with an order, one or two dimensions are needed: got [] for shape [1, 2, 1]");
  CHECK(linalg::norm(make<double>({2}, {3, -4}), linalg::fro).error().message() == "norm: fro and nuc are norms of matrices; got [] for shape [2]");
}

TEST_CASE("norms of empty matrices") {
  CHECK(first(linalg::matrix_norm(empty<double>({0, 3}))) == 0);
  CHECK(first(linalg::matrix_norm(empty<double>({0, 0}), linalg::nuc)) == 0);
  CHECK(first(linalg::matrix_norm(empty<double>({0, 3}), 1)) == 0);
  CHECK(linalg::matrix_norm(empty<double>({0, 3}), inf).error() == tn::error_code::shape_mismatch);
  CHECK(linalg::matrix_norm(empty<double>({0, 3}), 2).error() == tn::error_code::shape_mismatch);
  CHECK(linalg::matrix_norm(empty<double>({0, 3, 3}), 2)->shape() == tn::shape{0});
}

TEST_CASE("matrix_norm: errors") {
  const auto x = make<double>({2, 2}, {1, 2, 3, 4});
  CHECK(linalg::matrix_norm(x, 3).error().message() == "matrix_norm: order 3 is none of a matrix (1, -1, 2, -2, inf, -inf, fro or nuc are)");
  CHECK(linalg::matrix_norm(x, 1, {0}).error().message() == "matrix_norm: two dimensions are needed, got [0]");
  CHECK(linalg::matrix_norm(x, 1, {0, -2}).error().message() == "matrix_norm: dim 0 appears twice in [0, -2]");
  CHECK(linalg::matrix_norm(make<double>({2}, {1, 2})).error() == tn::error_code::shape_mismatch);
  CHECK(linalg::matrix_norm(make<double>({1, 1}, {NaN}), 2).error() == tn::error_code::non_finite_input);
}

TEST_CASE("cond") {
  for (const index_t n : {1, 2, 3, 8, 17, 32, 33, 64}) {
    const auto one = zoo::tensor_of(zoo::convert<double>(zoo::identity(n)));
    CHECK(first(linalg::cond(one)) == 1);
    CHECK(first(linalg::cond(one, -2)) == 1);
    CHECK(first(linalg::cond(one, 1)) == 1);
    CHECK(first(linalg::cond(one, inf)) == 1);
    CHECK(first(linalg::cond(one, linalg::fro)) == Approx(static_cast<double>(n)));
    CHECK(first(linalg::cond(one, linalg::nuc)) == Approx(static_cast<double>(n * n)));
  }
  const auto a = make<double>({2, 2}, {3, -4, 0, 5});
  CHECK(first(linalg::cond(a)) == Approx(3));
  CHECK(first(linalg::cond(a, -2)) == Approx(1 / 3.0));
  CHECK(first(linalg::cond(a, 1)) == Approx(9 * 7 / 15.0));
  CHECK(first(linalg::cond(a, inf)) == Approx(7 * 9 / 15.0));
  CHECK(first(linalg::cond(make<double>({2, 3}, {2, 0, 0, 0, 1, 0}))) == Approx(2));
  const auto batch = make<double>({2, 2, 2}, {1, 1, 1, 1, 2, 0, 0, 1});
  for (const linalg::norm_order order : {linalg::norm_order(1), linalg::norm_order(-1), linalg::norm_order(inf), linalg::norm_order(linalg::fro)})
    CHECK(values(linalg::cond(batch, order))[0] == inf);
  CHECK(values(linalg::cond(batch))[0] > 1e15);
  CHECK(values(linalg::cond(make<double>({1, 2, 2}, {0, 0, 0, 0})))[0] == inf);
  CHECK(values(linalg::cond(make<double>({1, 2, 2}, {0, 0, 0, 0}), linalg::nuc))[0] == inf);
  CHECK(first(linalg::cond(empty<double>({0, 0}))) == 0);
  CHECK(first(linalg::cond(empty<double>({0, 0}), 1)) == 0);
  CHECK(linalg::cond(make<double>({1, 2}, {1, 2}), 1).error() == tn::error_code::shape_mismatch);
}

TEMPLATE_TEST_CASE("cond at both ends of the range", "", float, double, std::complex<double>) {
  using T = TestType;
  using R = tn::real_t<T>;
  const double tiny = static_cast<double>(std::numeric_limits<R>::denorm_min()), huge = static_cast<double>(std::numeric_limits<R>::max()) / 4;
  const std::vector<linalg::norm_order> orders = {1, -1, inf, -inf, 2, -2, linalg::fro, linalg::nuc};
  for (const linalg::norm_order& order : orders) {
    const auto b = zoo::build(3, 3, [](index_t i, index_t j) { return static_cast<double>(i == j ? 4 : i - 2 * j); });
    const double want = first(linalg::cond(as_it_is<T>(b), order));
    const double of_identity = first(linalg::cond(as_it_is<T>(zoo::identity(3)), order));
    CHECK(std::isfinite(want));
    for (const double s : {tiny, 16 * tiny, huge / 8}) {     // b's elements times s are exact
      CHECK(first(linalg::cond(as_it_is<T>(zoo::scaled(b, s)), order)) == Approx(want).epsilon(1e-5));
      CHECK(first(linalg::cond(as_it_is<T>(zoo::scaled(zoo::identity(3), s)), order)) == Approx(of_identity).epsilon(1e-5));
    }
    // One matrix of a batch is scaled, the others are what they are.
    auto batch = empty<T>({3, 3, 3});
    for (index_t i = 0; i < 9; ++i) {
      const R v = static_cast<R>(b.v[static_cast<std::size_t>(i)]);
      batch.data()[i] = batch.data()[18 + i] = T(v);
      batch.data()[9 + i] = T(v * static_cast<R>(tiny));
    }
    const auto c = values(linalg::cond(batch, order));
    CHECK(c[0] == Approx(want).epsilon(1e-5));
    CHECK(c[1] == Approx(want).epsilon(1e-5));
    CHECK(c[2] == c[0]);
  }
  for (const linalg::norm_order order : {linalg::norm_order(1), linalg::norm_order(inf), linalg::norm_order(linalg::fro)}) {
    CHECK(first(linalg::cond(as_it_is<T>(zoo::matrix<double>(3, 3, huge)), order)) == inf);
    CHECK(first(linalg::cond(as_it_is<T>(zoo::matrix<double>(3, 3, tiny)), order)) == inf);
  }
  CHECK(first(linalg::cond(as_it_is<T>(zoo::matrix<double>(3, 3, huge)))) > 1e6);
  CHECK(linalg::cond(make<double>({1, 1}, {NaN}), 1).error() == tn::error_code::non_finite_input);
  CHECK(linalg::cond(make<double>({1, 1}, {inf}), 1).error().message() == "cond: the matrix holds NaN or infinity");
}

}  // namespace tenon_test::norm_test
