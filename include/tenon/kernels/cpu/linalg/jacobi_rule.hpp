#pragma once
// One-sided Jacobi: when two columns count as orthogonal, and the limits of the iteration.
#include <tenon/kernels/cpu/linalg/real.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg {

template <class R>
struct jacobi_rule {
  // Columns of n numbers are orthogonal where |x.y| <= tol |x| |y|. sqrt(n) u is what rounding leaves of a product (xGESVJ's tol); below
  // 4 u, which are a rotation's own errors, short columns would be turned for ever.
  static R tolerance(index_t n) { return unit_roundoff<R> * larger_of(R(4), square_root(static_cast<R>(n))); }
  static constexpr index_t most_lane_sweeps = 16;                // random ones of order 2 to 32 take 2 to 8 on average; low rank takes more, and fewer alone
  // A column with a smaller square is scaled first: squares of products with others must keep their digits.
  static constexpr R least_square = sizeof(R) == 4 ? R(0x1p-40) : R(0x1p-400);
};

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg
