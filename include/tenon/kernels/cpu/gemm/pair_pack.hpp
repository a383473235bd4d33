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

TENON_INLINE std::uint16_t smallest_lane(vec<std::uint16_t> v) {
  return reduce([](auto a, auto b) TENON_INLINE_LAMBDA { return smaller_of(a, b); }, v);
}

// A panel of lines that are dense along k, by lines: row l of each tile is a piece of line l.
inline void pack_lines(std::uint32_t* to, const std::uint16_t* from, index_t from_line, index_t lines, index_t k, std::uint16_t* least) {
  using numbers = vec<std::uint16_t>;
  for (index_t l = 0; l < panel_lines; ++l, to += panel_lines, from += from_line) {
    numbers low(nothing_smaller);
    for (index_t j = 0; j < k; j += tile_depth) {
      const numbers x = l < lines ? numbers::load(from + j, k - j) : numbers(std::uint16_t{0});
      low = smaller_of(low, magnitude_less_one(x));
      bitcast<std::uint32_t>(x).store(to + j / tile_depth * tile_words);
    }
    if (l < lines) keep_smaller(least[l], smallest_lane(low));
  }
}

// The same by pairs.
inline void pack_lines_by_pairs(std::uint32_t* to, const std::uint16_t* from, index_t from_line, index_t lines, index_t k, std::uint16_t* least) {
  using numbers = vec<std::uint16_t>;
  for (index_t j = 0; j < k; j += tile_depth, to += tile_words) {
    vec<std::uint32_t> line[panel_lines];
    for (index_t l = 0; l < panel_lines; ++l) {
      const numbers x = l < lines ? numbers::load(from + l * from_line + j, k - j) : numbers(std::uint16_t{0});
      keep_smaller(least[l], smallest_lane(magnitude_less_one(x)));
      line[l] = bitcast<std::uint32_t>(x);
    }
    transpose(line);
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
  using numbers = vec<std::uint16_t>;
  const auto words = [](const std::uint16_t* x, const std::uint16_t* y) TENON_INLINE_LAMBDA {
    using half_row = vec<std::uint16_t, panel_lines>;
    return convert<std::uint32_t>(half_row::load(x)) | convert<std::uint32_t>(half_row::load(y)) << 16;
  };
  const index_t whole = panel / tile_words * tile_depth;     // k, filled up with zeros
  for (index_t j = 0; j < whole; j += 2, to += panel_lines) {
    index_t l = 0;
    if (from_line == 1 && j + 1 < k)
      for (; l + 2 * panel_lines <= lines; l += 2 * panel_lines) {
        const std::uint16_t* const x = from + j * from_k + l;
        const std::uint16_t* const y = x + from_k;
        const auto low = smaller_of(magnitude_less_one(numbers::load(x)), magnitude_less_one(numbers::load(y)));
        smaller_of(numbers::load(least + l), low).store(least + l);
        std::uint32_t* const t = to + l / panel_lines * panel;
        words(x, y).store(t);
        words(x + panel_lines, y + panel_lines).store(t + panel);
      }
    for (; l < lines; l += panel_lines)
      load_pairs(from + l * from_line, from_line, from_k, smaller(lines - l, panel_lines), j, k, least + l).store(to + l / panel_lines * panel);
  }
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
    const std::uint16_t* const x = from + l * from_line;
    if (from_k != 1) pack_columns(to, x, from_line, from_k, count, k, least + l);
    else if (Order == pair_order::by_lines) pack_lines(to, x, from_line, count, k, least + l);
    else pack_lines_by_pairs(to, x, from_line, count, k, least + l);
  }
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::gemm
#endif
