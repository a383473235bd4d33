#pragma once
// convert_value: Tenon's one rule for turning a value of one element type into another, for single values.
//
//   anything -> bool     whether it is not zero (NaN is true)
//   integer  -> integer  wraps, modulo 2^width
//   floating -> integer  truncates towards zero and saturates; NaN becomes 0
//   anything -> floating rounds once, to nearest, ties to even
//   real     -> complex  imaginary part 0;   complex -> real  the real part
// Total: there is no value for which it is undefined. Kernels follow the same rule in vectors.
#include <tenon/core/dtype.hpp>

#include <limits>

namespace tenon::inline v0 {

template <class To, class From>
  requires(!complex_type<To> && !complex_type<From>)
TENON_HD constexpr To convert_value(const From& x) {
  if constexpr (std::is_same_v<To, From>) {
    return x;
  } else if constexpr (std::is_same_v<To, bool>) {
    return x != From{};
  } else if constexpr (half_type<From>) {
    return convert_value<To>(float(x));
  } else if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) {
    constexpr To lowest = std::numeric_limits<To>::lowest(), max = std::numeric_limits<To>::max();
    // 2^digits is one more than the largest To, and exact.
    constexpr From end = static_cast<From>(To{1} << (std::numeric_limits<To>::digits - 1)) * From{2};
    if (!(x == x)) return To{0};
    if (x >= end) return max;
    if (x <= static_cast<From>(lowest)) return lowest;
    return static_cast<To>(x);
  } else {
    return static_cast<To>(x);
  }
}

// std::complex is not marked for a GPU: kernels call these as the constexpr functions that they are.
template <class To, class From>
  requires(complex_type<To> || complex_type<From>)
constexpr To convert_value(const From& x) {
  if constexpr (std::is_same_v<To, From>)
    return x;
  else if constexpr (std::is_same_v<To, bool>)
    return x != From{};
  else if constexpr (complex_type<To> && complex_type<From>)
    return To(static_cast<real_t<To>>(x.real()), static_cast<real_t<To>>(x.imag()));
  else if constexpr (complex_type<From>)
    return convert_value<To>(x.real());
  else
    return To(convert_value<real_t<To>>(x));
}

}  // namespace tenon::inline v0
