#pragma once
// Transposition of a square block held in registers: N rows of vec<T, N>, in log2(N) rounds of N two-source shuffles.
//
// Round h (N/2, ..., 2, 1) exchanges the upper-right and lower-left h x h blocks of each 2h x 2h block. Rows of 128 bits are
// interleaved instead, row i with row i + N/2, which is one instruction for every T, where SSE2 has none that exchanges bytes:
// a round rotates the bits of an element's number, row N + column, by one place, and log2(N) rounds swap row and column.
#include <tenon/kernels/cpu/simd/functions.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH {

namespace detail {

// From rows i and i + h: where column j has bit h clear take row i's own lane, else the other row's lane j - h; and the
// counterpart.
template <int H, class T, int N>
TENON_ALWAYS_INLINE void exchange_blocks(vec<T, N>& upper, vec<T, N>& lower) {
  const auto a = upper.lanes_array(), b = lower.lanes_array();
  [&]<int... J>(std::integer_sequence<int, J...>) TENON_INLINE_LAMBDA {
    upper = vec<T, N>::from_array(shuffle<T, N, ((J & H) != 0 ? N + J - H : J)...>(a, b));
    lower = vec<T, N>::from_array(shuffle<T, N, ((J & H) != 0 ? N + J : J + H)...>(a, b));
  }(std::make_integer_sequence<int, N>{});
}

template <int H, class T, int N>
TENON_ALWAYS_INLINE void transpose_rounds(vec<T, N> (&rows)[N]) {
  if constexpr (H > 0) {
    [&]<int... I>(std::integer_sequence<int, I...>) TENON_INLINE_LAMBDA {
      ((void)((I & H) == 0 ? exchange_blocks<H>(rows[I], rows[I | H]) : void()), ...);
    }(std::make_integer_sequence<int, N>{});
    transpose_rounds<H / 2>(rows);
  }
}

// The first, or the second, half of a and b's lanes in turn.
template <int Half, class T, int N>
TENON_ALWAYS_INLINE vec<T, N> interleave(const vec<T, N>& a, const vec<T, N>& b) {
  return [&]<int... J>(std::integer_sequence<int, J...>) TENON_INLINE_LAMBDA {
    return vec<T, N>::from_array(shuffle<T, N, (Half * N / 2 + J / 2 + J % 2 * N)...>(a.lanes_array(), b.lanes_array()));
  }(std::make_integer_sequence<int, N>{});
}

template <int Rounds, class T, int N>
TENON_ALWAYS_INLINE void interleave_rounds(vec<T, N> (&rows)[N]) {
  if constexpr (Rounds > 1) {
    [&]<int... I>(std::integer_sequence<int, I...>) TENON_INLINE_LAMBDA {
      const vec<T, N> next[N] = {(I % 2 == 0 ? interleave<0>(rows[I / 2], rows[(I + N) / 2]) : interleave<1>(rows[I / 2], rows[(I + N) / 2]))...};
      ((void)(rows[I] = next[I]), ...);
    }(std::make_integer_sequence<int, N>{});
    interleave_rounds<Rounds / 2>(rows);
  }
}

}  // namespace detail

template <class T, int N>
TENON_ALWAYS_INLINE void transpose(vec<T, N> (&rows)[N]) {
  if constexpr (N * sizeof(T) == 16)
    detail::interleave_rounds<N>(rows);
  else
    detail::transpose_rounds<N / 2>(rows);
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH
