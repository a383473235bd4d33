#pragma once
// Scaling before an iteration, by powers of two: exact.
#include <tenon/kernels/cpu/linalg/real.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg {

// A power of two that brings `largest` near 1, if it is so far from it that products of a few entries could overflow or
// vanish; else 1.
template <class R>
R safe_factor(R largest) {
  constexpr R far = sizeof(R) == 4 ? R(0x1p30) : R(0x1p300);
  if (largest == 0 || (largest < far && largest > 1 / far)) return 1;
  const R power = power_of_two_below(largest);
  // 1 / power overflows where `largest` is subnormal: then as far as the largest power of two goes.
  return power < smallest_normal<R> ? 1 / (2 * smallest_normal<R>) : 1 / power;
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg
