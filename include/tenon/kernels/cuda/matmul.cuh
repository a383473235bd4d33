#pragma once
// Matrix products on a GPU, without tensor cores.      out (B..., M, N) = alpha a (B..., M, K) b (B..., K, N) + beta c
//
// A block computes a tile of 64 x 64 of out, a thread 4 x 4 of it: 16 sums in registers, 8 reads of shared memory for 16 multiplications. The
// tiles of a and b for 16 steps of k lie in shared memory; operands are read by their strides, so that a transposed one costs
// no copy. (Volkov and Demmel 2008, "Benchmarking GPUs to tune dense linear algebra": many results per thread.)
//
// Launch     256 threads; one block for each tile and matrix of the batch, the rest by a loop. Shared memory: two tiles of 16 x 64, a's
//            rows one longer, since they are written along k and read along m.
// Precision  half types are multiplied and summed in float; each sum is one chain of fused multiply-adds in the order of k, so
//            that an element's bits do not depend on the tile that it stands in.
#include <tenon/kernels/cuda/block.cuh>
#include <tenon/kernels/matmul.hpp>

namespace tenon::inline v0::kernels::cuda::inline TENON_CUDA_ROOM {

namespace matmul {

inline constexpr int tile = 64, depth = 16, side = 4, threads = 256;     // side: of a thread's square

template <class T>
struct matrix {
  T* data;
  index_t batch[max_batch_rank];
  index_t row, column;
};
template <class T>
matrix<T> matrix_of(const strided<T>& x) {
  matrix<T> m{x.data, {}, 0, 0};
  if (x.rank < 2) return m;                               // there is none
  const auto stride = [&](int d) { return x.extent[d] == 1 ? 0 : x.stride[d]; };
  for (int d = 0; d < x.rank - 2; ++d) m.batch[d] = stride(d);
  m.row = stride(x.rank - 2);
  m.column = stride(x.rank - 1);
  return m;
}

template <class T>
struct call {
  matrix<T> out;
  matrix<const T> a, b, c;                                // c.data null: none
  compute_t<T> alpha, beta;
  index_t m, n, k;
  int batch_rank;
  index_t batch_extent[max_batch_rank];
  index_t row_tiles, column_tiles, tiles;                 // of one matrix; of all
};

template <class T>
__global__ void __launch_bounds__(threads) tiled(const call<T> p) {
  using C = compute_t<T>;
  TENON_DYNAMIC_SHARED(C, held);
  C* const a_tile = held;                                 // (depth, tile + 1)
  C* const b_tile = held + depth * (tile + 1);            // (depth, tile)
  const int t = static_cast<int>(threadIdx.x), row0 = t / (tile / side) * side, column0 = t % (tile / side) * side;
  for (index_t unit = blockIdx.x; unit < p.tiles; unit += gridDim.x) {
    index_t batch = unit / (p.row_tiles * p.column_tiles);
    const index_t at = unit - batch * p.row_tiles * p.column_tiles;
    const index_t m0 = at / p.column_tiles * tile, n0 = (at - at / p.column_tiles * p.column_tiles) * tile;
    const T *a = p.a.data, *b = p.b.data, *c = p.c.data;
    T* out = p.out.data;
    for (int d = p.batch_rank - 1; d >= 0; --d) {
      const index_t next = batch / p.batch_extent[d], position = batch - next * p.batch_extent[d];
      a += position * p.a.batch[d];
      b += position * p.b.batch[d];
      c += c ? position * p.c.batch[d] : 0;
      out += position * p.out.batch[d];
      batch = next;
    }
    lane<C> sum[side][side];                              // (4, 4)     rows row0.., columns column0.. of the tile
    TENON_CUDA_UNROLL
    for (auto& row : sum)
      for (auto& x : row) x = lane<C>(0);
    for (index_t k0 = 0; k0 < p.k; k0 += depth) {
      for (int i = t; i < depth * tile; i += threads) {
        // Neighbouring threads read along whichever dimension is dense.
        const int am = p.a.column == 1 ? i / depth : i % tile, ak = p.a.column == 1 ? i % depth : i / tile;
        const bool a_inside = m0 + am < p.m && k0 + ak < p.k;
        a_tile[ak * (tile + 1) + am] = a_inside ? convert_element<C>(a[(m0 + am) * p.a.row + (k0 + ak) * p.a.column]) : C(0);
        const int bn = p.b.column == 1 ? i % tile : i / depth, bk = p.b.column == 1 ? i / tile : i % depth;
        const bool b_inside = n0 + bn < p.n && k0 + bk < p.k;
        b_tile[bk * tile + bn] = b_inside ? convert_element<C>(b[(k0 + bk) * p.b.row + (n0 + bn) * p.b.column]) : C(0);
      }
      __syncthreads();                                    // both tiles are whole
      const int steps = p.k - k0 < depth ? static_cast<int>(p.k - k0) : depth;      // no product with what lies outside: 0 * inf
      for (int k = 0; k < steps; ++k) {
        lane<C> x[side], y[side];
        TENON_CUDA_UNROLL
        for (int i = 0; i < side; ++i) {
          x[i] = lane<C>(a_tile[k * (tile + 1) + row0 + i]);
          y[i] = lane<C>(b_tile[k * tile + column0 + i]);
        }
        TENON_CUDA_UNROLL
        for (int i = 0; i < side; ++i)
          for (int j = 0; j < side; ++j) sum[i][j] = fma(x[i], y[j], sum[i][j]);
      }
      __syncthreads();                                    // all have read: the tiles may be written again
    }
    TENON_CUDA_UNROLL
    for (int i = 0; i < side; ++i)
      for (int j = 0; j < side; ++j) {
        const index_t m = m0 + row0 + i, n = n0 + column0 + j;
        if (m >= p.m || n >= p.n) continue;
        lane<C> y = lane<C>(p.alpha) * sum[i][j];
        if (c && p.beta != C(0)) y = fma(lane<C>(p.beta), lane<C>(convert_element<C>(c[m * p.c.row + n * p.c.column])), y);
        out[m * p.out.row + n * p.out.column] = convert_element<T>(y.v);
      }
  }
}

}  // namespace matmul

// `plan` and `workspace` are the CPU's.
template <class T>
status run_matmul(const context& ctx, const matmul_plan&, strided<T> out, strided<const T> a, strided<const T> b, const matmul_epilogue<T>& epilogue,
                  std::byte*) {
  using C = compute_t<T>;
  if (out.numel() == 0) return {};
  matmul::call<T> p{matmul::matrix_of(out), matmul::matrix_of(a), matmul::matrix_of(b), matmul::matrix_of(epilogue.c), epilogue.alpha, epilogue.beta,
                    out.extent[out.rank - 2], out.extent[out.rank - 1], a.extent[a.rank - 1], out.rank - 2, {}, 0, 0, 1};
  if (epilogue.c.rank == 0) p.c.data = nullptr;
  for (int d = 0; d < p.batch_rank; ++d) p.tiles *= p.batch_extent[d] = out.extent[d];
  p.row_tiles = ceil_divide(p.m, matmul::tile);
  p.column_tiles = ceil_divide(p.n, matmul::tile);
  p.tiles *= p.row_tiles * p.column_tiles;
  return launch(ctx, &matmul::tiled<T>, blocks_for(ctx, p.tiles, 1), matmul::threads, sizeof(C) * matmul::depth * (2 * matmul::tile + 1), p);
}

}  // namespace tenon::inline v0::kernels::cuda::inline TENON_CUDA_ROOM
