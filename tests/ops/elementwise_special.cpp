// test: device
// erf erfc erfcx erfinv ndtr log_ndtr lgamma digamma.
#include <tenon/ops/special.hpp>

#include "../support/elementwise.hpp"

namespace tenon_test::elementwise_special_test {

TEST_CASE("error functions", "[device]") {
  const std::vector<double> points = {0.92, 1.0, -1.0, 3.95, 5.9, 9.1, 10.05, 26.5, -6, 1e-10};
  check_unary<TENON_FLOATS>(
      {.name = "erf", .of = TENON_REAL(std::erf(x[0])), .bound = cpu::erf_ulp, .range = {{-5, 5}}, .extra = points},
      TENON_FORMS(erf));
  check_unary<TENON_FLOATS>(
      {.name = "erfc", .of = TENON_REAL(std::erfc(x[0])), .bound = cpu::erfc_ulp, .range = {{-5, 12}}, .extra = points},
      TENON_FORMS(erfc));
  check_unary<TENON_FLOATS>({.name = "erfcx",
                             .of = TENON_REAL(reference::erfcx(x[0])),
                             .bound = cpu::erfcx_ulp,
                             .range = {{-9, 40}},
                             .extra = {0.5, -1, 27.3, 27.4, 1e4, 1e30, -26.6, -26.63, -9.37, -9.4, 1e-10}},
                            TENON_FORMS(erfcx));
  check_unary<TENON_FLOATS>({.name = "erfinv",
                             .of = TENON_REAL(reference::erfinv(x[0])),
                             .bound = cpu::erfinv_ulp,
                             .range = {{-1, 1}},
                             .extra = {0.99, -0.999, 0.99999, 1e-8}},
                            TENON_FORMS(erfinv));
}

TEST_CASE("normal distribution", "[device]") {
  const std::vector<double> points = {0.69, -0.71, -0.99, -13.5, -14.1, -14.2, -37.5, -38.4,
                                      6,    14,    37,    -13.7, -13.8, -36.6, -36.7, 1e-6};
  check_unary<TENON_FLOATS>(
      {.name = "ndtr", .of = TENON_REAL(reference::ndtr(x[0])), .bound = 4, .range = {{-14, 6}}, .extra = points},
      TENON_FORMS(ndtr));
  check_unary<double>({.name = "ndtr", .of = TENON_REAL(reference::ndtr(x[0])), .bound = 3, .range = {{-38.4, 0}}},
                      TENON_FORMS(ndtr));
  check_unary<TENON_FLOATS>({.name = "log_ndtr",
                             .of = TENON_REAL(reference::log_ndtr(x[0])),
                             .bound = 4,
                             .range = {{-20, 6}},
                             .extra = points},
                            TENON_FORMS(log_ndtr));
  check_unary<double>(
      {.name = "log_ndtr", .of = TENON_REAL(reference::log_ndtr(x[0])), .bound = 3, .range = {{-60, 30}}},
      TENON_FORMS(log_ndtr));
}

// lgamma and digamma cross zero; the bound counts in units in the last place of max(|result|, 1).
const std::vector<double> gamma_points = {1, 2, 0.5, -0.5, -1.5, 1.46163, 171, 1e10, 1e30, -2, -7};

TEST_CASE("lgamma", "[device]") {
  check_unary<TENON_FLOATS>({.name = "lgamma",
                             .of = TENON_REAL(std::lgamma(x[0])),
                             .bound = cpu::lgamma_ulp,
                             .slack = TENON_REAL(16),
                             .extra = gamma_points,
                             .any_zero = true},
                            TENON_FORMS(lgamma));
}

TEST_CASE("digamma", "[device]") {
  check_unary<TENON_FLOATS>({.name = "digamma",
                             .of = TENON_REAL(reference::digamma(x[0])),
                             .bound = cpu::digamma_ulp,
                             .slack = TENON_REAL(16),
                             .extra = gamma_points,
                             .any_zero = true},
                            TENON_FORMS(digamma));
}

TEST_CASE("erf and lgamma where their values are exact") {
  CHECK(values(tn::erf(make<double>({3}, {-7, 0, 7}))) == std::vector<double>{-1, 0, 1});
  CHECK(values(tn::lgamma(make<double>({2}, {1, 2}))) == std::vector<double>{0, 0});
}

}  // namespace tenon_test::elementwise_special_test
