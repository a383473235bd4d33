#pragma once
// Elementwise kernels: the part that knows no element type. How the operands lie in memory, and how a call is cut.
//
//   out[i] = f(in_0[i], ..., in_n[i])     for every index i of out's shape; the inputs are already broadcast (stride 0)
//
// A kernel function computes a run of n elements that lie dense in every operand. `plan_elementwise` drops and merges
// dimensions until as few, as long runs as possible are left; `cut_elementwise` says in which pieces to walk them where the
// operands do not all lie dense.
#include <tenon/kernels/context.hpp>

namespace tenon::inline v0::kernels {

// Computes n consecutive elements. `plan` is the compiled expression's data; out may be one of the inputs, exactly.
using elementwise_function = void (*)(const void* plan, void* out, const void* const* in, index_t n);

inline constexpr int max_operands = 128;  // the output and up to 127 tensors in one expression

// Without default values: a call has room for max_operands of them, and sets those that it has.
struct elementwise_operand {
  std::byte* data;  // an input is only read
  index_t item;  // bytes of one element
  index_t stride[max_rank];  // bytes

  static index_t size(index_t stride) { return stride < 0 ? -stride : stride; }
};

// How elements of one size are brought from a strided operand into a block, or back; and how a piece of a plane is turned: out[c][r] = in[r][c].
struct element_mover {
  void (*copy)(std::byte* to, index_t to_stride, const std::byte* from, index_t from_stride, index_t n);
  void (*transpose)(std::byte* out, index_t across, const std::byte* in, index_t along, index_t rows, index_t columns);
};
inline constexpr unsigned all_item_sizes = 1 | 2 | 4 | 8 | 16;
struct element_movers {
  element_mover by_log2[5];  // null where no operand has elements of that size
  const element_mover& of_size(index_t item) const { return by_log2[__builtin_ctzll(static_cast<unsigned long long>(item))]; }
};

struct elementwise_plan {
  int rank = 0;
  index_t extent[max_rank] = {};  // the last dimension is the innermost
  index_t numel = 1;
  int operands = 0;
  elementwise_operand* operand = nullptr;  // [0] is the output
  const element_movers* movers = nullptr;  // for the CPU; tenon::dispatch has its own
  bool stream = false;  // write around the caches
  bool by_page = false;  // where it streams one input: in blocks of a page

  // One run from the first element to the last.
  TENON_ALWAYS_INLINE bool dense(int i) const { return rank == 1 && operand[i].stride[0] == operand[i].item; }
  TENON_ALWAYS_INLINE bool dense() const {
    bool all = rank == 1;
    for (int i = 0; i < operands; ++i) all = all && operand[i].stride[0] == operand[i].item;
    return all;
  }
};

// Orders dimensions by the output's strides, drops extents of 1, and merges neighbours that lie dense in every operand.
inline void plan_elementwise(elementwise_plan& p) {
  auto& out = p.operand[0];
  int rank = 0;
  p.numel = 1;
  const auto move_dim = [&](int to, int from) {
    p.extent[to] = p.extent[from];
    for (int i = 0; i < p.operands; ++i) p.operand[i].stride[to] = p.operand[i].stride[from];
  };
  for (int d = 0; d < p.rank; ++d) {
    p.numel *= p.extent[d];
    if (p.extent[d] != 1) move_dim(rank++, d);
  }
  for (int d = 1; d < rank; ++d)  // insertion sort: largest output stride first
    for (int e = d; e > 0 && out.size(out.stride[e - 1]) < out.size(out.stride[e]); --e) {
      const index_t extent = p.extent[e];
      p.extent[e] = p.extent[e - 1];
      p.extent[e - 1] = extent;
      for (int i = 0; i < p.operands; ++i) {
        const index_t stride = p.operand[i].stride[e];
        p.operand[i].stride[e] = p.operand[i].stride[e - 1];
        p.operand[i].stride[e - 1] = stride;
      }
    }
  int merged = 0;
  for (int d = 1; d < rank; ++d) {
    bool fits = true;
    for (int i = 0; i < p.operands; ++i)
      fits = fits && p.operand[i].stride[merged] == p.operand[i].stride[d] * p.extent[d];
    if (fits) {
      const index_t outer = p.extent[merged];
      move_dim(merged, d);
      p.extent[merged] *= outer;
    } else {
      move_dim(++merged, d);
    }
  }
  p.rank = rank == 0 ? 1 : merged + 1;
  if (rank == 0) {
    p.extent[0] = 1;
    for (int i = 0; i < p.operands; ++i) p.operand[i].stride[0] = p.operand[i].item;
  }
}

// ---- units of work -----------------------------------------------------------------------------------------------------
// A unit covers `columns` elements of the last dimension by `rows` of another one:
//
//   rows    a piece of one row. Operands that lie dense along it are used where they are, others copied to a block.
//   tiles   some input is dense along another dimension, as in a + transpose(a): a square piece of the two dimensions, which
//           such an input is transposed into.
//   blocks  the rows are too short to be worth a call: whole dimensions from the end, `columns` elements together, by some
//           indices of the next one; what does not lie dense over all of it is copied.
enum class elementwise_way : std::uint8_t { rows, tiles, blocks };

inline constexpr index_t block_bytes = 32 * 1024;  // all blocks of one thread together: the first-level cache
inline constexpr index_t tile_bytes = 96 * 1024;  // all tiles of one thread: the second-level cache
inline constexpr index_t block_elements = 1024;
inline constexpr index_t stream_block = 512;  // bytes of the widest operand, where all are dense and the output goes around the caches
inline constexpr index_t stream_page = 4096;  // the same, by page
inline constexpr index_t short_row = 64;

struct elementwise_cut {
  elementwise_way way = elementwise_way::rows;
  int row_dim = -1;  // none where way is rows
  index_t columns = 1, rows = 1;
  struct loop_type {
    int dim;
    index_t piece, extent;  // indices of `dim` in a unit, and how many units that makes
  };
  int loops = 0;
  loop_type loop[max_rank];  // from the outermost
  index_t units = 1;
};

// Whether input i is transposed by tiles over dimension d and the last one.
TENON_ALWAYS_INLINE constexpr bool transposed(const elementwise_operand& o, int d, int last) {
  return o.stride[d] == o.item && o.stride[last] != o.item && o.stride[last] != 0;
}

// Always inlined, as plan_copy: a body of its own would not be for every machine.
TENON_ALWAYS_INLINE elementwise_cut cut_elementwise(const elementwise_plan& p) {
  elementwise_cut c;
  const int last = p.rank - 1;
  index_t bytes = 0;
  for (int i = 0; i < p.operands; ++i) bytes += p.operand[i].item;
  index_t block = block_elements;
  while (block > 16 && block * bytes > block_bytes) block /= 2;

  int whole = last;  // dimensions from here on are covered by each unit
  if (last > 0 && p.extent[last] < short_row) {
    c.way = elementwise_way::blocks;
    c.columns = p.extent[last];
    c.row_dim = last - 1;
    while (c.row_dim > 0 && c.columns * p.extent[c.row_dim] < block / 2) c.columns *= p.extent[c.row_dim--];
    whole = c.row_dim + 1;
    c.rows = block > c.columns ? block / c.columns : 1;
  } else {
    index_t longest = 0;
    for (int i = 1; i < p.operands; ++i)
      for (int d = 0; d < last; ++d)
        if (transposed(p.operand[i], d, last) && p.extent[d] > longest) {
          longest = p.extent[d];
          c.row_dim = d;
        }
    if (longest >= 8) {
      index_t item = 1, tiles = 0;  // the largest element, and bytes of one column in all tiles
      for (int i = 1; i < p.operands; ++i)
        if (transposed(p.operand[i], c.row_dim, last)) {
          item = p.operand[i].item > item ? p.operand[i].item : item;
          tiles += p.operand[i].item;
        }
      c.way = elementwise_way::tiles;
      c.rows = item < 4 ? 128 : 512 / item;
      c.columns = block < 512 / item ? block : 512 / item;
      while (c.columns > 16 && c.rows * (c.columns * tiles + 64) > tile_bytes) c.columns /= 2;
      while (c.rows > 1 && c.rows * (c.columns * tiles + 64 * p.operands) > tile_bytes) c.rows /= 2;
    } else {
      c.row_dim = -1;
      bool direct = !p.stream;
      for (int i = 0; i < p.operands; ++i)
        direct = direct && (p.operand[i].stride[last] == p.operand[i].item || p.operand[i].item == 0);
      c.columns = direct ? index_t{16} * 1024 : block;
    }
  }
  const auto add_loop = [&](int d, index_t piece) {
    const index_t count = (p.extent[d] + piece - 1) / piece;
    c.loop[c.loops++] = {d, piece, count};
    c.units *= count;
  };
  for (int d = 0; d < whole; ++d)
    if (d != c.row_dim) add_loop(d, 1);
  if (c.way == elementwise_way::blocks) {
    add_loop(c.row_dim, c.rows);
  } else {
    if (c.row_dim >= 0) add_loop(c.row_dim, c.rows);
    add_loop(last, c.columns);
  }
  return c;
}

// The loop over all elements of a plan. The function that it calls is the program's; gathering, transposing and streaming are its own.
// `grain`: how many elements are worth a thread of their own.
struct elementwise_loop_kernel {
  static constexpr bool dispatched = true;
  using function = void (*)(const context&, const elementwise_plan&, elementwise_function, const void* data, index_t grain);
};

}  // namespace tenon::inline v0::kernels
