#pragma once
// A random permutation on a GPU: the positions 0 .. n-1 sorted by (key, position), as kernels/permutation.hpp says.
//
// A bitonic network (Batcher 1968, "Sorting networks and their applications") over the next power of two: log n (log n + 1) / 2 steps, in
// each of which all pairs are put in order at once. Steps whose partners lie within a tile of 1024 are done in shared memory, many in
// one launch; the others are a launch each. What fills up the network sorts behind everything else.
//
// Launch     512 threads, a pair each; 16 KiB of shared memory for a tile.
#include <tenon/kernels/cuda/convert.cuh>
#include <tenon/kernels/permutation.hpp>

namespace tenon::inline v0::kernels::cuda::inline TENON_CUDA_ROOM {

namespace permutation {

inline constexpr int tile = static_cast<int>(permutation_tile), threads = tile / 2;

// Pair `t` of a step whose partners lie `reach` apart, a power of two, in runs of `run` that are sorted upwards and downwards in turn.
TENON_INLINE __device__ void order_pair(keyed_position* x, index_t t, index_t first, index_t reach, index_t run) {
  const index_t low = t & (reach - 1), i = (t - low) * 2 + low;
  keyed_position a = x[i], b = x[i + reach];
  const bool later = a.key > b.key || (a.key == b.key && a.position > b.position), upwards = ((first + i) & run) == 0;
  if (later != upwards) return;
  x[i] = b;
  x[i + reach] = a;
}

static __global__ void __launch_bounds__(threads) make_keys(keyed_position* x, const random_plan p, index_t size) {
  const index_t step = static_cast<index_t>(gridDim.x) * threads;
  for (index_t i = static_cast<index_t>(blockIdx.x) * threads + threadIdx.x; i < size; i += step)
    x[i] = {i < p.n ? p.numbers.block(p.first + static_cast<std::uint64_t>(i)).low() : ~std::uint64_t{0}, i};
}

// All steps within a tile: of the runs from `run` to `last`, from partners as far as a tile holds.
static __global__ void __launch_bounds__(threads) sort_tiles(keyed_position* x, index_t size, index_t run, index_t last) {
  TENON_DYNAMIC_SHARED(keyed_position, held);
  const int t = static_cast<int>(threadIdx.x);
  for (index_t first = static_cast<index_t>(blockIdx.x) * tile; first < size; first += static_cast<index_t>(gridDim.x) * tile) {
    held[t] = x[first + t];
    held[t + threads] = x[first + t + threads];
    for (index_t r = run; r <= last; r *= 2)
      for (index_t reach = r / 2 < threads ? r / 2 : threads; reach > 0; reach /= 2) {
        __syncthreads();                         // all pairs of the step before are in order
        order_pair(held, t, first, reach, r);
      }
    __syncthreads();                             // so are the last
    x[first + t] = held[t];
    x[first + t + threads] = held[t + threads];
    __syncthreads();                             // all have been read: the next tile may come
  }
}

static __global__ void __launch_bounds__(threads) one_step(keyed_position* x, index_t pairs, index_t reach, index_t run) {
  const index_t step = static_cast<index_t>(gridDim.x) * threads;
  for (index_t t = static_cast<index_t>(blockIdx.x) * threads + threadIdx.x; t < pairs; t += step) order_pair(x, t, 0, reach, run);
}

template <class T>
__global__ void __launch_bounds__(threads) take_positions(T* out, const keyed_position* x, index_t n) {
  const index_t step = static_cast<index_t>(gridDim.x) * threads;
  for (index_t i = static_cast<index_t>(blockIdx.x) * threads + threadIdx.x; i < n; i += step) out[i] = convert_element<T>(x[i].position);
}

}  // namespace permutation

template <class T>
status run_permutation(const context& ctx, const random_plan& p, const permutation_numbers& what, T* out) {
  using namespace permutation;
  if (p.n == 0) return {};
  auto* const x = reinterpret_cast<keyed_position*>(what.workspace);
  const index_t size = network_size(p.n);
  const unsigned blocks = blocks_for(ctx, size, tile), pair_blocks = blocks_for(ctx, size / 2, threads);
  const auto within_tiles = [&](index_t run, index_t last) {
    return launch(ctx, &sort_tiles, blocks, threads, sizeof(keyed_position) * tile, x, size, run, last);
  };
  if (const status s = launch(ctx, &make_keys, blocks, threads, 0, x, p, size); !s) return s;
  if (const status s = within_tiles(2, tile); !s) return s;
  for (index_t run = 2 * tile; run <= size; run *= 2) {
    for (index_t reach = run / 2; reach >= tile; reach /= 2)
      if (const status s = launch(ctx, &one_step, pair_blocks, threads, 0, x, size / 2, reach, run); !s) return s;
    if (const status s = within_tiles(run, run); !s) return s;
  }
  return launch(ctx, &take_positions<T>, blocks_for(ctx, p.n, threads), threads, 0, out, x, p.n);
}

}  // namespace tenon::inline v0::kernels::cuda::inline TENON_CUDA_ROOM
