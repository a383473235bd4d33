#pragma once
// The innermost part of a matrix product: a tile of C that lives in registers.
//
//   C (rows, columns) =, += or -= A (rows, k) B (k, columns)       rows <= micro_rows,  columns <= micro_vectors * lanes
//
// Method     Goto & van de Geijn, "Anatomy of High-Performance Matrix Multiplication", ACM TOMS 34(3), 2008; the register tile
//            as in BLIS (Van Zee & van de Geijn, ACM TOMS 41(3), 2015). A step along k is a rank-1 update: load a row of B into
//            `Vectors` registers, spread one value of A over a register for each of `Rows` rows, Rows * Vectors multiply-adds.
// Tile       Each accumulator is a chain of dependent fmas, so there must be at least latency x units of them (4 x 2); and loads
//            (Rows + Vectors) must be fewer than fmas, for the core has as many ports for one as for the other. AVX-512 and
//            NEON have 32 registers: 8 x 3 + 3 + 1. AVX2 has 16: 6 x 2 + 2 + 1. SSE needs a register for the product: 4 x 2.
// Operands   A with any strides, B with dense rows: the body is the same whether they were packed or not.
// Edges      Each size of tile is a function of its own in a table, so a remainder wastes nothing but lanes. The last vector of a
//            row may be partly filled. With AVX-512 it always counts as such, as a masked load costs what a plain one costs;
//            elsewhere it is a second function; and with SSE the columns beyond whole vectors are copied first.
// Precision  An element of C is one chain of fmas in the order of k, whatever the tile and the place in it.
// Tried      On a Zen 5 core with a peak of 245 GFLOP/s, A and B in L2: 8 x 3 vectors reach 245, 14 x 2 244, 6 x 4 241,
//            9 x 3 241, 5 x 5 241, 12 x 2 233. Masked loads in a full 8 x 3 tile: 247 against 250 with AVX-512, but 111 against
//            121 with AVX2, and 13 against 43 with SSE, where they go element by element. Unrolling along k: nothing.
//            The pointers a, b, c in the struct beside the strides: written one by one and read two at a time they miss the
//            store buffer's forwarding, which doubles the time of a 4 x 4 product (18 ns, with pointers in registers 10).
#include <tenon/kernels/cpu/gemm/types.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::gemm {

inline constexpr int micro_rows = register_count == 32 ? 8 : has_fma ? 6 : 4;
inline constexpr int micro_vectors = register_count == 32 ? 3 : 2;
inline constexpr bool masks_are_free = register_bytes == 64;
inline constexpr bool partial_by_copy = !has_fma;    // SSE: a partly filled vector is read by elements

// What all micro-tiles of a block share. B and C are dense along their rows.
struct block_strides {
  index_t k;
  index_t a_row, a_k, b_k, c_row;
  matmul_update update;                 // what becomes of what C holds
};

enum class access {
  plain,
  partial,                              // the last vector holds fewer columns than it has lanes
  ahead,                                // plain, and fetches the next micro-panel of B: the columns right of these
};

// `last`: columns in the last vector, 1 .. lanes.
template <class T, int Rows, int Vectors, access Access>
void micro_kernel(const T* a, const T* b, T* c, index_t last, const block_strides& s) {
  constexpr int N = lanes<T>;
  using V = vec<T>;
  constexpr bool masked = masks_are_free || Access == access::partial;
  const auto load = [last](const T* from, int j) TENON_INLINE_LAMBDA {
    return masked && j == Vectors - 1 ? V::from_array(detail::load_first<T, N>(from + j * N, last)) : V::load(from + j * N);
  };
  const auto store = [last](V x, T* to, int j) TENON_INLINE_LAMBDA {
    if (masked && j == Vectors - 1) detail::store_first<T, N>(to + j * N, last, x.lanes_array());
    else x.store(to + j * N);
  };
  V sum[Rows][Vectors];
  TENON_UNROLL(16)
  for (int i = 0; i < Rows; ++i)
    TENON_UNROLL(16)
    for (int j = 0; j < Vectors; ++j) sum[i][j] = V(T{0});

  const index_t a_row = s.a_row, a_k = s.a_k, b_k = s.b_k;
  for (index_t k = s.k; k > 0; --k, a += a_k, b += b_k) {
    V row[Vectors];
    TENON_UNROLL(16)
    for (int j = 0; j < Vectors; ++j) row[j] = load(b, j);
    if constexpr (Access == access::ahead)
      for (int j = 0; j < Vectors; ++j) __builtin_prefetch(b + (Vectors + j) * N, 0, 2);
    TENON_UNROLL(16)
    for (int i = 0; i < Rows; ++i) {
      const V x(a[i * a_row]);
      TENON_UNROLL(16)
      for (int j = 0; j < Vectors; ++j) sum[i][j] = fma(x, row[j], sum[i][j]);
    }
  }

  const index_t c_row = s.c_row;
  if (s.update != matmul_update::assign) {
    const V sign(static_cast<T>(s.update == matmul_update::add ? 1 : -1));
    TENON_UNROLL(16)
    for (int i = 0; i < Rows; ++i)
      TENON_UNROLL(16)
      for (int j = 0; j < Vectors; ++j) sum[i][j] = fma(sign, sum[i][j], load(c + i * c_row, j));
  }
  TENON_UNROLL(16)
  for (int i = 0; i < Rows; ++i, c += c_row)
    TENON_UNROLL(16)
    for (int j = 0; j < Vectors; ++j) store(sum[i][j], c, j);
}

// All sizes of micro-tile. Reading ahead exists for the widest only, and not for SSE, which computes more slowly than memory reads.
template <class T>
struct micro_kernels {
  using function = void (*)(const T* a, const T* b, T* c, index_t last, const block_strides&);
  function of[micro_rows][micro_vectors][3];

  constexpr micro_kernels() : of{} { fill(std::make_integer_sequence<int, micro_rows * micro_vectors>{}); }

 private:
  template <int I, access Access>
  static constexpr function at = &micro_kernel<T, I / micro_vectors + 1, I % micro_vectors + 1, Access>;
  template <int... I>
  constexpr void fill(std::integer_sequence<int, I...>) {
    constexpr int widest = micro_vectors - 1;
    ((of[I / micro_vectors][I % micro_vectors][0] = at<I, access::plain>,
      of[I / micro_vectors][I % micro_vectors][1] = at<I, masks_are_free || partial_by_copy ? access::plain : access::partial>,
      of[I / micro_vectors][I % micro_vectors][2] = at<I, has_fma && I % micro_vectors == widest ? access::ahead : access::plain>),
     ...);
  }
};
template <class T>
inline constexpr micro_kernels<T> micro_kernel_table;

// The next piece of `rest`: `most` at a time, but what is left for the last two is shared evenly: a sliver uses the machine badly.
TENON_INLINE index_t next_piece(index_t rest, index_t most) {
  return rest >= 2 * most || rest == most ? most : rest > most ? (rest + 1) / 2 : rest;
}

// The next tile along a row of which `columns` are left: its vectors, and the columns in the last of them.
struct tile_width {
  index_t vectors, last;
};
template <class T>
TENON_INLINE tile_width next_width(index_t columns) {
  constexpr index_t N = lanes<T>;
  const index_t vectors = next_piece((columns + N - 1) / N, micro_vectors);
  return {vectors, smaller(columns - (vectors - 1) * N, N)};
}

// Fewer columns than a vector has lanes, by way of whole vectors: all of B's are copied once, a tile of C at a time.
// s.k <= depth.
template <class T>
void multiply_narrow(const T* a, const T* b, T* c, index_t rows, index_t columns, const block_strides& s) {
  using V = vec<T>;
  constexpr index_t N = lanes<T>, depth = kernels::detail::matmul::depth_bytes / static_cast<index_t>(sizeof(T));
  alignas(64) T strip[depth * N], tile[micro_rows * N];
  for (index_t k = 0; k < s.k; ++k) V::load(b + k * s.b_k, columns).store(strip + k * N);
  const block_strides whole = {s.k, s.a_row, s.a_k, N, N, s.update};
  for (index_t i = 0, height; i < rows; i += height, c += height * s.c_row) {
    height = next_piece(rows - i, micro_rows);
    if (s.update != matmul_update::assign)
      for (index_t y = 0; y < height; ++y) V::load(c + y * s.c_row, columns).store(tile + y * N);
    micro_kernel_table<T>.of[height - 1][0][0](a + i * s.a_row, strip, tile, N, whole);
    for (index_t y = 0; y < height; ++y) V::load(tile + y * N).store(c + y * s.c_row, columns);
  }
}
// Does so with the last columns, if need be; how many there are before them.
template <class T>
TENON_INLINE index_t whole_columns(const T* a, const T* b, T* c, index_t rows, index_t columns, const block_strides& s) {
  if constexpr (partial_by_copy) {
    const index_t narrow = columns % lanes<T>, whole = columns - narrow;
    if (narrow > 0) multiply_narrow(a, b + whole, c + whole, rows, narrow, s);
    return whole;
  }
  return columns;
}

// A block of C by micro-tiles, down the columns: a micro-panel of B (k x 48 floats) stays in the second cache while all rows
// of A pass by, and B itself passes once. `ahead`: B comes from memory; its next micro-panel is on the way meanwhile.
template <class T>
void multiply_by_columns(const T* a, const T* b, T* c, index_t rows, index_t columns, const block_strides& s, bool ahead) {
  constexpr index_t N = lanes<T>;
  columns = whole_columns(a, b, c, rows, columns, s);
  for (index_t j = 0; j < columns;) {
    const auto [vectors, last] = next_width<T>(columns - j);
    const int kind = last < N ? 1 : ahead ? 2 : 0;
    for (index_t i = 0, height; i < rows; i += height) {
      height = next_piece(rows - i, micro_rows);
      micro_kernel_table<T>.of[height - 1][vectors - 1][kind](a + i * s.a_row, b + j, c + i * s.c_row + j, last, s);
    }
    j += vectors * N;
  }
}

// The same along the rows: a micro-panel of A (8 x k) stays in the first cache while all of B's block passes from the second.
// `ahead`: A and C come from memory; the next rows of A and the tile of C are fetched meanwhile.
template <class T>
void multiply_by_rows(const T* a, const T* b, T* c, index_t rows, index_t columns, const block_strides& s, bool ahead) {
  constexpr index_t N = lanes<T>, line = 64 / static_cast<index_t>(sizeof(T));
  columns = whole_columns(a, b, c, rows, columns, s);
  for (index_t i = 0, height; i < rows; i += height) {
    height = next_piece(rows - i, micro_rows);
    const index_t next_row = i + height, next_height = smaller(rows - next_row, micro_rows);
    index_t fetched = 0;
    for (index_t j = 0; j < columns;) {
      const auto [vectors, last] = next_width<T>(columns - j);
      T* const tile = c + i * s.c_row + j;
      const index_t next = j + vectors * N;
      if (ahead) {
        for (index_t y = 0; y < height; ++y)
          for (index_t x = 0; x < vectors; ++x) __builtin_prefetch(tile + y * s.c_row + x * N, 1);
        const index_t end = s.k * smaller(next, columns) / columns;
        for (; fetched < end; fetched += line)
          for (index_t y = 0; y < next_height; ++y) __builtin_prefetch(a + (next_row + y) * s.a_row + fetched * s.a_k);
      }
      micro_kernel_table<T>.of[height - 1][vectors - 1][last < N](a + i * s.a_row, b + j, tile, last, s);
      j = next;
    }
  }
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::gemm
