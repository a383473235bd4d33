// test: device
// pow float_power hypot ldexp xlogy logaddexp logaddexp2.
#include <tenon/ops/power.hpp>

#include "../support/elementwise.hpp"

namespace tenon_test::elementwise_power_test {

TEST_CASE("pow", "[device]") {
  const std::vector<double> numbers = {0.1,  1.0001, 0.9999, 2.0, -3.0,         126,
                                       -126, 1e-3,   65504,  1e9, 4294967297.0, 9007199254740993.0};
  check_binary<TENON_FLOATS>({.name = "pow",
                              .of = TENON_REAL(std::pow(x[0], x[1])),
                              .bound = cpu::pow_ulp,
                              .range = {{0, 20}, {-9, 9}},
                              .extra = numbers},
                             TENON_FORMS(pow));
  check_binary<TENON_FLOATS>({.name = "pow",
                              .of = TENON_REAL(std::pow(x[0], x[1])),
                              .bound = cpu::pow_ulp,
                              .range = {{0.5, 1.5}, {-150, 150}}},
                             TENON_FORMS(pow));
  check_binary<TENON_INTEGERS>(
      {.name = "pow", .of_integers = TENON_WHOLE(reference::pow(x[0], x[1])), .extra = {4, 5, 6, 7, 8, 9}},
      TENON_FORMS(pow));
}

TEST_CASE("pow with scalars, and float_power in double", "[device]") {
  const auto x = make<float>({3}, {1, 2, 3});
  CHECK(values(tn::pow(x, 2)) == std::vector<double>{1, 4, 9});
  CHECK(values(tn::pow(2, x)) == std::vector<double>{2, 4, 8});
  CHECK(values(tn::pow(make<std::int32_t>({4}, {2, -1, 1, 0}), -3)) == std::vector<double>{0, -1, 1, 0});
  static_assert(std::is_same_v<decltype(tn::pow(make<std::int32_t>({1}, {1}), 0.5)), tn::result<tn::tensor<float>>>);
  static_assert(
      std::is_same_v<decltype(tn::float_power(make<std::int8_t>({1}, {1}), 2)), tn::result<tn::tensor<double>>>);
  expect_ulp<double>(values(tn::float_power(make<std::int32_t>({2}, {10, 2}), make<std::int32_t>({2}, {-1, 100}))),
                     {0.1, 0x1p100}, {2}, 1);
}

TEST_CASE("hypot", "[device]") {
  check_binary<TENON_FLOATS>({.name = "hypot",
                              .of = TENON_REAL(std::hypot(x[0], x[1])),
                              .bound = cpu::hypot_ulp,
                              .extra = {3, 4, 1e-30, 1e30, 1e200}},
                             TENON_FORMS(hypot));
}

TEST_CASE("ldexp rounds once, through the subnormal numbers", "[device]") {
  const auto scaled = TENON_REAL(x[0] * std::exp2(x[1]));
  const std::vector<double> counts = {-127,  -140,  -149, -150, 127,  128,   200, -1022, -1050,
                                      -1074, -1075, 1023, 1100, 2098, -2098, 1e9, -1e9};
  // Whole exponents only: a fraction's power of two is rounded, too.
  check_binary<TENON_FLOATS>(
      {.name = "ldexp",
       .of = scaled,
       .range = {{-8, 8}, {-3, 3}},
       .skip = [](const real* x) { return x[1] != std::trunc(x[1]) || !(std::fabs(x[1]) < 16000); },
       .extra = counts},
      TENON_FORMS(ldexp));
  check_binary<float>(
      {.name = "ldexp", .of = scaled, .bound = 2, .skip = [](const real* x) { return !(std::fabs(x[1]) < 100); }},
      TENON_FORMS(ldexp));
  CHECK(values(tn::ldexp(make<std::int32_t>({2}, {3, -5}), make<std::int32_t>({2}, {4, -1}))) ==
        std::vector<double>{48, -2.5});
  CHECK(values(tn::ldexp(make<float>({3}, {1, 0, 1}), make<float>({3}, {inf, 5000, -inf}))) ==
        std::vector<double>{inf, 0, 0});
}

TEST_CASE("xlogy", "[device]") {
  check_binary<TENON_FLOATS>({.name = "xlogy",
                              .of = TENON_REAL(reference::xlogy(x[0], x[1])),
                              .bound = ulps(2),
                              .range = {{-8, 8}, {0, 20}},
                              .any_zero = true},
                             TENON_FORMS(xlogy));
}

TEST_CASE("logaddexp without overflow", "[device]") {
  // Where the maximum is negative and the logarithm positive they cancel: what they were rounded to counts absolutely.
  const auto terms =
      TENON_REAL(std::isfinite(x[0]) && std::isfinite(x[1]) ? 3 * (std::fabs(std::fmax(x[0], x[1])) + 1) : 0);
  check_binary<TENON_FLOATS>(
      {.name = "logaddexp", .of = TENON_REAL(reference::logaddexp(x[0], x[1])), .slack = terms, .any_zero = true},
      TENON_FORMS(logaddexp));
  check_binary<TENON_FLOATS>(
      {.name = "logaddexp2", .of = TENON_REAL(reference::logaddexp2(x[0], x[1])), .slack = terms, .any_zero = true},
      TENON_FORMS(logaddexp2));
}

}  // namespace tenon_test::elementwise_power_test
