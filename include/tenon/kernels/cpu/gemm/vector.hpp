#pragma once
// A row vector times a matrix whose rows are dense.          y (1, n) = x (1, k) B (k, n)
//
// Each element of B is used once, so all that counts is how it is read: y += x_k * (row k of B), 8 rows at a time, so that
// 8 streams keep the memory busy, with y in the first cache.
//
// Precision  The order of additions is that of the tiles: a row of a product has the same bits whether or not there are others
//            beside it.
#include <tenon/kernels/cpu/gemm/epilogue.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::gemm {

inline constexpr index_t vector_bytes = kernels::detail::matmul::vector_bytes;

// y = or += x_0 * row_0 + ... + x_{Rows-1} * row_{Rows-1}.        y has room for whole vectors
template <int Rows, class S, class W>
void add_rows(W* y, index_t n, const S* x, index_t x_step, const S* b, index_t b_row, bool add) {
  using V = vec<W>;
  constexpr index_t N = lanes<W>;
  V factor[Rows];
  TENON_UNROLL(8)
  for (int i = 0; i < Rows; ++i) factor[i] = V(static_cast<W>(x[i * x_step]));
  index_t j = 0;
  for (; j + N <= n; j += N) {
    V sum = add ? V::load(y + j) : V(W{});
    TENON_UNROLL(8)
    for (int i = 0; i < Rows; ++i) sum = multiply_add(factor[i], load_as<W>(b + i * b_row + j), sum);
    sum.store(y + j);
  }
  if (j == n) return;
  V sum = add ? V::load(y + j) : V(W{});
  for (int i = 0; i < Rows; ++i) sum = multiply_add(V(static_cast<W>(x[i * x_step])), load_as<W>(b + i * b_row + j, n - j), sum);
  sum.store(y + j);
}

// `block_sum` has room for n sums in whole vectors, as y has.
template <class S, class W>
void vector_rows(const matmul_plan& p, W* y, W* block_sum, const S* x, const S* b, index_t n) {
  using V = vec<W>;
  constexpr index_t N = lanes<W>;
  const index_t depth = p.depth / parts<S>;
  if (p.k == 0)
    for (index_t j = 0; j < n; j += N) V(W{}).store(y + j);
  for (index_t begin = 0; begin < p.k; begin += depth) {
    const index_t end = smaller(begin + depth, p.k);
    W* const sum = begin == 0 ? y : block_sum;
    index_t k = begin;
    for (; k + 8 <= end; k += 8) add_rows<8>(sum, n, x + k * p.a.column, p.a.column, b + k * p.b.row, p.b.row, k > begin);
    for (; k < end; ++k) add_rows<1>(sum, n, x + k * p.a.column, p.a.column, b + k * p.b.row, p.b.row, k > begin);
    if (begin > 0)
      for (index_t j = 0; j < n; j += N) (V::load(y + j) + V::load(sum + j)).store(y + j);
  }
}

// The columns [column, column + columns) of the result. (Of complex numbers they count reals.)
template <class S>
void compute_row(const matmul_plan& p, const epilogue<S>& end, const matrices<S>& x, index_t column, index_t columns) {
  using W = whole_type<S>;
  const index_t first = column / parts<S>, n = columns / parts<S>;
  alignas(64) std::byte memory[2 * vector_bytes];
  W* const y = reinterpret_cast<W*>(memory);
  vector_rows(p, y, reinterpret_cast<W*>(memory + vector_bytes), x.a, x.b + first * p.b.column, n);
  end.finish(x.out + first * p.out.column, p.out.column, y, end.adds ? x.c + first * p.c.column : nullptr, p.c.column, n);
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::gemm
