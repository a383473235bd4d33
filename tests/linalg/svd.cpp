#include <tenon/linalg/svd.hpp>

#include <oneapi/tbb/task_arena.h>

#include "svd_contract.hpp"

namespace tenon_test::svd_test {
namespace linalg = tn::linalg;
using svd_contract::answers;
using svd_contract::check;

namespace {

template <class T>
void check_square() {
  for (const index_t n : {0, 1, 2, 3, 8, 17, zoo::reduced ? 33 : 40})
    for (const auto& all : {zoo::choose(zoo::general(n)), zoo::choose(zoo::symmetric(n))})
      for (const auto& x : all)
        if (zoo::representable<T>(x.a)) check<T>(x, zoo::tensor_of<T>(x));
}
template <class T>
void check_rectangular() {
  for (const auto& [m, n] : {std::pair<index_t, index_t>{0, 3}, {3, 0}, {1, 1}, {1, 7}, {7, 1}, {5, 3}, {3, 5}, {40, 33}, {33, 40}, {70, 40}, {40, 70}})
    for (const auto& x : zoo::choose(zoo::rectangular(m, n)))
      if (zoo::representable<T>(x.a)) check<T>(x, zoo::tensor_of<T>(x));
}

}  // namespace

TEMPLATE_LIST_TEST_CASE("svd of square matrices of the zoo", "", zoo::types) { check_square<TestType>(); }
TEMPLATE_LIST_TEST_CASE("svd of rectangular matrices of the zoo", "", zoo::types) {
  check_rectangular<TestType>();
}

TEMPLATE_LIST_TEST_CASE("svd of larger matrices", "", zoo::some_types) {
  using T = TestType;
  for (const auto& [m, n] : {std::pair<index_t, index_t>{zoo::large * 2 / 3, zoo::large * 2 / 3}, {zoo::large, zoo::large / 4}, {zoo::large * 2 / 5, zoo::large / 2}})
    check<T>({.name = "random", .a = {}}, zoo::tensor_of(zoo::convert<T>(zoo::random(m, n))));
  const std::size_t times = zoo::reduced ? 15 : 30;
  std::vector<double> s(5 * times);
  for (std::size_t i = 0; i < s.size(); ++i) s[i] = i / times == 4 ? 0.0 : static_cast<double>(5 - i / times);      // five values, equally often
  const auto n = static_cast<index_t>(s.size());
  zoo::animal repeats{.name = "repeats", .a = zoo::with_singular_values(n + 20, n, s, 5)};
  repeats.singular_values = s;
  check<T>(repeats, zoo::tensor_of<T>(repeats));
}

// Demmel & Kahan: the singular values of a bidiagonal matrix are determined by its entries to full relative accuracy, over 300 orders of
// magnitude. The determinant is the product of the diagonal, and of the values: as logarithms, no value is too small to count.
TEST_CASE("singular values of graded bidiagonal matrices, each to its last digits") {
  for (const double ratio : {0.5, 1e-3, 1e-10}) {
    const index_t n = 30;
    for (const bool upwards : {false, true}) {
      auto a = zoo::graded_bidiagonal(n, ratio);
      if (upwards) a = zoo::build(n, n, [&, b = a](index_t i, index_t j) { return j >= i ? b(n - 1 - j, n - 1 - i) : 0.0; });
      const auto s = linalg::svdvals(zoo::tensor_of(zoo::convert<double>(a)));
      REQUIRE(s);
      INFO("ratio " << ratio);
      long double log_det = 0, log_product = 0;
      for (index_t i = 0; i < n; ++i) {
        log_det += std::log(static_cast<long double>(a(i, i)));
        log_product += std::log(static_cast<long double>(s->data()[i]));
      }
      // Each relative error is below 10 n u; their sum below n times as much.
      CHECK(std::fabs(static_cast<double>(log_det - log_product)) <= 5.0 * n * n * epsilon_of<double>);
      // And one by one where the grading is steep: values are the diagonal's, times 1 + O(ratio^2), but for the first pair's sqrt 2.
      if (ratio == 1e-10)
        for (index_t i = 1; i + 1 < n; ++i) CHECK(s->data()[i] > 0.5 * std::pow(ratio, static_cast<double>(i)));
    }
  }
}

TEMPLATE_LIST_TEST_CASE("svd of batches and of strided input", "", zoo::two_types) {
  using T = TestType;
  auto x = empty<T>({2, 3, 6, 4});
  for (index_t b = 0; b < 6; ++b) {
    const auto a = zoo::convert<T>(zoo::random(6, 4, static_cast<std::uint64_t>(b + 5)));
    std::copy(a.v.begin(), a.v.end(), x.data() + b * 24);
  }
  for (index_t b = 0; b < 6; ++b) {
    check<T>({.name = "batch", .a = {}}, x, b);
    check<T>({.name = "transposed", .a = {}}, *x.transpose(2, 3), b);
    check<T>({.name = "sliced", .a = {}}, *x.slice(3, {.step = 2}), b);
  }
  const auto f = linalg::svd(x, {.full_matrices = false});
  REQUIRE(f);
  CHECK(f->u.shape() == tn::shape{2, 3, 6, 4});
  CHECK(f->s.shape() == tn::shape{2, 3, 4});
  CHECK(f->vh.shape() == tn::shape{2, 3, 4, 4});
}

// Small matrices of a batch are computed one in each lane of a vector: all kinds beside each other, whole groups and partial ones.
TEMPLATE_LIST_TEST_CASE("svd of a batch of unlike small matrices", "", zoo::some_types) {
  using T = TestType;
  for (const auto& [m, n] : {std::pair<index_t, index_t>{2, 2}, {3, 3}, {4, 4}, {8, 8}, {17, 17}, {32, 32}, {9, 4}, {4, 9}, {32, 20}}) {
    const auto animals = svd_contract::animals_of<T>(m, n, zoo::reduced ? 5 : 14);
    const auto count = static_cast<index_t>(animals.size());
    auto x = empty<T>({count, m, n});
    for (index_t b = 0; b < count; ++b) {
      const auto a = zoo::convert<T>(animals[static_cast<std::size_t>(b)].a);
      std::copy(a.v.begin(), a.v.end(), x.data() + b * m * n);
    }
    const answers<T> got(x);
    for (index_t b = 0; b < count; ++b) check<T>(animals[static_cast<std::size_t>(b)], x, got, b);
    // A matrix's bits do not depend on its place or its neighbours.
    const auto whole = linalg::svdvals(x), rest = linalg::svdvals(*x.narrow(0, 3, count - 3));
    REQUIRE(whole);
    REQUIRE(rest);
    const index_t k = std::min(m, n);
    for (index_t i = 3 * k; i < count * k; ++i) CHECK(whole->data()[i] == rest->data()[i - 3 * k]);
    x.data()[(count - 2) * m * n] = std::numeric_limits<tn::real_t<T>>::infinity();
    const auto refused = linalg::svd(x);
    REQUIRE(!refused);
    CHECK(std::string(refused.error().message()) == "svd: matrix [" + std::to_string(count - 2) + "] of the batch holds NaN or infinity");
  }
}

TEST_CASE("svd of a diagonal matrix is exact over the whole range") {
  auto x = empty<double>({4, 3});
  std::fill_n(x.data(), 12, 0.0);
  x.data()[0] = -1e-300;
  x.data()[4] = 1e308;
  x.data()[8] = 3e-310;
  const auto f = linalg::svd(x);
  REQUIRE(f);
  CHECK(f->s.data()[0] == 1e308);
  CHECK(f->s.data()[1] == 1e-300);
  CHECK(f->s.data()[2] == 3e-310);
}

TEST_CASE("svd is the same on one thread") {
  for (const auto& [m, n] : {std::pair<index_t, index_t>{zoo::large, zoo::large}, {zoo::large * 2, zoo::large / 2}}) {
    const auto x = zoo::tensor_of(zoo::convert<double>(zoo::random(m, n)));
    const auto many = linalg::svd(x);
    REQUIRE(many);
    oneapi::tbb::task_arena arena(1);
    arena.execute([&] {
      const auto one = linalg::svd(x);
      REQUIRE(one);
      CHECK(frobenius(difference(read_matrix(one->u), read_matrix(many->u))) == 0);
      CHECK(frobenius(difference(read_matrix(one->vh), read_matrix(many->vh))) == 0);
    });
  }
}

TEST_CASE("svd refuses what it cannot do") {
  const auto message = [](const auto& r) { return std::string(r.error().message()); };
  CHECK(message(linalg::svd(empty<double>({3}))) == "svd: a matrix or a batch of them is needed, got shape [3]");
  auto x = empty<float>({2, 2, 2});
  std::fill_n(x.data(), 8, 1.0f);
  x.data()[7] = std::numeric_limits<float>::infinity();
  const auto r = linalg::svdvals(x);
  REQUIRE(!r);
  CHECK(r.error().code() == tn::error_code::non_finite_input);
  CHECK(message(r) == "svdvals: matrix [1] of the batch holds NaN or infinity");
}

}  // namespace tenon_test::svd_test
