// test: device
// Trigonometric and hyperbolic functions and their inverses against the C library in long double.
#include <tenon/ops/hyperbolic.hpp>
#include <tenon/ops/trigonometric.hpp>

#include "../support/elementwise.hpp"

namespace tenon_test::elementwise_trigonometric_test {

const std::vector<double> angles = {1.5707963267948966,
                                    3.141592653589793,
                                    6.283185307179586,
                                    1.5707964,
                                    3.1415927,
                                    1e5,
                                    1e10,
                                    1e22,
                                    3e38,
                                    1e300,
                                    1e-10,
                                    16.75,
                                    355,
                                    5.5e5};
const std::vector<std::pair<double, double>> unit = {{-1, 1}};
const std::vector<double> near_unit = {0.9999, -0.9999, 0.99999994, 1e-10, 1e-20, 0.5, 0.7071067811865476};

TEST_CASE("sin cos tan of any argument", "[device]") {
  check_unary<TENON_FLOATS>(
      {.name = "sin", .of = TENON_REAL(std::sin(x[0])), .bound = cpu::sin_ulp, .range = {{-100, 100}}, .extra = angles},
      TENON_FORMS(sin));
  check_unary<TENON_FLOATS>(
      {.name = "cos", .of = TENON_REAL(std::cos(x[0])), .bound = cpu::cos_ulp, .range = {{-100, 100}}, .extra = angles},
      TENON_FORMS(cos));
  check_unary<TENON_FLOATS>(
      {.name = "tan", .of = TENON_REAL(std::tan(x[0])), .bound = cpu::tan_ulp, .range = {{-100, 100}}, .extra = angles},
      TENON_FORMS(tan));
}

TEST_CASE("asin acos atan atan2", "[device]") {
  check_unary<TENON_FLOATS>(
      {.name = "asin", .of = TENON_REAL(std::asin(x[0])), .bound = cpu::asin_ulp, .range = unit, .extra = near_unit},
      TENON_FORMS(asin));
  check_unary<TENON_FLOATS>(
      {.name = "acos", .of = TENON_REAL(std::acos(x[0])), .bound = cpu::acos_ulp, .range = unit, .extra = near_unit},
      TENON_FORMS(acos));
  check_unary<TENON_FLOATS>({.name = "atan",
                             .of = TENON_REAL(std::atan(x[0])),
                             .bound = cpu::atan_ulp,
                             .range = {{-100, 100}},
                             .extra = near_unit},
                            TENON_FORMS(atan));
  check_binary<TENON_FLOATS>({.name = "atan2", .of = TENON_REAL(std::atan2(x[0], x[1])), .bound = cpu::atan2_ulp},
                             TENON_FORMS(atan2));
}

TEST_CASE("sinc, degrees and radians", "[device]") {
  const std::vector<double> turns = {1, 2, 1.0000001, 0.99999994, 1e6, 1e6 + 0.5, 123456.75, 1e-10};
  check_unary<TENON_FLOATS>(
      {.name = "sinc", .of = TENON_REAL(reference::sinc(x[0])), .bound = 3, .extra = turns, .any_zero = true},
      TENON_FORMS(sinc));
  check_unary<TENON_FLOATS>(
      {.name = "deg2rad", .of = TENON_REAL(x[0] * 0.0174532925199432957692369076848861L), .bound = 1},
      TENON_FORMS(deg2rad));
  check_unary<TENON_FLOATS>(
      {.name = "rad2deg", .of = TENON_REAL(x[0] * 57.2957795130823208767981548141052L), .bound = 1},
      TENON_FORMS(rad2deg));
}

TEST_CASE("hyperbolic functions and their inverses", "[device]") {
  const std::vector<double> ends = {88.5, 89.4, 710.4, -89.4, 1e-10, 0.01, -0.01, 9.01, 22, 1.0000001, 1.01};
  check_unary<TENON_FLOATS>({.name = "sinh", .of = TENON_REAL(std::sinh(x[0])), .bound = cpu::sinh_ulp, .extra = ends},
                            TENON_FORMS(sinh));
  check_unary<TENON_FLOATS>({.name = "cosh", .of = TENON_REAL(std::cosh(x[0])), .bound = cpu::cosh_ulp, .extra = ends},
                            TENON_FORMS(cosh));
  check_unary<TENON_FLOATS>({.name = "tanh", .of = TENON_REAL(std::tanh(x[0])), .bound = cpu::tanh_ulp, .extra = ends},
                            TENON_FORMS(tanh));
  check_unary<TENON_FLOATS>(
      {.name = "asinh", .of = TENON_REAL(std::asinh(x[0])), .bound = cpu::asinh_ulp, .extra = ends},
      TENON_FORMS(asinh));
  check_unary<TENON_FLOATS>(
      {.name = "acosh", .of = TENON_REAL(std::acosh(x[0])), .bound = cpu::acosh_ulp, .range = {{1, 30}}, .extra = ends},
      TENON_FORMS(acosh));
  check_unary<TENON_FLOATS>(
      {.name = "atanh", .of = TENON_REAL(std::atanh(x[0])), .bound = cpu::atanh_ulp, .range = unit, .extra = near_unit},
      TENON_FORMS(atanh));
}

TEST_CASE("trigonometric and hyperbolic functions where their values are exact") {
  const auto zero = make<double>({1}, {0});
  CHECK(values(tn::sin(zero)) == std::vector<double>{0});
  CHECK(values(tn::cos(zero)) == std::vector<double>{1});
  CHECK(values(tn::atan(zero)) == std::vector<double>{0});
  CHECK(values(tn::cosh(zero)) == std::vector<double>{1});
  CHECK(values(tn::tanh(make<double>({2}, {-40, 40}))) == std::vector<double>{-1, 1});
}

}  // namespace tenon_test::elementwise_trigonometric_test
