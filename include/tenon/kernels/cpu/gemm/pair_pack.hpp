#pragma once
// Packing for a processor's bfloat16 instructions: tiles of 16 lines by 32 numbers along k.
//
// The instructions take numbers that follow one another along k two by two, as one word of 32 bits. A line is a row of A or a column of B;
// a panel is 16 lines, tile after tile along k, filled up with zeros; the panels of a block follow one another.
//
//   of A, by lines   word 16 l + p of a tile is pair p of line l
//   of B, by pairs   word 16 p + l
//
// Smallest   What comes of a product of tiny factors depends on the instruction, so for each line the smallest magnitude other than zero
//            is found on the way: as the bits of |x| less one, where a zero, which harms nothing, is the largest number of 16 bits.
#include <tenon/kernels/cpu/gemm/types.hpp>
#include <tenon/kernels/cpu/simd/bfloat16_unit.hpp>

#if defined(TENON_HAS_BFLOAT16_UNITS)
namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::gemm {

inline constexpr index_t panel_lines = kernels::detail::matmul::panel_lines, tile_depth = kernels::detail::matmul::tile_depth;
inline constexpr index_t tile_words = panel_lines * tile_depth / 2;

inline constexpr std::uint16_t nothing_smaller = 0xffff;

enum class pair_order { by_lines, by_pairs };

template <int N>
TENON_INLINE vec<std::uint16_t, N> smaller_of(vec<std::uint16_t, N> a, vec<std::uint16_t, N> b) {
  const auto x = a.lanes_array(), y = b.lanes_array();
  return vec<std::uint16_t, N>::from_array(x < y ? x : y);                 // one instruction; that of select and < is three
}
template <int N>
TENON_INLINE vec<std::uint16_t, N> magnitude_less_one(vec<std::uint16_t, N> bits) {
  return (bits & vec<std::uint16_t, N>(std::uint16_t{0x7fff})) - vec<std::uint16_t, N>(std::uint16_t{1});
}
TENON_INLINE void keep_smaller(std::uint16_t& least, std::uint16_t x) { least = x < least ? x : least; }

// Of n numbers that follow one another.
inline std::uint16_t smallest_magnitude(const std::uint16_t* x, index_t n) {
  using V = vec<std::uint16_t>;
  constexpr index_t N = lanes<std::uint16_t>;
  V least(nothing_smaller);
  index_t i = 0;
  for (; i + N <= n; i += N) least = smaller_of(least, magnitude_less_one(V::load(x + i)));
  if (i < n) least = smaller_of(least, magnitude_less_one(V::load(x + i, n - i)));
  return reduce([](auto a, auto b) __attribute__((always_inline)) { return smaller_of(a, b); }, least);
}

// A panel of lines that are dense along k.
template <pair_order Order>
void pack_dense_lines(std::uint32_t* to, const std::uint16_t* from, index_t from_line, index_t lines, index_t k, std::uint16_t* least) {
  using pairs = vec<std::uint32_t>;
  using numbers = vec<std::uint16_t>;
  for (index_t l = 0; l < lines; ++l) keep_smaller(least[l], smallest_magnitude(from + l * from_line, k));
  for (index_t j = 0; j < k; j += tile_depth, to += tile_words) {
    const index_t count = smaller(k - j, tile_depth);
    pairs line[panel_lines];
    for (index_t l = 0; l < panel_lines; ++l)
      line[l] = l < lines ? bitcast<std::uint32_t>(numbers::load(from + l * from_line + j, count)) : pairs(0u);
    if constexpr (Order == pair_order::by_pairs) transpose(line);
    TENON_UNROLL(16)
    for (int l = 0; l < panel_lines; ++l) line[l].store(to + l * panel_lines);
  }
}

// n numbers `step` apart; the others are zero.
TENON_INLINE vec<std::uint16_t, panel_lines> load_strided(const std::uint16_t* from, index_t step, index_t n) {
  using numbers = vec<std::uint16_t, panel_lines>;
  if (step == 1) return numbers::load(from, n);
  std::uint16_t buffer[panel_lines] = {};
  for (index_t i = 0; i < n; ++i) buffer[i] = from[i * step];
  return numbers::load(buffer);
}

// The numbers j and j + 1 of n lines, if there are as many along k, as words; and their magnitudes.
TENON_INLINE vec<std::uint32_t, panel_lines> load_pairs(const std::uint16_t* from, index_t from_line, index_t from_k, index_t n, index_t j,
                                                        index_t k, std::uint16_t* least) {
  using numbers = vec<std::uint16_t, panel_lines>;
  numbers x(std::uint16_t{0}), y(std::uint16_t{0});
  if (j < k) x = load_strided(from + j * from_k, from_line, n);
  if (j + 1 < k) y = load_strided(from + (j + 1) * from_k, from_line, n);
  smaller_of(numbers::load(least), smaller_of(magnitude_less_one(x), magnitude_less_one(y))).store(least);
  return convert<std::uint32_t>(x) | convert<std::uint32_t>(y) << 16;
}

// All panels of lines that lie side by side: their rows, which may be pages apart, one after the other.
inline void pack_rows(std::uint32_t* to, const std::uint16_t* from, index_t from_line, index_t from_k, index_t lines, index_t k, index_t panel,
                      std::uint16_t* least) {
  for (index_t j = 0; 8 * j < panel; j += 2, to += panel_lines)
    for (index_t l = 0; l < lines; l += panel_lines)
      load_pairs(from + l * from_line, from_line, from_k, smaller(lines - l, panel_lines), j, k, least + l).store(to + l / panel_lines * panel);
}

// A panel of lines that are not dense along k, by lines.
inline void pack_columns(std::uint32_t* to, const std::uint16_t* from, index_t from_line, index_t from_k, index_t lines, index_t k,
                         std::uint16_t* least) {
  for (index_t j = 0; j < k; j += tile_depth, to += tile_words) {
    vec<std::uint32_t> line[panel_lines];
    for (index_t p = 0; p < panel_lines; ++p) line[p] = load_pairs(from, from_line, from_k, lines, j + 2 * p, k, least);
    transpose(line);
    TENON_UNROLL(16)
    for (int l = 0; l < panel_lines; ++l) line[l].store(to + l * panel_lines);
  }
}

// All panels of a block of `lines` x k; least[l] becomes the smaller of what it was and what line l holds. There is room in it for whole panels.
template <pair_order Order>
void pack_panels(std::uint32_t* to, const bfloat16* block, index_t from_line, index_t from_k, index_t lines, index_t k, std::uint16_t* least) {
  const std::uint16_t* const from = reinterpret_cast<const std::uint16_t*>(block);
  const index_t panel = (k + tile_depth - 1) / tile_depth * tile_words;
  if (Order == pair_order::by_pairs && from_k != 1) return pack_rows(to, from, from_line, from_k, lines, k, panel, least);
  for (index_t l = 0; l < lines; l += panel_lines, to += panel) {
    const index_t count = smaller(lines - l, panel_lines);
    if (from_k == 1) pack_dense_lines<Order>(to, from + l * from_line, from_line, count, k, least + l);
    else pack_columns(to, from + l * from_line, from_line, from_k, count, k, least + l);
  }
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::gemm
#endif
