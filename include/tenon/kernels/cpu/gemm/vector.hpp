#pragma once
// A row vector times a matrix.          y (1, n) = x (1, k) B (k, n)
//
// Each element of B is used once, so all that counts is how it is read: along the direction in which it is dense, in several
// streams at a time.
//
//   rows   B dense along n. y += x_k * (row k of B), 8 rows at a time, with y in the first cache. The order of additions is
//          that of the tiles, so a row of a product has the same bits whether or not there are others beside it.
//   dots   B dense along k. y_j = x . (column j of B), a few columns at a time. A dot product is summed in 4 vectors (4 chains
//          cover the latency of an fma), these in pairs at the end of each block of k; its order is the same for each j, but it
//          is not that of the tiles.
#include <tenon/kernels/cpu/gemm/epilogue.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::gemm {

inline constexpr index_t vector_bytes = kernels::detail::matmul::vector_bytes;

// n values, as they are computed with.
template <class S, class W>
void copy_strided(W* to, const S* from, index_t step, index_t n) {
  for (index_t i = 0; i < n; ++i) to[i] = static_cast<W>(from[i * step]);
}

// y = or += x_0 * row_0 + ... + x_{Rows-1} * row_{Rows-1}
template <int Rows, class S, class W>
void add_rows(W* y, index_t n, const S* x, index_t x_step, const S* b, index_t b_row, bool add) {
  using V = vec<W>;
  constexpr index_t N = lanes<W>;
  V factor[Rows];
#pragma GCC unroll 8
  for (int i = 0; i < Rows; ++i) factor[i] = V(static_cast<W>(x[i * x_step]));
  const auto step = [&](index_t j, auto... count) __attribute__((always_inline)) {
    V sum = add ? V::load(y + j, count...) : V(W{});
#pragma GCC unroll 8
    for (int i = 0; i < Rows; ++i) sum = multiply_add(factor[i], load_as<W>(b + i * b_row + j, count...), sum);
    sum.store(y + j, count...);
  };
  index_t j = 0;
  for (; j + N <= n; j += N) step(j);
  if (j < n) step(j, n - j);
}

// `block_sum` has room for n sums, as y has.
template <class S, class W>
void vector_rows(const matmul_plan& p, W* y, W* block_sum, const S* x, const S* b, index_t n) {
  using V = vec<W>;
  constexpr index_t N = lanes<W>;
  const index_t depth = p.depth / parts<S>;
  if (p.k == 0)
    for (index_t j = 0; j < n; j += N) V(W{}).store(y + j, smaller(n - j, N));
  for (index_t begin = 0; begin < p.k; begin += depth) {
    const index_t end = smaller(begin + depth, p.k);
    W* const sum = begin == 0 ? y : block_sum;
    index_t k = begin;
    for (; k + 8 <= end; k += 8) add_rows<8>(sum, n, x + k * p.a.column, p.a.column, b + k * p.b.row, p.b.row, k > begin);
    for (; k < end; ++k) add_rows<1>(sum, n, x + k * p.a.column, p.a.column, b + k * p.b.row, p.b.row, k > begin);
    if (begin > 0)
      for (index_t j = 0; j < n; j += N) {
        const index_t count = smaller(n - j, N);
        (V::load(y + j, count) + V::load(sum + j, count)).store(y + j, count);
      }
  }
}

// y_c = x . b_c for `Columns` vectors b_c, `b_column` apart, all dense.
template <int Columns, class S, class W>
void dot_columns(W* y, const W* x, const S* b, index_t b_column, index_t k, index_t block) {
  using V = vec<W>;
  constexpr index_t N = lanes<W>;
  V total[Columns];
#pragma GCC unroll 4
  for (int c = 0; c < Columns; ++c) total[c] = V(W{});
  for (index_t begin = 0; begin < k; begin += block) {
    const index_t end = smaller(begin + block, k);
    V sum[Columns][4];
#pragma GCC unroll 4
    for (int c = 0; c < Columns; ++c)
#pragma GCC unroll 4
      for (int u = 0; u < 4; ++u) sum[c][u] = V(W{});
    const auto step = [&](index_t i, int u, auto... count) __attribute__((always_inline)) {
      const V factor = V::load(x + i, count...);
#pragma GCC unroll 4
      for (int c = 0; c < Columns; ++c) sum[c][u] = multiply_add(factor, load_as<W>(b + c * b_column + i, count...), sum[c][u]);
    };
    index_t i = begin;
    for (; i + 4 * N <= end; i += 4 * N)
#pragma GCC unroll 4
      for (int u = 0; u < 4; ++u) step(i + u * N, u);
    for (; i + N <= end; i += N) step(i, 0);
    if (i < end) step(i, 0, end - i);
#pragma GCC unroll 4
    for (int c = 0; c < Columns; ++c) total[c] = total[c] + ((sum[c][0] + sum[c][1]) + (sum[c][2] + sum[c][3]));
  }
#pragma GCC unroll 4
  for (int c = 0; c < Columns; ++c) {
    if constexpr (complex_type<W>)
      y[c] = __builtin_bit_cast(W, complex_parts<real_t<W>>{reduce_add(total[c].re), reduce_add(total[c].im)});
    else
      y[c] = reduce_add(total[c]);
  }
}

template <class S, class W>
void vector_dots(const matmul_plan& p, W* y, const W* x, const S* b, index_t n) {
  constexpr int Columns = (register_count == 32 ? 4 : 2) / static_cast<int>(parts<S>);
  const index_t block = 8 * p.depth;
  index_t j = 0;
  for (; j + Columns <= n; j += Columns) dot_columns<Columns>(y + j, x, b + j * p.b.column, p.b.column, p.k, block);
  for (; j < n; ++j) dot_columns<1>(y + j, x, b + j * p.b.column, p.b.column, p.k, block);
}

// The columns [column, column + columns) of the result. (Reals, if the numbers are complex.)
template <class S>
void compute_row(const matmul_plan& p, const epilogue<S>& end, const matrices<S>& x, index_t column, index_t columns, std::byte* slot) {
  using W = whole_type<S>;
  constexpr bool as_stored = std::is_same_v<S, W>;
  const index_t first = column / parts<S>, n = columns / parts<S>;
  const S* const b = x.b + first * p.b.column;
  alignas(64) std::byte memory[2 * vector_bytes];
  W* const y = reinterpret_cast<W*>(memory);
  if (p.algorithm == matmul_algorithm::vector_rows) {
    vector_rows(p, y, reinterpret_cast<W*>(memory + vector_bytes), x.a, b, n);
  } else {
    const W* dense_x = reinterpret_cast<const W*>(x.a);
    if (!as_stored || p.pack_a) {
      W* const copy = reinterpret_cast<W*>(slot);
      copy_strided(copy, x.a, p.a.column, p.k);
      dense_x = copy;
    }
    if (p.pack_b) {
      W* const copy = reinterpret_cast<W*>(slot + p.a_bytes);
      copy_strided(copy, b, p.b.row, p.k);
      vector_dots(p, y, dense_x, copy, n);
    } else {
      vector_dots(p, y, dense_x, b, n);
    }
  }
  const S* const c = end.adds ? x.c + first * p.c.column : nullptr;
  end.finish(x.out + first * p.out.column, p.out.column, y, c, p.c.column, n);
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::gemm
