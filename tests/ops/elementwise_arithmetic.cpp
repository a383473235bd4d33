// test: device
// The four operations and what is made of them, against plain arithmetic in long double or, for integers, 128 bits.
#include <tenon/ops/arithmetic.hpp>

#include "../support/elementwise.hpp"

namespace tenon_test::elementwise_arithmetic_test {

TEST_CASE("add, sub, mul", "[device]") {
  check_binary<TENON_FLOATS, TENON_INTEGERS>(
      {.name = "add", .of = TENON_REAL(x[0] + x[1]), .of_integers = TENON_WHOLE(x[0] + x[1])}, TENON_FORMS(add));
  check_binary<TENON_FLOATS, TENON_INTEGERS>(
      {.name = "sub", .of = TENON_REAL(x[0] - x[1]), .of_integers = TENON_WHOLE(x[0] - x[1])}, TENON_FORMS(sub));
  check_binary<TENON_FLOATS, TENON_INTEGERS>(
      {.name = "mul", .of = TENON_REAL(x[0] * x[1]), .of_integers = TENON_WHOLE(x[0] * x[1])}, TENON_FORMS(mul));
  check_binary<bool>({.name = "add", .of = TENON_REAL(x[0] != 0 || x[1] != 0)}, TENON_FORMS(add));
  check_binary<bool>({.name = "mul", .of = TENON_REAL(x[0] != 0 && x[1] != 0)}, TENON_FORMS(mul));
}

TEST_CASE("div of floats", "[device]") {
  check_binary<TENON_FLOATS>({.name = "div", .of = TENON_REAL(x[0] / x[1])}, TENON_FORMS(div));
}

TEST_CASE("neg, positive, abs, square", "[device]") {
  check_unary<TENON_FLOATS, TENON_INTEGERS>({.name = "neg", .of = TENON_REAL(-x[0]), .of_integers = TENON_WHOLE(-x[0])},
                                            TENON_FORMS(neg));
  check_unary<float, std::int16_t>({.name = "positive", .of = TENON_REAL(x[0]), .of_integers = TENON_WHOLE(x[0])},
                                   TENON_FORMS(positive));
  check_unary<TENON_FLOATS, TENON_INTEGERS>(
      {.name = "abs", .of = TENON_REAL(std::fabs(x[0])), .of_integers = TENON_WHOLE(x[0] < 0 ? -x[0] : x[0])},
      TENON_FORMS(abs));
  check_unary<TENON_FLOATS, std::int8_t>(
      {.name = "square", .of = TENON_REAL(x[0] * x[0]), .of_integers = TENON_WHOLE(x[0] * x[0])}, TENON_FORMS(square));
}

TEST_CASE("reciprocal, sqrt, rsqrt", "[device]") {
  check_unary<TENON_FLOATS>({.name = "reciprocal", .of = TENON_REAL(1 / x[0])}, TENON_FORMS(reciprocal));
  check_unary<TENON_FLOATS>({.name = "sqrt", .of = TENON_REAL(std::sqrt(x[0])), .range = {{0, 100}}},
                            TENON_FORMS(sqrt));
  check_unary<TENON_FLOATS>({.name = "rsqrt", .of = TENON_REAL(1 / std::sqrt(x[0])), .bound = 1.5, .range = {{0, 100}}},
                            TENON_FORMS(rsqrt));
}

// In units of u: what rounding the product (where there is no fused multiply-add) may add.
constexpr bool fused = tn::kernels::cpu::has_fma;
constexpr real extra_rounding = fused ? 0 : 1;

// Rounded by itself, the product may overflow where the sum does not, or lose its last place below the smallest number.
bool overflows(real product) { return !fused && std::isfinite(product) && std::fabs(product) > 1e38L; }
const auto unfused_grain = TENON_REAL(fused ? 0 : 1);

TEST_CASE("add and sub with a factor", "[device]") {
  check_binary<TENON_FLOATS, TENON_INTEGERS>(
      {.name = "add",
       .of = TENON_REAL(x[0] + 3 * x[1]),
       .of_integers = TENON_WHOLE(x[0] + 3 * x[1]),
       .slack = TENON_REAL(std::isfinite(3 * x[1]) ? extra_rounding * std::fabs(3 * x[1]) : 0),
       .grains = unfused_grain,
       .skip = [](const real* x) { return overflows(3 * x[1]); }},
      TENON_FORMS(add, tn::add_options{.alpha = 3}));
  check_binary<float, double, std::int32_t>(
      {.name = "sub",
       .of = TENON_REAL(x[0] - 3 * x[1]),
       .of_integers = TENON_WHOLE(x[0] - 3 * x[1]),
       .slack = TENON_REAL(std::isfinite(3 * x[1]) ? extra_rounding * std::fabs(3 * x[1]) : 0),
       .grains = unfused_grain,
       .skip = [](const real* x) { return overflows(3 * x[1]); }},
      TENON_FORMS(sub, tn::add_options{.alpha = 3}));
  check_binary<bool>({.name = "add", .of = TENON_REAL(x[0])}, TENON_FORMS(add, tn::add_options{.alpha = 0}));
}

TEST_CASE("addcmul, addcdiv, lerp", "[device]") {
  check_ternary<TENON_FLOATS, std::int32_t>(
      {.name = "addcmul",
       .of = TENON_REAL(x[0] - x[1] * x[2]),
       .of_integers = TENON_WHOLE(x[0] - x[1] * x[2]),
       // A product of doubles does not fit a long double: the reference is off by 2^-11 u of it.
       .slack = TENON_REAL(std::isfinite(x[1] * x[2]) ? (extra_rounding + 0x1p-11L) * std::fabs(x[1] * x[2]) : 0),
       .grains = unfused_grain,
       .skip = [](const real* x) { return overflows(x[1] * x[2]); },
       .any_zero = true},
      TENON_FORMS(addcmul, tn::addcmul_options{.value = -1}));
  // Each step is rounded: a quotient that overflows is infinite before it is added.
  check_ternary<TENON_FLOATS>(
      {.name = "addcdiv",
       .of = TENON_REAL(x[0] - x[1] / x[2]),
       .slack = TENON_REAL(std::isfinite(x[1] / x[2]) ? std::fabs(x[1] / x[2]) : 0),
       .grains = TENON_REAL(1),
       .skip = [](const real* x) { return std::isfinite(x[1] / x[2]) && std::fabs(x[1] / x[2]) > 1e38L; },
       .any_zero = true},
      TENON_FORMS(addcdiv, tn::addcmul_options{.value = -1}));
  // The distance is rounded, then w times it with the end added; of finite numbers whose distance does not overflow.
  check_ternary<TENON_FLOATS>(
      {.name = "lerp",
       .of = TENON_REAL(reference::lerp(x[0], x[1], x[2])),
       .range = {{-8, 8}, {-8, 8}, {-1, 2}},
       .slack = TENON_REAL(3 * (std::fabs(x[0]) + std::fabs(x[1])) * (1 + std::fabs(x[2]))),
       .skip = [](const real* x) { return !(std::fabs(x[0]) + std::fabs(x[1]) < 1e30L && std::fabs(x[2]) < 1e3L); },
       .any_zero = true},
      TENON_FORMS(lerp));
}

TEST_CASE("lerp ends exactly where it should, and goes beyond", "[device]") {
  const auto a = uniform(100, -5, 5), b = uniform(100, -5e6, 5e6, 2);
  const auto x = make<float>({100}, a), y = make<float>({100}, b);
  CHECK(values(tn::lerp(x, y, 0)) == values(x));
  CHECK(values(tn::lerp(x, y, 1)) == values(y));
  CHECK(values(tn::lerp(make<double>({2}, {1, NaN}), 3.0, 2)).front() == 5);
}

TEST_CASE("true division of integers and bools, and scalars on either side", "[device]") {
  const auto i = make<std::int64_t>({4}, {7, -7, 0, 3});
  expect_equal(values(tn::div(i, 2)), {3.5, -3.5, 0, 1.5}, {4});
  expect_equal(
      values(tn::div(1, i)),
      {static_cast<double>(1.0F / 7.0F), static_cast<double>(-1.0F / 7.0F), inf, static_cast<double>(1.0F / 3.0F)},
      {4});
  static_assert(std::is_same_v<decltype(tn::div(i, 2)), tn::result<tn::tensor<float>>>);
  static_assert(std::is_same_v<decltype(tn::sqrt(make<bool>({1}, {1}))), tn::result<tn::tensor<float>>>);
  expect_equal(values(tn::reciprocal(make<bool>({2}, {1, 0}))), {1, inf}, {2});
}

TEST_CASE("types meet as in PyTorch; a scalar does not widen its own kind", "[device]") {
  const auto u8 = make<std::uint8_t>({2}, {200, 100});
  const auto i8 = make<std::int8_t>({2}, {-100, 100});
  const auto h = make<tn::half>({2}, {0.5, 2});
  const auto b = make<bool>({2}, {1, 0});
  static_assert(std::is_same_v<decltype(tn::add(u8, i8)), tn::result<tn::tensor<std::int16_t>>>);
  static_assert(std::is_same_v<decltype(tn::add(u8, 1000)), tn::result<tn::tensor<std::uint8_t>>>);
  static_assert(std::is_same_v<decltype(tn::add(u8, 0.5)), tn::result<tn::tensor<float>>>);
  static_assert(std::is_same_v<decltype(tn::mul(h, 0.1)), tn::result<tn::tensor<tn::half>>>);
  static_assert(std::is_same_v<decltype(tn::add(h, make<tn::bfloat16>({2}, {1, 1}))), tn::result<tn::tensor<float>>>);
  static_assert(std::is_same_v<decltype(tn::add(b, 1)), tn::result<tn::tensor<std::int64_t>>>);
  static_assert(std::is_same_v<decltype(tn::add(b, true)), tn::result<tn::tensor<bool>>>);
  static_assert(
      std::is_same_v<decltype(tn::mul(h, std::complex<double>(0, 1))), tn::result<tn::tensor<std::complex<float>>>>);
  expect_equal(values(tn::add(u8, i8)), {100, 200}, {2});
  expect_equal(values(tn::add(u8, 100)), {44, 200}, {2});  // modulo 256
  expect_equal(values(tn::mul(h, 0.1)),
               rounded<tn::half>({0.5 * static_cast<double>(0.1F), 2 * static_cast<double>(0.1F)}), {2});
  expect_equal(values(tn::sub(b, 0.5)), {0.5, -0.5}, {2});
}

TEST_CASE("a factor that the result's type cannot hold is an error, also in an expression", "[device]") {
  auto i = make<std::int32_t>({2}, {1, 2});
  const auto b = make<bool>({2}, {1, 0});
  const auto r = tn::add(i, i, {.alpha = 0.5});
  CHECK(r.error().message() == "add: alpha is 0.5, but the result is int32; it must be a whole number");
  CHECK(tn::eval(tn::add(tn::lazy(i), i, {.alpha = 0.5}) * 2).error().message() == r.error().message());
  CHECK(tn::add_(i, i, {.alpha = 0.5}).error().code() == tn::error_code::invalid_argument);
  CHECK(tn::add(b, b, {.alpha = 2}).error().message() == "add: alpha is 2, but the result is bool; it must be 0 or 1");
  CHECK(tn::addcmul(i, i, i, {.value = NaN}).error().code() == tn::error_code::invalid_argument);
  CHECK(values(i) == std::vector<double>{1, 2});
  expect_equal(values(tn::add(i, 0.5, {.alpha = 0.5})), {1.25, 2.25}, {2});  // the result is floating
}

}  // namespace tenon_test::elementwise_arithmetic_test
