// test: device
#include <tenon/kernels/reference/dropout.hpp>
#include <tenon/ops/dropout.hpp>

#include "../support/cases.hpp"

namespace tenon_test::dropout_test {
namespace reference = tn::kernels::reference;

namespace {
struct statistics {
  double mean, var, zeros;
};
statistics statistics_of(const std::vector<double>& v) {
  statistics s{0, 0, 0};
  for (const double x : v) s.mean += x, s.zeros += x == 0;
  s.mean /= static_cast<double>(v.size());
  s.zeros /= static_cast<double>(v.size());
  for (const double x : v) s.var += (x - s.mean) * (x - s.mean);
  s.var /= static_cast<double>(v.size());
  return s;
}
constexpr std::size_t n = 200000;
// Five standard deviations of a mean of n numbers with standard deviation sigma.
double five_sigma(double sigma) { return 5 * sigma / std::sqrt(static_cast<double>(n)); }
}  // namespace

// What is dropped is the same; kept elements are off by the rounding of 1 - p, of its inverse (in double, then in the type of the
// arithmetic) and of the product: 2 units of that type and half a one of the result. Alpha dropout: a x + b, where a and b are
// rounded and the sum is fused; |b| is at most 2 here.
TEMPLATE_TEST_CASE("dropout and alpha_dropout equal the reference in every layout", "[device]", float, double, tn::half, tn::bfloat16) {
  using T = TestType;
  using C = tn::compute_t<T>;
  const tn::shape s{6, 7, 5};
  const auto x = rounded<T>(uniform(210, 0.5, 3));                                                         // no zeros
  const std::vector<long double> in(x.begin(), x.end());
  const auto of = [&](auto f, index_t share, double p) {
    std::vector<long double> y(in.size());
    f(y.data(), in.data(), s.numel(), share, p, std::uint64_t{21}, std::uint64_t{9});
    return std::vector<double>(y.begin(), y.end());
  };
  for (const double p : {0.1, 0.5, 0.9, 1.0})
    for (const auto& [name, t] : layouts<T>(s, x)) {
      INFO(name << ", p " << p);
      const auto call = [&](auto f) {
        tn::generator numbers(21, 9);
        return values(f(numbers));
      };
      const auto plain = of(reference::dropout<long double>, 1, p), channels = of(reference::dropout<long double>, 5, p);
      const auto near = [&](const std::vector<double>& want) { return [&](std::size_t i) { return 2.5 * ulp<C>(want[i]) + 0.5 * ulp<T>(want[i]); }; };
      const auto got = call([&](auto& g) { return tn::dropout(t, {.p = p}, g); });
      for (std::size_t i = 0; i < got.size(); ++i) REQUIRE((got[i] == 0) == (plain[i] == 0));
      expect_within(got, plain, s, near(plain));
      expect_within(call([&](auto& g) { return tn::dropout1d(t, {.p = p}, g); }), channels, s, near(channels));
      const auto alpha = of(reference::alpha_dropout<long double>, 1, p), by_channels = of(reference::alpha_dropout<long double>, 5, p);
      const auto near_alpha = [&](const std::vector<double>& want) {
        return [&](std::size_t i) { return 3 * ulp<C>(std::fabs(want[i]) + 4) + 0.5 * ulp<T>(want[i]); };
      };
      expect_within(call([&](auto& g) { return tn::alpha_dropout(t, {.p = p}, g); }), alpha, s, near_alpha(alpha));
      expect_within(call([&](auto& g) { return tn::feature_alpha_dropout(t, {.p = p}, g); }), by_channels, s, near_alpha(by_channels));
    }
}

TEST_CASE("dropout: rate, scale, and a new mask for each call", "[device]") {
  const auto x = make<float>({n}, std::vector<double>(n, 1.0));
  for (const double p : {0.1, 0.5, 0.9}) {
    const auto y = values(tn::dropout(x, {.p = p}));
    for (const double v : y) REQUIRE((v == 0 || v == static_cast<double>(1 / static_cast<float>(1 - p)) || std::fabs(v * (1 - p) - 1) < 1e-6));
    CHECK(std::fabs(statistics_of(y).zeros - p) < five_sigma(std::sqrt(p * (1 - p))));
  }
  CHECK(values(tn::dropout(x)) != values(tn::dropout(x)));
  tn::generator a(7), b(7);
  CHECK(values(tn::dropout(x, {}, a)) == values(tn::dropout(x, {}, b)));                                   // the same seed, the same mask
  CHECK(values(tn::dropout(x, {.training = false})) == values(x));
  CHECK(values(tn::dropout(x, {.p = 0})) == values(x));
  CHECK(statistics_of(values(tn::dropout(make<float>({3}, {NaN, inf, 1}), {.p = 1}))).zeros == 1);
  CHECK(tn::dropout(x, {.p = 1.5}).error().message() == "dropout: p is 1.5, but a probability lies in 0 .. 1");
  CHECK(tn::dropout(x, {.p = NaN}).error().code() == tn::error_code::invalid_argument);
}

TEST_CASE("dropout in place, in every layout and dtype the same mask", "[device]") {
  const tn::shape s{6, 7};
  const std::vector<double> ones(42, 1.0);
  tn::generator first(3);
  const auto want = values(tn::dropout(make<double>(s, ones), {}, first));
  for (auto& [name, t] : layouts<float>(s, ones)) {
    INFO(name);
    tn::generator numbers(3);
    CHECK(values(tn::dropout(t, {}, numbers)) == want);
    tn::generator again(3);
    const float* data = t.data();
    REQUIRE(tn::dropout_(t, {}, again));
    CHECK(t.data() == data);
    CHECK(values(t) == want);
  }
}

TEST_CASE("dropout of channels", "[device]") {
  const auto x = make<float>({20, 30, 5}, std::vector<double>(3000, 1.0));
  const auto y = values(tn::dropout2d(x, {.p = 0.5}));
  double dropped = 0;
  for (std::size_t c = 0; c < 600; ++c) {
    for (std::size_t i = 1; i < 5; ++i) REQUIRE(y[c * 5 + i] == y[c * 5]);                                // all of a channel or nothing
    dropped += y[c * 5] == 0;
  }
  CHECK(std::fabs(dropped / 600 - 0.5) < 5 * 0.5 / std::sqrt(600.0));
  CHECK(tn::dropout1d(make<float>({3}, {1, 2, 3})).error().code() == tn::error_code::shape_mismatch);
  CHECK(tn::dropout1d(make<float>({1, 1, 1, 3}, {1, 2, 3})).error().message() ==
        "dropout1d: input [1, 1, 1, 3] must have 3 dimensions (batch, channel, length) or 2 without a batch");
  // Without a batch the first dimension is the channel, as in PyTorch.
  const auto whole_channels = [](const std::vector<double>& v, std::size_t channels) {
    const std::size_t each = v.size() / channels;
    std::size_t gone = 0;
    for (std::size_t c = 0; c < channels; ++c) {
      for (std::size_t i = 1; i < each; ++i) REQUIRE(v[c * each + i] == v[c * each]);
      gone += v[c * each] == 0;
    }
    CHECK((gone > channels / 4 && gone < channels - channels / 4));
  };
  tn::generator numbers(2);
  whole_channels(values(tn::dropout1d(make<float>({100, 6}, std::vector<double>(600, 1.0)), {}, numbers)), 100);
  whole_channels(values(tn::dropout3d(make<float>({100, 2, 3, 2}, std::vector<double>(1200, 1.0)), {}, numbers)), 100);
  whole_channels(values(tn::dropout1d(make<float>({4, 25, 6}, std::vector<double>(600, 1.0)), {}, numbers)), 100);
}

TEST_CASE("alpha_dropout keeps mean and variance", "[device]") {
  std::vector<double> v(n);
  const auto u1 = uniform(n, 1e-12, 1, 1), u2 = uniform(n, 0, 6.283185307179586, 2);
  for (std::size_t i = 0; i < n; ++i) v[i] = std::sqrt(-2 * std::log(u1[i])) * std::cos(u2[i]);           // standard normal
  const auto s = statistics_of(values(tn::alpha_dropout(make<double>({n}, v), {.p = 0.3})));
  CHECK(std::fabs(s.mean) < five_sigma(1));
  CHECK(std::fabs(s.var - 1) < five_sigma(2));
}

}  // namespace tenon_test::dropout_test
