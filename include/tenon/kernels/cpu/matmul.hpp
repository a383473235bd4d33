#pragma once
// Matrix product on the CPU.        out (B..., M, N) = alpha * a (B..., M, K) * b (B..., K, N) + beta * c
#include <tenon/kernels/cpu/arch.hpp>
#include <tenon/kernels/cpu/gemm/tile.hpp>
#include <tenon/kernels/cpu/gemm/vector.hpp>
#include <tenon/kernels/matmul.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH {

namespace gemm {

// Tiles [begin, end), with the workspace of one slot.
template <class S>
void compute_tiles(const matmul_plan& p, const epilogue<S>& end_of, const matrices<S>& all, index_t begin, index_t end, std::byte* slot) {
  const index_t all_columns = p.n * parts<S>;
  for (index_t tile = begin; tile < end; ++tile) {
    index_t rest = tile;
    const index_t column = rest % p.column_tiles * p.tile_columns;
    rest /= p.column_tiles;
    const index_t row = rest % p.row_tiles * p.tile_rows;
    rest /= p.row_tiles;
    matrices<S> x = all;
    for (int d = p.batch_rank - 1; d >= 0; --d) {
      const index_t at = rest % p.batch_extent[d];
      rest /= p.batch_extent[d];
      x.out += at * p.out.batch[d];
      x.a += at * p.a.batch[d];
      x.b += at * p.b.batch[d];
      if (end_of.adds) x.c += at * p.c.batch[d];
    }
    const index_t columns = smaller(all_columns - column, p.tile_columns);
    if (p.algorithm == matmul_algorithm::tiles) compute_tile(p, end_of, x, row, smaller(p.m - row, p.tile_rows), column, columns, slot);
    else compute_row(p, end_of, x, column, columns, slot);
  }
}

}  // namespace gemm

template <class T>
status run_matmul(const context& ctx, const matmul_plan& plan, strided<T> out, strided<const T> a, strided<const T> b,
                  const matmul_epilogue<T>& e, std::byte* workspace) {
  const gemm::epilogue<T> end(e);
  gemm::matrices<T> x = {out.data, a.data, b.data, e.c.data};
  if (plan.swapped) {
    x.a = b.data;
    x.b = a.data;
  }
  if (plan.tiles == 1 && plan.algorithm == matmul_algorithm::tiles) {
    gemm::compute_tile(plan, end, x, 0, plan.m, 0, plan.tile_columns, workspace);
    return {};
  }
  if (plan.tiles <= plan.tiles_at_once) {
    gemm::compute_tiles(plan, end, x, 0, plan.tiles, workspace);
    return {};
  }
  index_t next = 0;
  ctx.parallel(plan.slots, [&](index_t slot) {
    for (;;) {
      const index_t begin = __atomic_fetch_add(&next, plan.tiles_at_once, __ATOMIC_RELAXED);
      if (begin >= plan.tiles) break;
      gemm::compute_tiles(plan, end, x, begin, gemm::smaller(begin + plan.tiles_at_once, plan.tiles), workspace + slot * plan.slot_bytes);
    }
  });
  return {};
}

template <class T>
constexpr typename matmul_kernel<T>::function function_of(matmul_kernel<T>, this_arch) {
  return &run_matmul<T>;
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH
