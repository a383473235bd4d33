#pragma once
// What the tests of the vector mathematics share: error in ulp, and the numbers to try.
#include <tenon/kernels/cpu/math.hpp>

#include "support/catch.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <vector>

namespace math_check {

// Of random numbers, sanitizers and the builds beside them see a part: the full table measures the errors.
#if defined(TENON_TEST_REDUCED)
inline constexpr int thinning = 16;
#else
inline constexpr int thinning = 1;
#endif

// |got - exact| in units in the last place of `exact` in T. NaN and NaN agree; infinity counts as the number that would
// follow the largest; zeros must have the same sign.
template <class T>
double ulp_error(T got, long double exact) {
  using limits = std::numeric_limits<T>;
  constexpr double wrong = 1e9;
  if (std::isnan(exact) || std::isnan(got)) return std::isnan(exact) && std::isnan(got) ? 0 : wrong;
  if (std::isinf(exact)) return static_cast<long double>(got) == exact ? 0 : wrong;
  if (exact == 0 && got == 0) return std::signbit(exact) == std::signbit(got) ? 0 : wrong;
  int exponent = limits::min_exponent;
  if (exact != 0) std::frexp(exact, &exponent);
  exponent = std::min(std::max(exponent, limits::min_exponent), limits::max_exponent);
  long double g = static_cast<long double>(got);
  if (std::isinf(got)) {
    const long double next = std::ldexp(1.0L, limits::max_exponent);
    if (std::fabs(exact) >= next && (exact > 0) == (got > 0)) return 0;
    g = std::copysign(next, g);
  }
  return static_cast<double>(std::fabs(g - exact) / std::ldexp(1.0L, exponent - limits::digits));
}

template <class T>
const std::vector<T>& special_values() {
  using limits = std::numeric_limits<T>;
  static const std::vector<T> values = [] {
    std::vector<T> v = {limits::quiet_NaN()};
    for (T x : {T(0), limits::infinity(), limits::max(), limits::min(), limits::denorm_min(), T(3) * limits::denorm_min(), T(1), T(0.5),
                T(2), T(3), T(1e-3), T(10), T(89), T(-103.5), T(710), T(745.5), T(1024), T(1) - limits::epsilon() / 2,
                T(1) + limits::epsilon(), T(1e10), T(1e30), T(1.5), T(2.5), T(171.6), T(3.14159265358979), T(1e-30)}) {
      v.push_back(x);
      v.push_back(-x);
    }
    return v;
  }();
  return values;
}

template <class T>
T from_bits(std::uint64_t bits) {
  T x;
  std::memcpy(&x, &bits, sizeof(T));   // the low bytes, on the little-endian machines that have these instruction sets
  return x;
}

template <class T>
bool same_bits(T a, T b) {
  return std::memcmp(&a, &b, sizeof(T)) == 0 || (a != a && b != b);
}

// The worst error seen, and where.
template <class T>
struct worst {
  double ulp = 0;
  T x = 0, y = 0, got = 0;
  void see(double error, T a, T b, T result) {
    if (error > ulp) *this = {error, a, b, result};
  }
  std::string where() const {
    char text[160];
    std::snprintf(text, sizeof(text), "%.4g ulp at %a, %a: got %a", ulp, static_cast<double>(x), static_cast<double>(y), static_cast<double>(got));
    return text;
  }
};

}  // namespace math_check
