#pragma once
// Functors that look at or replace parts of a number: its sign, what is not finite, its neighbour. Contracts: ops/sign.hpp.
#include <tenon/kernels/functions/math.hpp>

namespace tenon::inline v0::functions {

struct sign : same_type {
  static constexpr const char* name = "sign";
  static constexpr dtype_set dtypes = real_dtypes;
  TENON_HD auto operator()(auto x) const {
    using X = decltype(x);
    if constexpr (truth<X>)
      return x;
    else
      return select(x > X(0), X(1), select(x < X(0), number<X>(-1), x));
  }
};

// sign; of a complex number z / |z|.
struct sgn : same_type {
  static constexpr const char* name = "sgn";
  TENON_HD auto operator()(auto x) const {
    using X = decltype(x);
    if constexpr (complex_valued<X>) {
      const auto r = math::hypot(x.re, x.im);
      return select(r == decltype(r)(0), X(0), X(x.re / r, x.im / r));
    } else {
      return sign{}(x);
    }
  }
};

struct copysign : floating_type {
  static constexpr const char* name = "copysign";
  static constexpr dtype_set dtypes = floating_dtypes;
  TENON_HD auto operator()(auto magnitude, auto sign) const { return math::copysign(magnitude, sign); }
};

struct heaviside : same_type {
  static constexpr const char* name = "heaviside";
  static constexpr dtype_set dtypes = real_dtypes;
  TENON_HD auto operator()(auto x, auto at_zero) const {
    using X = decltype(x);
    if constexpr (truth<X>)
      return x | at_zero;
    else
      return select(x > X(0), X(1), select(x < X(0), X(0), select(x == X(0), at_zero, x)));
  }
};

// The replacements come as operands: the largest value of a half type does not follow from the type it is computed in.
struct nan_to_num : same_type {
  static constexpr const char* name = "nan_to_num";
  TENON_HD auto operator()(auto x, auto nan, auto highest, auto lowest) const {
    using X = decltype(x);
    if constexpr (complex_valued<X>)                         // each part by itself
      return X{(*this)(x.re, nan.re, highest.re, lowest.re), (*this)(x.im, nan.re, highest.re, lowest.re)};
    else if constexpr (fractional<X>)
      return replaced(x, nan, highest, lowest);
    else
      return x;
  }

 private:
  template <class X>
  TENON_HD static X replaced(X x, X nan, X highest, X lowest) {
    const auto infinity = number<X>(__builtin_huge_val());
    return select(x != x, nan, select(x == infinity, highest, select(x == -infinity, lowest, x)));
  }
};

// T: the type whose neighbours are counted, which for half types is not the type that is computed in.
template <class T>
struct nextafter : same_type {
  static constexpr const char* name = "nextafter";
  static constexpr dtype_set dtypes = floating_dtypes;
  static constexpr double nanoseconds = 0.3;
  TENON_HD auto operator()(auto from, auto to) const { return math::next_toward(from, to, type_tag<T>{}); }
};

}  // namespace tenon::inline v0::functions
