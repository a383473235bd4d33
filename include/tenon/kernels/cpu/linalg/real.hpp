#pragma once
// What the iterations on real numbers need beside scalar.hpp.
#include <tenon/kernels/cpu/linalg/scalar.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg {

template <class R>
inline constexpr R unit_roundoff = std::numeric_limits<R>::epsilon() / 2;        // 2^-53, 2^-24: what LAPACK calls eps

template <class R>
TENON_INLINE R larger_of(R a, R b) {
  return a > b ? a : b;
}
template <class R>
TENON_INLINE R smaller_of(R a, R b) {
  return a < b ? a : b;
}
template <class T>
TENON_INLINE void exchange(T& a, T& b) {
  const T t = a;
  a = b;
  b = t;
}

// The power of two at or below |x|: to scale by it is exact. x is finite and not zero.
template <class R>
TENON_INLINE R power_of_two_below(R x) {
  if constexpr (sizeof(R) == 4) return __builtin_ldexpf(1.0f, __builtin_ilogbf(x));
  else return __builtin_ldexp(1.0, __builtin_ilogb(x));
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg
