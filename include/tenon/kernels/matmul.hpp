#pragma once
// Matrix products: what is computed, and how a call is arranged and cut.
//
//   out (B..., M, N) = alpha * a (B..., M, K) * b (B..., K, N) + beta * c (B..., M, N)
//
// Batch dimensions are broadcast already (stride 0); strides are any. beta = 0 never reads c. K = 0 leaves beta * c. NaN and
// infinity take part as in the naive sum: no product is left out because a factor is zero.
//
// `plan_matmul` is arithmetic over extents and strides, in three steps:
//   arrange   merge batch dimensions; make a batch that shares one b part of M; compute out^T = b^T a^T where that leaves out
//             dense along N
//   choose    M = 1 is a product with a vector; the rest goes by tiles; operands are packed only where that pays
//   cut       out into tiles, each the work of one thread, and the workspace into a slot for each thread
//
// The cut depends on the number of threads, the bits of the result do not: an element is the sum, in order, of blocks of
// `depth` products, and each block is one chain of fused multiply-adds, whichever tile it stands in.
#include <tenon/core/dtype.hpp>
#include <tenon/core/strided.hpp>
#include <tenon/kernels/context.hpp>
#include <tenon/kernels/status.hpp>

namespace tenon::inline v0::kernels {

// What is done with the product. c has out's extents (stride 0 where it is the same for all), or rank 0: there is none.
template <class T>
struct matmul_epilogue {
  compute_t<T> alpha = compute_t<T>(1);
  compute_t<T> beta = compute_t<T>(0);
  strided<const T> c = {};
};

// The type that T is multiplied in: float for half types; a complex number is two real ones; and modulo 2^16 is as good as
// modulo 2^8, for processors have no vector product of bytes.
template <class T>
using matmul_compute_t = std::conditional_t<std::is_integral_v<T> && sizeof(T) == 1, std::int16_t, real_t<compute_t<T>>>;

enum class matmul_algorithm : std::uint8_t {
  tiles,          // out by tiles, in the micro-kernel
  vector_rows,    // M = 1, b dense along N: out += a_k * (row k of b)
  dots,           // few rows, b dense along K; or one element: out_mn = (row m of a) . (column n of b)
};

// Whose kernel: the library's own, or that of the device's vendor (cuBLASLt). automatic: the vendor's, where it is there and
// takes the operands.
enum class product_algorithm : std::uint8_t { automatic, own, library };

inline constexpr int max_batch_rank = max_rank - 2;

// What becomes of what out holds. Only tiles can add to it; the products of tensors assign.
enum class matmul_update : std::uint8_t { assign, add, subtract };

struct matmul_strides {
  index_t batch[max_batch_rank] = {};
  index_t row = 0, column = 0;
  bool conjugated = false;                // a and b, in tiles, where they are packed: their conjugates are multiplied
};

struct matmul_plan {
  index_t m = 0, n = 0, k = 0;            // as arranged
  int batch_rank = 0;
  index_t batch_extent[max_batch_rank] = {};
  index_t batches = 1;
  matmul_strides out, a, b, c;
  bool swapped = false;                   // the roles of a and b: the product is computed transposed

  matmul_algorithm algorithm = matmul_algorithm::tiles;
  matmul_update update = matmul_update::assign;
  product_algorithm wanted = product_algorithm::automatic;
  bool pack_a = false, pack_b = false;    // else read in place
  bool scratch = false;                   // sums stand in the workspace: out has another type, or no dense rows
  bool prefetch = false;                  // the operands come from beyond the second cache

  // Extents of a tile, and of a block of B within it. Of complex numbers these count reals along N and K.
  index_t tile_rows = 0, tile_columns = 0, width = 0, depth = 0;
  index_t row_tiles = 0, column_tiles = 0, tiles = 0;
  index_t slots = 1, tiles_at_once = 1;   // threads that work at once, and how many tiles each takes at a time
  index_t a_bytes = 0, b_bytes = 0, slot_bytes = 0, workspace_bytes = 0;
};

namespace detail::matmul {

// Blocks are measured in bytes, so that they are the same share of a cache for every type.
inline constexpr index_t depth_bytes = 2048;               // a micro-panel of A, 8 x 2 KiB, in the first cache (32 KiB and more)
inline constexpr index_t width_bytes = 768;                // a block of B, 2 KiB x 768 = 384 KiB of floats, in the second
inline constexpr index_t line_bytes = 64;
inline constexpr index_t vector_bytes = 8192;              // the part of a row vector that a thread sums up at a time
inline constexpr index_t most_dot_rows = 8, least_dot_length = 256;
inline constexpr index_t panel_lines = 16, tile_depth = 32;                  // of bfloat16 numbers in pairs (cpu/gemm/pair_pack.hpp)

// What the arithmetic needs to know of an element type, in elements of the type it is multiplied in.
struct facts {
  index_t item, compute_item;             // bytes
  int parts;                              // 2 for complex numbers
  bool converted;
  bool pairs;                             // processors have instructions for pairs of them
  index_t depth, width, line, vector;
};
template <class T>
constexpr facts facts_of() {
  using C = matmul_compute_t<T>;
  constexpr index_t size = sizeof(C);
  return {sizeof(T), size, complex_type<T> ? 2 : 1, !std::is_same_v<C, real_t<T>>, std::is_same_v<T, bfloat16>,
          depth_bytes / size, width_bytes / size,
          line_bytes / size, vector_bytes / size};
}

// Extents, at most, of a tile whose sums stand in the workspace.
inline constexpr index_t scratch_rows = 384;
template <class T>
inline constexpr index_t scratch_columns = 4 * width_bytes / static_cast<index_t>(sizeof(matmul_compute_t<T>));

constexpr index_t ceil_div(index_t a, index_t b) { return (a + b - 1) / b; }
constexpr index_t round_up(index_t a, index_t b) { return ceil_div(a, b) * b; }
constexpr index_t least(index_t a, index_t b) { return a < b ? a : b; }
constexpr index_t most(index_t a, index_t b) { return a > b ? a : b; }
constexpr index_t magnitude(index_t a) { return a < 0 ? -a : a; }

// Drops dimensions of extent 1, and merges neighbours that lie alike in all operands.
constexpr void merge_batches(matmul_plan& p) {
  matmul_strides* const operands[] = {&p.out, &p.a, &p.b, &p.c};
  const int given = p.batch_rank;
  p.batch_rank = 0;
  for (int d = 0; d < given; ++d) {
    const index_t extent = p.batch_extent[d];
    p.batches *= extent;
    if (extent == 1) continue;
    const int last = p.batch_rank - 1;
    bool merge = last >= 0;
    for (const auto* o : operands) merge = merge && o->batch[last] == o->batch[d] * extent;
    const int to = merge ? last : p.batch_rank++;
    p.batch_extent[to] = merge ? p.batch_extent[to] * extent : extent;
    for (auto* o : operands) o->batch[to] = o->batch[d];
  }
}

// (B, M, K) times one (K, N) is (B M, K) times it, if the rows of all B matrices follow one another at one distance.
constexpr void fold_batches(matmul_plan& p) {
  for (; p.batch_rank > 0; --p.batch_rank) {
    const int last = p.batch_rank - 1;
    if (p.b.batch[last] != 0) return;
    for (auto* o : {&p.out, &p.a, &p.c}) {
      if (p.m == 1) o->row = o->batch[last];
      if (o->batch[last] != o->row * p.m) return;
    }
    p.m *= p.batch_extent[last];
    p.batches /= p.batch_extent[last];
  }
}

constexpr void swap_roles(matmul_plan& p) {
  const auto swap = [](auto& x, auto& y) { const auto z = x; x = y; y = z; };
  swap(p.a, p.b);
  swap(p.m, p.n);
  for (auto* o : {&p.out, &p.a, &p.b, &p.c}) swap(o->row, o->column);
  p.swapped = true;
}

constexpr void arrange(matmul_plan& p) {
  if (p.batch_rank > 0) {
    merge_batches(p);
    if (p.batches > 0) fold_batches(p);
  }
  if (p.m > 1 && (p.n == 1 || (p.out.column != 1 && p.out.row == 1))) swap_roles(p);
  if (p.n == 1) p.out.column = p.b.column = 1;             // the stride along an extent of 1 is free to choose
  if (p.k == 1) p.a.column = p.b.row = 1;
}

// A block of B that, with the gaps between its rows, stays in the second cache is as good in place as packed; and for a few
// rows of A, packing costs more than it saves. Likewise for A, whose rows may be far apart as long as they are dense.
constexpr void choose_packing(matmul_plan& p, const facts& f) {
  p.depth = f.depth;
  p.width = f.width;
  const index_t block_rows = least(p.k, f.depth);
  const bool b_spread = block_rows * magnitude(p.b.row) * f.item > index_t{512} * 1024;
  const bool a_spread = block_rows * magnitude(p.a.column) * f.item > index_t{64} * 1024;
  p.pack_b = f.converted || f.parts == 2 || p.b.column != 1 || (b_spread && p.m > 24);
  p.pack_a = f.converted || (p.a.column != 1 && (f.parts == 2 || (a_spread && p.n > 32)));
  const index_t b_size = p.k * p.n * f.item, all = b_size + (p.n + p.k) * p.m * f.item;
  p.prefetch = p.pack_b ? all > index_t{16} << 20 : b_size > index_t{1} << 20;
}

constexpr void choose(matmul_plan& p, const facts& f) {
  p.depth = f.depth;
  p.width = f.width;
  if (p.m == 1 && p.n > 1 && p.b.column == 1) {
    p.algorithm = matmul_algorithm::vector_rows;
    return;
  }
  // Transposing b costs as much as a few of its products; adding up the lanes of a dot product, as much as a short one.
  if ((p.m == 1 && p.n == 1) || (p.b.row == 1 && (p.m == 1 || (p.m <= most_dot_rows && p.k >= least_dot_length)))) {
    p.algorithm = matmul_algorithm::dots;
    p.pack_a = f.converted || p.a.column != 1;
    p.pack_b = p.b.row != 1;                               // n = 1
    return;
  }
  choose_packing(p, f);
  p.scratch = f.converted || p.out.column != 1;
}

// Into more than one, or for more than one thread.
[[gnu::noinline]] constexpr void cut_tiles(matmul_plan& p, const facts& f, index_t most_rows, index_t most_columns) {
  const index_t columns = p.n * f.parts;
  p.row_tiles = ceil_div(p.m, most_rows);
  p.column_tiles = ceil_div(columns, most_columns);
  const auto count = [&p] { return p.batches * p.row_tiles * p.column_tiles; };
  if (p.slots > 1) {                                     // B is packed once for each row of tiles: columns first
    while (count() % p.slots != 0 && count() < 4 * p.slots && columns / (p.column_tiles + 1) >= 2 * f.line) ++p.column_tiles;
    while (count() < p.slots && p.m / (p.row_tiles + 1) >= 16) ++p.row_tiles;
  }
  const index_t whole = f.pairs ? 2 * panel_lines : 24;                              // micro-tiles of 4, 6 or 8 rows
  p.tile_rows = least(p.m, round_up(ceil_div(p.m, p.row_tiles), whole));
  p.tile_columns = least(columns, round_up(ceil_div(columns, p.column_tiles), f.line));
  p.row_tiles = ceil_div(p.m, p.tile_rows);
  p.column_tiles = ceil_div(columns, p.tile_columns);
  p.tiles = count();
  p.slots = least(p.slots, p.tiles);
  const index_t share = p.tiles / (p.slots * 8);
  p.tiles_at_once = p.slots == 1 ? p.tiles : share > 1 ? share : 1;
}

constexpr void cut(matmul_plan& p, const facts& f, int threads) {
  const bool vector = p.algorithm != matmul_algorithm::tiles;
  const index_t columns = p.n * f.parts;
  p.tiles = p.m == 0 || p.n == 0 ? 0 : p.batches;

  // A thread more pays for 4 us of work: 2^19 multiply-adds, or 2^17 bytes that are used only once.
  if (threads > 1) {
    const double elements = static_cast<double>(p.batches) * static_cast<double>(p.n) * static_cast<double>(p.k);
    const double products = elements * static_cast<double>(p.m) * f.parts * f.parts / (1 << 19);
    const double traffic = vector ? elements * static_cast<double>(f.item) / (1 << 17) : 0.0;
    const double worth = products < traffic ? traffic : products;
    p.slots = worth < 2 ? 1 : worth < threads ? static_cast<index_t>(worth) : threads;
  }
  const index_t most_rows = p.scratch ? scratch_rows : 1024;
  const index_t most_columns = vector ? f.vector : p.scratch || p.slots > 1 ? 4 * f.width : 16 * f.width;
  if (p.tiles <= 1 && p.slots == 1 && p.m <= most_rows && columns <= most_columns) {
    p.tile_rows = p.m;
    p.tile_columns = columns;
    p.row_tiles = p.column_tiles = 1;
  } else if (p.tiles > 0) {
    cut_tiles(p, f, most_rows, most_columns);
  }
  const index_t depth = vector ? p.k * f.parts : least(p.k * f.parts, f.depth);
  if (p.pack_a) p.a_bytes = p.tile_rows * round_up((depth + f.line) * f.compute_item, line_bytes);
  if (p.pack_b) p.b_bytes = round_up(depth * f.compute_item, line_bytes) * (vector ? 1 : round_up(least(p.tile_columns, f.width), f.line));
  index_t sum_rows = p.tile_rows;
  if (f.pairs && !vector) {                                // whole panels, of sums as well
    sum_rows = round_up(p.tile_rows, panel_lines);
    const index_t pair_bytes = round_up(depth, tile_depth) * f.item;
    p.a_bytes = most(p.a_bytes, pair_bytes * sum_rows);
    p.b_bytes = most(p.b_bytes, pair_bytes * round_up(least(p.tile_columns, f.width), panel_lines));
  }
  p.slot_bytes = p.a_bytes + p.b_bytes;
  if (p.scratch) p.slot_bytes += sum_rows * round_up(p.tile_columns * f.compute_item, line_bytes);
  p.workspace_bytes = p.slots * p.slot_bytes;
}

}  // namespace detail::matmul

// Reads extents and strides only. All have out's rank, at least 2. The workspace must be aligned to 64 bytes.
template <class T>
constexpr matmul_plan plan_matmul(const strided<T>& out, const strided<const T>& a, const strided<const T>& b,
                                  const matmul_epilogue<T>& epilogue, int threads) {
  const int batch = out.rank - 2;
  matmul_plan p;
  p.m = out.extent[batch];
  p.n = out.extent[batch + 1];
  p.k = a.extent[batch + 1];
  p.batch_rank = batch;
  for (int d = 0; d < batch; ++d) p.batch_extent[d] = out.extent[d];
  matmul_strides* const operands[] = {&p.out, &p.a, &p.b, &p.c};
  const index_t* const strides[] = {out.stride, a.stride, b.stride, epilogue.c.stride};      // all 0 where there is no c
  for (int i = 0; i < 4; ++i) {
    for (int d = 0; d < batch; ++d) operands[i]->batch[d] = strides[i][d];
    operands[i]->row = strides[i][batch];
    operands[i]->column = strides[i][batch + 1];
  }
  constexpr auto facts = detail::matmul::facts_of<T>();
  detail::matmul::arrange(p);
  detail::matmul::choose(p, facts);
  detail::matmul::cut(p, facts, threads);
  return p;
}

// The signature that every device implements. out overlaps no other operand.
template <class T>
struct matmul_kernel {
  static constexpr bool dispatched = true;
  using function = status (*)(const context&, const matmul_plan&, strided<T> out, strided<const T> a, strided<const T> b,
                              const matmul_epilogue<T>&, std::byte* workspace);
};

}  // namespace tenon::inline v0::kernels
