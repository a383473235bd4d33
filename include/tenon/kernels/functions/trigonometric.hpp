#pragma once
// Functors of the trigonometric and hyperbolic functions. Contracts: ops/trigonometric.hpp, ops/hyperbolic.hpp.
#include <tenon/kernels/functions/exponential.hpp>

namespace tenon::inline v0::functions {

struct sin : floating_type {
  static constexpr const char* name = "sin";
  static constexpr dtype_set dtypes = analytic_dtypes;
  static constexpr double nanoseconds = 0.6;
  TENON_HD auto operator()(auto x) const { return math::sin(x); }
};

struct cos : floating_type {
  static constexpr const char* name = "cos";
  static constexpr dtype_set dtypes = analytic_dtypes;
  static constexpr double nanoseconds = 0.6;
  TENON_HD auto operator()(auto x) const { return math::cos(x); }
};

struct tan : floating_type {
  static constexpr const char* name = "tan";
  static constexpr dtype_set dtypes = analytic_dtypes;
  static constexpr double nanoseconds = 0.8;
  TENON_HD auto operator()(auto x) const { return math::tan(x); }
};

struct asin : floating_type {
  static constexpr const char* name = "asin";
  static constexpr dtype_set dtypes = analytic_dtypes;
  static constexpr double nanoseconds = 0.6;
  TENON_HD auto operator()(auto x) const { return math::asin(x); }
};

struct acos : floating_type {
  static constexpr const char* name = "acos";
  static constexpr dtype_set dtypes = analytic_dtypes;
  static constexpr double nanoseconds = 0.6;
  TENON_HD auto operator()(auto x) const { return math::acos(x); }
};

struct atan : floating_type {
  static constexpr const char* name = "atan";
  static constexpr dtype_set dtypes = analytic_dtypes;
  static constexpr double nanoseconds = 0.6;
  TENON_HD auto operator()(auto x) const { return math::atan(x); }
};

struct atan2 : floating_type {
  static constexpr const char* name = "atan2";
  static constexpr dtype_set dtypes = floating_dtypes;
  static constexpr double nanoseconds = 0.9;
  TENON_HD auto operator()(auto y, auto x) const { return math::atan2(y, x); }
};

// sin(pi x) / (pi x). The half turns are taken off before the multiplication with pi, where that is exact.
struct sinc : floating_type {
  static constexpr const char* name = "sinc";
  static constexpr dtype_set dtypes = floating_dtypes;
  static constexpr double nanoseconds = 0.9;
  TENON_HD auto operator()(auto x) const {
    using X = decltype(x);
    const auto pi = number<X>(3.14159265358979323846), half_turns = math::round(x), rest = x - half_turns;
    const auto s = math::sin(rest * pi);
    const auto odd = half_turns != math::round(half_turns * number<X>(0.5)) * X(2);
    const auto infinite = math::abs(x) == number<X>(__builtin_huge_val());
    return select(x == X(0), X(1), select(infinite, X(0), select(odd, -s, s) / (x * pi)));
  }
};

struct deg2rad : floating_type {
  static constexpr const char* name = "deg2rad";
  static constexpr dtype_set dtypes = floating_dtypes;
  TENON_HD auto operator()(auto x) const { return x * number<decltype(x)>(0.017453292519943295769); }
};

struct rad2deg : floating_type {
  static constexpr const char* name = "rad2deg";
  static constexpr dtype_set dtypes = floating_dtypes;
  TENON_HD auto operator()(auto x) const { return x * number<decltype(x)>(57.295779513082320877); }
};

struct sinh : floating_type {
  static constexpr const char* name = "sinh";
  static constexpr dtype_set dtypes = analytic_dtypes;
  static constexpr double nanoseconds = 0.6;
  TENON_HD auto operator()(auto x) const { return math::sinh(x); }
};

struct cosh : floating_type {
  static constexpr const char* name = "cosh";
  static constexpr dtype_set dtypes = analytic_dtypes;
  static constexpr double nanoseconds = 0.6;
  TENON_HD auto operator()(auto x) const { return math::cosh(x); }
};

struct tanh : floating_type {
  static constexpr const char* name = "tanh";
  static constexpr dtype_set dtypes = analytic_dtypes;
  static constexpr double nanoseconds = 0.4;
  TENON_HD auto operator()(auto x) const { return math::tanh(x); }
};

struct asinh : floating_type {
  static constexpr const char* name = "asinh";
  static constexpr dtype_set dtypes = analytic_dtypes;
  static constexpr double nanoseconds = 0.8;
  TENON_HD auto operator()(auto x) const { return math::asinh(x); }
};

struct acosh : floating_type {
  static constexpr const char* name = "acosh";
  static constexpr dtype_set dtypes = analytic_dtypes;
  static constexpr double nanoseconds = 0.8;
  TENON_HD auto operator()(auto x) const { return math::acosh(x); }
};

struct atanh : floating_type {
  static constexpr const char* name = "atanh";
  static constexpr dtype_set dtypes = analytic_dtypes;
  static constexpr double nanoseconds = 0.8;
  TENON_HD auto operator()(auto x) const { return math::atanh(x); }
};

}  // namespace tenon::inline v0::functions
