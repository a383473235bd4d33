#pragma once
// Elements of 1, 2, 4, 8 or 16 bytes between a strided operand and a dense block: for the loop around elementwise kernels.
//
// Each size is compiled for itself, and squares of bytes by registers are much code: relu of float took the compiler a seventh longer
// with all five. So an expression brings along those of the sizes that it has, and the loop finds them by the size.
#include <tenon/kernels/cpu/arch.hpp>
#include <tenon/kernels/cpu/copy.hpp>
#include <tenon/kernels/cpu/simd.hpp>
#include <tenon/kernels/elementwise.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH {

namespace detail {

// n elements, `to_stride` and `from_stride` bytes apart.
template <index_t Item>
void copy_elements(std::byte* to, index_t to_stride, const std::byte* from, index_t from_stride, index_t n) {
  index_t i = 0;
  if constexpr (Item <= 8) {
    if (to_stride == Item && from_stride == -Item) {  // backwards: by registers
      using word = detail::word<static_cast<int>(Item)>;
      constexpr int N = lanes<word>;
      for (; i + N <= n; i += N) {
        const auto v = vec<word, N>::load(reinterpret_cast<const word*>(from - (i + N - 1) * Item)).lanes_array();
        [&]<int... J>(std::integer_sequence<int, J...>) TENON_INLINE_LAMBDA {
          vec<word, N>::from_array(shuffle<word, N, (N - 1 - J)...>(v, v))
              .store(reinterpret_cast<word*>(to + i * Item));
        }
        (std::make_integer_sequence<int, N>{});
      }
    }
  }
  for (; i < n; ++i) __builtin_memcpy(to + i * to_stride, from + i * from_stride, Item);
}

template <index_t Item, bool Asked>
constexpr element_mover mover() {
  if constexpr (Asked) return {&copy_elements<Item>, &copy_item<Item>::prefetched_tile};
  else return {};
}

}  // namespace detail

// For the sizes whose sum is `Sizes`.
template <unsigned Sizes>
inline constexpr element_movers movers = {{detail::mover<1, (Sizes & 1) != 0>(), detail::mover<2, (Sizes & 2) != 0>(), detail::mover<4, (Sizes & 4) != 0>(),
                                           detail::mover<8, (Sizes & 8) != 0>(), detail::mover<16, (Sizes & 16) != 0>()}};

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH
