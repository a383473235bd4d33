#pragma once
// gather: a dense copy of some rows and columns of elements that lie anywhere, and scatter of a dense row. Elements are words
// of 1, 2, 4 or 8 bytes; strides are in bytes.
#include <tenon/kernels/cpu/strided_row.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::detail::reduction {

// From rows x columns elements to a dense tile, row by row, even where the columns are what is dense in memory: the tile is
// small, so their lines are still in the first cache when the next row comes by, and writing side by side is what counts.
// (Transposing 8 x 8 blocks in registers instead was half as fast.)
template <class W>
void gather_words(std::byte* tile, const std::byte* x, index_t rows, index_t row_stride, index_t columns, index_t column_stride) {
  constexpr index_t item = sizeof(W);
  for (index_t i = 0; i < rows; ++i, tile += columns * item, x += row_stride)
    if (column_stride == 2 * item)
      copy_every_second<W>(tile, x, columns);
    else
      copy_words<W>(tile, item, x, column_stride, columns);
}

inline void gather(index_t item, std::byte* tile, const std::byte* x, index_t rows, index_t row_stride, index_t columns, index_t column_stride) {
  switch (item) {
    case 1: return gather_words<std::uint8_t>(tile, x, rows, row_stride, columns, column_stride);
    case 2: return gather_words<std::uint16_t>(tile, x, rows, row_stride, columns, column_stride);
    case 4: return gather_words<std::uint32_t>(tile, x, rows, row_stride, columns, column_stride);
    default: return gather_words<std::uint64_t>(tile, x, rows, row_stride, columns, column_stride);
  }
}

inline void scatter(index_t item, std::byte* to, index_t to_stride, const std::byte* from, index_t n) {
  switch (item) {
    case 1: return copy_words<std::uint8_t>(to, to_stride, from, 1, n);
    case 2: return copy_words<std::uint16_t>(to, to_stride, from, 2, n);
    case 4: return copy_words<std::uint32_t>(to, to_stride, from, 4, n);
    default: return copy_words<std::uint64_t>(to, to_stride, from, 8, n);
  }
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::detail::reduction
