#pragma once
// Functors of powers, products with powers, and lengths. Contracts: ops/power.hpp.
#include <tenon/kernels/functions/math.hpp>

namespace tenon::inline v0::functions {

// Everything is computed and returned as double (complex: complex<double>).
struct double_type {
  using rule = double_type;
  static constexpr scalar_rule scalars = scalar_rule::widen;
  template <class... Ts>
  struct types {
    using result = std::conditional_t<complex_type<promoted_t<Ts...>>, std::complex<double>, double>;
    using arguments = type_list<replace<result, Ts>...>;
  };
};

// By squaring, over the bits of the exponent. 1 / a^|n| cut to an integer where n < 0: not 0 only for a = 1 and -1.
TENON_HD auto whole_power(auto a, auto n) {
  using X = decltype(a);
  const auto odd = (n & X(1)) != X(0);
  auto power = X(1), square = a;
  if constexpr (std::is_signed_v<typename X::value_type>) {
    const auto negative = n < X(0);
    const auto unit = select(a == X(1), X(1), select(a == number<X>(-1), select(odd, number<X>(-1), X(1)), X(0)));
    for (auto rest = select(negative, X(0), n); any(rest != X(0)); rest = rest >> 1) {
      power = select((rest & X(1)) != X(0), power * square, power);
      square = square * square;
    }
    return select(negative, unit, power);
  } else {
    for (auto rest = n; any(rest != X(0)); rest = rest >> 1) {
      power = select((rest & X(1)) != X(0), power * square, power);
      square = square * square;
    }
    return power;
  }
}

struct pow : same_type {
  static constexpr const char* name = "pow";
  static constexpr dtype_set dtypes = numeric_dtypes | complex_dtypes;
  static constexpr double nanoseconds = 1.5;
  TENON_HD auto operator()(auto a, auto b) const {
    if constexpr (whole<decltype(a)>)
      return whole_power(a, b);
    else
      return math::pow(a, b);
  }
};

struct float_power : double_type {
  static constexpr const char* name = "float_power";
  static constexpr double nanoseconds = 3.0;
  TENON_HD auto operator()(auto a, auto b) const { return math::pow(a, b); }
};

struct hypot : floating_type {
  static constexpr const char* name = "hypot";
  static constexpr dtype_set dtypes = floating_dtypes;
  static constexpr double nanoseconds = 0.4;
  TENON_HD auto operator()(auto a, auto b) const { return math::hypot(a, b); }
};

struct ldexp : floating_type {
  static constexpr const char* name = "ldexp";
  static constexpr dtype_set dtypes = floating_dtypes;
  static constexpr double nanoseconds = 0.5;
  TENON_HD auto operator()(auto x, auto n) const { return math::ldexp(x, n); }
};

// 0 where x is 0, even beside log 0; NaN where y is NaN.
struct xlogy : floating_type {
  static constexpr const char* name = "xlogy";
  static constexpr dtype_set dtypes = floating_dtypes;
  static constexpr double nanoseconds = 0.4;
  TENON_HD auto operator()(auto x, auto y) const {
    using X = decltype(x);
    return select((x == X(0)) & (y == y), X(0), x * math::log(y));
  }
};

// The larger plus log(1 + e^-distance): no overflow. Equal infinities have no distance and are the answer themselves.
struct logaddexp : floating_type {
  static constexpr const char* name = "logaddexp";
  static constexpr dtype_set dtypes = floating_dtypes;
  static constexpr double nanoseconds = 0.8;
  TENON_HD auto operator()(auto a, auto b) const {
    using X = decltype(a);
    const auto distance = select(a == b, X(0), math::abs(a - b));
    return math::maximum(a, b) + math::log1p(math::exp(-distance));
  }
};

struct logaddexp2 : floating_type {
  static constexpr const char* name = "logaddexp2";
  static constexpr dtype_set dtypes = floating_dtypes;
  static constexpr double nanoseconds = 0.8;
  TENON_HD auto operator()(auto a, auto b) const {
    using X = decltype(a);
    const auto distance = select(a == b, X(0), math::abs(a - b));
    return fma(math::log1p(math::exp2(-distance)), number<X>(1.4426950408889634), math::maximum(a, b));
  }
};

}  // namespace tenon::inline v0::functions
