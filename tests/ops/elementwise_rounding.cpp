// test: device
// floor, ceil, trunc, round, frac.
#include <tenon/ops/rounding.hpp>

#include "../support/elementwise.hpp"

namespace tenon_test::elementwise_rounding_test {

const std::vector<double> halves = {
    -3.5, -2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 3.5, 0.49999997, 8388607.5, 8388608.5, -8388607.5, 4503599627370495.5,
    1e10, 1e20};

TEST_CASE("floor ceil trunc round frac", "[device]") {
  check_unary<TENON_FLOATS, std::int32_t>({.name = "floor",
                                           .of = TENON_REAL(std::floor(x[0])),
                                           .of_integers = TENON_WHOLE(x[0]),
                                           .bound = 0,
                                           .extra = halves},
                                          TENON_FORMS(floor));
  check_unary<TENON_FLOATS, std::uint8_t>({.name = "ceil",
                                           .of = TENON_REAL(std::ceil(x[0])),
                                           .of_integers = TENON_WHOLE(x[0]),
                                           .bound = 0,
                                           .extra = halves},
                                          TENON_FORMS(ceil));
  check_unary<TENON_FLOATS, std::int64_t>({.name = "trunc",
                                           .of = TENON_REAL(std::trunc(x[0])),
                                           .of_integers = TENON_WHOLE(x[0]),
                                           .bound = 0,
                                           .extra = halves},
                                          TENON_FORMS(trunc));
  check_unary<TENON_FLOATS, std::int8_t>({.name = "round",
                                          .of = TENON_REAL(std::nearbyint(x[0])),
                                          .of_integers = TENON_WHOLE(x[0]),
                                          .bound = 0,
                                          .extra = halves},
                                         TENON_FORMS(round));
  check_unary<TENON_FLOATS>({.name = "frac", .of = TENON_REAL(x[0] - std::trunc(x[0])), .bound = 0, .extra = halves},
                            TENON_FORMS(frac));
}

TEST_CASE("round to decimals", "[device]") {
  const auto x = make<double>({7}, {2.345, -2.345, 1234.5, 1e300, 0.125, inf, NaN});
  expect_equal(values(tn::round(x, {.decimals = 2})),
               {std::nearbyint(2.345 * 100) / 100, -std::nearbyint(2.345 * 100) / 100, 1234.5, 1e300, 0.12, inf, NaN},
               {7});
  expect_equal(values(tn::round(make<double>({3}, {1250, -1350, 49}), {.decimals = -2})), {1200, -1400, 0}, {3});
  expect_equal(values(tn::round(make<float>({2}, {1e38, 16777215}), {.decimals = 3})),
               {static_cast<double>(1e38F), 16777215}, {2});
  expect_equal(values(tn::round(make<std::int32_t>({2}, {7, -7}), {.decimals = 2})), {7, -7}, {2});
  CHECK(tn::round(make<std::int32_t>({1}, {7}), {.decimals = -1}).error().message() ==
        "round: decimals is -1; for int32 it must be 0 or more");
  CHECK(tn::round(make<float>({1}, {7}), {.decimals = 31}).error().message() ==
        "round: decimals is 31; for float32 it must be -30 .. 30");
  CHECK(tn::eval(tn::round(tn::lazy(make<float>({1}, {7})), {.decimals = 31})).error().code() ==
        tn::error_code::invalid_argument);
}

}  // namespace tenon_test::elementwise_rounding_test
