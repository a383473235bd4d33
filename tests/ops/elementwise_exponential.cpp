// test: device
// exp exp2 expm1 log log2 log10 log1p sigmoid logit against the C library in long double.
#include <tenon/ops/exponential.hpp>

#include "../support/elementwise.hpp"

namespace tenon_test::elementwise_exponential_test {

const std::vector<std::pair<double, double>> wide_range = {{-110, 90}}, positive = {{0, 1000}};
const std::vector<double> near_one = {0.99,   1.01,     0.999999, 1.000001,  1e-5,   -1e-5,  1e-20,
                                      -1e-20, 88.72283, 88.72284, 709.78271, -103.9, -745.1, -87.4};

TEST_CASE("exponentials", "[device]") {
  check_unary<TENON_FLOATS>(
      {.name = "exp", .of = TENON_REAL(std::exp(x[0])), .bound = cpu::exp_ulp, .range = wide_range, .extra = near_one},
      TENON_FORMS(exp));
  check_unary<TENON_FLOATS>({.name = "exp2",
                             .of = TENON_REAL(std::exp2(x[0])),
                             .bound = cpu::exp2_ulp,
                             .range = wide_range,
                             .extra = near_one},
                            TENON_FORMS(exp2));
  check_unary<TENON_FLOATS>(
      {.name = "expm1", .of = TENON_REAL(std::expm1(x[0])), .bound = cpu::expm1_ulp, .extra = near_one},
      TENON_FORMS(expm1));
}

TEST_CASE("logarithms", "[device]") {
  check_unary<TENON_FLOATS>(
      {.name = "log", .of = TENON_REAL(std::log(x[0])), .bound = cpu::log_ulp, .range = positive, .extra = near_one},
      TENON_FORMS(log));
  check_unary<TENON_FLOATS>(
      {.name = "log2", .of = TENON_REAL(std::log2(x[0])), .bound = cpu::log2_ulp, .range = positive, .extra = near_one},
      TENON_FORMS(log2));
  check_unary<TENON_FLOATS>({.name = "log10",
                             .of = TENON_REAL(std::log10(x[0])),
                             .bound = cpu::log10_ulp,
                             .range = positive,
                             .extra = near_one},
                            TENON_FORMS(log10));
  check_unary<TENON_FLOATS>({.name = "log1p",
                             .of = TENON_REAL(std::log1p(x[0])),
                             .bound = cpu::log1p_ulp,
                             .range = {{-1, 3}},
                             .extra = near_one},
                            TENON_FORMS(log1p));
}

TEST_CASE("sigmoid and logit", "[device]") {
  check_unary<TENON_FLOATS>({.name = "sigmoid",
                             .of = TENON_REAL(reference::sigmoid(x[0])),
                             .bound = 2.5,
                             .range = wide_range,
                             .extra = near_one},
                            TENON_FORMS(sigmoid));
  check_unary<TENON_FLOATS>({.name = "logit",
                             .of = TENON_REAL(reference::logit(x[0])),
                             .bound = 3.5,
                             .range = {{0, 1}},
                             .extra = {0.25, 0.75, 0.5000001, 0.4999999, 1e-30}},
                            TENON_FORMS(logit));
  const auto p = make<float>({5}, {0, 0.1, 0.5, 0.9, 1});
  expect_within(values(tn::logit(p, {.eps = 0.1})), {-2.1972246, -2.1972246, 0, 2.1972246, 2.1972246}, {5},
                [](std::size_t) { return 1e-6; });
}

TEST_CASE("integers and bools become float", "[device]") {
  static_assert(std::is_same_v<decltype(tn::exp(make<std::int64_t>({1}, {1}))), tn::result<tn::tensor<float>>>);
  expect_ulp<float>(values(tn::exp(make<std::int8_t>({3}, {0, 1, -1}))), {1, std::exp(1.0), std::exp(-1.0)}, {3}, 1);
  expect_equal(values(tn::log2(make<bool>({2}, {0, 1}))), {-inf, 0}, {2});
}

}  // namespace tenon_test::elementwise_exponential_test
