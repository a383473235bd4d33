#pragma once
// What a mask selects, CPU: count_true, then select_true (the elements) or true_positions (their indices).
//
// Method     64 bytes of the mask become a word of 64 bits; its ones are visited by counting trailing zeros. Words of zeros cost
//            nothing, and a word of ones is one copy. Elements are moved without knowing their type.
#include <tenon/kernels/context.hpp>
#include <tenon/kernels/cpu/simd.hpp>
#include <tenon/kernels/nonzero.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH {

namespace detail {

// Bit i is mask element i, for the first n <= 64.
TENON_INLINE std::uint64_t mask_bits(const bool* p, index_t n) {
  using M = mask<std::uint8_t>;
  constexpr int N = M::size;
  std::uint64_t bits = 0;
  index_t i = 0;
  for (; i + N <= n; i += N) bits |= M::load(p + i).to_bits() << i;
  if (i < n) bits |= (M::load(p + i, n - i) & M::first(n - i)).to_bits() << i;
  return bits;
}

// f(position of the word, its bits, its length) for each word of a block that has a true.
template <class F>
TENON_INLINE void for_each_word(const nonzero_plan& p, const bool* m, index_t block, F f) {
  const index_t begin = block * nonzero_plan::block, end = begin + nonzero_plan::block < p.n ? begin + nonzero_plan::block : p.n;
  for (index_t i = begin; i < end; i += 64) {
    const index_t n = end - i < 64 ? end - i : 64;
    if (const std::uint64_t bits = mask_bits(m + i, n)) f(i, bits, n);
  }
}

template <index_t Item>
void select_block(const nonzero_plan& p, const bool* m, index_t block, const std::byte* x, std::byte* out) {
  for_each_word(p, m, block, [&](index_t at, std::uint64_t bits, index_t) TENON_INLINE_LAMBDA {
    if (bits == ~std::uint64_t{0}) {
      __builtin_memcpy(out, x + at * Item, 64 * Item);
      out += 64 * Item;
      return;
    }
    for (; bits != 0; bits &= bits - 1, out += Item) __builtin_memcpy(out, x + (at + __builtin_ctzll(bits)) * Item, Item);
  });
}

}  // namespace detail

// The number of trues. Leaves in first[block] how many there are before each block.
inline index_t count_true(const context& ctx, const nonzero_plan& p, const bool* m, index_t* first) {
  ctx.parallel(p.blocks, [&](index_t block) {
    index_t count = 0;
    detail::for_each_word(p, m, block, [&](index_t, std::uint64_t bits, index_t) { count += __builtin_popcountll(bits); });
    first[block] = count;
  });
  index_t total = 0;
  for (index_t block = 0; block < p.blocks; ++block) {
    const index_t count = first[block];
    first[block] = total;
    total += count;
  }
  return total;
}

// The elements of x, dense and `item` bytes each, where the mask is true.
inline void select_true(const context& ctx, const nonzero_plan& p, const bool* m, const index_t* first, const std::byte* x, index_t item,
                        std::byte* out) {
  ctx.parallel(p.blocks, [&](index_t block) {
    std::byte* to = out + first[block] * item;
    switch (item) {
      case 1: return detail::select_block<1>(p, m, block, x, to);
      case 2: return detail::select_block<2>(p, m, block, x, to);
      case 4: return detail::select_block<4>(p, m, block, x, to);
      case 8: return detail::select_block<8>(p, m, block, x, to);
      default: return detail::select_block<16>(p, m, block, x, to);
    }
  });
}

// The indices of the trues in a mask of that rank and those extents: one row of `rank` numbers each.
inline void true_positions(const context& ctx, const nonzero_plan& p, const bool* m, const index_t* first, int rank, const index_t* extent,
                           index_t* out) {
  if (rank == 0) return;
  ctx.parallel(p.blocks, [&](index_t block) {
    index_t* to = out + first[block] * rank;
    // The index of the first element of the current line (the last dimension), and the line's end.
    index_t position[max_rank] = {};
    const index_t length = extent[rank - 1];
    index_t end = block * nonzero_plan::block / length * length;
    for (index_t d = rank - 2, rest = end / length; d >= 0; --d) {
      position[d] = rest % extent[d];
      rest /= extent[d];
    }
    end += length;
    detail::for_each_word(p, m, block, [&](index_t at, std::uint64_t bits, index_t) {
      for (; bits != 0; bits &= bits - 1, to += rank) {
        const index_t i = at + __builtin_ctzll(bits);
        for (; i >= end; end += length)
          for (int d = rank - 2; d >= 0; --d) {
            if (++position[d] < extent[d]) break;
            position[d] = 0;
          }
        for (int d = 0; d < rank - 1; ++d) to[d] = position[d];
        to[rank - 1] = i - (end - length);
      }
    });
  });
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH
