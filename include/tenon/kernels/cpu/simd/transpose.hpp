#pragma once
// Transposition of a square block held in registers: N rows of vec<T, N>, in log2(N) rounds of N two-source shuffles.
// Round h (N/2, ..., 2, 1) exchanges the upper-right and lower-left h x h blocks of each 2h x 2h block.
#include <tenon/kernels/cpu/simd/functions.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH {

namespace detail {

// From rows i and i + h: where column j has bit h clear take row i's own lane, else the other row's lane j - h; and the
// counterpart.
template <int H, class T, int N>
TENON_INLINE void exchange_blocks(vec<T, N>& upper, vec<T, N>& lower) {
  const auto a = upper.lanes_array(), b = lower.lanes_array();
  [&]<int... J>(std::integer_sequence<int, J...>) __attribute__((always_inline)) {
    upper = vec<T, N>::from_array(shuffle<T, N, ((J & H) != 0 ? N + J - H : J)...>(a, b));
    lower = vec<T, N>::from_array(shuffle<T, N, ((J & H) != 0 ? N + J : J + H)...>(a, b));
  }(std::make_integer_sequence<int, N>{});
}

template <int H, class T, int N>
TENON_INLINE void transpose_rounds(vec<T, N> (&rows)[N]) {
  if constexpr (H > 0) {
    [&]<int... I>(std::integer_sequence<int, I...>) __attribute__((always_inline)) {
      ((void)((I & H) == 0 ? exchange_blocks<H>(rows[I], rows[I | H]) : void()), ...);
    }(std::make_integer_sequence<int, N>{});
    transpose_rounds<H / 2>(rows);
  }
}

}  // namespace detail

template <class T, int N>
TENON_INLINE void transpose(vec<T, N> (&rows)[N]) {
  detail::transpose_rounds<N / 2>(rows);
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH
