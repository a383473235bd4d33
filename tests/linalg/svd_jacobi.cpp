// test: serial
// svd by one-sided Jacobi keeps the contract that svd has by any driver. (How much more it keeps: svd_relative.cpp.)
#include <tenon/core/memory.hpp>

#include "svd_contract.hpp"

namespace tenon_test::svd_jacobi_test {
namespace linalg = tn::linalg;
namespace memory = tn::memory;
using svd_contract::answers;
using svd_contract::check;

namespace {

constexpr auto jacobi = linalg::svd_driver::jacobi;

template <class T>
void check_all(const std::vector<zoo::animal>& all) {
  for (const auto& x : all)
    if (zoo::representable<T>(x.a)) check<T>(x, zoo::tensor_of<T>(x), 0, jacobi);
}

// One tensor of all those.
template <class T>
tn::tensor<T> stack(const std::vector<zoo::animal>& all) {
  const index_t m = all[0].a.rows, n = all[0].a.cols;
  auto x = empty<T>({static_cast<index_t>(all.size()), m, n});
  for (std::size_t b = 0; b < all.size(); ++b) {
    const auto a = zoo::convert<T>(all[b].a);
    std::copy(a.v.begin(), a.v.end(), x.data() + static_cast<index_t>(b) * m * n);
  }
  return x;
}

}  // namespace

TEMPLATE_LIST_TEST_CASE("Jacobi's svd of square matrices of the zoo", "", zoo::types) {
  for (const index_t n : {0, 1, 2, 3, 4, 8, 17, zoo::reduced ? 33 : 40}) {
    check_all<TestType>(zoo::choose(zoo::general(n)));
    check_all<TestType>(zoo::choose(zoo::symmetric(n)));
  }
}

TEMPLATE_LIST_TEST_CASE("Jacobi's svd of rectangular matrices of the zoo", "", zoo::types) {
  for (const auto& [m, n] : {std::pair<index_t, index_t>{0, 3}, {3, 0}, {1, 7}, {7, 1}, {5, 3}, {3, 5}, {40, 33}, {33, 40}}) check_all<TestType>(zoo::choose(zoo::rectangular(m, n)));
}

TEMPLATE_LIST_TEST_CASE("Jacobi's svd of every small size, and a larger one", "", zoo::types) {
  for (index_t n = 0; n <= 33; n += zoo::reduced && n > 16 ? 4 : 1) check<TestType>({.name = "random", .a = {}}, zoo::tensor_of(zoo::convert<TestType>(zoo::random(n, n))), 0, jacobi);
  for (const auto& [m, n] : {std::pair<index_t, index_t>{zoo::large / 3 + 1, zoo::large / 3 + 1}, {130, 40}})
    check<TestType>({.name = "random", .a = {}}, zoo::tensor_of(zoo::convert<TestType>(zoo::random(m, n))), 0, jacobi);
}

// One in each lane of a vector, by either driver whichever the automatic choice would take. (That is the bidiagonal form for larger ones: see svd.cpp.)
TEMPLATE_LIST_TEST_CASE("svd by each driver of a batch of unlike small matrices", "", zoo::some_types) {
  using T = TestType;
  for (const auto& [m, n] : {std::pair<index_t, index_t>{2, 2}, {3, 3}, {4, 4}, {5, 5}, {8, 8}, {17, 17}, {32, 32}, {9, 4}, {4, 9}, {32, 20}})
    for (const auto driver : {jacobi, linalg::svd_driver::bidiagonal}) {
      if (driver != jacobi && std::min(m, n) > tn::kernels::linalg::jacobi_order) continue;
      auto animals = svd_contract::animals_of<T>(m, n, 5);
      const auto x = stack<T>(animals);
      const answers<T> got(x, driver);
      for (std::size_t b = 0; b < animals.size(); ++b) check<T>(animals[b], x, got, static_cast<index_t>(b));
      // A matrix's bits do not depend on its place or its neighbours.
      const auto count = static_cast<index_t>(animals.size()), k = std::min(m, n);
      const auto rest = linalg::svdvals(*x.narrow(0, 3, count - 3), {.driver = driver});
      REQUIRE(rest);
      for (index_t i = 3 * k; i < count * k; ++i) CHECK(got.values->data()[i] == rest->data()[i - 3 * k]);
    }
}

// Matrices that the lanes hand on, at each place of a group, in batches of every length up to two groups and one more.
TEMPLATE_LIST_TEST_CASE("Jacobi's svd of batches of every length", "", zoo::two_types) {
  using T = TestType;
  constexpr auto lanes = static_cast<index_t>(64 / sizeof(tn::real_t<T>));
  const index_t m = 5, n = 3;
  auto repeated = zoo::random(m, n, 9);
  for (index_t i = 0; i < m; ++i) repeated(i, 2) = repeated(i, 0);
  const zoo::animal odd[] = {{.name = "zero", .a = zoo::matrix<double>(m, n)}, {.name = "a column twice", .a = repeated},
                             {.name = "subnormal", .a = zoo::scaled(zoo::random(m, n, 10), sizeof(tn::real_t<T>) == 4 ? 1e-40 : 1e-310)}};
  for (index_t count = 1; count <= 2 * lanes + 1; ++count) {
    std::vector<zoo::animal> all;
    for (index_t b = 0; b < count; ++b) all.push_back({.name = "random", .a = zoo::random(m, n, static_cast<std::uint64_t>(b + 1))});
    const auto place = static_cast<std::size_t>((count * 5) % count), other = static_cast<std::size_t>((count * 7 / 3) % count);
    all[place] = odd[count % 3];
    all[other] = odd[(count + 1) % 3];
    const auto x = stack<T>(all);
    const answers<T> got(x, jacobi);
    for (index_t b = 0; b < count; ++b) check<T>(all[static_cast<std::size_t>(b)], x, got, b);
  }
  std::vector<zoo::animal> all;
  for (index_t b = 0; b < lanes; ++b) all.push_back({.name = "random", .a = zoo::random(m, n, static_cast<std::uint64_t>(b + 1))});
  for (index_t place = 0; place < lanes; ++place) {
    auto some = all;
    some[static_cast<std::size_t>(place)] = odd[place % 3];
    const auto x = stack<T>(some);
    const answers<T> got(x, jacobi);
    for (index_t b = 0; b < lanes; ++b) check<T>(some[static_cast<std::size_t>(b)], x, got, b);
  }
}

TEMPLATE_LIST_TEST_CASE("Jacobi's svd of strided input", "", zoo::two_types) {
  using T = TestType;
  std::vector<zoo::animal> all;
  for (std::uint64_t b = 0; b < 6; ++b) all.push_back({.name = "random", .a = zoo::random(6, 4, b + 5)});
  const auto x = *stack<T>(all).view({2, 3, 6, 4});
  for (index_t b = 0; b < 6; ++b) {
    check<T>({.name = "transposed", .a = {}}, *x.transpose(2, 3), b, jacobi);
    check<T>({.name = "sliced", .a = {}}, *x.slice(3, {.step = 2}), b, jacobi);
  }
}

// Sizes beside which squares overflow or vanish, in one matrix; and columns that are zero among others.
TEMPLATE_LIST_TEST_CASE("Jacobi's svd of columns of extreme sizes", "", zoo::types) {
  using T = TestType;
  using R = tn::real_t<T>;
  const int far = std::numeric_limits<R>::max_exponent - 6, near_end = std::numeric_limits<R>::min_exponent - 10;
  for (const index_t n : {3, 6}) {
    auto a = zoo::convert<T>(zoo::random(n + 1, n, 7));
    for (index_t i = 0; i <= n; ++i) {
      a(i, 0) *= std::ldexp(R(1), near_end);                     // subnormal
      a(i, 1) *= std::ldexp(R(1), far);
      a(i, 2) = T(0);
      for (index_t j = 3; j < n; ++j) a(i, j) *= std::ldexp(R(1), -far);
    }
    auto x = empty<T>({9, n + 1, n});                            // in lanes, too
    for (index_t b = 0; b < 9; ++b) std::copy(a.v.begin(), a.v.end(), x.data() + b * n * (n + 1));
    check<T>({.name = "alone", .a = {}}, zoo::tensor_of(a), 0, jacobi);
    check<T>({.name = "in lanes", .a = {}}, x, 8, jacobi);
  }
}

TEST_CASE("Jacobi's svd refuses what svd refuses") {
  auto x = empty<float>({9, 2, 2});
  std::fill_n(x.data(), 36, 1.0f);
  x.data()[23] = NaN;
  CHECK(linalg::svd(x, {.driver = jacobi}).error().message() == "svd: matrix [5] of the batch holds NaN or infinity");
  CHECK(linalg::svdvals(x, {.driver = jacobi}).error().code() == tn::error_code::non_finite_input);
}

TEST_CASE("Jacobi's svd without memory") {
  const auto live = memory::statistics().allocated;
  const auto x = zoo::tensor_of(zoo::convert<double>(zoo::random(6, 4)));
  const auto held = memory::statistics().allocated;
  for (std::int64_t n = 0;; ++n) {
    REQUIRE(n < 100);
    memory::fail_after(n);
    const auto r = linalg::svd(x, {.driver = jacobi});
    memory::fail_after(-1);
    if (r) {
      CHECK(n >= 5);                                         // a copy of x, u, s, vh, the workspace
      break;
    }
    CHECK(r.error() == tn::error_code::out_of_memory);
    CHECK(r.error().op() == std::string("svd"));
    REQUIRE(memory::statistics().allocated == held);
  }
  CHECK(held > live);
}

}  // namespace tenon_test::svd_jacobi_test
