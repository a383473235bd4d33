// test: device
// Reductions: special values, accuracy on long inputs, independence of threads, the three forms, errors.
#include <tenon/ops/factory.hpp>
#include <tenon/ops/lazy.hpp>
#include <tenon/ops/reduction.hpp>

#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>

#include "../support/cases.hpp"

namespace tenon_test::reduction_special_test {

namespace {

template <class T>
tn::tensor<T> row(const std::vector<double>& x) {
  return make<T>({static_cast<index_t>(x.size())}, x);
}
template <class X>
double only(const X& x) {
  const auto v = values(x);
  REQUIRE(v.size() == 1);
  return v[0];
}
template <class X>
bool is_nan(const X& x) {
  return std::isnan(only(x));
}
// The same row, `offset` elements behind where its memory begins, with neighbours that would show in any result.
template <class T>
tn::tensor<T> row_at(index_t offset, const std::vector<double>& x) {
  std::vector<double> all(x.size() + static_cast<std::size_t>(offset) + 3, 999);
  std::copy(x.begin(), x.end(), all.begin() + static_cast<std::ptrdiff_t>(offset));
  return tn::unwrap(row<T>(all).narrow(0, offset, static_cast<index_t>(x.size())));
}
// Lengths around one vector, what a thread, a warp and a block of a GPU read at once, and a second piece of a row.
constexpr index_t lengths[] = {1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 65, 127, 129, 255, 257, 511, 512, 513, 1023, 1025, 2047, 2049, 4095, 4096, 4099, 8192, 8195};

// Small numbers whose sum is one, too.
std::vector<double> small_numbers(index_t n) {
  std::vector<double> v(static_cast<std::size_t>(n));
  for (std::size_t i = 0; i < v.size(); ++i) v[i] = static_cast<double>(i * 7 % 5) - 2;
  return v;
}

}  // namespace

TEST_CASE("NaN reaches the result from every lane, along rows and along columns", "[device]") {
  for (const index_t n : {1, 2, 3, 5, 8, 15, 16, 17, 33, 64, 65, 131}) {
    for (index_t at = 0; at < n; ++at) {
      auto v = uniform(static_cast<std::size_t>(n), 1, 2);
      v[static_cast<std::size_t>(at)] = NaN;
      const auto x = row<float>(v);
      INFO("n = " << n << ", NaN at " << at);
      REQUIRE((is_nan(tn::sum(x)) && is_nan(tn::mean(x)) && is_nan(tn::prod(x)) && is_nan(tn::amin(x)) && is_nan(tn::amax(x)) && is_nan(tn::var(x)) &&
               is_nan(tn::logsumexp(x, 0)) && is_nan(tn::norm(x)) && is_nan(tn::norm(x, 1)) && is_nan(tn::norm(x, 3)) && is_nan(tn::norm(x, inf)) &&
               is_nan(tn::norm(x, -inf))));
      REQUIRE(only(tn::argmin(x)) == static_cast<double>(at));
      REQUIRE(only(tn::argmax(x)) == static_cast<double>(at));
      REQUIRE(only(tn::count_nonzero(x)) == static_cast<double>(n));
      const auto both = tn::unwrap(tn::aminmax(x));
      REQUIRE((is_nan(both.min) && is_nan(both.max)));
      // The same row as a column of three, the middle one.
      auto wide = std::vector<double>(static_cast<std::size_t>(3 * n), 1.5);
      for (std::size_t i = 0; i < v.size(); ++i) wide[3 * i + 1] = v[i];
      const auto m = make<float>({n, 3}, wide);
      for (const auto& y : {tn::unwrap(tn::sum(m, 0)), tn::unwrap(tn::amax(m, 0)), tn::unwrap(tn::amin(m, 0)), tn::unwrap(tn::var(m, 0, {.correction = 0})),
                            tn::unwrap(tn::logsumexp(m, 0)), tn::unwrap(tn::norm(m, 2, 0)), tn::unwrap(tn::norm(m, 3, 0))}) {
        const auto got = values(y);
        REQUIRE((!std::isnan(got[0]) && std::isnan(got[1]) && !std::isnan(got[2])));
      }
      REQUIRE(values(tn::argmax(m, 0))[1] == static_cast<double>(at));
    }
  }
}

TEST_CASE("positions: the first of equals, the first NaN, whatever the layout", "[device]") {
  CHECK(only(tn::argmax(row<float>({1, NaN, 7, NaN}))) == 1);
  CHECK(only(tn::argmin(row<float>({1, NaN, -7, NaN}))) == 1);
  CHECK(only(tn::argmax(row<float>({-0.0, 0.0, -0.0}))) == 0);
  CHECK(only(tn::argmin(row<float>({0.0, -0.0, 0.0}))) == 0);
  CHECK(only(tn::argmax(row<float>({-inf, -inf}))) == 0);
  CHECK(only(tn::argmax(make<std::int64_t>({2, 2}, {1, 5, 5, 2}))) == 1);
  // A tie between the ends of long rows, in every layout: C order decides, not memory order.
  auto v = std::vector<double>(3 * 20000, 0.0);
  v[19999] = v[20000] = v[59999] = 9;
  for (const auto& [name, x] : layouts<float>({3, 20000}, v)) {
    INFO(name);
    CHECK(only(tn::argmax(x)) == 19999);
    CHECK(values(tn::argmax(x, 1)) == std::vector<double>{19999, 0, 19999});
    CHECK(values(tn::argmax(x, 0))[19999] == 0);
    CHECK(values(tn::argmax(x, 0))[0] == 1);
  }
  for (const auto& [name, x] : layouts<float>({40000}, [] {
         auto z = std::vector<double>(40000, 1.0);
         z[30000] = z[200] = NaN;
         return z;
       }())) {
    INFO(name);
    CHECK(only(tn::argmax(x)) == 200);
    CHECK(only(tn::argmin(x, 0)) == 200);
  }
}

TEMPLATE_TEST_CASE("dense rows of every length at every alignment", "[device]", float, double, tn::half, tn::bfloat16) {
  using T = TestType;
  constexpr index_t vector = 16 / static_cast<index_t>(sizeof(T));
  const double close = tn::half_type<T> ? 0.005 : 1e-6;
  for (const index_t n : lengths) {
    const auto some = uniform(static_cast<std::size_t>(n), -2, 3), few = small_numbers(n), ones = std::vector<double>(static_cast<std::size_t>(n), 1.0);
    double total = 0;
    for (const double v : few) total += v;
    const auto bits = [](const tn::tensor<T>& x) {
      std::vector<double> all;
      for (const auto& y : {tn::sum(x), tn::mean(x), tn::var(x, {}, {.correction = 0}), tn::logsumexp(x, 0), tn::norm(x), tn::norm(x, 3), tn::amax(x)}) all.push_back(only(y));
      return all;
    };
    const auto want = bits(row<T>(some));
    for (index_t offset = 0; offset < (n < 600 ? vector : 2); ++offset) {
      INFO("n = " << n << ", " << offset << " elements behind an aligned one");
      REQUIRE(only(tn::sum(row_at<T>(offset, few))) == total);
      REQUIRE(only(tn::count_nonzero(row_at<T>(offset, ones))) == static_cast<double>(n));
      REQUIRE(only(tn::norm(row_at<T>(offset, ones))) == Approx(std::sqrt(static_cast<double>(n))).epsilon(close));
      REQUIRE(only(tn::logsumexp(row_at<T>(offset, ones), 0)) == Approx(1 + std::log(static_cast<double>(n))).epsilon(close));
      REQUIRE(bits(row_at<T>(offset, some)) == want);
    }
    // The first of two equals, the first NaN, and a number alone, wherever they are.
    for (const index_t at : {index_t{0}, index_t{1}, vector - 1, vector, n / 2, n - 2, n - 1}) {
      if (at < 0 || at >= n) continue;
      const index_t offset = at % vector;
      const auto i = static_cast<std::size_t>(at);
      INFO("n = " << n << ", at " << at);
      auto v = few, alone = std::vector<double>(v.size(), 0.0);
      alone[i] = 3;
      REQUIRE(only(tn::norm(row_at<T>(offset, alone))) == 3);
      REQUIRE(only(tn::norm(row_at<T>(offset, alone), 3)) == Approx(3).epsilon(close));
      REQUIRE(only(tn::unwrap(tn::var_mean(row_at<T>(offset, alone))).mean) == Approx(3.0 / static_cast<double>(n)).epsilon(close));
      v[i] = v.back() = 9;
      REQUIRE(only(tn::argmax(row_at<T>(offset, v))) == static_cast<double>(at));
      v[i] = v.back() = -9;
      REQUIRE(only(tn::argmin(row_at<T>(offset, v))) == static_cast<double>(at));
      v[i] = v.back() = NaN;
      REQUIRE(only(tn::argmax(row_at<T>(offset, v))) == static_cast<double>(at));
      REQUIRE((is_nan(tn::sum(row_at<T>(offset, v))) && is_nan(tn::amin(row_at<T>(offset, v))) && is_nan(tn::var(row_at<T>(offset, v)))));
    }
  }
}

TEMPLATE_TEST_CASE("rows and columns of a window: each begins at another alignment", "[device]", float, double, tn::half, tn::bfloat16) {
  using T = TestType;
  for (const index_t n : {1, 3, 5, 8, 9, 16, 20, 33, 64, 100, 140, 600}) {
    for (const index_t columns : {index_t{3}, index_t{40}}) {
      INFO("n = " << n << ", " << columns << " columns");
      const auto v = small_numbers(n * columns);
      auto rows = tn::unwrap(empty<T>({columns + 1, n + 3}).narrow(1, 1, n).and_then([&](auto t) { return t.narrow(0, 1, columns); }));
      fill(rows, v);
      auto turned = tn::unwrap(empty<T>({n + 1, columns + 3}).narrow(1, 1, columns).and_then([&](auto t) { return t.narrow(0, 1, n); }));
      auto as_rows = tn::unwrap(turned.transpose(0, 1));
      fill(as_rows, v);
      std::vector<double> sums, highest;
      for (index_t c = 0; c < columns; ++c) {
        const auto from = v.begin() + c * n, high = std::max_element(from, from + n);
        double sum = 0;
        for (auto i = from; i != from + n; ++i) sum += *i;
        sums.push_back(sum);
        highest.push_back(static_cast<double>(high - from));
      }
      REQUIRE(values(tn::sum(rows, 1)) == sums);
      REQUIRE(values(tn::argmax(rows, 1)) == highest);
      REQUIRE(values(tn::sum(turned, 0)) == sums);
      REQUIRE(values(tn::argmax(turned, 0)) == highest);
      const auto along = values(tn::norm(rows, 2, 1)), across = values(tn::norm(turned, 2, 0));
      for (std::size_t c = 0; c < along.size(); ++c) REQUIRE(across[c] == Approx(along[c]).epsilon(tn::half_type<T> ? 0.01 : 1e-6));
    }
  }
  // Two reduced dimensions that do not continue each other: runs of whole vectors, and of others; rows of an aligned distance, and of others.
  for (const index_t run : {3, 4, 8, 16, 24, 40, 64})
    for (const index_t apart : {0, 1, 16}) {
      INFO("runs of " << run << ", " << apart << " apart");
      const auto v = small_numbers(6 * 5 * run);
      auto x = tn::unwrap(empty<T>({6, 5, run + apart}).narrow(2, 0, run));
      fill(x, v);
      std::vector<double> sums(5, 0.0);
      for (index_t a = 0; a < 6; ++a)
        for (index_t b = 0; b < 5; ++b)
          for (index_t i = 0; i < run; ++i) sums[static_cast<std::size_t>(b)] += v[static_cast<std::size_t>((a * 5 + b) * run + i)];
      REQUIRE(values(tn::sum(x, {0, 2})) == sums);
      REQUIRE(only(tn::argmax(x)) == static_cast<double>(std::max_element(v.begin(), v.end()) - v.begin()));
      auto y = tn::unwrap(x.permute({0, 2, 1}));            // the same, as columns where there are enough of them
      REQUIRE(values(tn::sum(y, {0, 1})) == sums);
    }
  // Columns whose reduced elements are runs of rows.
  for (const index_t run : {1, 5, 8, 17}) {
    auto x = tn::unwrap(empty<T>({7, run + 2, 40}).narrow(1, 1, run));
    std::vector<double> v(static_cast<std::size_t>(7 * run * 40), 0.0), sums(40, 0.0), highest(40, 0.0);
    for (std::size_t c = 0; c < 40; ++c) {
      const std::size_t at = c * 11 % static_cast<std::size_t>(7 * run);
      v[at * 40 + c] = sums[c] = static_cast<double>(c + 1);
      v[(static_cast<std::size_t>(7 * run) - 1) * 40 + c] = static_cast<double>(c + 1);
      if (at != static_cast<std::size_t>(7 * run) - 1) sums[c] *= 2;
      highest[c] = static_cast<double>(at);
    }
    fill(x, v);
    REQUIRE(values(tn::sum(x, {0, 1})) == sums);
    const auto first = values(tn::amax(x, {0, 1}));
    for (std::size_t c = 0; c < 40; ++c) REQUIRE(first[c] == static_cast<double>(c + 1));
    REQUIRE(values(tn::argmax(make<T>({7 * run, 40}, v), 0)) == highest);
  }
}

TEST_CASE("many rows of a few thousand bytes", "[device]") {
  const index_t rows = 4096, n = 515;
  const auto v = small_numbers(rows * n);
  const auto got = values(tn::sum(make<float>({rows, n}, v), 1));
  for (std::size_t r = 0; r < got.size(); ++r) {
    double sum = 0;
    for (std::size_t i = 0; i < static_cast<std::size_t>(n); ++i) sum += v[r * static_cast<std::size_t>(n) + i];
    REQUIRE(got[r] == sum);
  }
}

TEST_CASE("infinities and empty dimensions", "[device]") {
  CHECK(only(tn::sum(row<float>({inf, 1}))) == inf);
  CHECK(is_nan(tn::sum(row<float>({inf, -inf}))));
  CHECK(std::signbit(only(tn::sum(row<float>({-0.0, -0.0})))) == false);
  CHECK(is_nan(tn::var(row<float>({1, inf}))));
  CHECK(only(tn::unwrap(tn::var_mean(row<float>({1, inf}))).mean) == inf);
  CHECK(only(tn::unwrap(tn::var_mean(tn::unwrap(tn::full<float>({20000}, inf)))).mean) == inf);
  CHECK(only(tn::var(row<float>({1, 2}), {}, {.correction = 2})) == inf);
  CHECK(is_nan(tn::var(row<float>({1}))));
  CHECK(only(tn::var(row<float>({1}), {}, {.correction = 0})) == 0);
  CHECK(only(tn::std(row<float>({3e38, -3e38}), {}, {.correction = 0})) == Approx(3e38));       // squares beyond float's range

  const auto none = empty<float>({3, 0});
  const std::vector<double> three_zeros(3, 0.0);
  CHECK(values(tn::sum(none, 1)) == three_zeros);
  CHECK(only(tn::sum(none)) == 0);
  CHECK(values(tn::sum(none, 0)).empty());
  CHECK(values(tn::prod(none, 1)) == std::vector<double>(3, 1.0));
  CHECK(values(tn::any(none, 1)) == three_zeros);
  CHECK(values(tn::all(none, 1)) == std::vector<double>(3, 1.0));
  CHECK(values(tn::count_nonzero(none, 1)) == three_zeros);
  expect_equal(values(tn::mean(none, 1)), {NaN, NaN, NaN}, {3});
  expect_equal(values(tn::var(none, 1)), {NaN, NaN, NaN}, {3});
  expect_equal(values(tn::unwrap(tn::std_mean(none, 1)).mean), {NaN, NaN, NaN}, {3});
  expect_equal(values(tn::logsumexp(none, 1)), {-inf, -inf, -inf}, {3});
  for (const double p : {0.0, 0.5, 1.0, 2.0, 3.0}) CHECK(values(tn::norm(none, p, 1)) == three_zeros);
  CHECK(tn::unwrap(tn::sum(none, 1, {.keepdim = true})).shape() == tn::shape{3, 1});

  CHECK(tn::amax(none, 1).error().message() == "amax: dim 1 of shape [3, 0] is empty, and amax of no elements has no value");
  CHECK(tn::max(none, 1).error().op() == std::string("max"));
  CHECK(values(tn::amax(none, 0)).empty());
  CHECK(values(tn::argmax(none, 0)).empty());
  for (const auto code : {tn::amin(none).error().code(), tn::min(none).error().code(), tn::argmin(none, 1).error().code(), tn::argmax(none).error().code(),
                          tn::aminmax(none).error().code(), tn::norm(none, inf, 1).error().code(), tn::norm(none, -1, 1).error().code()})
    CHECK(code == tn::error_code::shape_mismatch);
}

TEMPLATE_TEST_CASE("logsumexp at the ends of the range", "[device]", float, double, tn::half, tn::bfloat16) {
  using T = TestType;
  const auto lse = [](std::vector<double> v) { return only(tn::logsumexp(row<T>(v), 0)); };
  CHECK(lse({-inf, -inf}) == -inf);
  CHECK(lse({-inf}) == -inf);
  CHECK(lse({inf, 1}) == inf);
  CHECK(lse({inf, inf}) == inf);
  CHECK(lse({inf, -inf}) == inf);
  CHECK(std::isnan(lse({inf, NaN})));
  CHECK(std::isnan(lse({NaN, -inf})));
  CHECK(std::isnan(lse({1000, NaN, 1})));
  CHECK(lse({-inf, 2}) == 2);
  CHECK(lse({1000, 1000}) == Approx(1000 + std::log(2)).epsilon(0.004));
  CHECK(lse({-20000, -20000}) == Approx(-20000).epsilon(0.004));               // far below any "clamp the maximum" trick
  const double top = to_double(std::numeric_limits<T>::max());
  CHECK(lse({top, -top}) == top);
  CHECK(lse({-top, -top}) == -top);
  // Over units that are nothing but -inf or hold the only finite value, by rows and by columns.
  for (const index_t at : {index_t{0}, index_t{9000}, index_t{17000}, index_t{19999}}) {
    auto v = std::vector<double>(20000, -inf);
    v[static_cast<std::size_t>(at)] = -3;
    CHECK(lse(v) == -3);
    CHECK(values(tn::logsumexp(make<T>({1000, 20}, v), 0))[static_cast<std::size_t>(at % 20)] == -3);
    v[static_cast<std::size_t>(at)] = inf;
    CHECK(lse(v) == inf);
  }
}

TEST_CASE("norms neither overflow nor vanish", "[device]") {
  CHECK(only(tn::norm(row<double>({1e200, 1e200}))) == Approx(std::sqrt(2.0) * 1e200).epsilon(1e-15));
  CHECK(only(tn::norm(row<double>({3e-300, 4e-300}))) == Approx(5e-300).epsilon(1e-15));
  CHECK(only(tn::norm(row<double>({3e-320, 4e-320}))) == Approx(5e-320).epsilon(1e-3));       // subnormal itself
  CHECK(only(tn::norm(row<float>({3e38, 1e38}))) == Approx(std::sqrt(1e77)).epsilon(1e-7));
  CHECK(only(tn::norm(row<float>({3e38, 3e38}))) == inf);
  CHECK(only(tn::norm(row<float>({3e-40, 4e-40}))) == Approx(5e-40).epsilon(1e-4));
  CHECK(only(tn::norm(row<double>({0, 0}))) == 0);
  CHECK(only(tn::norm(row<double>({inf, 1}))) == inf);
  for (const double p : {0.5, 3.0, 10.0}) {
    INFO("p = " << p);
    CHECK(only(tn::norm(row<double>({1e300, 0}), p)) == Approx(1e300).epsilon(1e-15));
    CHECK(only(tn::norm(row<double>({1e-300, 1e-300}), p)) == Approx(std::pow(2.0, 1 / p) * 1e-300).epsilon(1e-14));
    CHECK(only(tn::norm(row<double>({inf, inf, 1}), p)) == inf);
    CHECK(only(tn::norm(row<double>({0, 0}), p)) == 0);
  }
  CHECK(only(tn::norm(row<double>({2, 0}), -1)) == 0);
  CHECK(only(tn::norm(row<double>({2, inf}), -1)) == 2);
  // The ratio of these two is no double, but its thousandth root is.
  const double ratio = std::exp(0.001 * (std::log(1e-320) - std::log(1e100)));
  CHECK(only(tn::norm(row<double>({1e-320, 1e100}), 0.001)) == Approx(std::pow(1 + ratio, 1000.0) * 1e100).epsilon(1e-9));
  // Units of unlike magnitude: tiny, plain and huge ones are merged in every order.
  for (const auto& order : {std::vector<double>{1e-250, 1, 1e250}, {1e250, 1e-250, 1}, {1, 1e250, 1e-250}, {1e-250, 1e-251, 1e-250}, {1e-250, 1, 1}}) {
    std::vector<double> v;
    long double squares = 0;
    for (const double scale : order)
      for (int i = 0; i < 3000; ++i) {
        v.push_back(scale);
        squares += static_cast<long double>(scale) * scale;
      }
    CHECK(only(tn::norm(row<double>(v))) == Approx(static_cast<double>(std::sqrt(squares))).epsilon(1e-14));
    std::vector<double> columns(9000);
    for (std::size_t i = 0; i < 9000; ++i) columns[i] = v[i / 9 * 9];
    for (const double y : values(tn::norm(make<double>({1000, 9}, columns), 2, 0))) CHECK(y == Approx(static_cast<double>(std::sqrt(squares / 9))).epsilon(1e-2));
  }
}

TEST_CASE("sums of many terms stay within log2 n roundings") {
  const index_t n = 10'000'000;
  const auto check = [&](const tn::tensor<float>& x) {
    long double exact = 0, magnitude = 0;
    for (index_t i = 0; i < n; ++i) {
      exact += static_cast<long double>(x.data()[i]);
      magnitude += std::fabs(static_cast<long double>(x.data()[i]));
    }
    const double bound = (std::log2(static_cast<double>(n)) + 8) * 0x1p-24 * static_cast<double>(magnitude);
    CHECK(std::fabs(only(tn::sum(x)) - static_cast<double>(exact)) <= bound);
    const auto matrix = tn::unwrap(x.view({100'000, 100}));
    CHECK(std::fabs(only(tn::sum(tn::sum(matrix, 0))) - static_cast<double>(exact)) <= 2 * bound);
  };
  auto x = tn::unwrap(tn::full<float>({n}, 0.1F));
  check(x);
  fill(x, uniform(static_cast<std::size_t>(n), -1, 1));
  check(x);
  for (index_t i = 0; i < n; ++i) x.data()[i] = i % 2 == 0 ? 1.0F + static_cast<float>(i) : -static_cast<float>(i);
  check(x);
}

TEST_CASE("ones are counted exactly as far as the result can hold them") {
  const index_t n = index_t{1} << 25;
  CHECK(only(tn::sum(tn::unwrap(tn::ones<float>({n})))) == static_cast<double>(n));
  CHECK(only(tn::sum(tn::unwrap(tn::ones<bool>({n})))) == static_cast<double>(n));
  CHECK(only(tn::mean(tn::unwrap(tn::ones<tn::half>({n})))) == 1);
  CHECK(only(tn::sum(tn::unwrap(tn::ones<tn::bfloat16>({n})))) == static_cast<double>(n));
  CHECK(only(tn::sum(tn::unwrap(tn::ones<tn::half>({60000})))) == 60000);
  CHECK(values(tn::sum(tn::unwrap(tn::ones<tn::bfloat16>({1024, 3})), 0)) == std::vector<double>(3, 1024.0));
  CHECK(only(tn::sum(tn::unwrap(tn::full<std::uint8_t>({100000}, 255)))) == 25'500'000);
  CHECK(only(tn::sum(tn::unwrap(tn::full<std::int16_t>({100000}, -32768)))) == -3'276'800'000.0);
  CHECK(tn::unwrap(tn::unwrap(tn::sum(tn::unwrap(tn::full<std::int64_t>({2}, INT64_MAX)))).at()) == -2);
}

TEST_CASE("variance beside a large mean", "[device]") {
  std::vector<double> v(100'000);
  for (std::size_t i = 0; i < v.size(); ++i) v[i] = 1e6 + static_cast<double>(i % 3);            // exact in float
  const auto x = row<float>(v);
  const double n = 100'000, mean = 1e6 + 99'999.0 / n, squares = 33'333.0 * 5, expected = (squares - n * (mean - 1e6) * (mean - 1e6)) / (n - 1);
  CHECK(only(tn::var(x)) == Approx(expected).epsilon(1e-7));
  CHECK(values(tn::var(tn::unwrap(x.view({1000, 100})), 0)).size() == 100);
  std::vector<double> far(3000);
  for (std::size_t i = 0; i < far.size(); ++i) far[i] = 1e9 + static_cast<double>(i % 2);
  CHECK(only(tn::var(row<double>(far), {}, {.correction = 0})) == Approx(0.25).epsilon(1e-13));
}

TEST_CASE("the bits of a result do not depend on the number of threads") {
#if defined(TENON_TEST_REDUCED)
  const index_t m = 20'000;
#else
  const index_t m = 100'000;
#endif
  const auto v = uniform(static_cast<std::size_t>(15 * m), -1, 1);
  const auto x = make<float>({15 * m}, v);
  const auto sums = [&] {
    std::vector<std::vector<double>> all;
    for (const tn::shape& s : {tn::shape{15 * m}, tn::shape{3, 5 * m}, tn::shape{5 * m, 3}, tn::shape{m / 100, 1500}, tn::shape{m / 1000, 150, 100}}) {
      const auto y = tn::unwrap(x.view(s));
      all.push_back(values(tn::sum(y)));
      for (index_t d = 0; d < s.rank(); ++d) {
        all.push_back(values(tn::sum(y, d)));
        all.push_back(values(tn::var(y, d)));
        all.push_back(values(tn::logsumexp(y, d)));
        all.push_back(values(tn::argmax(y, d)));
      }
      if (s.rank() != 3) continue;
      all.push_back(values(tn::sum(y, {0, 2})));
      all.push_back(values(tn::norm(y, 3, {0, 2})));
    }
    return all;
  };
  const oneapi::tbb::global_control allow(oneapi::tbb::global_control::max_allowed_parallelism, 7);
  const auto with_threads = [&](int n) {
    oneapi::tbb::task_arena arena(n);
    return arena.execute(sums);
  };
  const auto alone = with_threads(1);
  CHECK(with_threads(2) == alone);
  CHECK(with_threads(7) == alone);
}

TEST_CASE("reductions of broadcast and complex operands") {
  const auto x = row<float>({1, 2, 3});
  const auto wide = tn::unwrap(x.expand({1000, 3}));
  CHECK(values(tn::sum(wide, 0)) == std::vector<double>{1000, 2000, 3000});
  CHECK(values(tn::sum(wide, 1)) == std::vector<double>(1000, 6.0));
  CHECK(only(tn::amax(wide)) == 3);
  CHECK(only(tn::argmax(wide)) == 2);

  using complex = std::complex<float>;
  auto z = empty<complex>({50, 3});
  for (index_t i = 0; i < 150; ++i) z.data()[i] = {static_cast<float>(i), static_cast<float>(-2 * i)};
  CHECK(tn::unwrap(tn::unwrap(tn::sum(z)).at()) == complex(11175, -22350));
  CHECK(tn::unwrap(tn::unwrap(tn::mean(z, 0)).at(1)) == complex(74.5F, -149));
  CHECK(tn::unwrap(tn::unwrap(tn::sum(z.transpose(0, 1), 0)).at(2)) == complex(21, -42));
}

TEST_CASE("forms, lazy operands, results and errors", "[device]") {
  const auto v = uniform(60, -1, 1);
  auto x = make<float>({3, 4, 5}, v);
  const auto want = values(tn::sum(x, {0, 2}));
  CHECK(values(tn::sum(tn::lazy(x), {0, -1})) == want);
  CHECK(values(tn::sum(tn::result<tn::tensor<float>>(x), {2, 0})) == want);
  CHECK(values(tn::sum(x, {})) == values(tn::sum(x)));
  CHECK(tn::unwrap(tn::sum(x, {0, 2}, {.keepdim = true})).shape() == tn::shape{1, 4, 1});
  CHECK(tn::unwrap(tn::sum(x, {}, {.keepdim = true})).shape() == tn::shape{1, 1, 1});
  CHECK(tn::unwrap(tn::max(x, 1, {.keepdim = true})).indices.shape() == tn::shape{3, 1, 5});
  CHECK(tn::unwrap(tn::argmax(x, -1)).shape() == tn::shape{3, 4});
  static_assert(std::is_same_v<decltype(tn::sum(std::declval<tn::tensor<bool>>())), tn::result<tn::tensor<std::int64_t>>>);
  static_assert(std::is_same_v<decltype(tn::all(std::declval<tn::tensor<float>>())), tn::result<tn::tensor<bool>>>);

  auto out = empty<float>({4});
  REQUIRE(tn::sum_into(out, x, {0, 2}));
  CHECK(values(out) == want);
  auto backwards = tn::unwrap(empty<float>({9}).slice(0, {.step = -2}).and_then([](auto t) { return t.narrow(0, 1, 4); }));
  REQUIRE(tn::sum_into(backwards, x, {0, 2}));
  CHECK(values(backwards) == want);
  auto kept = empty<float>({1, 4, 1});
  REQUIRE(tn::sum_into(kept, x, {0, 2}, {.keepdim = true}));
  CHECK(values(kept) == want);
  auto low = empty<float>({3, 5});
  auto where = tn::unwrap(empty<std::int64_t>({5, 3}).transpose(0, 1));
  REQUIRE(tn::min_into(low, where, x, 1));
  CHECK(values(low) == values(tn::amin(x, 1)));
  CHECK(values(where) == values(tn::argmin(x, 1)));
  // An output inside the input: the result is computed apart.
  const auto expected = values(tn::sum(x, 0));
  auto inside = tn::unwrap(x[1]);
  REQUIRE(tn::sum_into(inside, x, 0));
  CHECK(values(x[1]) == expected);

  CHECK(tn::sum(x, 3).error().message() == "sum: dim 3 is out of range for shape [3, 4, 5] (expected -3 .. 2)");
  CHECK(tn::sum(x, {0, -3}).error().message() == "sum: dim 0 appears twice in [0, -3]");
  CHECK(tn::sum(x[5]).error().code() == tn::error_code::index_out_of_range);
  CHECK(tn::mean(tn::tensor<float>()).error().code() == tn::error_code::invalid_argument);
  CHECK(tn::sum_into(out, x, 1).error().code() == tn::error_code::shape_mismatch);
  CHECK(tn::norm(x, NaN).error().code() == tn::error_code::invalid_argument);
  auto shared = empty<double>({3, 5});
  auto bytes = make<double>({3, 4, 5}, v);
  CHECK(tn::aminmax_into(shared, shared, bytes, 1).error().code() == tn::error_code::overlapping_memory);
}

}  // namespace tenon_test::reduction_special_test
