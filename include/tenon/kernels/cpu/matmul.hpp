#pragma once
// Matrix product on the CPU.        out (B..., M, N) = alpha * a (B..., M, K) * b (B..., K, N) + beta * c
#include <tenon/kernels/cpu/arch.hpp>
#include <tenon/kernels/cpu/gemm/dots.hpp>
#include <tenon/kernels/cpu/gemm/pair_tile.hpp>
#include <tenon/kernels/cpu/gemm/tile.hpp>
#include <tenon/kernels/cpu/gemm/vector.hpp>
#include <tenon/kernels/matmul.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH {

namespace gemm {

template <class S>
void compute(const matmul_plan& p, const epilogue<S>& end, const matrices<S>& x, index_t row, index_t rows, index_t column, index_t columns,
             std::byte* slot) {
  switch (p.algorithm) {
    case matmul_algorithm::tiles:
#if defined(TENON_HAS_BFLOAT16_UNITS)
      if constexpr (std::is_same_v<S, bfloat16>)
        if (const auto unit = pair_unit(p); unit != bfloat16_unit::none)
          return compute_pair_tile(unit, p, end, x, row, rows, column, columns, slot);
#endif
      return compute_tile(p, end, x, row, rows, column, columns, slot);
    case matmul_algorithm::vector_rows: return compute_row(p, end, x, column, columns);
    case matmul_algorithm::dots: return compute_dots(p, end, x, column, columns, slot);
  }
}

// Tiles [first, last), with the workspace of one slot. The columns of a matrix count fastest, then its rows, then the batch.
template <class S>
void compute_tiles(const matmul_plan& p, const epilogue<S>& end, const matrices<S>& all, index_t first, index_t last, std::byte* slot) {
  const index_t columns = p.n * parts<S>;
  for (index_t tile = first; tile < last; ++tile) {
    index_t rest = tile;
    const auto next = [&rest](index_t extent) {
      const index_t at = rest % extent;
      rest /= extent;
      return at;
    };
    const index_t column = next(p.column_tiles) * p.tile_columns, row = next(p.row_tiles) * p.tile_rows;
    matrices<S> x = all;
    for (int d = p.batch_rank - 1; d >= 0; --d) {
      const index_t at = next(p.batch_extent[d]);
      x.out += at * p.out.batch[d];
      x.a += at * p.a.batch[d];
      x.b += at * p.b.batch[d];
      if (end.adds) x.c += at * p.c.batch[d];
    }
    compute(p, end, x, row, smaller(p.m - row, p.tile_rows), column, smaller(columns - column, p.tile_columns), slot);
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
  if (plan.tiles == 1) {
    gemm::compute(plan, end, x, 0, plan.m, 0, plan.tile_columns, workspace);
  } else if (plan.slots == 1) {
    gemm::compute_tiles(plan, end, x, 0, plan.tiles, workspace);
  } else {
    index_t next = 0;                                        // threads take tiles as they get done with others
    ctx.parallel(plan.slots, [&](index_t slot) {
      for (;;) {
        const index_t first = __atomic_fetch_add(&next, plan.tiles_at_once, __ATOMIC_RELAXED);
        if (first >= plan.tiles) break;
        gemm::compute_tiles(plan, end, x, first, gemm::smaller(first + plan.tiles_at_once, plan.tiles), workspace + slot * plan.slot_bytes);
      }
    });
  }
  return {};
}

template <class T>
constexpr typename matmul_kernel<T>::function function_of(matmul_kernel<T>, this_arch) {
  return &run_matmul<T>;
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH
