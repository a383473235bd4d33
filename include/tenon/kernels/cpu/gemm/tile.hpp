#pragma once
// A tile of C, from strided operands to the finished result: the work of one thread.
//
//   for each block of `depth` along K                           Goto & van de Geijn's loop 4
//     pack A's block, if the plan says so
//     for each block of `width` columns of B                     loops 5 and 3
//       pack B's block, if the plan says so
//       C =, += or -= A block * B block                              loops 2 and 1, and the micro-kernel
//   alpha, beta, c, conversion, strides of out, if there is anything to do
//
// Each thread packs for itself: no thread waits for another, and the copies cost 1 / tile_rows and 1 / tile_columns of the
// work. Complex numbers: everything here counts reals along N and K.
#include <tenon/kernels/cpu/gemm/epilogue.hpp>
#include <tenon/kernels/cpu/gemm/micro_kernel.hpp>
#include <tenon/kernels/cpu/gemm/pack.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::gemm {

template <class S>
void compute_tile(const matmul_plan& p, const epilogue<S>& end, const matrices<S>& x, index_t row, index_t rows, index_t column,
                  index_t columns, std::byte* slot) {
  using T = compute_type<S>;
  constexpr index_t P = parts<S>;
  const index_t line = 64 / static_cast<index_t>(sizeof(T)), all_k = p.k * P;
  T* const packed_a = reinterpret_cast<T*>(slot);
  T* const packed_b = reinterpret_cast<T*>(slot + p.a_bytes);
  S* const out = x.out + row * p.out.row + column / P * p.out.column;

  T* const c = p.scratch ? reinterpret_cast<T*>(slot + p.a_bytes + p.b_bytes) : reinterpret_cast<T*>(out);
  block_strides s = {};
  s.c_row = p.scratch ? (columns + line - 1) / line * line : p.out.row * P;
  for (index_t k = 0; k == 0 || k < all_k; k += p.depth) {
    s.k = smaller(all_k - k, p.depth);
    s.update = k > 0 && p.update == matmul_update::assign ? matmul_update::add : p.update;
    const S* const block_a = x.a + row * p.a.row + k / P * p.a.column;
    const S* const block_b = x.b + column / P * p.b.column + k / P * p.b.row;
    const T* a = reinterpret_cast<const T*>(block_a);
    s.a_row = p.a.row * P;
    s.a_k = P == 1 ? p.a.column : 1;
    if (p.pack_a) {
      a = packed_a;
      s.a_row = s.k / line * line + line;                                 // not a power of two: rows would share cache sets
      s.a_k = 1;
      pack_a(packed_a, s.a_row, block_a, p.a.row, p.a.column, rows, s.k / P, p.a.conjugated);
    }
    if (P == 1 && !p.pack_b) {
      s.b_k = p.b.row;
      multiply_by_columns(a, reinterpret_cast<const T*>(block_b), c, rows, columns, s, p.prefetch);
      continue;
    }
    for (index_t j = 0; j < columns; j += p.width) {
      const index_t width = smaller(columns - j, p.width);
      s.b_k = (width + line - 1) / line * line;
      pack_b(packed_b, s.b_k, block_b + j / P * p.b.column, p.b.row, p.b.column, s.k / P, width / P, p.b.conjugated);
      multiply_by_rows(a, packed_b, c + j, rows, width, s, p.prefetch);
    }
  }

  if (p.scratch || !end.empty()) end.finish_tile(p, x, reinterpret_cast<const whole_type<S>*>(c), s.c_row / P, row, rows, column / P, columns / P);
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::gemm
