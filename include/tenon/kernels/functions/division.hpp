#pragma once
// Functors of integer division and its relatives. Contracts: ops/division.hpp.
#include <tenon/kernels/functions/math.hpp>

namespace tenon::inline v0::functions {

// Where a division that truncates has to be corrected to one that rounds down: a remainder of the other sign than b.
TENON_HD auto wrong_side(auto remainder, auto b) {
  using X = decltype(b);
  return (remainder != X(0)) & ((remainder < X(0)) ^ (b < X(0)));
}

struct fmod : same_type {
  static constexpr const char* name = "fmod";
  static constexpr dtype_set dtypes = numeric_dtypes;
  static constexpr double nanoseconds = 1.0;
  TENON_HD auto operator()(auto a, auto b) const {
    using X = decltype(a);
    if constexpr (whole<X>)
      return select(b == X(0), X(0), a - a / b * b);
    else
      return math::fmod(a, b);
  }
};

struct remainder : same_type {
  static constexpr const char* name = "remainder";
  static constexpr dtype_set dtypes = numeric_dtypes;
  static constexpr double nanoseconds = 1.0;
  TENON_HD auto operator()(auto a, auto b) const {
    const auto r = fmod{}(a, b);
    return select(wrong_side(r, b), r + b, r);
  }
};

struct floor_divide : same_type {
  static constexpr const char* name = "floor_divide";
  static constexpr dtype_set dtypes = numeric_dtypes;
  static constexpr double nanoseconds = 1.0;
  TENON_HD auto operator()(auto a, auto b) const {
    using X = decltype(a);
    if constexpr (whole<X>) {
      const auto q = a / b;  // 0 where b is 0
      return select((b != X(0)) & wrong_side(a - q * b, b), q - X(1), q);
    } else {
      // (a - r) / b is a whole number but for its rounding, which the last steps take away (CPython's float floor division).
      const auto r = math::fmod(a, b), q = (a - r) / b;
      const auto down = select(wrong_side(r, b), q - X(1), q), whole_part = math::floor(down);
      const auto nearest = select(down - whole_part > number<X>(0.5), whole_part + X(1), whole_part);
      const auto zero = math::copysign(X(0), a / b);
      return select(b == X(0), a / b, select(down == X(0), zero, nearest));
    }
  }
};

struct gcd : same_type {
  static constexpr const char* name = "gcd";
  static constexpr dtype_set dtypes = integer_dtypes;
  static constexpr double nanoseconds = 20.0;
  TENON_HD auto operator()(auto a, auto b) const { return math::gcd(a, b); }
};

struct lcm : same_type {
  static constexpr const char* name = "lcm";
  static constexpr dtype_set dtypes = integer_dtypes;
  static constexpr double nanoseconds = 20.0;
  TENON_HD auto operator()(auto a, auto b) const { return math::abs(a / math::gcd(a, b) * b); }  // 0 / 0 is 0
};

}  // namespace tenon::inline v0::functions
