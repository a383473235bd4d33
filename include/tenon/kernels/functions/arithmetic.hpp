#pragma once
// Functors of the four operations and what is made of them. Contracts: ops/arithmetic.hpp.
#include <tenon/kernels/functions/math.hpp>

namespace tenon::inline v0::functions {

inline constexpr dtype_set signed_arithmetic_dtypes = numeric_dtypes | complex_dtypes;  // everything but bool

struct add : same_type {
  static constexpr const char* name = "add";
  TENON_HD auto operator()(auto a, auto b) const {
    if constexpr (truth<decltype(a)>)
      return a | b;
    else
      return a + b;
  }
};

struct sub : same_type {
  static constexpr const char* name = "sub";
  static constexpr dtype_set dtypes = signed_arithmetic_dtypes;
  TENON_HD auto operator()(auto a, auto b) const { return a - b; }
};

struct mul : same_type {
  static constexpr const char* name = "mul";
  TENON_HD auto operator()(auto a, auto b) const {
    if constexpr (truth<decltype(a)>)
      return a & b;
    else
      return a * b;
  }
};

struct div : floating_type {
  static constexpr const char* name = "div";
  TENON_HD auto operator()(auto a, auto b) const { return a / b; }
};

// a + c * b, in one rounding where the instruction set has a fused multiply-add.
struct add_scaled : same_type {
  static constexpr const char* name = "add";
  TENON_HD auto operator()(auto a, auto b, auto c) const {
    if constexpr (truth<decltype(a)>)
      return a | (b & c);
    else if constexpr (complex_valued<decltype(a)>)
      return a + b * c;
    else
      return fma(b, c, a);
  }
};

struct sub_scaled : same_type {
  static constexpr const char* name = "sub";
  static constexpr dtype_set dtypes = signed_arithmetic_dtypes;
  TENON_HD auto operator()(auto a, auto b, auto c) const {
    if constexpr (complex_valued<decltype(a)>)
      return a - b * c;
    else
      return fnma(b, c, a);
  }
};

struct neg : same_type {
  static constexpr const char* name = "neg";
  static constexpr dtype_set dtypes = signed_arithmetic_dtypes;
  TENON_HD auto operator()(auto x) const { return -x; }
};

struct positive : same_type {
  static constexpr const char* name = "positive";
  static constexpr dtype_set dtypes = signed_arithmetic_dtypes;
  TENON_HD auto operator()(auto x) const { return x; }
};

struct abs : real_part_type {
  static constexpr const char* name = "abs";
  static constexpr dtype_set dtypes = signed_arithmetic_dtypes;
  TENON_HD auto operator()(auto x) const {
    if constexpr (complex_valued<decltype(x)>)
      return math::hypot(x.re, x.im);
    else
      return math::abs(x);
  }
};

// Of bools an int64, as the power of two that it is.
struct square {
  static constexpr const char* name = "square";
  struct rule {
    template <class T>
    struct types {
      using result = std::conditional_t<std::is_same_v<T, bool>, std::int64_t, T>;
      using arguments = type_list<result>;
    };
  };
  TENON_HD auto operator()(auto x) const { return x * x; }
};

struct reciprocal : floating_type {
  static constexpr const char* name = "reciprocal";
  TENON_HD auto operator()(auto x) const { return decltype(x)(1) / x; }
};

struct sqrt : floating_type {
  static constexpr const char* name = "sqrt";
  static constexpr double nanoseconds = 0.2;
  TENON_HD auto operator()(auto x) const { return math::sqrt(x); }
};

struct rsqrt : floating_type {
  static constexpr const char* name = "rsqrt";
  static constexpr double nanoseconds = 0.3;
  TENON_HD auto operator()(auto x) const {
    if constexpr (complex_valued<decltype(x)>)
      return decltype(x)(1) / math::sqrt(x);
    else
      return math::rsqrt(x);
  }
};

// x + (value * a) * b
struct addcmul : same_type {
  static constexpr const char* name = "addcmul";
  static constexpr dtype_set dtypes = signed_arithmetic_dtypes;
  TENON_HD auto operator()(auto x, auto a, auto b, auto value) const {
    if constexpr (complex_valued<decltype(x)>)
      return x + (value * a) * b;
    else
      return fma(value * a, b, x);
  }
};

// x + value * a / b
struct addcdiv : same_type {
  static constexpr const char* name = "addcdiv";
  static constexpr dtype_set dtypes = floating_dtypes | complex_dtypes;
  static constexpr double nanoseconds = 0.2;
  TENON_HD auto operator()(auto x, auto a, auto b, auto value) const { return x + (value * a) / b; }
};

// a + w (b - a), from the end that is nearer, so that w = 1 gives b exactly.
struct lerp : same_type {
  static constexpr const char* name = "lerp";
  static constexpr dtype_set dtypes = floating_dtypes | complex_dtypes;
  TENON_HD auto operator()(auto a, auto b, auto w) const {
    using X = decltype(a);
    const auto distance = b - a;
    if constexpr (complex_valued<X>) {
      return select(math::abs(w.re) < number<decltype(w.re)>(0.5), a + w * distance, b - (X(1) - w) * distance);
    } else {
      return select(math::abs(w) < number<X>(0.5), fma(w, distance, a), fnma(distance, X(1) - w, b));
    }
  }
};

}  // namespace tenon::inline v0::functions
