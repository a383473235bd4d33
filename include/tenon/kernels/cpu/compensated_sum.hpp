#pragma once
// compensated_sum: a sum of many terms whose error does not grow with their number.
#include <tenon/kernels/cpu/simd.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::detail {

// A sum of many terms: blocks are added up with the error of each addition kept. (Knuth's two-sum; Ogita, Rump & Oishi 2005.)
template <class C>
struct compensated_sum {
  C sum = 0, error = 0;
  TENON_INLINE void add(C x) {
    const C s = sum + x, b = s - sum;
    error += (sum - (s - b)) + (x - b);
    sum = s;
  }
  // An infinite or NaN sum has a NaN error.
  TENON_INLINE C value() const { return error == error ? sum + error : sum; }
};

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::detail
