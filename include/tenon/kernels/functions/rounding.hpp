#pragma once
// Functors of rounding to whole numbers. Contracts: ops/rounding.hpp.
#include <tenon/kernels/functions/math.hpp>

namespace tenon::inline v0::functions {

struct floor : same_type {
  static constexpr const char* name = "floor";
  static constexpr dtype_set dtypes = numeric_dtypes;
  TENON_HD auto operator()(auto x) const {
    if constexpr (whole<decltype(x)>)
      return x;
    else
      return math::floor(x);
  }
};

struct ceil : same_type {
  static constexpr const char* name = "ceil";
  static constexpr dtype_set dtypes = numeric_dtypes;
  TENON_HD auto operator()(auto x) const {
    if constexpr (whole<decltype(x)>)
      return x;
    else
      return math::ceil(x);
  }
};

struct trunc : same_type {
  static constexpr const char* name = "trunc";
  static constexpr dtype_set dtypes = numeric_dtypes;
  TENON_HD auto operator()(auto x) const {
    if constexpr (whole<decltype(x)>)
      return x;
    else
      return math::trunc(x);
  }
};

struct round : same_type {
  static constexpr const char* name = "round";
  static constexpr dtype_set dtypes = numeric_dtypes;
  TENON_HD auto operator()(auto x) const {
    if constexpr (whole<decltype(x)>)
      return x;
    else
      return math::round(x);
  }
};

// To a multiple of 10^-decimals; scale is 10^|decimals|. Scaled values from 2^(digits - 1) on have no fraction left to round.
struct round_decimals : same_type {
  static constexpr const char* name = "round";
  static constexpr dtype_set dtypes = floating_dtypes;
  double scale;
  bool places;  // decimals > 0
  TENON_HD auto operator()(auto x) const {
    using X = decltype(x);
    const auto s = number<X>(scale);
    if (!places) return math::round(x / s) * s;
    const auto scaled = x * s;
    return select(math::abs(scaled) < number<X>(sizeof(typename X::value_type) == 4 ? 0x1p23 : 0x1p52),
                  math::round(scaled) / s, x);
  }
};

struct frac : same_type {
  static constexpr const char* name = "frac";
  static constexpr dtype_set dtypes = floating_dtypes;
  TENON_HD auto operator()(auto x) const { return x - math::trunc(x); }
};

}  // namespace tenon::inline v0::functions
