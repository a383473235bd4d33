// test: device
// Comparison, predicates, logic and bits.
#include <tenon/ops/bitwise.hpp>
#include <tenon/ops/comparison.hpp>
#include <tenon/ops/logical.hpp>
#include <tenon/ops/predicates.hpp>

#include "../support/elementwise.hpp"

namespace tenon_test::elementwise_comparison_test {

TEST_CASE("eq ne lt le gt ge", "[device]") {
  check_binary<TENON_FLOATS, TENON_INTEGERS, bool>({.name = "eq", .of = TENON_REAL(x[0] == x[1]), .extra = {1, 1}},
                                                   TENON_FORMS(eq));
  check_binary<TENON_FLOATS, std::int8_t, bool>({.name = "ne", .of = TENON_REAL(x[0] != x[1])}, TENON_FORMS(ne));
  check_binary<TENON_FLOATS, TENON_INTEGERS, bool>({.name = "lt", .of = TENON_REAL(x[0] < x[1])}, TENON_FORMS(lt));
  check_binary<TENON_FLOATS, std::uint8_t, bool>({.name = "le", .of = TENON_REAL(x[0] <= x[1])}, TENON_FORMS(le));
  check_binary<float, double, std::int64_t, bool>({.name = "gt", .of = TENON_REAL(x[0] > x[1])}, TENON_FORMS(gt));
  check_binary<float, double, std::int64_t, bool>({.name = "ge", .of = TENON_REAL(x[0] >= x[1])}, TENON_FORMS(ge));
}

TEST_CASE("an integer scalar is compared as it is, whatever the tensor can hold", "[device]") {
  const auto u8 = make<std::uint8_t>({3}, {0, 44, 255});
  CHECK(values(tn::lt(u8, 300)) == std::vector<double>{1, 1, 1});
  CHECK(values(tn::eq(u8, 300)) == std::vector<double>{0, 0, 0});
  CHECK(values(tn::gt(u8, -1)) == std::vector<double>{1, 1, 1});
  CHECK(values(tn::ge(-1, u8)) == std::vector<double>{0, 0, 0});
  CHECK(values(tn::lt(u8, ~std::uint64_t{0})) == std::vector<double>{1, 1, 1});
  CHECK(values(tn::eq(make<std::int64_t>({1}, {-1}), ~std::uint64_t{0})) == std::vector<double>{0});
  CHECK(values(tn::eval(tn::lt(tn::lazy(u8), 300))) == std::vector<double>{1, 1, 1});
  CHECK(values(tn::eq(make<bool>({2}, {1, 0}), 1)) == std::vector<double>{1, 0});
  CHECK(values(tn::lt(make<std::int32_t>({2}, {2, 3}), 2.5)) == std::vector<double>{1, 0});
}

TEST_CASE("isclose", "[device]") {
  const auto x = make<double>({6}, {1, 1 + 1e-9, 1.1, inf, -inf, NaN});
  CHECK(values(tn::isclose(x, make<double>({6}, {1, 1, 1, inf, inf, NaN}))) == std::vector<double>{1, 1, 0, 1, 0, 0});
  CHECK(values(tn::isclose(x, 1, {.atol = 0.2})) == std::vector<double>{1, 1, 1, 0, 0, 0});
  CHECK(values(tn::isclose(x, NaN, {.equal_nan = true})) == std::vector<double>{0, 0, 0, 0, 0, 1});
  CHECK(values(tn::isclose(x, inf, {.rtol = inf})) == std::vector<double>{0, 0, 0, 1, 0, 0});
  CHECK(values(tn::isclose(make<std::int64_t>({2}, {100, 1000}), 101, {.rtol = 0, .atol = 1})) ==
        std::vector<double>{1, 0});
  CHECK(values(tn::isclose(make<tn::half>({1}, {1}), make<float>({1}, {1.0005}), {.rtol = 1e-3})) ==
        std::vector<double>{1});
}

TEST_CASE("isnan isinf isfinite isposinf isneginf signbit isreal", "[device]") {
  check_unary<TENON_FLOATS, std::int32_t, bool>({.name = "isnan", .of = TENON_REAL(std::isnan(x[0]))},
                                                TENON_TWO_FORMS(isnan));
  check_unary<TENON_FLOATS, std::uint8_t, bool>({.name = "isinf", .of = TENON_REAL(std::isinf(x[0]))},
                                                TENON_TWO_FORMS(isinf));
  check_unary<TENON_FLOATS, std::int64_t, bool>({.name = "isfinite", .of = TENON_REAL(std::isfinite(x[0]))},
                                                TENON_TWO_FORMS(isfinite));
  check_unary<float, double, std::int8_t>({.name = "isposinf", .of = TENON_REAL(std::isinf(x[0]) && x[0] > 0)},
                                          TENON_TWO_FORMS(isposinf));
  check_unary<float, double, bool>({.name = "isneginf", .of = TENON_REAL(std::isinf(x[0]) && x[0] < 0)},
                                   TENON_TWO_FORMS(isneginf));
  check_unary<TENON_FLOATS, std::int16_t, std::uint8_t, bool>({.name = "signbit", .of = TENON_REAL(std::signbit(x[0]))},
                                                              TENON_TWO_FORMS(signbit));
  check_unary<float, std::int16_t, bool>({.name = "isreal", .of = TENON_REAL(1)}, TENON_TWO_FORMS(isreal));
}

TEST_CASE("logical operations take any dtype", "[device]") {
  check_binary<float, double, tn::half, std::int64_t, bool>(
      {.name = "logical_and", .of = TENON_REAL(x[0] != 0 && x[1] != 0)}, TENON_FORMS(logical_and));
  check_binary<float, tn::bfloat16, std::uint8_t, bool>(
      {.name = "logical_or", .of = TENON_REAL(x[0] != 0 || x[1] != 0)}, TENON_FORMS(logical_or));
  check_binary<float, std::int16_t, bool>({.name = "logical_xor", .of = TENON_REAL((x[0] != 0) != (x[1] != 0))},
                                          TENON_FORMS(logical_xor));
  check_unary<TENON_FLOATS, std::int8_t, bool>({.name = "logical_not", .of = TENON_REAL(!(x[0] != 0))},
                                               TENON_FORMS(logical_not));
  const auto mixed = tn::logical_and(make<double>({3}, {NaN, 0, 2}), make<bool>({3}, {1, 1, 0}));
  CHECK(values(mixed) == std::vector<double>{1, 0, 0});
}

TEST_CASE("bits", "[device]") {
  check_binary<TENON_INTEGERS>({.name = "bitwise_and", .of_integers = TENON_WHOLE(x[0] & x[1])},
                               TENON_FORMS(bitwise_and));
  check_binary<TENON_INTEGERS>({.name = "bitwise_or", .of_integers = TENON_WHOLE(x[0] | x[1])},
                               TENON_FORMS(bitwise_or));
  check_binary<TENON_INTEGERS>({.name = "bitwise_xor", .of_integers = TENON_WHOLE(x[0] ^ x[1])},
                               TENON_FORMS(bitwise_xor));
  check_unary<TENON_INTEGERS>({.name = "bitwise_not", .of_integers = TENON_WHOLE(~x[0])}, TENON_FORMS(bitwise_not));
  check_binary<bool>({.name = "bitwise_xor", .of = TENON_REAL(x[0] != x[1])}, TENON_FORMS(bitwise_xor));
  check_unary<bool>({.name = "bitwise_not", .of = TENON_REAL(x[0] == 0)}, TENON_FORMS(bitwise_not));
}

// Shifts depend on the width: one case for each.
template <class T>
void check_shifts() {
  static constexpr wide width = sizeof(T) * 8;
  std::vector<double> counts;
  for (int n = -2; n <= static_cast<int>(width) + 1; ++n) counts.push_back(std::is_signed_v<T> || n >= 0 ? n : 0);
  const auto left = TENON_WHOLE(x[1] < 0 || x[1] >= width ? 0 : x[0] * (wide{1} << static_cast<int>(x[1])));
  const auto right = TENON_WHOLE(x[1] < 0 || x[1] >= width ? (x[0] < 0 ? -1 : 0) : x[0] >> static_cast<int>(x[1]));
  check_binary<T>({.name = "bitwise_left_shift", .of_integers = left, .extra = counts},
                  TENON_FORMS(bitwise_left_shift));
  check_binary<T>({.name = "bitwise_right_shift", .of_integers = right, .extra = counts},
                  TENON_FORMS(bitwise_right_shift));
}
TEST_CASE("shifts by any count", "[device]") {
  check_shifts<std::uint8_t>();
  check_shifts<std::int8_t>();
  check_shifts<std::int16_t>();
  check_shifts<std::int32_t>();
  check_shifts<std::int64_t>();
}

}  // namespace tenon_test::elementwise_comparison_test
