#include <tenon/kernels/reference/reduction.hpp>
#include <tenon/kernels/reference/softmax.hpp>
#include <tenon/ops/lazy.hpp>
#include <tenon/ops/reduction.hpp>

#include <functional>

#include "../support/cases.hpp"

using namespace tenon_test;
namespace reference = tn::kernels::reference;
using R = long double;
using elements = std::vector<R>;

namespace {

bool is_reduced(const tn::dim_list& dims, int d, int rank) {
  for (const index_t dim : dims)
    if ((dim < 0 ? dim + rank : dim) == d) return true;
  return dims.rank() == 0;
}

// f(all elements of one output, in C order) for every output.
template <class F>
std::vector<double> by_output(const std::vector<double>& x, const tn::shape& s, const tn::dim_list& dims, F f) {
  tn::shape kept;
  for (int d = 0; d < s.rank(); ++d)
    if (!is_reduced(dims, d, s.rank())) kept.push_back(s[d]);
  std::vector<elements> groups(static_cast<std::size_t>(kept.numel()));
  for (std::size_t i = 0; i < x.size(); ++i) {
    std::size_t rest = i, output = 0, step = 1;
    for (int d = s.rank() - 1; d >= 0; --d) {
      const auto extent = static_cast<std::size_t>(s[d]);
      if (!is_reduced(dims, d, s.rank())) {
        output += rest % extent * step;
        step *= extent;
      }
      rest /= extent;
    }
    groups[output].push_back(x[i]);
  }
  std::vector<double> out;
  for (const auto& g : groups) out.push_back(static_cast<double>(f(g)));
  return out;
}

index_t size(const elements& g) { return static_cast<index_t>(g.size()); }

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

struct reduction_case {
  tn::shape s;
  std::vector<tn::dim_list> dims;
};

const std::vector<reduction_case>& shapes() {
  static const std::vector<reduction_case> all = {
      {{}, {{}, {0}, {-1}}},
      {{1}, {{}, {0}}},
      {{37}, {{}, {0}}},
      {{3, 5}, {{}, {0}, {1}, {-1}, {1, 0}}},
      {{1, 7}, {{0}, {1}}},
      {{5, 1}, {{0}, {1}}},
      {{70, 33}, {{}, {0}, {1}}},
      {{3, 4, 5}, {{}, {0}, {1}, {2}, {0, 1}, {0, 2}, {1, 2}, {-3, -1}}},
      {{17, 3, 20}, {{0}, {1}, {2}, {0, 2}, {1, 2}, {0, 1}}},
      {{2, 3, 2, 5}, {{1}, {0, 2}, {1, 3}, {0, 1, 3}, {3, 0, 2}}},
      {{600, 3}, {{0}, {1}}},                              // few columns: widened
      {{200, 6, 2}, {{0}, {0, 1}, {2}}},                   // many short rows
      {{2, 5000}, {{0}, {1}, {}}},                         // a row of several units
  };
  return all;
}

template <class T>
std::string describe(const tn::shape& s, const tn::dim_list& dims, const char* layout) {
  return std::string(tn::make_text(tn::dtype_of<T>, " ", s, " over ", dims, ", ", layout).view());
}

// Calls f(shape, dims, values, view) for all shapes, dimension sets and layouts.
template <class T, class Values, class F>
void for_all(Values make_values, F f) {
  for (const auto& c : shapes()) {
    const auto v = rounded<T>(make_values(static_cast<std::size_t>(c.s.numel())));
    for (const auto& [name, x] : layouts<T>(c.s, v))
      for (const auto& dims : c.dims) {
        INFO(describe<T>(c.s, dims, name));
        f(c.s, dims, v, x);
      }
  }
}

double log2_of(index_t n) { return std::log2(static_cast<double>(n < 1 ? 1 : n)); }

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
    const auto both = tn::unwrap(tn::aminmax(x, dims));
    expect_equal(values(both.min), low, out);
    expect_equal(values(both.max), high, out);

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

    for (const double p : {0.0, 1.0, 2.0, 3.0, 0.5, -1.5, inf, -inf}) {
      const auto norm = by_output(v, s, dims, [&](const elements& g) { return reference::norm<R>(g.data(), size(g), p); });
      const double u = p == 1 ? unit<T> : 0x1p-53;
      const double relative = (log2_of(n) + 16) * u * (p == 0 ? 1 : 1 + 1 / std::fabs(p));
      INFO("p = " << p);
      expect_bound<T>(values(tn::norm(x, p, dims)), norm, out, [&](std::size_t i) { return relative * norm[i]; });
    }

    const auto lse = by_output(v, s, dims, [](const elements& g) { return reference::logsumexp(g.data(), size(g), index_t{1}); });
    expect_bound<T>(values(tn::logsumexp(x, dims)), lse, out, [&](std::size_t i) {
      const double scale = std::fmax(std::fabs(high[i]), log2_of(n) * std::log(2.0));
      return 3 * ulp<std::conditional_t<std::is_same_v<T, double>, double, float>>(scale);
    });
  });
}

}  // namespace

TEMPLATE_TEST_CASE("floating reductions equal the reference within their bounds", "", float, double, tn::half, tn::bfloat16) {
  check_floating<TestType>();
}

TEMPLATE_TEST_CASE("counting, logic and positions over any dtype", "", float, double, tn::half, tn::bfloat16, bool, std::uint8_t, std::int8_t,
                   std::int16_t, std::int32_t, std::int64_t) {
  using T = TestType;
  // Few different values, so that there are ties and zeros.
  const auto values_of = [](std::size_t n) {
    auto v = uniform(n, 0, 4);
    for (auto& e : v) e = std::floor(e);
    return v;
  };
  for_all<T>(values_of, [](const tn::shape& s, const tn::dim_list& dims, const std::vector<double>& v, const tn::tensor<T>& x) {
    const auto outputs = [&](auto f) { return by_output(v, s, dims, f); };
    const tn::shape out = tn::unwrap(tn::any(x, dims)).shape();
    expect_equal(values(tn::count_nonzero(x, dims)), outputs([](const elements& g) { return reference::count_nonzero(g.data(), size(g)); }), out);
    expect_equal(values(tn::any(x, dims)), outputs([](const elements& g) { return reference::count_nonzero(g.data(), size(g)) > 0; }), out);
    expect_equal(values(tn::all(x, dims)), outputs([](const elements& g) { return reference::count_nonzero(g.data(), size(g)) == size(g); }), out);
    if constexpr (std::is_integral_v<T>) {
      expect_equal(values(tn::sum(x, dims)), outputs([](const elements& g) { return reference::sum(g.data(), size(g)); }), out);
      const auto wrapped = [](const elements& g) {
        std::uint64_t p = 1;
        for (const R e : g) p *= static_cast<std::uint64_t>(e);
        return static_cast<double>(static_cast<index_t>(p));
      };
      expect_equal(values(tn::prod(x, dims)), outputs(wrapped), out);
      expect_equal(values(tn::amin(x, dims)), outputs([](const elements& g) { return *std::min_element(g.begin(), g.end()); }), out);
      expect_equal(values(tn::amax(x, dims)), outputs([](const elements& g) { return *std::max_element(g.begin(), g.end()); }), out);
    }
    const auto first_min = outputs([](const elements& g) { return reference::argmin(g.data(), size(g)); });
    const auto first_max = outputs([](const elements& g) { return reference::argmax(g.data(), size(g)); });
    if (dims.rank() == 0) {
      expect_equal(values(tn::argmin(x)), first_min, out);
      expect_equal(values(tn::argmax(x)), first_max, out);
      CHECK(values(tn::min(x)) == values(tn::amin(x)));
      CHECK(values(tn::max(x)) == values(tn::amax(x)));
    } else if (dims.rank() == 1) {
      const index_t dim = *dims.begin();
      expect_equal(values(tn::argmin(x, dim)), first_min, out);
      expect_equal(values(tn::argmax(x, dim)), first_max, out);
      const auto low = tn::unwrap(tn::min(x, dim)), high = tn::unwrap(tn::max(x, dim));
      expect_equal(values(low.indices), first_min, out);
      expect_equal(values(high.indices), first_max, out);
      CHECK(values(low.values) == values(tn::amin(x, dim)));
      CHECK(values(high.values) == values(tn::amax(x, dim)));
    }
  });
}
