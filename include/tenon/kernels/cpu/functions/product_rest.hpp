#pragma once
// product_rest(a, b, p): a b - p exactly, where p = a * b was rounded. What the product lost.
//
// With a fused multiply-add, that is one. Without, Dekker 1971: each factor is cut into two halves of its digits, whose
// four products are exact. (a must then lie below 2^100, or 2^990 for double: cutting multiplies it.)
#include <tenon/kernels/cpu/simd.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH {

template <class T, int N>
TENON_INLINE vec<T, N> product_rest(vec<T, N> a, vec<T, N> b, vec<T, N> p) {
  using V = vec<T, N>;
  if constexpr (has_fma) {
    return fms(a, b, p);
  } else {
    const V cut(static_cast<T>(sizeof(T) == 4 ? 4097 : 134217729));  // 2^12 + 1, 2^27 + 1
    const V ac = a * cut, a_high = ac - (ac - a), a_low = a - a_high;
    const V bc = b * cut, b_high = bc - (bc - b), b_low = b - b_high;
    return ((a_high * b_high - p) + a_high * b_low + a_low * b_high) + a_low * b_low;
  }
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH
