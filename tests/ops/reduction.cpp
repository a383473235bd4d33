// test: device
// Reductions of floating-point numbers against long double, with their bounds.
#include <tenon/kernels/reference/softmax.hpp>
#include <tenon/ops/reduction.hpp>

#include "reduction_cases.hpp"

namespace tenon_test::reduction_test {
namespace reference = tn::kernels::reference;

namespace {

// u in the bounds: half the distance from 1 to the next number of the type that T is added up in.
template <class T>
constexpr double unit = std::is_same_v<T, double> ? 0x1p-53 : 0x1p-24;
// Within the tolerance and one more rounding, to T; for the half types two, through float. A value beyond T's range may
// round to infinity.
template <class T, class Tolerance>
void expect_bound(const std::vector<double>& got, std::vector<double> want, const tn::shape& s, Tolerance tolerance) {
  for (std::size_t i = 0; i < want.size() && i < got.size(); ++i)
    if (std::isinf(got[i]) && std::fabs(want[i]) >= to_double(std::numeric_limits<T>::max())) want[i] = std::copysign(inf, want[i]);
  expect_within(got, want, s, [&](std::size_t i) { return tolerance(i) + 0.5 * ulp<T>(want[i]) + (tn::half_type<T> ? 0.5 * ulp<float>(want[i]) : 0); });
}

double log2_of(index_t n) { return std::log2(static_cast<double>(n < 1 ? 1 : n)); }

template <class T>
void check_norm(double p, const tn::shape& s, const tn::dim_list& dims, const std::vector<double>& v, const tn::tensor<T>& x) {
  const auto norm = by_output(v, s, dims, [&](const elements& g) { return reference::norm<R>(g.data(), size(g), p); });
  const double u = p == 1 ? unit<T> : 0x1p-53;
  const double relative = (log2_of(s.numel() / static_cast<index_t>(norm.size())) + 16) * u * (p == 0 ? 1 : 1 + 1 / std::fabs(p));
  INFO("p = " << p);
  const auto got = tn::norm(x, p, dims);
  expect_bound<T>(values(got), norm, tn::unwrap(got).shape(), [&](std::size_t i) { return relative * norm[i]; });
}

template <class T>
void check_floating() {
  const auto values_of = [](std::size_t n) { return uniform(n, -2, 3); };
  for_all<T>(values_of, [](const tn::shape& s, const tn::dim_list& dims, const std::vector<double>& v, const tn::tensor<T>& x) {
    const auto magnitudes = by_output(v, s, dims, [](const elements& g) {
      R sum = 0;
      for (const R e : g) sum += std::fabs(e);
      return sum;
    });
    const index_t n = s.numel() / static_cast<index_t>(magnitudes.size());
    const double bound = (log2_of(n) + 8) * unit<T>;
    const tn::shape out = tn::unwrap(tn::sum(x, dims)).shape();

    const auto sum = by_output(v, s, dims, [](const elements& g) { return reference::sum(g.data(), size(g)); });
    expect_bound<T>(values(tn::sum(x, dims)), sum, out, [&](std::size_t i) { return bound * magnitudes[i]; });
    const auto mean = by_output(v, s, dims, [](const elements& g) { return reference::mean(g.data(), size(g)); });
    expect_bound<T>(values(tn::mean(x, dims)), mean, out, [&](std::size_t i) {
      return (bound + 2 * unit<T>) * magnitudes[i] / static_cast<double>(n);
    });
    const auto prod = by_output(v, s, dims, [](const elements& g) { return reference::product(g.data(), size(g)); });
    expect_bound<T>(values(tn::prod(x, dims)), prod, out, [&](std::size_t i) {
      const double tiny = to_double(std::numeric_limits<T>::denorm_min());                  // the end of a vanishing product
      return (static_cast<double>(n) * unit<T>) * std::fabs(prod[i]) + tiny;
    });

    const auto low = by_output(v, s, dims, [](const elements& g) { return g[static_cast<std::size_t>(reference::argmin(g.data(), size(g)))]; });
    const auto high = by_output(v, s, dims, [](const elements& g) { return g[static_cast<std::size_t>(reference::argmax(g.data(), size(g)))]; });
    expect_equal(values(tn::amin(x, dims)), low, out);
    expect_equal(values(tn::amax(x, dims)), high, out);

    for (const double correction : {0.0, 1.0, 2.5}) {
      const auto var = by_output(v, s, dims, [&](const elements& g) { return reference::variance<R>(g.data(), size(g), correction); });
      auto deviation = var;
      for (auto& d : deviation) d = std::sqrt(d);
      const double relative = (log2_of(n) + 12) * 0x1p-53 * 4;                // mean^2 / variance is below 3 here
      expect_bound<T>(values(tn::var(x, dims, {.correction = correction})), var, out, [&](std::size_t i) { return relative * var[i]; });
      expect_bound<T>(values(tn::std(x, dims, {.correction = correction})), deviation, out, [&](std::size_t i) { return relative * deviation[i]; });
    }
    const auto moments = tn::unwrap(tn::var_mean(x, dims));
    expect_equal(values(moments.var), values(tn::var(x, dims)), out);
    expect_bound<T>(values(moments.mean), mean, out, [&](std::size_t i) {
      return (log2_of(n) + 10) * 0x1p-53 * magnitudes[i] / static_cast<double>(n);
    });
    expect_equal(values(tn::unwrap(tn::std_mean(x, dims)).mean), values(moments.mean), out);

    for (const double p : {0.0, 1.0, 2.0, inf, -inf}) check_norm<T>(p, s, dims, v, x);

    const auto lse = by_output(v, s, dims, [](const elements& g) { return reference::logsumexp(g.data(), size(g), index_t{1}); });
    expect_bound<T>(values(tn::logsumexp(x, dims)), lse, out, [&](std::size_t i) {
      const double scale = std::fmax(std::fabs(high[i]), log2_of(n) * std::log(2.0));
      return 3 * ulp<std::conditional_t<std::is_same_v<T, double>, double, float>>(scale);
    });
  });
}

}  // namespace

TEMPLATE_TEST_CASE("floating reductions equal the reference within their bounds", "[device]", float, double, tn::half, tn::bfloat16) {
  check_floating<TestType>();
}

TEMPLATE_TEST_CASE("the smallest and the largest together; norms of every other p", "[device]", float, double, tn::half, tn::bfloat16) {
  const auto values_of = [](std::size_t n) { return uniform(n, -2, 3); };
  for_all<TestType>(values_of, [](const tn::shape& s, const tn::dim_list& dims, const std::vector<double>& v, const tn::tensor<TestType>& x) {
    const auto both = tn::unwrap(tn::aminmax(x, dims));
    CHECK(values(both.min) == values(tn::amin(x, dims)));
    CHECK(values(both.max) == values(tn::amax(x, dims)));
    for (const double p : {3.0, 0.5, -1.5}) check_norm<TestType>(p, s, dims, v, x);
  });
}

}  // namespace tenon_test::reduction_test
