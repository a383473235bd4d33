// test: device
// sign, sgn, copysign, heaviside, nan_to_num, nextafter.
#include <tenon/ops/sign.hpp>

#include "../support/elementwise.hpp"

namespace tenon_test::elementwise_sign_test {

TEST_CASE("sign, copysign, heaviside", "[device]") {
  check_unary<TENON_FLOATS, TENON_INTEGERS>({.name = "sign",
                                             .of = TENON_REAL(reference::sign(x[0])),
                                             .of_integers = TENON_WHOLE(x[0] > 0   ? 1
                                                                        : x[0] < 0 ? -1
                                                                                   : 0),
                                             .bound = 0},
                                            TENON_FORMS(sign));
  check_unary<float, std::int8_t, bool>({.name = "sgn", .of = TENON_REAL(reference::sign(x[0])), .bound = 0},
                                        TENON_FORMS(sgn));
  check_binary<TENON_FLOATS>({.name = "copysign", .of = TENON_REAL(std::copysign(x[0], x[1])), .bound = 0},
                             TENON_FORMS(copysign));
  check_binary<TENON_FLOATS, std::int32_t, std::uint8_t>(
      {.name = "heaviside", .of = TENON_REAL(reference::heaviside(x[0], x[1])), .bound = 0}, TENON_FORMS(heaviside));
  check_binary<bool>({.name = "heaviside", .of = TENON_REAL(x[0] != 0 ? 1 : x[1])}, TENON_FORMS(heaviside));
}

// The neighbour among all values of T, by its bits: without the sign they are in order.
template <class T>
T neighbour(T from, T to) {
  using word = std::conditional_t<sizeof(T) == 2, std::uint16_t,
                                  std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>>;
  const double a = to_double(from), b = to_double(to);
  if (std::isnan(a) || std::isnan(b)) return std::numeric_limits<T>::quiet_NaN();
  if (a == b) return to;
  const auto sign = static_cast<word>(word{1} << (sizeof(T) * 8 - 1));
  auto bits = __builtin_bit_cast(word, from);
  if (a == 0)
    bits = static_cast<word>((b < 0 ? sign : 0) | 1);
  else
    bits = static_cast<word>((a < b) == (a > 0) ? bits + 1 : bits - 1);
  return __builtin_bit_cast(T, bits);
}
template <class T>
void check_nextafter() {
  const auto by_bits = [](const real* x) -> real {
    return static_cast<real>(
        static_cast<tn::compute_t<T>>(neighbour(T(static_cast<double>(x[0])), T(static_cast<double>(x[1])))));
  };
  check_binary<T>({.name = "nextafter", .of = by_bits, .bound = 0}, TENON_FORMS(nextafter));
}
TEST_CASE("nextafter steps through the values of its own dtype", "[device]") {
  check_nextafter<float>();
  check_nextafter<double>();
  check_nextafter<tn::half>();
  check_nextafter<tn::bfloat16>();
}
TEST_CASE("nextafter reaches all halves from the lowest to the largest", "[device]") {
  for (std::uint32_t bits = 0; bits < 0x7c00; ++bits) {
    const auto h = tn::half::from_bits(static_cast<std::uint16_t>(bits)),
               next = tn::half::from_bits(static_cast<std::uint16_t>(bits + 1));
    auto x = empty<tn::half>({1});
    x.data()[0] = h;
    REQUIRE(tn::nextafter_(x, inf).has_value());
    REQUIRE(x.data()[0].bits == next.bits);
    REQUIRE(tn::nextafter_(x, -inf).has_value());
    REQUIRE(x.data()[0].bits == bits);
  }
}

TEST_CASE("nan_to_num", "[device]") {
  const auto replaced = [](real most) {
    return [most](const real* x) -> real {
      return std::isnan(x[0]) ? 0 : std::isinf(x[0]) ? std::copysign(most, x[0]) : x[0];
    };
  };
  check_unary<float>(
      {.name = "nan_to_num", .of = replaced(static_cast<real>(std::numeric_limits<float>::max())), .bound = 0},
      TENON_FORMS(nan_to_num));
  check_unary<double>(
      {.name = "nan_to_num", .of = replaced(static_cast<real>(std::numeric_limits<double>::max())), .bound = 0},
      TENON_FORMS(nan_to_num));
  check_unary<tn::half>({.name = "nan_to_num", .of = replaced(65504), .bound = 0}, TENON_FORMS(nan_to_num));
  check_unary<std::int8_t>({.name = "nan_to_num", .of_integers = TENON_WHOLE(x[0])}, TENON_FORMS(nan_to_num));
  const auto x = make<float>({3}, {NaN, inf, -inf});
  expect_equal(values(tn::nan_to_num(x, {.nan = 1, .posinf = 2, .neginf = -3})), {1, 2, -3}, {3});
  expect_equal(values(tn::nan_to_num(x, {.posinf = inf})),
               {0, inf, -static_cast<double>(std::numeric_limits<float>::max())}, {3});
}

}  // namespace tenon_test::elementwise_sign_test
