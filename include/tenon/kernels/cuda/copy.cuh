#pragma once
// Moving elements between two layouts of one shape, and one value into a layout: only their size matters.      out, in: any strides
//
//   dense in both                         the driver's own copy (memset, where the value is one byte repeated)
//   dense along different dimensions      transposed through a tile of 32 x 32 elements in shared memory, so that both the
//                                         reads and the writes of a warp are consecutive. A row of the tile is one longer
//                                         than it is wide: a column then lies in 32 different banks.
//                                         (Ruetsch and Micikevicius 2009, "Optimizing matrix transpose in CUDA")
//   anything else                         element by element, along out's innermost dimension
//
// Launch     256 threads. Shared memory, of the transposing form: a tile of 32 x 33 elements.
#include <tenon/kernels/cuda/elementwise.cuh>
#include <tenon/kernels/cuda/item.cuh>

namespace tenon::inline v0::kernels::cuda::inline TENON_CUDA_ROOM {

namespace copying {

inline constexpr int threads = 256;
inline constexpr int tile = 32, tile_rows = 8;            // a tile is read by 32 x 8 threads

template <int N>
elementwise::layout<N> make_layout(const elementwise_plan& p) {
  elementwise::layout<N> l{};
  l.rank = p.rank;
  l.narrow = p.numel <= INT32_MAX;
  for (int d = 0; d < p.rank; ++d) {
    const int from = p.rank - 1 - d;
    l.extent[d] = p.extent[from];
    if (l.narrow) l.divider[d] = fast_divider(static_cast<std::uint32_t>(p.extent[from]));
    for (int k = 0; k <= N; ++k) l.stride[d][k] = p.operand[k].stride[from];
  }
  return l;
}

template <class T>
__global__ void __launch_bounds__(threads) by_element(std::byte* out, const std::byte* in, index_t numel, const elementwise::layout<1> l) {
  const index_t step = static_cast<index_t>(gridDim.x) * threads;
  for (index_t i = static_cast<index_t>(blockIdx.x) * threads + threadIdx.x; i < numel; i += step) {
    index_t offset[2];
    elementwise::locate(l, i, offset);
    *reinterpret_cast<T*>(out + offset[0]) = *reinterpret_cast<const T*>(in + offset[1]);
  }
}

// A matrix (rows, columns) for each index of the other dimensions: out is dense along columns, in along rows.
struct transposition {
  index_t rows, columns;
  index_t out_row, in_column;                             // bytes from row to row of out, from column to column of in
  index_t row_tiles, column_tiles, tiles;                 // of one matrix; of all
};

template <class T>
__global__ void __launch_bounds__(tile* tile_rows) by_tiles(std::byte* out, const std::byte* in, const transposition m,
                                                          const elementwise::layout<1> outer) {
  TENON_DYNAMIC_SHARED(T, held);                           // (32, 33)
  const int x = static_cast<int>(threadIdx.x), y = static_cast<int>(threadIdx.y);
  for (index_t t = blockIdx.x; t < m.tiles; t += gridDim.x) {
    const index_t matrix = t / (m.row_tiles * m.column_tiles), at = t - matrix * m.row_tiles * m.column_tiles;
    const index_t row = at / m.column_tiles * tile, column = (at - at / m.column_tiles * m.column_tiles) * tile;
    index_t offset[2];
    elementwise::locate(outer, matrix, offset);
    const std::byte* const from = in + offset[1];
    std::byte* const to = out + offset[0];
    for (int j = y; j < tile; j += tile_rows)             // column + j of in, dense along rows
      if (row + x < m.rows && column + j < m.columns)
        held[j * (tile + 1) + x] =
            *reinterpret_cast<const T*>(from + (column + j) * m.in_column + (row + x) * static_cast<index_t>(sizeof(T)));
    __syncthreads();                                      // the tile is whole
    for (int j = y; j < tile; j += tile_rows)             // row + j of out, dense along columns
      if (row + j < m.rows && column + x < m.columns)
        *reinterpret_cast<T*>(to + (row + j) * m.out_row + (column + x) * static_cast<index_t>(sizeof(T))) = held[x * (tile + 1) + j];
    __syncthreads();                                      // all have read it: the next one may be written
  }
}

template <class T>
__global__ void __launch_bounds__(threads) fill(std::byte* out, const T value, index_t numel, const elementwise::layout<0> l) {
  const index_t step = static_cast<index_t>(gridDim.x) * threads;
  for (index_t i = static_cast<index_t>(blockIdx.x) * threads + threadIdx.x; i < numel; i += step) {
    index_t offset[1];
    elementwise::locate(l, i, offset);
    *reinterpret_cast<T*>(out + offset[0]) = value;
  }
}

}  // namespace copying

inline status run_copy(const context& ctx, const elementwise_plan& p) {
  using namespace copying;
  const auto &out = p.operand[0], &in = p.operand[1];
  if (p.dense()) {
    const device_guard on(ctx.queue->ordinal);
    return status_of(cudaMemcpyAsync(out.data, in.data, static_cast<std::size_t>(p.numel * out.item), cudaMemcpyDeviceToDevice,
                                     static_cast<cudaStream_t>(ctx.queue->stream)));
  }
  const int last = p.rank - 1;
  int across = -1;                                        // the dimension along which `in` is dense
  for (int d = 0; d < last; ++d)
    if (out.stride[last] == out.item && in.stride[last] != in.item && in.stride[last] != 0 && in.stride[d] == in.item) across = d;
  return with_item(out.item, [&]<class T>(type_tag<T>) {
    if (across < 0)
      return launch(ctx, &by_element<T>, blocks_for(ctx, p.numel, threads), threads, 0, out.data, in.data, p.numel, make_layout<1>(p));
    transposition m{p.extent[across], p.extent[last], out.stride[across], in.stride[last], 0, 0, 0};
    elementwise_operand operands[2] = {out, in};
    elementwise_plan outer;
    outer.operand = operands;
    outer.operands = 2;
    for (int d = 0; d < last; ++d)
      if (d != across) {
        outer.extent[outer.rank] = p.extent[d];
        outer.numel *= p.extent[d];
        for (int k = 0; k < 2; ++k) operands[k].stride[outer.rank] = p.operand[k].stride[d];
        ++outer.rank;
      }
    m.row_tiles = ceil_divide(m.rows, tile);
    m.column_tiles = ceil_divide(m.columns, tile);
    m.tiles = outer.numel * m.row_tiles * m.column_tiles;
    return launch(ctx, &by_tiles<T>, blocks_for(ctx, m.tiles, 1), dim3(tile, tile_rows), sizeof(T) * tile * (tile + 1), out.data, in.data, m,
                  make_layout<1>(outer));
  });
}

inline status run_fill(const context& ctx, const elementwise_plan& p, const void* value) {
  using namespace copying;
  const auto& out = p.operand[0];
  const auto* const bytes = static_cast<const unsigned char*>(value);
  bool one_byte = true;
  for (index_t i = 1; i < out.item; ++i) one_byte = one_byte && bytes[i] == bytes[0];
  if (one_byte && p.dense()) {
    const device_guard on(ctx.queue->ordinal);
    return status_of(cudaMemsetAsync(out.data, bytes[0], static_cast<std::size_t>(p.numel * out.item), static_cast<cudaStream_t>(ctx.queue->stream)));
  }
  return with_item(out.item, [&]<class T>(type_tag<T>) {
    T v;
    __builtin_memcpy(&v, value, sizeof v);
    return launch(ctx, &fill<T>, blocks_for(ctx, p.numel, threads), threads, 0, out.data, v, p.numel, make_layout<0>(p));
  });
}

}  // namespace tenon::inline v0::kernels::cuda::inline TENON_CUDA_ROOM
