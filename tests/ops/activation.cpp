// test: device
// The activations.
#include <tenon/ops/activation.hpp>
#include <tenon/ops/arithmetic.hpp>

#include "../support/elementwise.hpp"

namespace tenon_test::activation_test {

const std::vector<double> tails = {-5,   -9,   -13, -14.1, -37, -38.3, -87,  -88.7, -100,
                                   -103, -740, 5,   13,    40,  88.7,  1e-4, -1e-4, 1e-8};

TEST_CASE("relu and its piecewise linear relatives", "[device]") {
  check_unary<TENON_FLOATS, std::int8_t, std::uint8_t>({.name = "relu",
                                                        .of = TENON_REAL(reference::relu(x[0])),
                                                        .of_integers = TENON_WHOLE(x[0] < 0 ? 0 : x[0]),
                                                        .bound = 0},
                                                       TENON_FORMS(relu));
  check_unary<TENON_FLOATS, std::int32_t>({.name = "relu6",
                                           .of = TENON_REAL(reference::hardtanh(x[0], real(0), real(6))),
                                           .of_integers = TENON_WHOLE(x[0] < 0   ? 0
                                                                      : x[0] > 6 ? 6
                                                                                 : x[0]),
                                           .bound = 0},
                                          TENON_FORMS(relu6));
  check_unary<TENON_FLOATS>({.name = "leaky_relu", .of = TENON_REAL(reference::leaky_relu(x[0], real(0.25)))},
                            TENON_FORMS(leaky_relu, {.negative_slope = 0.25}));
  check_unary<TENON_FLOATS, std::int16_t>({.name = "hardtanh",
                                           .of = TENON_REAL(reference::hardtanh(x[0], real(-2), real(3))),
                                           .of_integers = TENON_WHOLE(x[0] < -2  ? -2
                                                                      : x[0] > 3 ? 3
                                                                                 : x[0]),
                                           .bound = 0},
                                          TENON_FORMS(hardtanh, {.min_val = -2, .max_val = 3}));
  check_unary<TENON_FLOATS, std::uint8_t>({.name = "threshold",
                                           .of = TENON_REAL(reference::threshold(x[0], real(2), real(0.5))),
                                           .of_integers = TENON_WHOLE(x[0] <= 2 ? 0 : x[0]),
                                           .bound = 0},
                                          TENON_FORMS(threshold, 2, 0.5));
  check_unary<TENON_FLOATS>({.name = "hardshrink", .of = TENON_REAL(reference::hardshrink(x[0], real(2))), .bound = 0},
                            TENON_FORMS(hardshrink, {.lambda = 2}));
  check_unary<TENON_FLOATS>(
      {.name = "softshrink", .of = TENON_REAL(reference::softshrink(x[0], real(2))), .any_zero = true},
      TENON_FORMS(softshrink, {.lambda = 2}));
}

TEST_CASE("hardsigmoid, hardswish, softsign", "[device]") {
  check_unary<TENON_FLOATS>({.name = "hardsigmoid",
                             .of = TENON_REAL(reference::hardsigmoid(x[0])),
                             .slack = TENON_REAL(std::fabs(x[0]) < 3 ? 1 : 0)},
                            TENON_FORMS(hardsigmoid));
  check_unary<TENON_FLOATS>({.name = "hardswish",
                             .of = TENON_REAL(reference::hardswish(x[0])),
                             .bound = 2,
                             .slack = TENON_REAL(std::fabs(x[0]) < 3 ? std::fabs(x[0]) : 0)},
                            TENON_FORMS(hardswish));
  check_unary<TENON_FLOATS>({.name = "softsign", .of = TENON_REAL(reference::softsign(x[0])), .bound = 1.5},
                            TENON_FORMS(softsign));
}

TEST_CASE("elu celu selu", "[device]") {
  check_unary<TENON_FLOATS>(
      {.name = "elu", .of = TENON_REAL(reference::elu(x[0], real(1))), .bound = cpu::expm1_ulp, .extra = tails},
      TENON_FORMS(elu));
  check_unary<TENON_FLOATS>({.name = "elu",
                             .of = TENON_REAL(reference::elu(x[0], real(1.5))),
                             .bound = cpu::expm1_ulp + ulps(1),
                             .extra = tails},
                            TENON_FORMS(elu, {.alpha = 1.5}));
  check_unary<TENON_FLOATS>({.name = "celu",
                             .of = TENON_REAL(reference::celu(x[0], real(1.5))),
                             .bound = cpu::expm1_ulp + ulps(2),
                             .extra = tails},
                            TENON_FORMS(celu, {.alpha = 1.5}));
  check_unary<TENON_FLOATS>({.name = "selu", .of = TENON_REAL(reference::selu(x[0])), .bound = 4, .extra = tails},
                            TENON_FORMS(selu));
}

// x f(x), where f is subnormal: its last place counts x times.
const auto times_x = TENON_REAL(x[0] < -13 && x[0] > -800 ? std::fabs(x[0]) : 0);

TEST_CASE("gelu, exact and by tanh, far into the negative tail", "[device]") {
  check_unary<TENON_FLOATS>({.name = "gelu",
                             .of = TENON_REAL(reference::gelu(x[0])),
                             .bound = 5,
                             .range = {{-14, 6}},

                             .grains = times_x,
                             .extra = tails},
                            TENON_FORMS(gelu));
  // The argument of the exponential is rounded: |2 u| units, u = sqrt(2/pi) (x + 0.044715 x^3).
  check_unary<TENON_FLOATS>(
      {.name = "gelu tanh",
       .of = TENON_REAL(reference::gelu_tanh(x[0])),
       .bound = 4,
       .range = {{-9, 6}},
       .slack = TENON_REAL(x[0] < 0 && x[0] > -100 ? 4 * std::fabs(reference::gelu_tanh(x[0])) *
                                                         std::fabs(1.6L * x[0] + 0.0714L * x[0] * x[0] * x[0])
                                                   : 0),
       .extra = tails},
      TENON_FORMS(gelu, {.approximate = tn::gelu_approximation::tanh}));
}

TEST_CASE("silu, mish", "[device]") {
  check_unary<TENON_FLOATS>({.name = "silu",
                             .of = TENON_REAL(reference::silu(x[0])),
                             .bound = 3,
                             .range = {{-80, 20}},
                             .grains = times_x,
                             .extra = tails},
                            TENON_FORMS(silu));
  check_unary<TENON_FLOATS>({.name = "mish",
                             .of = TENON_REAL(reference::mish(x[0])),
                             .bound = 4,
                             .range = {{-80, 20}},
                             .grains = times_x,
                             .extra = tails},
                            TENON_FORMS(mish));
}

TEST_CASE("softplus, logsigmoid, tanhshrink", "[device]") {
  check_unary<TENON_FLOATS>({.name = "softplus",
                             .of = TENON_REAL(reference::softplus(x[0], real(1), real(20))),
                             .bound = 3,
                             .range = {{-80, 30}},
                             .extra = tails},
                            TENON_FORMS(softplus));
  check_unary<TENON_FLOATS>(
      {.name = "softplus", .of = TENON_REAL(reference::softplus(x[0], real(2), real(5))), .bound = 3, .extra = tails},
      TENON_FORMS(softplus, {.beta = 2, .threshold = 5}));
  check_unary<TENON_FLOATS>({.name = "logsigmoid",
                             .of = TENON_REAL(reference::logsigmoid(x[0])),
                             .bound = 3,
                             .range = {{-30, 80}},
                             .extra = tails},
                            TENON_FORMS(logsigmoid));
  check_unary<TENON_FLOATS>({.name = "tanhshrink",
                             .of = TENON_REAL(reference::tanhshrink(x[0])),
                             .bound = 5,
                             .extra = {0.999, 1.0, 1.001, 0.3, 1e-3, -1e-3}},
                            TENON_FORMS(tanhshrink));
}

TEST_CASE("limits at the infinities", "[device]") {
  const auto x = make<double>({3}, {-inf, inf, NaN});
  const auto check = [](const auto& y, double low, double high) { expect_equal(values(y), {low, high, NaN}, {3}); };
  check(tn::gelu(x), 0, inf);
  check(tn::gelu(x, {.approximate = tn::gelu_approximation::tanh}), 0, inf);
  check(tn::silu(x), 0, inf);
  check(tn::mish(x), 0, inf);
  check(tn::hardswish(x), 0, inf);
  check(tn::softplus(x), 0, inf);
  check(tn::logsigmoid(x), -inf, 0);
  check(tn::softsign(x), -1, 1);
  check(tn::elu(x), -1, inf);
  check(tn::tanhshrink(x), -inf, inf);
  check(tn::relu(x), 0, inf);
  check(tn::hardtanh(x), -1, 1);
}

TEST_CASE("in place is in place: same memory, no allocation, and views see it", "[device]") {
  auto x = make<float>({4, 6}, uniform(24, -4, 4));
  const auto want = values(tn::gelu(x));
  const auto row = tn::unwrap(x[2]);
  auto transposed = tn::unwrap(x.transpose(0, 1));
  const float* data = x.data();
  const auto calls = tn::memory::statistics().calls;
  REQUIRE(tn::gelu_(transposed).has_value());
  CHECK(tn::memory::statistics().calls == calls);
  CHECK(x.data() == data);
  CHECK(values(x) == want);
  CHECK(values(row) == std::vector<double>(want.begin() + 12, want.begin() + 18));
}

TEST_CASE("prelu: one weight, or one for each channel", "[device]") {
  auto x = make<float>({2, 3, 2}, {1, -1, 2, -2, 3, -3, -4, 4, -5, 5, NaN, -6});
  const auto weight = make<float>({3}, {0.5, 0, -1});
  const std::vector<double> want = {1, -0.5, 2, -0.0, 3, 3, -2, 4, -0.0, 5, NaN, 6};
  expect_equal(values(tn::prelu(x, weight)), want, {2, 3, 2});
  expect_equal(values(tn::prelu(tn::lazy(x) * 1, tn::result<tn::tensor<float>>(weight))), want, {2, 3, 2});
  auto out = empty<float>({2, 3, 2});
  REQUIRE(tn::prelu_into(out, x, weight).has_value());
  expect_equal(values(out), want, {2, 3, 2});
  expect_equal(values(tn::prelu(make<float>({2}, {-2, 2}), make<float>({1}, {0.25}))), {-0.5, 2}, {2});
  expect_equal(values(tn::prelu(make<double>({2, 3}, {-1, -2, -3, 1, 2, 3}), make<double>({3}, {1, 2, 3}))),
               {-1, -4, -9, 1, 2, 3}, {2, 3});
  CHECK(tn::prelu(x, make<float>({2}, {1, 2})).error().message() ==
        "prelu: input [2, 3, 2] and weight [2]: the weight has one element, or one for each of the 3 channels "
        "(dimension 1 of the input)");
  REQUIRE(tn::prelu_(x, weight).has_value());
  expect_equal(values(x), want, {2, 3, 2});
}

TEST_CASE("rrelu: the mean slope, or random ones in training", "[device]") {
  const auto x = make<float>({3}, {-1, 0, 2});
  expect_equal(values(tn::rrelu(x, {.lower = 0.25, .upper = 0.75})), {-0.5, 0, 2}, {3});
  const index_t n = 10000;
  auto y = make<float>({n}, std::vector<double>(n, -1));
  tn::generator g(5), same(5);
  const auto slopes = values(tn::rrelu(y, {.lower = 0.25, .upper = 0.75, .training = true}, g));
  double sum = 0;
  for (const double s : slopes) {
    REQUIRE((-s >= 0.25 && -s <= 0.75));
    sum -= s;
  }
  CHECK(std::fabs(sum / n - 0.5) < 6 * 0.5 / std::sqrt(12.0 * n));  // six standard deviations of the mean
  CHECK(g.offset() == static_cast<std::uint64_t>(n));
  REQUIRE(tn::rrelu_(y, {.lower = 0.25, .upper = 0.75, .training = true}, same).has_value());
  CHECK(values(y) == slopes);  // the same positions give the same slopes
  CHECK(tn::rrelu(x, {.lower = 1, .upper = 0}).error().message() == "rrelu: lower is 1; it must be at most upper");
}

TEST_CASE("glu gates one half with the other", "[device]") {
  const auto x = make<float>({2, 4}, {1, 2, 0, 1, 3, 4, -1, NaN});
  const auto s = [](double v) { return 1 / (1 + std::exp(-v)); };
  expect_ulp<float>(values(tn::glu(x)), {1 * s(0), 2 * s(1), 3 * s(-1), NaN}, {2, 2}, 3);
  expect_ulp<float>(values(tn::glu(x, 0)), {1 * s(3), 2 * s(4), 0 * s(-1), NaN}, {1, 4}, 3);
  auto out = empty<float>({2, 2});
  REQUIRE(tn::glu_into(out, tn::lazy(x), 1).has_value());
  CHECK(values(tn::unwrap(out[0])) == values(tn::unwrap(tn::glu(x).and_then([](auto y) { return y[0]; }))));
  CHECK(tn::glu(tn::unwrap(x.narrow(1, 0, 3))).error().message() ==
        "glu: dim 1 of shape [2, 3] has extent 3, which has no two halves");
  CHECK(tn::glu(x, 2).error().code() == tn::error_code::dim_out_of_range);
  CHECK(values(tn::glu(make<float>({0, 4}, {}))).empty());
}

TEST_CASE("options that are refused, also in an expression", "[device]") {
  auto x = make<float>({2}, {1, -1});
  CHECK(tn::softplus(x, {.beta = 0}).error().message() == "softplus: beta is 0; it must be other than 0");
  CHECK(tn::eval(tn::softplus(tn::lazy(x), {.beta = 0}) + 1).error().message() ==
        "softplus: beta is 0; it must be other than 0");
  CHECK(tn::celu_(x, {.alpha = 0}).error().code() == tn::error_code::invalid_argument);
  CHECK(tn::hardtanh(x, {.min_val = 2, .max_val = 1}).error().message() ==
        "hardtanh: min_val is 2; it must be at most max_val");
  CHECK(tn::softshrink(x, {.lambda = -1}).error().code() == tn::error_code::invalid_argument);
  CHECK(tn::hardtanh(x, {.min_val = NaN}).error().code() == tn::error_code::invalid_argument);
  CHECK(values(x) == std::vector<double>{1, -1});
}

}  // namespace tenon_test::activation_test
