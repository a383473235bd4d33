// half and bfloat16 against a definition that shares no code with them: sign * significand * 2^exponent by ldexp, and the
// nearest value by looking at both neighbours. Every one of the 2^16 values, every midpoint between two of them.
#include <tenon/core/half.hpp>

#include "support/catch.hpp"

#include <bit>
#include <cmath>
#include <cstdint>
#include <random>
#include <type_traits>
#include <vector>

namespace tenon_test::half_test {

namespace {

using tenon::bfloat16;
using tenon::half;

template <class T> constexpr int exponent_bits = std::is_same_v<T, half> ? 5 : 8;
template <class T> constexpr int mantissa_bits = 15 - exponent_bits<T>;
template <class T> constexpr std::uint16_t infinity_bits = (((1u << exponent_bits<T>) - 1) << mantissa_bits<T>);
template <class T> constexpr std::uint16_t quiet_bit = 1u << (mantissa_bits<T> - 1);

template <class T>
T of(unsigned bits) { return T::from_bits(static_cast<std::uint16_t>(bits)); }

// The value of a finite bit pattern without its sign; for the pattern of infinity, the number that would stand there if
// the exponent went on, which is where rounding to infinity is decided.
template <class T>
double magnitude(unsigned bits) {
  const int bias = (1 << (exponent_bits<T> - 1)) - 1;
  const int e = static_cast<int>(bits >> mantissa_bits<T>), m = static_cast<int>(bits) & ((1 << mantissa_bits<T>) - 1);
  return e == 0 ? std::ldexp(m, 1 - bias - mantissa_bits<T>)
                : std::ldexp(m + (1 << mantissa_bits<T>), e - bias - mantissa_bits<T>);
}

// The nearest pattern to a number of either sign, by bisection over the table of magnitudes.
template <class T>
unsigned nearest(double x) {
  const unsigned sign = std::signbit(x) ? 0x8000u : 0u;
  const double a = std::fabs(x);
  if (a >= magnitude<T>(infinity_bits<T>)) return sign | infinity_bits<T>;
  unsigned low = 0, high = infinity_bits<T>;               // magnitude(low) <= a < magnitude(high)
  while (high - low > 1) {
    const unsigned middle = (low + high) / 2;
    (magnitude<T>(middle) <= a ? low : high) = middle;
  }
  const double below = a - magnitude<T>(low),
               above = magnitude<T>(high) - a;   // exact: neighbours within a factor of 2
  if (below != above) return sign | (below < above ? low : high);
  return sign | (low % 2 == 0 ? low : high);
}

template <class T>
concept narrow_only =
    !std::is_convertible_v<float, T> && !std::is_convertible_v<double, T> && !std::is_convertible_v<int, T> &&
    !std::is_convertible_v<T, float> && !std::is_convertible_v<T, double> && std::is_constructible_v<T, float> &&
    std::is_constructible_v<T, double> && std::is_constructible_v<T, unsigned long long> &&
    std::is_constructible_v<float, T>;
static_assert(narrow_only<half> && narrow_only<bfloat16>);
static_assert(!std::is_constructible_v<half, bfloat16> && !std::is_constructible_v<bfloat16, half>);
template <class A, class B> concept addable = requires(A a, B b) { a + b; };
static_assert(addable<half, half> && !addable<half, float> && !addable<float, half> && !addable<half, int> &&
              !addable<half, bfloat16>);

// Everything is usable in a constant.
static_assert(half(1.0f).bits == 0x3c00 && half(65504).bits == 0x7bff && half(65520.0).bits == 0x7c00 &&
              half(-0.0f).bits == 0x8000);
static_assert(bfloat16(1.0f).bits == 0x3f80 && bfloat16(-2).bits == 0xc000);
static_assert(float(half::from_bits(0x0001)) == 0x1p-24f && float(half(0.5f) + half(0.25f)) == 0.75f);
static_assert(half(0.0f) == -half(0.0f) && half(1.0f) < half(2.0f));

}  // namespace

TEMPLATE_TEST_CASE("every value widens as defined and comes back", "[half]", half, bfloat16) {
  int wrong = 0;
  for (unsigned b = 0; b < 0x10000u; ++b) {
    const auto h = of<TestType>(b);
    const float f = float(h);
    const unsigned a = b & 0x7fffu;
    if (a > infinity_bits<TestType>) {
      const unsigned quieted = b | quiet_bit<TestType>;
      wrong += !std::isnan(f) || !std::isnan(double(h)) || std::signbit(f) != (b >= 0x8000u);
      wrong += TestType(f).bits != quieted || TestType(double(f)).bits != quieted;
      continue;
    }
    const double m = a == infinity_bits<TestType> ? INFINITY : magnitude<TestType>(a);
    wrong += double(f) != (b >= 0x8000u ? -m : m) || std::signbit(f) != (b >= 0x8000u) || double(h) != double(f);
    wrong += TestType(f).bits != b || TestType(double(f)).bits != b;
  }
  CHECK(wrong == 0);
}

TEMPLATE_TEST_CASE("every midpoint goes to the even neighbour and what is beside it to the nearer one", "[half]", half,
                   bfloat16) {
  int wrong = 0;
  for (unsigned low = 0; low < infinity_bits<TestType>; ++low) {
    const unsigned high = low + 1, even = low % 2 == 0 ? low : high;
    const double middle = magnitude<TestType>(low) + (magnitude<TestType>(high) - magnitude<TestType>(low)) / 2;
    const auto check = [&](auto x, unsigned want) {
      wrong += TestType(x).bits != want || TestType(-x).bits != (want | 0x8000u);
    };
    check(middle, even);
    check(std::nextafter(middle, 0.0), low);
    check(std::nextafter(middle, double{INFINITY}), high);          // a float would have rounded this to the tie
    const float f = static_cast<float>(middle);
    REQUIRE(double(f) == middle);
    check(f, even);
    check(std::nextafterf(f, 0.0f), low);
    check(std::nextafterf(f, INFINITY), high);
  }
  CHECK(wrong == 0);
}

TEMPLATE_TEST_CASE("floats and doubles of every size round to the nearest value", "[half]", half, bfloat16) {
  int wrong = 0;
  for (std::uint64_t u = 0; u <= 0xffffffffu; u += 4093) {          // a prime step through all floats
    const float f = std::bit_cast<float>(static_cast<std::uint32_t>(u));
    if (!std::isnan(f)) wrong += TestType(f).bits != nearest<TestType>(f);
  }
  std::mt19937_64 random(1);
  const int reach = 1 << exponent_bits<TestType>;
  for (int i = 0; i < 300000; ++i) {
    const double d = std::ldexp(static_cast<double>(random()) + 1.0,
                                static_cast<int>(random() % static_cast<unsigned>(2 * reach)) - reach - 64);
    wrong += TestType(d).bits != nearest<TestType>(d) || TestType(-d).bits != nearest<TestType>(-d);
  }
  CHECK(wrong == 0);
  CHECK(TestType(1e300).bits == infinity_bits<TestType>);
  CHECK(TestType(-double{INFINITY}).bits == (infinity_bits<TestType> | 0x8000u));
  CHECK(TestType(5e-324).bits == 0);
  CHECK(TestType(-5e-324).bits == 0x8000u);
  CHECK(TestType(std::bit_cast<float>(1u)).bits == 0);              // a subnormal float is far below every half
}

TEMPLATE_TEST_CASE("a NaN stays a quiet NaN with its sign and the top of its payload", "[half]", half, bfloat16) {
  constexpr int drop = 23 - mantissa_bits<TestType>;
  for (unsigned payload = 1; payload < 1u << mantissa_bits<TestType>; ++payload) {
    const std::uint32_t u = 0xff800000u | payload << drop | 1u;
    const unsigned want = 0x8000u | infinity_bits<TestType> | payload | quiet_bit<TestType>;
    REQUIRE(TestType(std::bit_cast<float>(u)).bits == want);
    const std::uint64_t v = 0xfff0000000000000u | std::uint64_t{payload} << (drop + 29) | 1u;
    REQUIRE(TestType(std::bit_cast<double>(v)).bits == want);
  }
  CHECK(TestType(std::bit_cast<float>(0x7f800001u)).bits ==
        (infinity_bits<TestType> | quiet_bit<TestType>));   // never infinity
}

TEMPLATE_TEST_CASE("integers round once", "[half]", half, bfloat16) {
  int wrong = 0;
  for (int i = -70000; i <= 70000; ++i) wrong += TestType(i).bits != nearest<TestType>(i);
  for (int i = -128; i < 128; ++i) wrong += TestType(static_cast<signed char>(i)).bits != nearest<TestType>(i);
  CHECK(wrong == 0);
  CHECK(TestType(true).bits == TestType(1.0f).bits);
  CHECK(TestType(INT64_MIN).bits == nearest<TestType>(-0x1p63));
  CHECK(TestType(UINT64_MAX).bits == nearest<TestType>(0x1p64));
  // Around every tie of 64-bit integers, where a double cannot hold the unit that decides.
  for (int e = 54; e < 63; ++e) {
    for (std::int64_t k = 0; k < 256; ++k) {
      const int step = e - mantissa_bits<TestType>;                 // log2 of the distance between neighbours
      const std::int64_t low =
          (std::int64_t{1} << e) + (k % (1 << mantissa_bits<TestType>)) * (std::int64_t{1} << step);
      const std::int64_t tie = low + (std::int64_t{1} << (step - 1));
      const double a = static_cast<double>(low), b = a + std::ldexp(1.0, step);
      wrong += TestType(tie - 1).bits != nearest<TestType>(a) || TestType(tie + 1).bits != nearest<TestType>(b);
      wrong += TestType(tie).bits != nearest<TestType>(static_cast<double>(tie));
      wrong += TestType(-tie - 1).bits != nearest<TestType>(-b) || TestType(-tie + 1).bits != nearest<TestType>(-a);
      wrong += TestType(static_cast<std::uint64_t>(tie) + 1).bits != nearest<TestType>(b);
    }
  }
  CHECK(wrong == 0);
}

TEMPLATE_TEST_CASE("arithmetic rounds the exact result", "[half]", half, bfloat16) {
  // In double, + - * of two such values are exact, or rounded with so many bits to spare that the second rounding does
  // not notice (53 >= 2 * 11 + 2); so nearest(double result) is the correctly rounded result.
  std::mt19937 random(2);
  int wrong = 0;
  const double smallest_normal = magnitude<TestType>(1u << mantissa_bits<TestType>);
  for (int i = 0; i < 300000; ++i) {
    const auto a = of<TestType>(random() & 0xffffu), b = of<TestType>(random() & 0xffffu);
    const double x = double(a), y = double(b);
    const auto check = [&](TestType got, double want, bool through_subnormal_float) {
      if (std::isnan(want)) wrong += !std::isnan(float(got));
      else if (!through_subnormal_float) wrong += got.bits != nearest<TestType>(want);
    };
    const bool bf16 = std::is_same_v<TestType, bfloat16>;
    check(a + b, x + y, false);
    check(a - b, x - y, false);
    check(a * b, x * y, bf16 && std::fabs(x * y) < smallest_normal);
    check(a / b, x / y, bf16 && std::fabs(x / y) < smallest_normal);
    wrong += (a == b) != (x == y) || (a != b) != (x != y) || (a < b) != (x < y) || (a <= b) != (x <= y) ||
             (a > b) != (x > y) || (a >= b) != (x >= y);
    wrong += (-a).bits != (a.bits ^ 0x8000u);
  }
  CHECK(wrong == 0);
  TestType s(1.5f);
  s += TestType(0.5f), s *= TestType(3.0f), s -= TestType(2.0f), s /= TestType(8.0f);
  CHECK(float(s) == 0.5f);
  const auto nan = std::numeric_limits<TestType>::quiet_NaN();
  CHECK(nan != nan);
  CHECK_FALSE(nan == nan);
  CHECK(of<TestType>(0x8000u) == of<TestType>(0u));
}

TEMPLATE_TEST_CASE("numeric_limits says what the values say", "[half]", half, bfloat16) {
  using limits = std::numeric_limits<TestType>;
  static_assert(limits::is_specialized && limits::is_signed && !limits::is_integer && limits::radix == 2);
  static_assert(limits::digits == mantissa_bits<TestType> + 1);
  CHECK(double(limits::min()) == std::ldexp(1.0, limits::min_exponent - 1));
  CHECK(double(limits::max()) == std::ldexp(2.0 - std::ldexp(1.0, 1 - limits::digits), limits::max_exponent - 1));
  CHECK(double(limits::lowest()) == -double(limits::max()));
  CHECK(double(limits::epsilon()) == std::ldexp(1.0, 1 - limits::digits));
  CHECK(double(limits::denorm_min()) == magnitude<TestType>(1));
  CHECK(float(limits::round_error()) == 0.5f);
  CHECK(std::isinf(float(limits::infinity())));
  CHECK(limits::digits10 == static_cast<int>(std::floor((limits::digits - 1) * std::log10(2.0))));
  CHECK(limits::max_digits10 == static_cast<int>(std::ceil(limits::digits * std::log10(2.0) + 1)));
  CHECK(limits::max_exponent10 == static_cast<int>(std::floor(std::log10(double(limits::max())))));
  CHECK(limits::min_exponent10 == static_cast<int>(std::ceil(std::log10(double(limits::min())))));
  CHECK((limits::signaling_NaN().bits & quiet_bit<TestType>) == 0);
}

}  // namespace tenon_test::half_test
