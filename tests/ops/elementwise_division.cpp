// test: device
// floor_divide, remainder, fmod, gcd, lcm.
#include <tenon/ops/division.hpp>

#include "../support/elementwise.hpp"

namespace tenon_test::elementwise_division_test {

TEST_CASE("fmod and remainder", "[device]") {
  const std::vector<std::pair<double, double>> near = {{-100, 100}, {-7, 7}}, far = {{-1e30, 1e30}, {-1e-3, 1e-3}};
  for (const auto& range : {near, far}) {
    check_binary<TENON_FLOATS>({.name = "fmod", .of = TENON_REAL(std::fmod(x[0], x[1])), .bound = 0, .range = range},
                               TENON_FORMS(fmod));
    check_binary<TENON_FLOATS>(
        {.name = "remainder", .of = TENON_REAL(reference::remainder(x[0], x[1])), .range = range},
        TENON_FORMS(remainder));
  }
  check_binary<TENON_INTEGERS>({.name = "fmod", .of_integers = TENON_WHOLE(reference::fmod(x[0], x[1]))},
                               TENON_FORMS(fmod));
  check_binary<TENON_INTEGERS>({.name = "remainder", .of_integers = TENON_WHOLE(reference::remainder(x[0], x[1]))},
                               TENON_FORMS(remainder));
}

TEST_CASE("floor_divide", "[device]") {
  // The result is a whole number where it has the digits for one. A double quotient has more digits than long double: there
  // the reference itself is off by one in the last place.
  check_binary<TENON_FLOATS>({.name = "floor_divide",
                              .of = TENON_REAL(reference::floor_divide(x[0], x[1])),
                              .bound = 1,
                              .range = {{-100, 100}, {-7, 7}}},
                             TENON_FORMS(floor_divide));
  check_binary<TENON_INTEGERS>(
      {.name = "floor_divide", .of_integers = TENON_WHOLE(reference::floor_divide(x[0], x[1]))},
      TENON_FORMS(floor_divide));
}

TEST_CASE("floor_divide of numbers that nearly divide", "[device]") {
  std::vector<double> a, b;
  for (int i = -50; i <= 50; ++i)
    for (int k = 1; k <= 30; ++k) {
      a.push_back(static_cast<double>(static_cast<float>(0.1 * k) * static_cast<float>(i)));
      b.push_back(0.1 * k);
    }
  const tn::shape s{static_cast<index_t>(a.size())};
  a = rounded<float>(a), b = rounded<float>(b);
  const auto q = values(tn::floor_divide(make<float>(s, a), make<float>(s, b)));
  for (std::size_t i = 0; i < q.size(); ++i)
    REQUIRE(q[i] == std::floor(a[i] / b[i]));  // in double the quotient is exact enough
}

TEST_CASE("gcd and lcm", "[device]") {
  const auto lcm = TENON_WHOLE(reference::gcd(x[0], x[1]) == 0 ? 0 : x[0] / reference::gcd(x[0], x[1]) * x[1]);
  check_binary<TENON_INTEGERS>({.name = "gcd", .of_integers = TENON_WHOLE(reference::gcd(x[0], x[1]))},
                               TENON_FORMS(gcd));
  // Modulo 2^width, and the absolute value of that: compared up to sign where it wrapped.
  check_binary<std::int8_t, std::int64_t>(
      {.name = "lcm",
       .of_integers = [=](const wide* x) { return lcm(x) < 0 ? -lcm(x) : lcm(x); },
       .skip = [](const real* x) { return std::fabs(x[0]) > 11 || std::fabs(x[1]) > 11; }},
      TENON_FORMS(lcm));
  check_binary<std::uint8_t>({.name = "lcm", .of_integers = lcm}, TENON_FORMS(lcm));
}

TEST_CASE("integer division never fails", "[device]") {
  const double lowest = std::numeric_limits<std::int32_t>::lowest();
  const auto a = make<std::int32_t>({3}, {lowest, 5, 0}), minus = make<std::int32_t>({3}, {-1, 0, 0});
  expect_equal(values(tn::floor_divide(a, minus)), {lowest, 0, 0}, {3});
  expect_equal(values(tn::remainder(a, minus)), {0, 0, 0}, {3});
  expect_equal(values(tn::fmod(a, 0)), {0, 0, 0}, {3});
  expect_equal(values(tn::floor_divide(-7, make<std::int32_t>({2}, {2, -2}))), {-4, 3}, {2});
  expect_equal(values(tn::remainder(-7, make<std::int32_t>({2}, {2, -2}))), {1, -1}, {2});
}

}  // namespace tenon_test::elementwise_division_test
