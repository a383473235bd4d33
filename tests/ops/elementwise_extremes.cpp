// test: device
// maximum, minimum, fmax, fmin, clamp.
#include <tenon/ops/extremes.hpp>

#include "../support/elementwise.hpp"

namespace tenon_test::elementwise_extremes_test {

TEST_CASE("maximum and minimum, with NaN from either side", "[device]") {
  check_binary<TENON_FLOATS, TENON_INTEGERS>({.name = "maximum",
                                              .of = TENON_REAL(reference::maximum(x[0], x[1])),
                                              .of_integers = TENON_WHOLE(x[0] > x[1] ? x[0] : x[1]),
                                              .bound = 0},
                                             TENON_FORMS(maximum));
  check_binary<TENON_FLOATS, TENON_INTEGERS>({.name = "minimum",
                                              .of = TENON_REAL(reference::minimum(x[0], x[1])),
                                              .of_integers = TENON_WHOLE(x[0] < x[1] ? x[0] : x[1]),
                                              .bound = 0},
                                             TENON_FORMS(minimum));
  check_binary<bool>({.name = "maximum", .of = TENON_REAL(x[0] + x[1] > 0)}, TENON_FORMS(maximum));
}

TEST_CASE("fmax and fmin, which prefer a number", "[device]") {
  check_binary<TENON_FLOATS, std::int16_t>({.name = "fmax",
                                            .of = TENON_REAL(reference::fmax(x[0], x[1])),
                                            .of_integers = TENON_WHOLE(x[0] > x[1] ? x[0] : x[1]),
                                            .bound = 0},
                                           TENON_FORMS(fmax));
  check_binary<TENON_FLOATS, bool>({.name = "fmin", .of = TENON_REAL(reference::fmin(x[0], x[1])), .bound = 0},
                                   TENON_FORMS(fmin));
}

TEST_CASE("clamp between tensors", "[device]") {
  const auto whole = [](const wide* x) {
    return x[0] < x[1] ? (x[1] < x[2] ? x[1] : x[2]) : (x[0] < x[2] ? x[0] : x[2]);
  };
  check_ternary<float, double, tn::half, std::int8_t>(
      {.name = "clamp", .of = TENON_REAL(reference::clamp(x[0], x[1], x[2])), .of_integers = whole, .bound = 0},
      TENON_FORMS(clamp));
  check_unary<TENON_FLOATS, std::int32_t>({.name = "clamp",
                                           .of = TENON_REAL(reference::clamp(x[0], real(-2), real(3))),
                                           .of_integers = TENON_WHOLE(x[0] < -2  ? -2
                                                                      : x[0] > 3 ? 3
                                                                                 : x[0]),
                                           .bound = 0},
                                          TENON_FORMS(clamp, -2, 3));
  check_unary<float>({.name = "clamp_min", .of = TENON_REAL(reference::maximum(x[0], real(1))), .bound = 0},
                     TENON_FORMS(clamp_min, 1));
  check_unary<float>({.name = "clamp_max", .of = TENON_REAL(reference::minimum(x[0], real(1))), .bound = 0},
                     TENON_FORMS(clamp, tn::none, 1));
}

TEST_CASE("bounds that the type cannot hold stand for the end of its range", "[device]") {
  auto x = make<std::uint8_t>({3}, {0, 128, 255});
  CHECK(values(tn::clamp(x, -1, 300)) == values(x));
  CHECK(values(tn::maximum(x, -500)) == values(x));
  CHECK(values(tn::minimum(x, std::int64_t{1} << 40)) == values(x));
  CHECK(values(tn::minimum(x, -3)) == std::vector<double>{0, 0, 0});
  CHECK(values(tn::minimum(x, ~std::uint64_t{0})) == values(x));
  CHECK(values(tn::clamp(x, 0.5, tn::none)) == std::vector<double>{0.5, 128, 255});
  CHECK(values(tn::clamp(make<float>({3}, {1, 5, NaN}), 4, 2)).front() == 2);  // the upper bound wins
  CHECK(std::isnan(values(tn::clamp(make<float>({1}, {1}), NaN, 2)).front()));
}

}  // namespace tenon_test::elementwise_extremes_test
