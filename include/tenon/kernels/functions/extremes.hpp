#pragma once
// Functors that choose the larger or the smaller. Contracts: ops/extremes.hpp.
#include <tenon/kernels/functions/math.hpp>

namespace tenon::inline v0::functions {

struct extreme_type : same_type {
  static constexpr scalar_rule scalars = scalar_rule::saturate;
};

struct maximum : extreme_type {
  static constexpr const char* name = "maximum";
  static constexpr dtype_set dtypes = real_dtypes;
  TENON_HD auto operator()(auto a, auto b) const {
    if constexpr (truth<decltype(a)>)
      return a | b;
    else
      return math::maximum(a, b);
  }
};

struct minimum : extreme_type {
  static constexpr const char* name = "minimum";
  static constexpr dtype_set dtypes = real_dtypes;
  TENON_HD auto operator()(auto a, auto b) const {
    if constexpr (truth<decltype(a)>)
      return a & b;
    else
      return math::minimum(a, b);
  }
};

// The other operand where one is NaN.
struct fmax : extreme_type {
  static constexpr const char* name = "fmax";
  static constexpr dtype_set dtypes = real_dtypes;
  TENON_HD auto operator()(auto a, auto b) const {
    if constexpr (fractional<decltype(a)>)
      return select(a != a, b, select(b != b, a, math::maximum(a, b)));
    else
      return maximum{}(a, b);
  }
};

struct fmin : extreme_type {
  static constexpr const char* name = "fmin";
  static constexpr dtype_set dtypes = real_dtypes;
  TENON_HD auto operator()(auto a, auto b) const {
    if constexpr (fractional<decltype(a)>)
      return select(a != a, b, select(b != b, a, math::minimum(a, b)));
    else
      return minimum{}(a, b);
  }
};

struct clamp : extreme_type {
  static constexpr const char* name = "clamp";
  static constexpr dtype_set dtypes = real_dtypes;
  TENON_HD auto operator()(auto x, auto low, auto high) const { return minimum{}(maximum{}(x, low), high); }
};

struct clamp_min : extreme_type {
  static constexpr const char* name = "clamp_min";
  static constexpr dtype_set dtypes = real_dtypes;
  TENON_HD auto operator()(auto x, auto low) const { return maximum{}(x, low); }
};

struct clamp_max : extreme_type {
  static constexpr const char* name = "clamp_max";
  static constexpr dtype_set dtypes = real_dtypes;
  TENON_HD auto operator()(auto x, auto high) const { return minimum{}(x, high); }
};

// clamp with one bound.
struct clamp_below : clamp_min {
  static constexpr const char* name = clamp::name;
  using kernel_function = clamp_min;
};
struct clamp_above : clamp_max {
  static constexpr const char* name = clamp::name;
  using kernel_function = clamp_max;
};

}  // namespace tenon::inline v0::functions
