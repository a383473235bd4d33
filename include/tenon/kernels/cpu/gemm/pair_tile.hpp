#pragma once
// A tile of C of bfloat16 numbers by the processor's instructions for them: what compute_tile does, with other packing and micro-kernels.
#include <tenon/kernels/cpu/gemm/epilogue.hpp>
#include <tenon/kernels/cpu/gemm/pair_block.hpp>

#if defined(TENON_HAS_BFLOAT16_UNITS)
namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::gemm {

// Below one tile's depth most of a tile would be zeros.
inline bfloat16_unit pair_unit(const matmul_plan& p) { return p.k < tile_depth ? bfloat16_unit::none : best_bfloat16_unit(); }

// The sums of a tile, in float, in the scratch part of `slot`: rows `c_row` apart.
inline void sum_pairs(bfloat16_unit unit, const matmul_plan& p, const bfloat16* a, index_t rows, const bfloat16* b, index_t columns, float* c,
                      index_t c_row, std::byte* slot) {
  constexpr index_t most_rows = kernels::detail::matmul::scratch_rows, most_columns = kernels::detail::matmul::scratch_columns<bfloat16>;
  std::uint16_t least_a[most_rows], least_b[most_columns];
  for (auto& x : least_a) x = nothing_smaller;
  for (auto& x : least_b) x = nothing_smaller;
  std::uint32_t* const packed_a = reinterpret_cast<std::uint32_t*>(slot);
  std::uint32_t* const packed_b = reinterpret_cast<std::uint32_t*>(slot + p.a_bytes);
  for (index_t k = 0; k < p.k; k += p.depth) {
    const index_t depth = smaller(p.k - k, p.depth), panel = (depth + tile_depth - 1) / tile_depth * tile_words;
    pack_panels<pair_order::by_lines>(packed_a, a + k * p.a.column, p.a.row, p.a.column, rows, depth, least_a);
    for (index_t j = 0; j < columns; j += p.width) {
      const index_t width = smaller(columns - j, p.width);
      pack_panels<pair_order::by_pairs>(packed_b, b + j * p.b.column + k * p.b.row, p.b.column, p.b.row, width, depth, least_b + j);
      multiply_pairs(unit, {packed_a, packed_b, panel, c + j, c_row, k > 0}, rows, width, least_a, least_b + j);
    }
  }
}

inline void compute_pair_tile(bfloat16_unit unit, const matmul_plan& p, const epilogue<bfloat16>& end, const matrices<bfloat16>& x, index_t row,
                              index_t rows, index_t column, index_t columns, std::byte* slot) {
  float* const c = reinterpret_cast<float*>(slot + p.a_bytes + p.b_bytes);
  const index_t c_row = (columns + panel_lines - 1) / panel_lines * panel_lines;
  const bfloat16* const a = x.a + row * p.a.row;
  const bfloat16* const b = x.b + column * p.b.column;
  if (unit == bfloat16_unit::tiles) {
    const tile_registers registers;
    sum_pairs(unit, p, a, rows, b, columns, c, c_row, slot);
  } else {
    sum_pairs(unit, p, a, rows, b, columns, c, c_row, slot);
  }
  end.finish_tile(p, x, c, c_row, row, rows, column, columns);
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::gemm
#endif
