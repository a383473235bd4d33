#pragma once
// Copying between two layouts, CPU. Type-blind: an element is 1, 2, 4, 8 or 16 bytes.
//
// Method     transpose: tiles of eight cache lines of `in` by eight of `out`; in a tile, blocks of N x N elements go through
//            registers (simd/transpose.hpp), each reading N rows of `in` and writing N of `out`. N rows are walked along
//            their lines before the next N, as the hardware prefetches, and the next N are asked for meanwhile. One- and
//            two-byte elements, whose blocks are narrower than a line, are taken from a copy of N rows: rows that lie a
//            power of two apart push each other out of the first-level cache. Edges are copied element by element.
//            rows, strided: plain loops; the lines that a step skips are read anyway.
// Streaming  A large copy collects each tile in a buffer and writes its rows around the caches, however out is aligned.
// Cost       4096 x 4096 float, one thread, quartile of one run beside a plain copy of 6.7 ms: 9.4 ms (AVX-512), 9.8 (AVX2),
//            13 (SSE4.2); the naive loop takes 250.
// Tried      Blocks stored straight to `out`: 16 to 40 ms; streamed there, which needs aligned rows: 8.6 (AVX-512), 17
//            (AVX2). Tiles of four lines: 9.3, 16, 17. All rows of a tile copied to a buffer first: 10, 12, 15.
#include <tenon/kernels/context.hpp>
#include <tenon/kernels/copy.hpp>
#include <tenon/kernels/cpu/arch.hpp>
#include <tenon/kernels/cpu/fill.hpp>
#include <tenon/kernels/cpu/simd.hpp>

#include <concepts>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH {

namespace detail {

inline constexpr index_t buffer_stride = copy_tile_bytes + 64;   // the odd line spreads the rows over the cache's sets

template <index_t Item>
struct copy_item {
  using word = detail::word<Item < 8 ? static_cast<int>(Item) : 8>;
  // The widest block that the registers hold; as many of them as fill a line of `out`; where rows of `in` are copied first.
  static constexpr int block = Item == 16 ? 4 : lanes<word> > 16 ? 16 : lanes<word>;
  static constexpr index_t group = block * Item < 64 ? 64 / Item : block;
  static constexpr bool staged = Item < 4;
  static constexpr index_t tile_columns = staged ? copy_tile_rows : copy_tile_bytes / Item;

  TENON_INLINE static void line(std::byte* out, index_t out_stride, const std::byte* in, index_t in_stride, index_t n) {
    for (index_t i = 0; i < n; ++i) __builtin_memcpy(out + i * out_stride, in + i * in_stride, Item);
  }

  // out[c][r] = in[r][c] for any number of rows and columns. Rows of `in` are `along` apart, rows of `out` `across`.
  [[gnu::noinline]] static void edge(std::byte* out, index_t across, const std::byte* in, index_t along, index_t rows, index_t columns) {
    if (rows < columns)
      for (index_t r = 0; r < rows; ++r) line(out + r * Item, across, in + r * along, Item, columns);
    else
      for (index_t c = 0; c < columns; ++c) line(out + c * across, Item, in + c * Item, along, rows);
  }

  TENON_INLINE static void square(std::byte* out, index_t across, const std::byte* in, index_t along) {
    if constexpr (Item == 16) {
      edge(out, across, in, along, block, block);
    } else {
      using V = vec<word, block>;
      [&]<int... I>(std::integer_sequence<int, I...>) TENON_INLINE_LAMBDA {      // no loops: rows stay in registers
        V row[block] = {V::load(reinterpret_cast<const word*>(in + I * along))...};
        transpose(row);
        (row[I].store(reinterpret_cast<word*>(out + I * across)), ...);
      }(std::make_integer_sequence<int, block>{});
    }
  }

  // `group` rows of `in`, any number of columns up to a tile's.
  TENON_INLINE static void band(std::byte* out, index_t across, const std::byte* in, index_t along, index_t columns) {
    [[maybe_unused]] alignas(64) std::byte copied[staged ? group * copy_tile_rows * Item : 1];
    if constexpr (staged) {
      if (columns == copy_tile_rows) {
        for (index_t r = 0; r < group; ++r) __builtin_memcpy(copied + r * copy_tile_rows * Item, in + r * along, copy_tile_rows * Item);
        in = copied;
        along = copy_tile_rows * Item;
      }
    }
    index_t c = 0;
    for (; c + block <= columns; c += block)
      for (index_t r = 0; r < group; r += block) square(out + c * across + r * Item, across, in + r * along + c * Item, along);
    edge(out + c * across, across, in + c * Item, along, group, columns - c);
  }

  [[gnu::noinline]] static void tile(std::byte* out, index_t across, const std::byte* in, index_t along, index_t rows, index_t columns, bool ahead) {
    index_t r = 0;
    for (; r + group <= rows; r += group) {
      if (ahead && r + 2 * group <= rows)
        for (index_t i = r + group; i < r + 2 * group; ++i)
          for (index_t c = 0; c < columns * Item; c += 64) __builtin_prefetch(in + i * along + c, 0, 3);
      band(out + r * Item, across, in + r * along, along, columns);
    }
    edge(out + r * Item, across, in + r * along, along, rows - r, columns);
  }

  static void prefetched_tile(std::byte* out, index_t across, const std::byte* in, index_t along, index_t rows, index_t columns) {
    tile(out, across, in, along, rows, columns, true);
  }

  static void buffered_tile(std::byte* out, index_t across, const std::byte* in, index_t along, index_t rows, index_t columns) {
    alignas(64) std::byte buffer[buffer_stride * tile_columns];
    tile(buffer, buffer_stride, in, along, rows, columns, true);
    for (index_t c = 0; c < columns; ++c) stream_copy(out + c * across, buffer + c * buffer_stride, rows * Item);
  }
};

template <index_t Item>
void copy_unit(const copy_plan& p, std::byte* out, const std::byte* in, index_t n, index_t m) {
  using item = copy_item<Item>;
  if (p.kind == copy_kind::transpose) {
    if (p.stream && n * Item >= 64 && m >= item::block)
      item::buffered_tile(out, p.across.out, in, p.along.in, n, m);
    else
      item::tile(out, p.across.out, in, p.along.in, n, m, false);
  } else if (p.along.in == 0 && p.along.out == Item) {
    const fill_pattern pattern(in, Item);
    fill_run(&pattern, out, nullptr, n);
  } else {
    item::line(out, p.along.out, in, p.along.in, n);
  }
}

inline void copy_rows(const copy_plan& p, std::byte* out, const std::byte* in, index_t n, index_t) {
  const index_t bytes = n * p.item;
  if (p.stream && bytes >= 1024)
    stream_copy(out, in, bytes);
  else
    __builtin_memcpy(out, in, static_cast<std::size_t>(bytes));
}

using copy_unit_function = void (*)(const copy_plan&, std::byte*, const std::byte*, index_t n, index_t m);

// A template, and all that leads to it: only a program that copies gets squares of every size of element.
template <class Plan>
copy_unit_function copy_function_of(const Plan& p) {
  if (p.kind == copy_kind::rows) return &copy_rows;
  switch (p.item) {
    case 1: return &copy_unit<1>;
    case 2: return &copy_unit<2>;
    case 4: return &copy_unit<4>;
    case 8: return &copy_unit<8>;
    default: return &copy_unit<16>;
  }
}

}  // namespace detail

template <class Plan>
void copy(const context& ctx, const Plan& p) {
  if (p.units == 0) return;
  const auto unit = detail::copy_function_of(p);

  const auto range = [&](index_t begin, index_t end) {
    index_t position[max_rank + 2];
    auto* out = p.out;
    const auto* in = p.in;
    for (index_t l = p.loops - 1, rest = begin; l >= 0; --l) {
      const auto& d = p.loop[l];
      position[l] = rest % d.extent;
      rest /= d.extent;
      out += position[l] * d.out;
      in += position[l] * d.in;
    }
    for (index_t u = begin; u < end; ++u) {
      const index_t n = p.along.extent - position[1] * p.along_piece, m = p.across.extent - position[0] * p.across_piece;
      unit(p, out, in, n < p.along_piece ? n : p.along_piece, m < p.across_piece ? m : p.across_piece);
      for (int l = p.loops - 1; l >= 0; --l) {                   // the next unit
        const auto& d = p.loop[l];
        out += d.out;
        in += d.in;
        if (++position[l] < d.extent) break;
        position[l] = 0;
        out -= d.extent * d.out;
        in -= d.extent * d.in;
      }
    }
    if (p.stream) stream_fence();
  };

  // A task is about a quarter of a megabyte.
  const index_t largest = (p.along.extent < p.along_piece ? p.along.extent : p.along_piece) *
                          (p.across.extent < p.across_piece ? p.across.extent : p.across_piece) * p.item;
  const index_t each = ctx.threads < 2 ? p.units : (index_t{256} << 10) / largest + 1;
  ctx.parallel((p.units + each - 1) / each, [&](index_t task) {
    const index_t begin = task * each, end = begin + each;
    range(begin, end < p.units ? end : p.units);
  });
}

template <std::same_as<copy_kernel> K>
constexpr typename K::function function_of(K, this_arch) {
  return &copy<copy_plan>;
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH
