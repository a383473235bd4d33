// test: device
// Counting, logic, extrema and positions, and whole-number sums, over every dtype.
#include <tenon/ops/reduction.hpp>

#include "reduction_cases.hpp"

namespace tenon_test::reduction_dtypes_test {
namespace reference = tn::kernels::reference;

#if defined(TENON_TEST_REDUCED)
#define DTYPES float, tn::half, bool, std::int16_t
#else
#define DTYPES float, double, tn::half, tn::bfloat16, bool, std::uint8_t, std::int8_t, std::int16_t, std::int32_t, std::int64_t
#endif

TEMPLATE_TEST_CASE("counting, logic and positions over any dtype", "[device]", DTYPES) {
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

#undef DTYPES

}  // namespace tenon_test::reduction_dtypes_test
