#pragma once
// half (IEEE 754 binary16) and bfloat16: 16 bits of storage, bit-compatible with CUDA's __half and __nv_bfloat16.
//
// One rule: no implicit conversion, in either direction. `half(x)` narrows, `float(h)` widens; half + half is a half,
// half + float does not compile. Kernels widen on load, compute in float, and narrow on store.
//
// Narrowing  Rounds once, to nearest, ties to even, from float, double and every integer type; subnormals are kept, what
//            is too large becomes infinity. A NaN stays a NaN: quiet, with its sign and the top bits of its payload.
//            Integer arithmetic only, so rounding mode, flush-to-zero and contraction of a * b + c have no say in it.
// Widening   Exact. A signalling half becomes a quiet NaN, as the hardware's conversion makes it; bfloat16 is a shift.
// Arithmetic + - * / widen, compute in float, narrow. For half that is the correctly rounded result (float has 24 bits
//            >= 2 * 11 + 2: Figueroa 1995, "When is double rounding innocuous?"); for bfloat16 it is too, except where a
//            product or quotient is subnormal, since there float rounds it as well.
#include <tenon/core/build.hpp>

#include <concepts>
#include <limits>
#include <type_traits>

namespace tenon::inline v0 {

namespace detail {

// x rounded to a format of 1 sign bit, `Exponent` and `Mantissa` bits.
template <int Exponent, int Mantissa, class Float>
TENON_ALWAYS_INLINE TENON_HD constexpr std::uint16_t narrow(Float x) {
  static_assert(std::is_same_v<Float, float> || std::is_same_v<Float, double>);
  using word = std::conditional_t<std::is_same_v<Float, float>, std::uint32_t, std::uint64_t>;
  constexpr int bits = static_cast<int>(sizeof(word)) * 8;
  constexpr int mantissa = std::is_same_v<Float, float> ? 23 : 52;
  constexpr int drop = mantissa - Mantissa;
  constexpr int bias = (1 << (bits - mantissa - 2)) - 1, narrow_bias = (1 << (Exponent - 1)) - 1;
  constexpr word one = 1;
  constexpr word implicit = one << mantissa;
  constexpr word infinity = static_cast<word>(2 * bias + 1) << mantissa;
  constexpr word rebias = static_cast<word>(bias - narrow_bias) << mantissa;
  constexpr word too_large = static_cast<word>(bias + narrow_bias + 1) << mantissa;
  constexpr unsigned narrow_infinity = ((1u << Exponent) - 1) << Mantissa;
  constexpr unsigned quiet = 1u << (Mantissa - 1);

  const word u = __builtin_bit_cast(word, x);
  const unsigned sign = static_cast<unsigned>(u >> (bits - 16)) & 0x8000u;
  const word a = u & ~(one << (bits - 1));
  unsigned r = 0;
  if (a > infinity) {
    r = narrow_infinity | quiet | (static_cast<unsigned>(a >> drop) & (2 * quiet - 1));
  } else if (a >= too_large) {
    r = narrow_infinity;
  } else if (rebias != 0 && a < rebias + implicit) {       // subnormal in the narrow format: more bits fall off
    const int shift = drop + 1 + (bias - narrow_bias) - static_cast<int>(a >> mantissa);
    if (shift <= mantissa + 1) {                           // beyond that it is less than half of the smallest value
      const word significand = (a & (implicit - 1)) | implicit;
      const word odd = (significand >> shift) & one;
      r = static_cast<unsigned>((significand + (one << (shift - 1)) - 1 + odd) >> shift);
    }
  } else {                                                 // a carry runs into the exponent, and at the top to infinity
    const word v = a - rebias;
    r = static_cast<unsigned>((v + (one << (drop - 1)) - 1 + ((v >> drop) & one)) >> drop);
  }
  return static_cast<std::uint16_t>(sign | r);
}

// An integer as a double that rounds to any shorter format as the integer itself would: where 53 bits do not hold it,
// the last of them collects all that was cut off ("round to odd"), so that no tie appears or disappears.
template <std::integral I>
TENON_ALWAYS_INLINE TENON_HD constexpr double round_to_odd(I i) {
  static_assert(sizeof(I) <= 8, "convert a 128-bit integer to double first");
  if constexpr (sizeof(I) < 8) {
    return static_cast<double>(i);
  } else {
    const bool negative = i < I{0};
    const std::uint64_t u = static_cast<std::uint64_t>(i), m = negative ? 0 - u : u;
    const double magnitude = (m >> 53) == 0
                                 ? static_cast<double>(m)
                                 : static_cast<double>((m >> 11) | ((m & 0x7ff) != 0 ? 1u : 0u)) * 2048.0;
    return negative ? -magnitude : magnitude;
  }
}

// What half and bfloat16 share. Friends, so that they are found for these two types only.
template <class T>
struct half_operators {
  TENON_ALWAYS_INLINE TENON_HD friend constexpr bool operator==(T a, T b) { return float(a) == float(b); }
  TENON_ALWAYS_INLINE TENON_HD friend constexpr bool operator!=(T a, T b) { return float(a) != float(b); }
  TENON_ALWAYS_INLINE TENON_HD friend constexpr bool operator<(T a, T b) { return float(a) < float(b); }
  TENON_ALWAYS_INLINE TENON_HD friend constexpr bool operator<=(T a, T b) { return float(a) <= float(b); }
  TENON_ALWAYS_INLINE TENON_HD friend constexpr bool operator>(T a, T b) { return float(a) > float(b); }
  TENON_ALWAYS_INLINE TENON_HD friend constexpr bool operator>=(T a, T b) { return float(a) >= float(b); }

  TENON_ALWAYS_INLINE TENON_HD friend constexpr T operator+(T a, T b) { return T(float(a) + float(b)); }
  TENON_ALWAYS_INLINE TENON_HD friend constexpr T operator-(T a, T b) { return T(float(a) - float(b)); }
  TENON_ALWAYS_INLINE TENON_HD friend constexpr T operator*(T a, T b) { return T(float(a) * float(b)); }
  TENON_ALWAYS_INLINE TENON_HD friend constexpr T operator/(T a, T b) { return T(float(a) / float(b)); }
  TENON_ALWAYS_INLINE TENON_HD friend constexpr T& operator+=(T& a, T b) { return a = a + b; }
  TENON_ALWAYS_INLINE TENON_HD friend constexpr T& operator-=(T& a, T b) { return a = a - b; }
  TENON_ALWAYS_INLINE TENON_HD friend constexpr T& operator*=(T& a, T b) { return a = a * b; }
  TENON_ALWAYS_INLINE TENON_HD friend constexpr T& operator/=(T& a, T b) { return a = a / b; }

  TENON_ALWAYS_INLINE TENON_HD friend constexpr T operator+(T a) { return a; }
  TENON_ALWAYS_INLINE TENON_HD friend constexpr T operator-(T a) {            // of NaN too: only the sign changes
    return T::from_bits(static_cast<std::uint16_t>(a.bits ^ 0x8000u));
  }
};

}  // namespace detail

struct half : detail::half_operators<half> {
  std::uint16_t bits;                  // sign 1, exponent 5, mantissa 10

  half() = default;
  TENON_ALWAYS_INLINE TENON_HD constexpr explicit half(float x) : bits(detail::narrow<5, 10>(x)) {}
  TENON_ALWAYS_INLINE TENON_HD constexpr explicit half(double x) : bits(detail::narrow<5, 10>(x)) {}
  template <std::integral I>
  TENON_ALWAYS_INLINE TENON_HD constexpr explicit half(I i) : half(detail::round_to_odd(i)) {}

  TENON_ALWAYS_INLINE TENON_HD static constexpr half from_bits(std::uint16_t b) {
    half h{0.0f};
    h.bits = b;
    return h;
  }
  TENON_ALWAYS_INLINE TENON_HD constexpr explicit operator float() const {
    const std::uint32_t sign = static_cast<std::uint32_t>(bits & 0x8000u) << 16, a = bits & 0x7fffu;
    std::uint32_t r = (a << 13) + (112u << 23);
    if (a > 0x7c00u) {
      r = (a << 13) | 0x7fc00000u;
    } else if (a == 0x7c00u) {
      r = 0x7f800000u;
    } else if (a < 0x0400u) {
      r = __builtin_bit_cast(std::uint32_t, static_cast<float>(a) * 0x1p-24f);
    }
    return __builtin_bit_cast(float, sign | r);
  }
  TENON_ALWAYS_INLINE TENON_HD constexpr explicit operator double() const { return static_cast<double>(float(*this)); }
};

struct bfloat16 : detail::half_operators<bfloat16> {
  std::uint16_t bits;                  // sign 1, exponent 8, mantissa 7: the upper half of a float

  bfloat16() = default;
  TENON_ALWAYS_INLINE TENON_HD constexpr explicit bfloat16(float x) : bits(detail::narrow<8, 7>(x)) {}
  TENON_ALWAYS_INLINE TENON_HD constexpr explicit bfloat16(double x) : bits(detail::narrow<8, 7>(x)) {}
  template <std::integral I>
  TENON_ALWAYS_INLINE TENON_HD constexpr explicit bfloat16(I i) : bfloat16(detail::round_to_odd(i)) {}

  TENON_ALWAYS_INLINE TENON_HD static constexpr bfloat16 from_bits(std::uint16_t b) {
    bfloat16 h{0.0f};
    h.bits = b;
    return h;
  }
  TENON_ALWAYS_INLINE TENON_HD constexpr explicit operator float() const {
    return __builtin_bit_cast(float, static_cast<std::uint32_t>(bits) << 16);
  }
  TENON_ALWAYS_INLINE TENON_HD constexpr explicit operator double() const { return static_cast<double>(float(*this)); }
};

static_assert(sizeof(half) == 2 && std::is_trivial_v<half> && std::is_standard_layout_v<half>);
static_assert(sizeof(bfloat16) == 2 && std::is_trivial_v<bfloat16> && std::is_standard_layout_v<bfloat16>);

}  // namespace tenon::inline v0

// What is not named here is as for float.
template <>
struct std::numeric_limits<tenon::half> : std::numeric_limits<float> {
  using value = tenon::half;
  static constexpr int digits = 11, digits10 = 3, max_digits10 = 5;
  static constexpr int min_exponent = -13, min_exponent10 = -4, max_exponent = 16, max_exponent10 = 4;
  TENON_ALWAYS_INLINE TENON_HD static constexpr value min() noexcept { return value::from_bits(0x0400); }
  TENON_ALWAYS_INLINE TENON_HD static constexpr value lowest() noexcept { return value::from_bits(0xfbff); }
  TENON_ALWAYS_INLINE TENON_HD static constexpr value max() noexcept { return value::from_bits(0x7bff); }
  TENON_ALWAYS_INLINE TENON_HD static constexpr value epsilon() noexcept { return value::from_bits(0x1400); }
  TENON_ALWAYS_INLINE TENON_HD static constexpr value round_error() noexcept { return value::from_bits(0x3800); }
  TENON_ALWAYS_INLINE TENON_HD static constexpr value infinity() noexcept { return value::from_bits(0x7c00); }
  TENON_ALWAYS_INLINE TENON_HD static constexpr value quiet_NaN() noexcept { return value::from_bits(0x7e00); }
  TENON_ALWAYS_INLINE TENON_HD static constexpr value signaling_NaN() noexcept { return value::from_bits(0x7d00); }
  TENON_ALWAYS_INLINE TENON_HD static constexpr value denorm_min() noexcept { return value::from_bits(0x0001); }
};

template <>
struct std::numeric_limits<tenon::bfloat16> : std::numeric_limits<float> {
  using value = tenon::bfloat16;
  static constexpr int digits = 8, digits10 = 2, max_digits10 = 4;      // the exponents are float's
  TENON_ALWAYS_INLINE TENON_HD static constexpr value min() noexcept { return value::from_bits(0x0080); }
  TENON_ALWAYS_INLINE TENON_HD static constexpr value lowest() noexcept { return value::from_bits(0xff7f); }
  TENON_ALWAYS_INLINE TENON_HD static constexpr value max() noexcept { return value::from_bits(0x7f7f); }
  TENON_ALWAYS_INLINE TENON_HD static constexpr value epsilon() noexcept { return value::from_bits(0x3c00); }
  TENON_ALWAYS_INLINE TENON_HD static constexpr value round_error() noexcept { return value::from_bits(0x3f00); }
  TENON_ALWAYS_INLINE TENON_HD static constexpr value infinity() noexcept { return value::from_bits(0x7f80); }
  TENON_ALWAYS_INLINE TENON_HD static constexpr value quiet_NaN() noexcept { return value::from_bits(0x7fc0); }
  TENON_ALWAYS_INLINE TENON_HD static constexpr value signaling_NaN() noexcept { return value::from_bits(0x7fa0); }
  TENON_ALWAYS_INLINE TENON_HD static constexpr value denorm_min() noexcept { return value::from_bits(0x0001); }
};
