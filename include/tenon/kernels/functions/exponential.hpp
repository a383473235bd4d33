#pragma once
// Functors of exponentials and logarithms. Contracts: ops/exponential.hpp.
#include <tenon/kernels/functions/math.hpp>

namespace tenon::inline v0::functions {

inline constexpr dtype_set analytic_dtypes = floating_dtypes | complex_dtypes;  // after integers have become float

struct exp : floating_type {
  static constexpr const char* name = "exp";
  static constexpr dtype_set dtypes = analytic_dtypes;
  static constexpr double nanoseconds = 0.25;
  TENON_HD auto operator()(auto x) const { return math::exp(x); }
};

struct exp2 : floating_type {
  static constexpr const char* name = "exp2";
  static constexpr dtype_set dtypes = floating_dtypes;
  static constexpr double nanoseconds = 0.25;
  TENON_HD auto operator()(auto x) const { return math::exp2(x); }
};

struct expm1 : floating_type {
  static constexpr const char* name = "expm1";
  static constexpr dtype_set dtypes = floating_dtypes;
  static constexpr double nanoseconds = 0.4;
  TENON_HD auto operator()(auto x) const { return math::expm1(x); }
};

struct log : floating_type {
  static constexpr const char* name = "log";
  static constexpr dtype_set dtypes = analytic_dtypes;
  static constexpr double nanoseconds = 0.35;
  TENON_HD auto operator()(auto x) const { return math::log(x); }
};

struct log2 : floating_type {
  static constexpr const char* name = "log2";
  static constexpr dtype_set dtypes = floating_dtypes;
  static constexpr double nanoseconds = 0.35;
  TENON_HD auto operator()(auto x) const { return math::log2(x); }
};

struct log10 : floating_type {
  static constexpr const char* name = "log10";
  static constexpr dtype_set dtypes = floating_dtypes;
  static constexpr double nanoseconds = 0.35;
  TENON_HD auto operator()(auto x) const { return math::log10(x); }
};

struct log1p : floating_type {
  static constexpr const char* name = "log1p";
  static constexpr dtype_set dtypes = floating_dtypes;
  static constexpr double nanoseconds = 0.5;
  TENON_HD auto operator()(auto x) const { return math::log1p(x); }
};

// One exponential, of a number that is not positive, so that nothing overflows and the small side keeps its digits.
struct sigmoid : floating_type {
  static constexpr const char* name = "sigmoid";
  static constexpr dtype_set dtypes = floating_dtypes;
  static constexpr double nanoseconds = 0.35;
  TENON_HD auto operator()(auto x) const {
    using X = decltype(x);
    const auto e = math::exp(-math::abs(x));
    return select(x < X(0), e, X(1)) / (X(1) + e);
  }
};

// log(x / (1 - x)). Around 1/2, where that is the logarithm of a number near 1, log1p((2 x - 1) / (1 - x)): 2 x - 1 is exact.
struct logit : floating_type {
  static constexpr const char* name = "logit";
  static constexpr dtype_set dtypes = floating_dtypes;
  static constexpr double nanoseconds = 1.0;
  double eps;  // x is clamped to [eps, 1 - eps] first; below 0: not
  TENON_HD auto operator()(auto x) const {
    using X = decltype(x);
    const auto p = eps < 0 ? x : math::minimum(math::maximum(x, number<X>(eps)), X(1) - number<X>(eps));
    const auto rest = X(1) - p;
    const auto middle = (p > number<X>(0.25)) & (p < number<X>(0.75));
    return select(middle, math::log1p((p + p - X(1)) / rest), math::log(p / rest));
  }
};

}  // namespace tenon::inline v0::functions
