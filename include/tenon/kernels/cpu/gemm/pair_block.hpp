#pragma once
// A block of C from packed pairs of bfloat16 numbers, by the processor's instructions for them.
//
//   C (rows, columns) = or += A (rows, k) B (k, columns)        C in float, with room for whole panels
//
// Tiny       The instructions take what is below 2^-126, the smallest normal float, for zero. With 2^a and 2^b the smallest magnitudes
//            in a row of A and a column of B, rounded down to powers of two, each product is a multiple of 2^(a-7) 2^(b-7), and so is each
//            sum, for rounding to 24 bits leaves multiples as they are. If a + b - 14 >= -126, nothing but zero is ever below the smallest
//            normal number. An element whose row and column do not meet that is summed up by fmas instead. That depends on its own
//            row and column alone, up to this block of k: not on the tile, the thread or what is beside it.
// Precision  An element is a sum of exact products in float, in an order that is the processor's.
#include <tenon/kernels/cpu/gemm/pair_pack.hpp>

#if defined(TENON_HAS_BFLOAT16_UNITS)
namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::gemm {

// `panel` words from one panel of A, and of B, to the next.
struct pair_block {
  const std::uint32_t* a;
  const std::uint32_t* b;
  index_t panel;
  float* c;
  index_t c_row;
  bool add;                              // to what C holds

  pair_block at(index_t row, index_t column) const {
    return {a + row / panel_lines * panel, b + column / panel_lines * panel, panel, c + row * c_row + column, c_row, add};
  }
  index_t steps() const { return panel / tile_words; }
};

// Eight rows, up to 3 panels of columns: the register tile of the floats' micro-kernel.
template <int Panels>
TENON_TARGET_DOTS void multiply_by_dots(const pair_block& x, index_t first_row) {
  constexpr int Rows = 8;
  using V = vec<float>;
  V sum[Rows][Panels];
  float* const c = x.c + first_row * x.c_row;
  TENON_UNROLL(8)
  for (int i = 0; i < Rows; ++i)
    TENON_UNROLL(3)
    for (int j = 0; j < Panels; ++j) sum[i][j] = x.add ? V::load(c + i * x.c_row + j * panel_lines) : V(0.0f);
  const std::uint32_t* a = x.a + first_row * panel_lines;
  const std::uint32_t* b = x.b;
  for (index_t step = x.steps(); step > 0; --step, a += tile_words - panel_lines)
    for (int p = 0; p < panel_lines; ++p, ++a, b += panel_lines) {
      vec<std::uint32_t> row[Panels];
      TENON_UNROLL(3)
      for (int j = 0; j < Panels; ++j) row[j] = vec<std::uint32_t>::load(b + j * x.panel);
      TENON_UNROLL(8)
      for (int i = 0; i < Rows; ++i) {
        const vec<std::uint32_t> pair(a[i * panel_lines]);
        TENON_UNROLL(3)
        for (int j = 0; j < Panels; ++j) sum[i][j] = add_dots(sum[i][j], pair, row[j]);
      }
    }
  TENON_UNROLL(8)
  for (int i = 0; i < Rows; ++i)
    TENON_UNROLL(3)
    for (int j = 0; j < Panels; ++j) sum[i][j].store(c + i * x.c_row + j * panel_lines);
}

// What one call of a unit multiplies at most, in panels.
inline constexpr index_t most_row_panels = 2, most_column_panels = 3;
TENON_INLINE index_t row_panels_of(bfloat16_unit unit) { return unit == bfloat16_unit::tiles ? 2 : 1; }
TENON_INLINE index_t column_panels_of(bfloat16_unit unit) { return unit == bfloat16_unit::tiles ? 2 : 3; }

inline void multiply_panels(bfloat16_unit unit, const pair_block& x, index_t rows, index_t columns) {
  const index_t panels = (columns + panel_lines - 1) / panel_lines;
  if (unit == bfloat16_unit::tiles) {
    const auto multiply = rows > panel_lines ? (panels == 2 ? &multiply_tiles<2, 2> : &multiply_tiles<2, 1>)
                                             : (panels == 2 ? &multiply_tiles<1, 2> : &multiply_tiles<1, 1>);
    return multiply(x.a, x.b, x.panel, x.steps(), x.c, x.c_row, x.add);
  }
  const auto multiply = panels == 3 ? &multiply_by_dots<3> : panels == 2 ? &multiply_by_dots<2> : &multiply_by_dots<1>;
  for (index_t i = 0; i < rows; i += 8) multiply(x, i);
}

// The exponent of 2, plus 127, of a magnitude that packing found; a subnormal number's is below whatever could make up for it.
template <class Word>
TENON_INLINE Word exponent_of(Word magnitude_less_one) {
  const Word e = (magnitude_less_one + Word(1)) >> 7;
  if constexpr (std::is_same_v<Word, std::int32_t>) return e == 0 ? -1024 : e;
  else return select(e == Word(0), Word(-1024), e);
}
inline constexpr std::int32_t least_exponents = 2 * 127 + 14 - 126;

// Eight rows of one panel of columns by fmas, where an element might meet numbers below the normal ones. `before`: what C held.
inline void sum_by_fma(const pair_block& x, index_t first_row, const std::uint16_t* least_a, const std::uint16_t* least_b, const float* before,
                       index_t before_row) {
  constexpr int Rows = 8;
  using V = vec<float>;
  using exponents = vec<std::int32_t>;
  using words = vec<std::uint32_t>;
  const auto column_exponents = exponent_of(convert<std::int32_t>(vec<std::uint16_t, panel_lines>::load(least_b)));
  mask<std::int32_t> tiny[Rows];
  bool found = false;
  for (int i = 0; i < Rows; ++i) {
    const std::int32_t row_exponent = exponent_of(static_cast<std::int32_t>(least_a[first_row + i]));
    tiny[i] = column_exponents + exponents(row_exponent) < exponents(least_exponents);
    found = found || any(tiny[i]);
  }
  if (!found) return;

  V sum[Rows];
  for (int i = 0; i < Rows; ++i) sum[i] = x.add ? V::load(before + (first_row + i) * before_row) : V(0.0f);
  const words upper(0xffff0000u);
  const std::uint32_t* a = x.a + first_row * panel_lines;
  const std::uint32_t* b = x.b;
  for (index_t step = x.steps(); step > 0; --step, a += tile_words - panel_lines)
    for (int p = 0; p < panel_lines; ++p, ++a, b += panel_lines) {
      const words row = words::load(b);
      TENON_UNROLL(8)
      for (int i = 0; i < Rows; ++i) {
        const words pair(a[i * panel_lines]);
        sum[i] = fma(bitcast<float>(pair << 16), bitcast<float>(row << 16), sum[i]);
        sum[i] = fma(bitcast<float>(pair & upper), bitcast<float>(row & upper), sum[i]);
      }
    }
  for (int i = 0; i < Rows; ++i) {
    float* const c = x.c + (first_row + i) * x.c_row;
    select(tiny[i], sum[i], V::load(c)).store(c);
  }
}

inline bool may_be_tiny(const std::uint16_t* least_a, index_t rows, const std::uint16_t* least_b, index_t columns) {
  std::uint16_t a = nothing_smaller, b = nothing_smaller;
  for (index_t i = 0; i < rows; ++i) keep_smaller(a, least_a[i]);
  for (index_t j = 0; j < columns; ++j) keep_smaller(b, least_b[j]);
  return exponent_of(std::int32_t{a}) + exponent_of(std::int32_t{b}) < least_exponents;
}

// least_a, least_b: of each row and column, up to and with this block of k; 0xffff behind the last.
inline void multiply_pairs(bfloat16_unit unit, const pair_block& all, index_t rows, index_t columns, const std::uint16_t* least_a,
                           const std::uint16_t* least_b) {
  const index_t height = row_panels_of(unit) * panel_lines, width = column_panels_of(unit) * panel_lines;
  const bool tiny = may_be_tiny(least_a, rows, least_b, columns);
  alignas(64) float before[most_row_panels * panel_lines * most_column_panels * panel_lines];
  for (index_t j = 0; j < columns; j += width)
    for (index_t i = 0; i < rows; i += height) {
      const pair_block x = all.at(i, j);
      const index_t tile_rows = smaller(rows - i, height), tile_columns = smaller(columns - j, width);
      if (tiny && x.add)
        for (index_t r = 0; r < tile_rows; ++r)
          for (index_t c = 0; c < tile_columns; c += panel_lines) vec<float>::load(x.c + r * x.c_row + c).store(before + r * width + c);
      multiply_panels(unit, x, tile_rows, tile_columns);
      if (!tiny) continue;
      for (index_t c = 0; c < tile_columns; c += panel_lines)
        for (index_t r = 0; r < tile_rows; r += panel_lines)
          for (const index_t half : {index_t{0}, index_t{8}})
            sum_by_fma(x.at(r, c), half, least_a + i + r, least_b + j + c, before + r * width + c, width);
    }
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::gemm
#endif
