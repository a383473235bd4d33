#pragma once
// A product by dot products.          y (rows, n) = A (rows, k) B (k, n),   A dense along k, and B too: its columns are vectors
//
// For a few rows and a B whose columns are dense (a layer's weights, stored as (out, in)): each element of B is used only `rows`
// times, which does not pay for transposing it. Vectors run along k; a block of dot products shares its loads, as a
// micro-tile does, and is summed across lanes at the end. That end is why k must not be short.
//
// Precision  Each sum runs in 2 vectors over a block of k, block sums are added up, and then the lanes in pairs: far more,
//            shorter chains than in the tiles, so the bits differ from theirs. They are the same for each row and column.
#include <tenon/kernels/cpu/gemm/epilogue.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::gemm {

// Columns of y that are finished at a time: a part of B that stays in the second cache while all rows of A pass by.
inline constexpr index_t dots_chunk = 128, dots_chunk_bytes = 384 * 1024;

// How many dot products share their loads: rows, and columns for each number of rows.
inline constexpr int dots_rows = register_count == 32 ? 4 : 2;
template <class S>
constexpr int dots_columns(int rows) {
  const int most = (register_count == 32 ? 24 : 10) / (2 * rows * static_cast<int>(parts<S>));
  return most > 4 ? 4 : most < 1 ? 1 : most;
}

template <class W>
TENON_INLINE W sum_lanes(vec<W> v) {
  if constexpr (complex_type<W>) return __builtin_bit_cast(W, complex_parts<real_t<W>>{reduce_add(v.re), reduce_add(v.im)});
  else return reduce_add(v);
}

// y (Rows, Columns), its columns y_column apart; `block` terms are summed up at a time.
template <int Rows, int Columns, class S, class W>
void dot_products(W* y, index_t y_row, index_t y_column, const W* a, index_t a_row, const S* b, index_t b_column, index_t k,
                  index_t block) {
  using V = vec<W>;
  constexpr index_t N = lanes<W>;
  V total[Rows][Columns];
  TENON_UNROLL(4)
  for (int r = 0; r < Rows; ++r)
    TENON_UNROLL(4)
    for (int c = 0; c < Columns; ++c) total[r][c] = V(W{});

  for (index_t begin = 0; begin < k; begin += block) {
    const index_t end = smaller(begin + block, k);
    V sum[2][Rows][Columns];
    TENON_UNROLL(2)
    for (int u = 0; u < 2; ++u)
      TENON_UNROLL(4)
      for (int r = 0; r < Rows; ++r)
        TENON_UNROLL(4)
        for (int c = 0; c < Columns; ++c) sum[u][r][c] = V(W{});
    const auto step = [&](int u, index_t i) TENON_INLINE_LAMBDA {
      V column[Columns];
      TENON_UNROLL(4)
      for (int c = 0; c < Columns; ++c) column[c] = load_as<W>(b + c * b_column + i);
      TENON_UNROLL(4)
      for (int r = 0; r < Rows; ++r) {
        const V row = V::load(a + r * a_row + i);
        TENON_UNROLL(4)
        for (int c = 0; c < Columns; ++c) sum[u][r][c] = multiply_add(row, column[c], sum[u][r][c]);
      }
    };
    index_t i = begin;
    for (; i + 2 * N <= end; i += 2 * N) {
      step(0, i);
      step(1, i + N);
    }
    if (i + N <= end) {
      step(0, i);
      i += N;
    }
    if (i < end) {                                   // once in all: not worth a load of its own for each row and column
      V row[Rows], column[Columns];
      for (int r = 0; r < Rows; ++r) row[r] = V::load(a + r * a_row + i, end - i);
      for (int c = 0; c < Columns; ++c) column[c] = load_as<W>(b + c * b_column + i, end - i);
      TENON_UNROLL(4)
      for (int r = 0; r < Rows; ++r)
        TENON_UNROLL(4)
        for (int c = 0; c < Columns; ++c) sum[1][r][c] = multiply_add(row[r], column[c], sum[1][r][c]);
    }
    TENON_UNROLL(4)
    for (int r = 0; r < Rows; ++r)
      TENON_UNROLL(4)
      for (int c = 0; c < Columns; ++c) total[r][c] = total[r][c] + (sum[0][r][c] + sum[1][r][c]);
  }
  TENON_UNROLL(4)
  for (int r = 0; r < Rows; ++r)
    TENON_UNROLL(4)
    for (int c = 0; c < Columns; ++c) y[r * y_row + c * y_column] = sum_lanes(total[r][c]);
}

// All n columns for `Rows` rows. One that is left of two takes the place of both: with fma it takes no longer than it would by
// itself, where each sum waits for the one before, and it needs no function of its own.
template <int Rows, class S, class W>
void dot_rows(W* y, index_t y_row, const W* a, index_t a_row, const S* b, index_t b_column, index_t n, index_t k, index_t block) {
  constexpr int Columns = dots_columns<S>(Rows), Rest = Rows > 1 && Columns == 2 ? 2 : 1;
  index_t j = 0;
  for (; j + Columns <= n; j += Columns)
    dot_products<Rows, Columns>(y + j, y_row, 1, a, a_row, b + j * b_column, b_column, k, block);
  for (; j < n; ++j) dot_products<Rows, Rest>(y + j, y_row, 0, a, a_row, b + j * b_column, 0, k, block);
}

// The same for `rows` rows, 1 to Rows.
template <int Rows, class S, class W>
void dot_some_rows(index_t rows, W* y, index_t y_row, const W* a, index_t a_row, const S* b, index_t b_column, index_t n, index_t k, index_t block) {
  if constexpr (Rows > 1)
    if (rows < Rows) return dot_some_rows<Rows - 1>(rows, y, y_row, a, a_row, b, b_column, n, k, block);
  dot_rows<Rows>(y, y_row, a, a_row, b, b_column, n, k, block);
}

// n values `step` apart.
template <class S, class W>
void copy_strided(W* to, const S* from, index_t step, index_t n) {
  for (index_t i = 0; i < n; ++i) to[i] = static_cast<W>(from[i * step]);
}

// All rows of the columns [column, column + columns) of C. (Of complex numbers the columns count reals.)
template <class S>
void compute_dots(const matmul_plan& p, const epilogue<S>& end, const matrices<S>& x, index_t column, index_t columns, std::byte* slot) {
  using W = whole_type<S>;
  const W* a = reinterpret_cast<const W*>(x.a);
  index_t a_row = p.a.row;
  if (!std::is_same_v<S, W> || p.pack_a) {
    W* const copy = reinterpret_cast<W*>(slot);
    for (index_t i = 0; i < p.m; ++i) copy_strided(copy + i * p.k, x.a + i * p.a.row, p.a.column, p.k);
    a = copy;
    a_row = p.k;
  }
  const S* b = x.b;
  if (p.pack_b) {                                              // one column, whose elements are apart
    S* const copy = reinterpret_cast<S*>(slot + p.a_bytes);
    copy_strided(copy, x.b, p.b.row, p.k);
    b = copy;
  }

  alignas(64) std::byte memory[kernels::detail::matmul::most_dot_rows * dots_chunk * sizeof(W)];
  W* const y = reinterpret_cast<W*>(memory);
  const index_t first = column / parts<S>, last = first + columns / parts<S>, block = 4 * p.depth;
  index_t chunk = dots_chunk;
  if (p.m > dots_rows)
    while (chunk > 8 && chunk * p.k * static_cast<index_t>(sizeof(S)) > dots_chunk_bytes) chunk /= 2;
  for (index_t j = first; j < last; j += chunk) {
    const index_t n = smaller(last - j, chunk);
    for (index_t i = 0; i < p.m; i += dots_rows)
      dot_some_rows<dots_rows>(smaller(p.m - i, dots_rows), y + i * n, n, a + i * a_row, a_row, b + j * p.b.column, p.b.column, n,
                               p.k, block);
    for (index_t i = 0; i < p.m; ++i)
      end.finish(x.out + i * p.out.row + j * p.out.column, p.out.column, y + i * n, end.adds ? x.c + i * p.c.row + j * p.c.column : nullptr,
                 p.c.column, n);
  }
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::gemm
