#pragma once
// Functors of the error function, the normal distribution and the gamma function. Contracts: ops/special.hpp.
#include <tenon/kernels/functions/math.hpp>

namespace tenon::inline v0::functions {

struct erf : floating_type {
  static constexpr const char* name = "erf";
  static constexpr dtype_set dtypes = floating_dtypes;
  static constexpr double nanoseconds = 0.4;
  TENON_HD auto operator()(auto x) const { return math::erf(x); }
};

struct erfc : floating_type {
  static constexpr const char* name = "erfc";
  static constexpr dtype_set dtypes = floating_dtypes;
  static constexpr double nanoseconds = 1.5;
  TENON_HD auto operator()(auto x) const { return math::erfc(x); }
};

struct erfcx : floating_type {
  static constexpr const char* name = "erfcx";
  static constexpr dtype_set dtypes = floating_dtypes;
  static constexpr double nanoseconds = 2.0;
  TENON_HD auto operator()(auto x) const { return math::erfcx(x); }
};

struct erfinv : floating_type {
  static constexpr const char* name = "erfinv";
  static constexpr dtype_set dtypes = floating_dtypes;
  static constexpr double nanoseconds = 1.5;
  TENON_HD auto operator()(auto x) const { return math::erfinv(x); }
};

struct ndtr : floating_type {
  static constexpr const char* name = "ndtr";
  static constexpr dtype_set dtypes = floating_dtypes;
  static constexpr double nanoseconds = 0.4;
  TENON_HD auto operator()(auto x) const { return math::ndtr(x); }
};

struct log_ndtr : floating_type {
  static constexpr const char* name = "log_ndtr";
  static constexpr dtype_set dtypes = floating_dtypes;
  static constexpr double nanoseconds = 1.5;
  TENON_HD auto operator()(auto x) const { return math::log_ndtr(x); }
};

struct lgamma : floating_type {
  static constexpr const char* name = "lgamma";
  static constexpr dtype_set dtypes = floating_dtypes;
  static constexpr double nanoseconds = 20.0;
  TENON_HD auto operator()(auto x) const { return math::lgamma(x); }
};

struct digamma : floating_type {
  static constexpr const char* name = "digamma";
  static constexpr dtype_set dtypes = floating_dtypes;
  static constexpr double nanoseconds = 4.0;
  TENON_HD auto operator()(auto x) const { return math::digamma(x); }
};

}  // namespace tenon::inline v0::functions
