#pragma once
// The loop around an elementwise kernel: from a plan to runs of consecutive elements. It sees bytes, not types, and is
// compiled once however many expressions a program has.
//
// Operands that lie dense over a run are used where they are. Others go through memory that stays in the first-level or
// second-level cache (kernels/elementwise.hpp says in which pieces): a repeated value is written into a block once and
// remembered; a stepped or reversed operand is copied to a block; a transposed one by square tiles, through registers
// (cpu/element_movers.hpp); rows too short for a call are put together to a block.
// A large output that overlaps no input is computed into such a block and written around the caches: the plain store would
// first read the line it is about to overwrite, a third of all traffic.
// An output with elements of size 0 is never touched: for functions that only look (cpu/all_of.hpp).
#include <tenon/kernels/context.hpp>
#include <tenon/kernels/cpu/arch.hpp>
#include <tenon/kernels/cpu/fill.hpp>
#include <tenon/kernels/cpu/simd.hpp>
#include <tenon/kernels/elementwise.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH {

namespace detail {

// Walks a range of units.
class elementwise_walker {
 public:
  elementwise_walker(const elementwise_plan& plan, const elementwise_cut& cut, elementwise_function function,
                     const void* data, std::byte* blocks, std::byte* tiles)
      : p_(plan), c_(cut), f_(function), data_(data), last_(plan.rank - 1) {
    const index_t elements = cut.way == elementwise_way::blocks ? cut.columns * cut.rows : cut.columns;
    const bool used = elements <= block_elements;  // longer pieces are of rows that need no block
    for (int i = 0; i < p_.operands; ++i) {
      const auto& o = p_.operand[i];
      held_[i] = nullptr;
      block_[i] = blocks;
      if (used) blocks += (elements * o.item + 63) / 64 * 64;
      if (cut.way == elementwise_way::tiles && i > 0 && transposed(o, cut.row_dim, last_)) {
        block_[i] = tiles;
        pitch_[i] = cut.columns * o.item + 64;  // the odd line spreads the rows over the cache's sets
        tiles += cut.rows * pitch_[i];
      }
    }
  }

  void run(index_t begin, index_t end) {
    index_t position[max_rank];
    for (int i = 0; i < p_.operands; ++i) at_[i] = p_.operand[i].data;
    for (index_t l = c_.loops - 1, rest = begin; l >= 0; --l) {
      position[l] = rest % c_.loop[l].extent;
      rest /= c_.loop[l].extent;
      move(static_cast<int>(l), position[l]);
    }
    for (index_t unit = begin; unit < end; ++unit) {
      switch (c_.way) {
        case elementwise_way::rows: row(at_, left(position, c_.loops - 1, c_.columns)); break;
        case elementwise_way::tiles:
          tile(left(position, c_.loops - 2, c_.rows), left(position, c_.loops - 1, c_.columns));
          break;
        case elementwise_way::blocks: block(left(position, c_.loops - 1, c_.rows)); break;
      }
      for (int l = c_.loops - 1; l >= 0; --l) {  // to the next unit
        move(l, 1);
        if (++position[l] < c_.loop[l].extent) break;
        position[l] = 0;
        move(l, -c_.loop[l].extent);
      }
    }
  }

 private:
  // How much of a piece there is at this position of loop l.
  index_t left(const index_t* position, int l, index_t piece) const {
    const index_t n = p_.extent[c_.loop[l].dim] - position[l] * piece;
    return n < piece ? n : piece;
  }
  void move(int l, index_t units) {
    const index_t indices = units * c_.loop[l].piece;
    for (int i = 0; i < p_.operands; ++i) at_[i] += indices * p_.operand[i].stride[c_.loop[l].dim];
  }

  const element_mover& mover(const elementwise_operand& o) const { return p_.movers->of_size(o.item); }

  // ---- one piece of a row ----
  const void* row_input(int i, const std::byte* source, index_t n) {
    const auto& o = p_.operand[i];
    const index_t step = o.stride[last_];
    if (step == o.item) return source;
    if (step != 0) {
      mover(o).copy(block_[i], o.item, source, step, n);
    } else if (source != held_[i]) {
      const fill_pattern pattern(source, o.item);
      fill_run(&pattern, block_[i], nullptr, c_.columns);
      held_[i] = source;
    }
    return block_[i];
  }
  void row_output(std::byte* target, const void* const* in, index_t n) {
    const auto& o = p_.operand[0];
    const bool in_place = o.item == 0 || o.stride[last_] == o.item;
    if (in_place && !p_.stream) return f_(data_, target, in, n);
    f_(data_, block_[0], in, n);
    if (in_place)
      stream_copy(target, block_[0], n * o.item);
    else
      mover(o).copy(target, o.stride[last_], block_[0], o.item, n);
  }
  void row(std::byte* const* at, index_t n) {
    const void* in[max_operands];
    for (int i = 1; i < p_.operands; ++i) in[i - 1] = row_input(i, at[i], n);
    row_output(at[0], in, n);
  }

  // ---- rows that some inputs are transposed into ----
  void tile(index_t rows, index_t columns) {
    const void* in[max_operands];
    for (int i = 1; i < p_.operands; ++i) {
      const auto& o = p_.operand[i];
      if (transposed(o, c_.row_dim, last_))
        mover(o).transpose(block_[i], pitch_[i], at_[i], o.stride[last_], columns, rows);
    }
    for (index_t r = 0; r < rows; ++r) {
      for (int i = 1; i < p_.operands; ++i) {
        const auto& o = p_.operand[i];
        if (transposed(o, c_.row_dim, last_)) {
          in[i - 1] = block_[i] + r * pitch_[i];
        } else {
          const std::byte* source = at_[i] + r * o.stride[c_.row_dim];
          if (r + rows_ahead < rows) ask_for(source + rows_ahead * o.stride[c_.row_dim], o, columns);
          in[i - 1] = row_input(i, source, columns);
        }
      }
      row_output(at_[0] + r * p_.operand[0].stride[c_.row_dim], in, columns);
    }
  }
  // A row of a tile is shorter than what the hardware needs to see a pattern.
  static constexpr index_t rows_ahead = 4;
  void ask_for(const std::byte* row, const elementwise_operand& o, index_t n) const {
    if (o.stride[last_] == o.item)
      for (index_t b = 0; b < n * o.item; b += 64) __builtin_prefetch(row + b, 0, 3);
  }

  // ---- several short rows ----
  bool dense_over_block(const elementwise_operand& o) const {
    index_t expected = o.item;
    for (int d = last_; d >= c_.row_dim; --d) {
      if (o.stride[d] != expected) return false;
      expected *= p_.extent[d];
    }
    return true;
  }
  // Copies `count` indices of dimension d of an operand into its dense block (`gather`), or back; the dimensions behind it whole.
  [[gnu::noinline]] void copy_block(bool gather, const elementwise_operand& o, std::byte* dense, std::byte* strided, int d, index_t count) const {
    const auto copy = [&](std::byte* block, index_t block_step, std::byte* view, index_t view_step, index_t n) {
      if (gather)
        mover(o).copy(block, block_step, view, view_step, n);
      else
        mover(o).copy(view, view_step, block, block_step, n);
    };
    if (d == last_) return copy(dense, o.item, strided, o.stride[d], count);
    if (d == last_ - 1 && p_.extent[last_] < count) {  // down the columns: the longer loop inside
      for (index_t k = 0; k < p_.extent[last_]; ++k)
        copy(dense + k * o.item, p_.extent[last_] * o.item, strided + k * o.stride[last_], o.stride[d], count);
      return;
    }
    index_t bytes = o.item;
    for (int e = d + 1; e <= last_; ++e) bytes *= p_.extent[e];
    for (index_t k = 0; k < count; ++k)
      copy_block(gather, o, dense + k * bytes, strided + k * o.stride[d], d + 1, p_.extent[d + 1]);
  }
  void block(index_t rows) {
    const void* in[max_operands];
    for (int i = 1; i < p_.operands; ++i) {
      const auto& o = p_.operand[i];
      in[i - 1] = at_[i];
      if (dense_over_block(o)) continue;
      if (held_[i] != at_[i] || held_rows_[i] < rows) {  // else repeated: it holds the same already
        copy_block(true, o, block_[i], at_[i], c_.row_dim, rows);
        held_[i] = at_[i];
        held_rows_[i] = rows;
      }
      in[i - 1] = block_[i];
    }
    const auto& o = p_.operand[0];
    const index_t n = rows * c_.columns;
    const bool in_place = o.item == 0 || dense_over_block(o);
    if (in_place && !p_.stream) return f_(data_, at_[0], in, n);
    f_(data_, block_[0], in, n);
    if (in_place)
      stream_copy(at_[0], block_[0], n * o.item);
    else
      copy_block(false, o, block_[0], at_[0], c_.row_dim, rows);
  }

  const elementwise_plan& p_;
  const elementwise_cut& c_;
  elementwise_function f_;
  const void* data_;
  int last_;
  std::byte* at_[max_operands];  // where the unit begins in each operand
  std::byte* block_[max_operands];  // its block, or tile
  index_t pitch_[max_operands];  // bytes from row to row of its tile
  const std::byte* held_[max_operands];  // what a block of repeated values was made from
  index_t held_rows_[max_operands];
};

// Elements [begin, end) of operands that all lie dense, written around the caches. Blocks are so small that the processor reads
// the next one while the last one is still on its way out (Zen 4, add of 64 MiB: 8 ms, with blocks of 4 KiB 10 ms).
[[gnu::noinline]] inline void stream_dense(const elementwise_plan& p, elementwise_function f, const void* data, index_t begin, index_t end, index_t bytes) {
  alignas(64) std::byte block[stream_page];
  index_t widest = 1;
  for (int i = 0; i < p.operands; ++i) widest = p.operand[i].item > widest ? p.operand[i].item : widest;
  const auto run = [&](index_t n) {
    const void* in[max_operands];
    for (int i = 1; i < p.operands; ++i) in[i - 1] = p.operand[i].data + begin * p.operand[i].item;
    f(data, block, in, n);
    stream_copy(p.operand[0].data + begin * p.operand[0].item, block, n * p.operand[0].item);
    begin += n;
  };
  const index_t step = bytes / widest;
  // First to the start of a page, or of a line of the output, lest two blocks share one.
  const auto first = reinterpret_cast<std::uintptr_t>(p.operand[0].data + begin * p.operand[0].item);
  const index_t lead = static_cast<index_t>((~first + 1) & (bytes == stream_page ? stream_page - 1 : 63)) / p.operand[0].item;
  if (lead > 0 && begin < end) run(lead < end - begin ? lead : end - begin);
  while (begin < end) run(step < end - begin ? step : end - begin);
}

// Whether the pages of the output are those of the one input.
inline bool same_pages(const elementwise_plan& p) {
  return p.operands == 2 && p.operand[0].item == p.operand[1].item && (p.operand[0].data - p.operand[1].data) % stream_page == 0;
}

inline constexpr index_t blocks_bytes = block_bytes + 64 * max_operands;  // each begins on a line of its own

[[gnu::noinline]] inline void walk(const elementwise_plan& p, const elementwise_cut& c, elementwise_function f,
                                   const void* data, index_t begin, index_t end) {
  alignas(64) std::byte blocks[blocks_bytes];
  elementwise_walker(p, c, f, data, blocks, nullptr).run(begin, end);
}
[[gnu::noinline]] inline void walk_tiles(const elementwise_plan& p, const elementwise_cut& c, elementwise_function f,
                                         const void* data, index_t begin, index_t end) {
  alignas(64) std::byte blocks[blocks_bytes], tiles[tile_bytes];
  elementwise_walker(p, c, f, data, blocks, tiles).run(begin, end);
}

}  // namespace detail

// Runs the plan over all its elements. `grain`: how many elements are worth a thread of their own.
inline void run_elementwise(const context& ctx, const elementwise_plan& p, elementwise_function f, const void* data,
                            index_t grain) {
  if (p.numel == 0) return;
  // In pieces for the threads: a few for each, so that a slow one does not hold up the rest. One for each where all is done in some microseconds:
  // a piece that another thread takes over comes from that one's cache (add of 65536 floats on two threads: 6.5 us, with four each 7.7).
  const auto in_pieces = [&](index_t units, index_t unit, auto&& range) {
    const index_t worth = grain <= 0 || ctx.threads < 2 ? 1 : p.numel / grain,
                  most = static_cast<index_t>(ctx.threads) * (worth < ctx.threads * 8 ? 1 : 4);
    const index_t pieces = worth < most ? worth : most;
    if (pieces < 2) return range(index_t{0}, units);
    const index_t size = ((units + pieces - 1) / pieces + unit - 1) / unit * unit;
    ctx.parallel((units + size - 1) / size, [&](index_t i) {
      const index_t begin = i * size, end = begin + size;
      range(begin, end < units ? end : units);
    });
  };
  if (p.dense()) {
    return in_pieces(p.numel, 1024, [&](index_t begin, index_t end) {
      if (p.stream) {
        detail::stream_dense(p, f, data, begin, end, p.by_page && detail::same_pages(p) ? stream_page : stream_block);
        return stream_fence();
      }
      const void* in[max_operands];
      for (int i = 1; i < p.operands; ++i) in[i - 1] = p.operand[i].data + begin * p.operand[i].item;
      f(data, p.operand[0].data + begin * p.operand[0].item, in, end - begin);
    });
  }
  const elementwise_cut cut = cut_elementwise(p);
  in_pieces(cut.units, 1, [&](index_t begin, index_t end) {
    if (cut.way == elementwise_way::tiles)
      detail::walk_tiles(p, cut, f, data, begin, end);
    else
      detail::walk(p, cut, f, data, begin, end);
    if (p.stream) stream_fence();
  });
}

constexpr elementwise_loop_kernel::function function_of(elementwise_loop_kernel, this_arch) { return &run_elementwise; }

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH
