#pragma once
// hypot: sqrt(a^2 + b^2) without overflow or underflow on the way.
//
// Method     Both operands are scaled by one power of two where the larger is so large or so small that its square would
//            leave the range of normal numbers; then sqrt(fma(a, a, b b)).
// Precision  (1 + 1/2 + 1/4) u relative: b b and the sum are rounded, the root halves that, and is rounded. Below 1.8 ulp;
//            2.3 without fused multiply-add.
// Special    inf if either is infinite, even beside NaN; else NaN if either is NaN.
#include <tenon/kernels/cpu/simd.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH {

template <class T, int N>
TENON_INLINE vec<T, N> hypot(vec<T, N> a, vec<T, N> b) {
  using V = vec<T, N>;
  constexpr bool single = sizeof(T) == 4;
  const V infinity(std::numeric_limits<T>::infinity()), one(T{1});
  const V x = abs(a), y = abs(b), larger = select(x > y, x, y);
  const auto large = larger > V(static_cast<T>(single ? 0x1p60 : 0x1p500)),
             small = larger < V(static_cast<T>(single ? 0x1p-50 : 0x1p-450));
  const V down = select(large, V(static_cast<T>(single ? 0x1p-70 : 0x1p-600)), one),
          up = select(small, V(static_cast<T>(single ? 0x1p80 : 0x1p600)), one);
  const V scale = down * up, back = select(large, V(static_cast<T>(single ? 0x1p70 : 0x1p600)),
                                           select(small, V(static_cast<T>(single ? 0x1p-80 : 0x1p-600)), one));
  const V p = x * scale, q = y * scale;
  const V r = sqrt(fma(p, p, q * q)) * back;
  return select((x == infinity) | (y == infinity), infinity, r);
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH
