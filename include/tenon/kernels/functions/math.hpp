#pragma once
// What functors are written with. A functor (core/expression.hpp) is called with the register forms of its operands and
// knows them by these properties only, so that the same functor serves every instruction set and, later, a GPU:
//
//   a vector of numbers   value_type, is_integer, mask_type; + - * /, comparison; select(mask, a, b)
//   a truth value         & | ^ ~; has no is_integer
//
// math::exp(x) calls the exp that belongs to x's type. The qualification is needed because, inside this namespace, `exp`
// is the functor of that name.
#include <tenon/core/expression.hpp>

namespace tenon::inline v0::functions {

template <class X>
concept truth = !requires {
  X::is_integer;
};
template <class X>
concept whole = !truth<X> && X::is_integer;
template <class X>
concept complex_valued = !truth<X> && complex_type<typename X::value_type>;
template <class X>
concept fractional = !truth<X> && !whole<X> && !complex_valued<X>;

// The constant c in every lane, rounded to X's type; cut to a whole number of its range if that is an integer.
template <class X>
TENON_ALWAYS_INLINE TENON_HD X number(double c) {
  using T = typename X::value_type;
  if constexpr (X::is_integer) {
    constexpr T low = std::numeric_limits<T>::lowest(), high = std::numeric_limits<T>::max();
    return X(c >= static_cast<double>(high) ? high : c <= static_cast<double>(low) ? low : static_cast<T>(c));
  } else {
    return X(static_cast<T>(c));
  }
}

// A result's type that is not one of the rules in core/expression.hpp: the real type of the promoted operands.
struct real_part_type {
  using rule = real_part_type;
  template <class... Ts>
  struct types {
    using common = promoted_t<Ts...>;
    using result = real_t<common>;
    using arguments = type_list<replace<common, Ts>...>;
  };
};

namespace math {

#define TENON_MATH_NAME(name)                          \
  template <class X, class... Rest>                    \
  TENON_ALWAYS_INLINE TENON_HD auto name(X x, Rest... rest) { \
    return name(x, rest...);                           \
  }
TENON_MATH_NAME(abs)
TENON_MATH_NAME(acos)
TENON_MATH_NAME(acosh)
TENON_MATH_NAME(asin)
TENON_MATH_NAME(asinh)
TENON_MATH_NAME(atan)
TENON_MATH_NAME(atan2)
TENON_MATH_NAME(atanh)
TENON_MATH_NAME(ceil)
TENON_MATH_NAME(copysign)
TENON_MATH_NAME(cos)
TENON_MATH_NAME(cosh)
TENON_MATH_NAME(digamma)
TENON_MATH_NAME(erf)
TENON_MATH_NAME(erfc)
TENON_MATH_NAME(erfcx)
TENON_MATH_NAME(erfinv)
TENON_MATH_NAME(exp)
TENON_MATH_NAME(exp2)
TENON_MATH_NAME(expm1)
TENON_MATH_NAME(floor)
TENON_MATH_NAME(fmod)
TENON_MATH_NAME(gcd)
TENON_MATH_NAME(hypot)
TENON_MATH_NAME(ldexp)
TENON_MATH_NAME(lgamma)
TENON_MATH_NAME(log)
TENON_MATH_NAME(log10)
TENON_MATH_NAME(log1p)
TENON_MATH_NAME(log2)
TENON_MATH_NAME(log_ndtr)
TENON_MATH_NAME(maximum)
TENON_MATH_NAME(minimum)
TENON_MATH_NAME(ndtr)
TENON_MATH_NAME(next_toward)
TENON_MATH_NAME(pow)
TENON_MATH_NAME(round)
TENON_MATH_NAME(rsqrt)
TENON_MATH_NAME(sin)
TENON_MATH_NAME(sinh)
TENON_MATH_NAME(sqrt)
TENON_MATH_NAME(tan)
TENON_MATH_NAME(tanh)
TENON_MATH_NAME(times_ndtr_below)
TENON_MATH_NAME(trunc)
#undef TENON_MATH_NAME

}  // namespace math

}  // namespace tenon::inline v0::functions
