#include <tenon/kernels/reference/scan.hpp>
#include <tenon/ops/factory.hpp>
#include <tenon/ops/lazy.hpp>
#include <tenon/ops/scan.hpp>

#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>

#include "../support/cases.hpp"

namespace tenon_test::scan_test {
namespace reference = tn::kernels::reference;
using R = long double;

namespace {

// f(out, in, n) for every line along dim.
template <class Out = R, class F>
std::vector<double> by_line(const std::vector<double>& x, const tn::shape& s, int dim, F f) {
  std::vector<double> y(x.size());
  const index_t n = s.rank() ? s[dim] : 1;
  index_t inner = 1;
  for (int d = dim + 1; d < s.rank(); ++d) inner *= s[d];
  if (x.empty()) return y;
  for (index_t line = 0; line < s.numel() / n; ++line) {
    const index_t start = line / inner * n * inner + line % inner;
    std::vector<R> in;
    std::vector<Out> out(static_cast<std::size_t>(n));
    for (index_t i = 0; i < n; ++i) in.push_back(x[static_cast<std::size_t>(start + i * inner)]);
    f(out.data(), in.data(), n);
    for (index_t i = 0; i < n; ++i) y[static_cast<std::size_t>(start + i * inner)] = static_cast<double>(out[static_cast<std::size_t>(i)]);
  }
  return y;
}

// Within the tolerance and one more rounding, to T; for the half types two, through float. Beyond T's range: infinity.
template <class T, class Tolerance>
void expect_bound(const std::vector<double>& got, std::vector<double> want, const tn::shape& s, Tolerance tolerance) {
  for (std::size_t i = 0; i < want.size() && i < got.size(); ++i)
    if (std::isinf(got[i]) && std::fabs(want[i]) >= to_double(std::numeric_limits<T>::max())) want[i] = std::copysign(inf, want[i]);
  expect_within(got, want, s, [&](std::size_t i) { return tolerance(i) + 0.5 * ulp<T>(want[i]) + (tn::half_type<T> ? 0.5 * ulp<float>(want[i]) : 0); });
}

template <class T>
void check(const tn::shape& s, const std::vector<double>& given, int dim) {
  const auto x = rounded<T>(given);
  const auto index_of = [&](auto f) { return by_line<index_t>(x, s, dim, f); };
  const auto value_of = [&](auto f) {
    return by_line(x, s, dim, [&](R* out, const R* in, index_t n) {
      std::vector<index_t> index(static_cast<std::size_t>(n));
      f(index.data(), in, n);
      for (index_t i = 0; i < n; ++i) out[i] = in[index[static_cast<std::size_t>(i)]];
    });
  };
  const auto sums = by_line(x, s, dim, reference::cumsum<R>), products = by_line(x, s, dim, reference::cumprod<R>);
  const auto magnitudes = by_line(x, s, dim, [](R* out, const R* in, index_t n) {
    std::vector<R> a(in, in + n);
    for (R& e : a) e = std::fabs(e);
    reference::cumsum(out, a.data(), n);
  });
  const double n = static_cast<double>(s.rank() ? s[dim] : 1);
  for (const auto& [name, t] : layouts<T>(s, x)) {
    INFO(std::string(tn::make_text(tn::dtype_of<T>, " ", s, " along ", dim, ", ", name).view()));
    const auto high = tn::unwrap(tn::cummax(t, dim)), low = tn::unwrap(tn::cummin(t, dim));
    expect_equal(values(high.indices), index_of(reference::cummax<R>), s);
    expect_equal(values(low.indices), index_of(reference::cummin<R>), s);
    expect_equal(values(high.values), value_of(reference::cummax<R>), s);
    expect_equal(values(low.values), value_of(reference::cummin<R>), s);
    if constexpr (std::is_integral_v<T>) {
      expect_equal(values(tn::cumsum(t, dim)), sums, s);
      expect_equal(values(tn::cumprod(t, dim)), products, s);
    } else {
      const double u = std::is_same_v<T, double> ? 4 * 0x1p-53 : n * 0x1p-53;
      expect_bound<T>(values(tn::cumsum(t, dim)), sums, s, [&](std::size_t i) { return u * magnitudes[i]; });
      expect_bound<T>(values(tn::cumprod(t, dim)), products, s, [&](std::size_t i) { return n * 0x1p-53 * std::fabs(products[i]); });
      const auto lse = by_line(x, s, dim, reference::logcumsumexp<R>);
      expect_bound<T>(values(tn::logcumsumexp(t, dim)), lse, s, [&](std::size_t i) { return 3 * ulp<double>(std::fmax(std::fabs(lse[i]), 8)); });
    }
  }
}

template <class T>
void check_dtype() {
  const double low = std::is_integral_v<T> ? 0 : -2, high = std::is_same_v<T, bool> ? 2 : 3;
  const auto numbers = [&](index_t n) {
    auto v = uniform(static_cast<std::size_t>(n), low, high);
    if (std::is_integral_v<T>)
      for (double& e : v) e = std::floor(e);
    return v;
  };
  for (index_t n = 1; n <= 35; ++n) check<T>({2, n}, numbers(2 * n), 1);
  for (int dim = 0; dim < 3; ++dim) {
    check<T>({4, 5, 19}, numbers(380), dim);
    check<T>({3, 33, 1}, numbers(99), dim);
    check<T>({3, 0, 2}, {}, dim);
    check<T>({0, 3, 2}, {}, dim);
  }
  check<T>({40, 600}, numbers(24000), 0);                  // more than one strip
  check<T>({2, 1100}, numbers(2200), 1);                   // more than one tile
  check<T>({}, numbers(1), 0);
}

template <class X>
std::vector<double> along(const std::vector<double>& v, X f) {
  return values(f(make<float>({static_cast<index_t>(v.size())}, v)));
}

}  // namespace

#if defined(TENON_TEST_REDUCED)
#define DTYPES float, double, std::int16_t
#else
#define DTYPES float, double, tn::half, tn::bfloat16, bool, std::uint8_t, std::int8_t, std::int16_t, std::int32_t, std::int64_t
#endif

TEMPLATE_TEST_CASE("scans equal the reference in every layout", "", DTYPES) {
  check_dtype<TestType>();
}

TEST_CASE("scans of NaN, infinities and ties") {
  const auto lse = [](const std::vector<double>& v) { return along(v, [](const auto& x) { return tn::logcumsumexp(x, 0); }); };
  const auto sum = [](const std::vector<double>& v) { return along(v, [](const auto& x) { return tn::cumsum(x, 0); }); };
  const auto max_values = [](const std::vector<double>& v) { return along(v, [](const auto& x) { return tn::unwrap(tn::cummax(x, 0)).values; }); };
  const auto max_indices = [](const std::vector<double>& v) { return along(v, [](const auto& x) { return tn::unwrap(tn::cummax(x, 0)).indices; }); };
  expect_equal(lse({-inf, -inf, 1, inf, 2, NaN, 3}), {-inf, -inf, 1, inf, inf, NaN, NaN}, {7});
  expect_equal(lse({inf, 1000, -inf}), {inf, inf, inf}, {3});
  expect_equal(lse({-1e30, 1e30, -1e30}), rounded<float>({-1e30, 1e30, 1e30}), {3});
  expect_equal(sum({1, inf, -2, -inf, 3}), {1, inf, inf, NaN, NaN}, {5});
  expect_equal(max_values({1, 2, 2, NaN, 3, NaN}), {1, 2, 2, NaN, NaN, NaN}, {6});
  expect_equal(max_indices({1, 2, 2, NaN, 3, NaN}), {0, 1, 2, 3, 3, 5}, {6});
  expect_equal(max_indices({0.0, -0.0, 0.0}), {0, 1, 2}, {3});
  expect_equal(max_indices({-inf, -inf}), {0, 1}, {2});
  for (std::size_t at = 0; at < 70; ++at) {                // a special value in every lane, along and across
    auto v = uniform(70, -1, 1);
    v[at] = NaN;
    const auto y = sum(v), l = lse(v), m = max_values(v);
    std::vector<double> wide(70 * 9, 0.5);
    for (std::size_t i = 0; i < 70; ++i) wide[i * 9 + 4] = v[i];
    const auto z = values(tn::cumsum(make<float>({70, 9}, wide), 0));
    for (std::size_t i = 0; i < 70; ++i)
      REQUIRE((std::isnan(y[i]) == (i >= at) && std::isnan(l[i]) == (i >= at) && std::isnan(m[i]) == (i >= at) && std::isnan(z[i * 9 + 4]) == (i >= at) &&
               z[i * 9 + 3] == 0.5 * static_cast<double>(i + 1)));
  }
}

TEST_CASE("long scans: errors do not pile up") {
  const index_t n = 1'000'000;
  const auto x = tn::unwrap(tn::full<double>({n}, 0.1));
  const auto y = tn::unwrap(tn::cumsum(x, 0)), columns = tn::unwrap(tn::cumsum(x.view({n / 4, 4}), 0));
  const auto f = tn::unwrap(tn::cumsum(tn::unwrap(tn::full<float>({n}, 0.1F)), 0));
  std::vector<double> ramp;                                // rises by tiny steps: the maximum moves at each of them
  for (index_t i = 0; i < n; ++i) ramp.push_back(1e-6 * static_cast<double>(i));
  const auto l = values(tn::logcumsumexp(make<double>({n}, ramp), 0));
  long double sum = 0, total = 0;
  for (index_t i = 0; i < n; ++i) {
    const long double exact = static_cast<long double>(0.1) * static_cast<long double>(i + 1);
    sum += std::exp(static_cast<long double>(ramp[static_cast<std::size_t>(i)]));
    total = std::log(sum);
    if (std::fabs(y.data()[i] - exact) > 4 * 0x1p-53 * exact + 0.5 * ulp<double>(static_cast<double>(exact))) FAIL("double, at " << i);
    const long double exact_f = static_cast<long double>(0.1F) * static_cast<long double>(i + 1);
    if (std::fabs(f.data()[i] - exact_f) > 0.5001L * ulp<float>(static_cast<double>(exact_f))) FAIL("float, at " << i);
    if (std::fabs(l[static_cast<std::size_t>(i)] - total) > 3 * ulp<double>(std::fmax(1.0, static_cast<double>(total)))) FAIL("logcumsumexp, at " << i);
  }
  const double last = columns.data()[n - 1];
  CHECK(std::fabs(last - 0.1 * 250'000) <= 2 * ulp<double>(last));
}

TEST_CASE("scans: forms, aliases, threads, errors") {
  const auto v = uniform(600, -1, 1);
  auto x = make<float>({20, 30}, v);
  const auto want = values(tn::cumsum(x, 0));
  CHECK(values(tn::cumsum(tn::lazy(x), -2)) == want);
  CHECK(values(tn::cumsum(tn::result<tn::tensor<float>>(x), 0)) == want);
  auto out = tn::unwrap(empty<float>({30, 20}).transpose(0, 1));
  REQUIRE(tn::cumsum_into(out, x, 0));
  CHECK(values(out) == want);
  auto backwards = tn::unwrap(empty<float>({20, 30}).slice(0, {.step = -1}));
  REQUIRE(tn::cumsum_into(backwards, x, 0));
  CHECK(values(backwards) == want);
  // In place, along and across; shifted by a row, so that a value would be overwritten before it is read.
  for (const int dim : {0, 1}) {
    auto y = make<float>({20, 30}, v);
    const float* data = y.data();
    REQUIRE(tn::cumsum_(y, dim));
    CHECK(y.data() == data);
    CHECK(values(y) == values(tn::cumsum(x, dim)));
  }
  auto long_line = make<float>({25, 30}, uniform(750, -1, 1)), same = make<float>({25, 30}, uniform(750, -1, 1));
  REQUIRE(tn::cumsum_into(long_line.narrow(0, 3, 20), long_line.narrow(0, 2, 20), 0));
  CHECK(values(long_line.narrow(0, 3, 20)) == values(tn::cumsum(same.narrow(0, 2, 20), 0)));

  static_assert(std::is_same_v<decltype(tn::cumsum(std::declval<tn::tensor<std::int8_t>>(), 0)), tn::result<tn::tensor<std::int64_t>>>);
  auto z = empty<std::complex<double>>({3, 2});
  for (index_t i = 0; i < 6; ++i) z.data()[i] = {static_cast<double>(i), 1.0};
  CHECK(tn::unwrap(tn::unwrap(tn::cumsum(z, 0)).at(2, 1)) == std::complex<double>(9, 3));
  CHECK(tn::unwrap(tn::unwrap(tn::cumsum(z, 1)).at(2, 1)) == std::complex<double>(9, 2));

  const auto big = make<double>({300, 700}, uniform(210'000, -1, 1));
  const oneapi::tbb::global_control allow(oneapi::tbb::global_control::max_allowed_parallelism, 2);
  const auto with_threads = [&](int threads) {
    oneapi::tbb::task_arena arena(threads);
    return arena.execute([&] { return std::vector{values(tn::cumsum(big, 0)), values(tn::cumsum(big, 1)), values(tn::logcumsumexp(big, 0))}; });
  };
  CHECK(with_threads(2) == with_threads(1));

  CHECK(tn::cumsum(x, 2).error().message() == "cumsum: dim 2 is out of range for shape [20, 30] (expected -2 .. 1)");
  CHECK(tn::cummax(x, -3).error().code() == tn::error_code::dim_out_of_range);
  CHECK(tn::cumsum_into(out, x[0], 0).error().code() == tn::error_code::shape_mismatch);
  auto expanded = tn::unwrap(make<float>({1, 4}, {1, 2, 3, 4}).expand({3, 4}));
  CHECK(tn::cumsum_(expanded, 0).error().code() == tn::error_code::overlapping_memory);
}

#undef DTYPES

}  // namespace tenon_test::scan_test
