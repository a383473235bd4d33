#pragma once
// Functors that take complex numbers apart. Contracts: ops/complex.hpp.
#include <tenon/kernels/functions/math.hpp>

namespace tenon::inline v0::functions {

struct conj : same_type {
  static constexpr const char* name = "conj";
  TENON_HD auto operator()(auto x) const {
    if constexpr (complex_valued<decltype(x)>)
      return decltype(x)(x.re, -x.im);
    else
      return x;
  }
};

struct real : real_part_type {
  static constexpr const char* name = "real";
  TENON_HD auto operator()(auto x) const {
    if constexpr (complex_valued<decltype(x)>)
      return x.re;
    else
      return x;
  }
};

struct imag : real_part_type {
  static constexpr const char* name = "imag";
  static constexpr dtype_set dtypes = complex_dtypes;
  TENON_HD auto operator()(auto x) const { return x.im; }
};

// Of a real number 0 or pi.
struct angle {
  static constexpr const char* name = "angle";
  static constexpr double nanoseconds = 0.9;
  struct rule {
    template <class T>
    struct types {
      using result = real_t<at_least_float<T>>;
      using arguments = type_list<at_least_float<T>>;
    };
  };
  TENON_HD auto operator()(auto x) const {
    using X = decltype(x);
    if constexpr (complex_valued<X>)
      return math::atan2(x.im, x.re);
    else
      return select(x < X(0), number<X>(3.14159265358979323846), select(x == x, X(0), x));
  }
};

}  // namespace tenon::inline v0::functions
