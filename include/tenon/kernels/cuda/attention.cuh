#pragma once
// Scaled dot-product attention on a GPU: half types by the tensor cores (flash_attention.cuh); the others, and vectors of more than
// 128 elements, by this plain kernel.      q, out (..., N, D|E)   k, v (..., M, D|E)
//
// A block takes `rows` queries of one head, and walks over the keys in tiles of up to 32; memory does not grow with N * M
// (FlashAttention, Dao et al. 2022, arXiv:2205.14135; the recurrence is Milakov & Gimelshein's, arXiv:1805.02867):
//
//   m' = max(m, max_j s_j)      l' = l exp(m - m') + sum_j exp(s_j - m')      o' = o exp(m - m') + sum_j exp(s_j - m') v_j
//
// A warp does one query at a time: its lanes are 32 keys for the scores, and 32 elements of o for the product with v.
//
// Launch     128 threads; a block for each stretch of rows of each head, the rest by a loop. Shared memory: queries (rows, D) and outputs
//            (rows, E) of the block, a tile of keys (keys, D + 1; the odd length spreads a column over the banks) and of
//            values (keys, E), all in the type of the arithmetic. `rows` and `keys` shrink until it fits `shared_limit`.
// Precision  half types in float; scores and outputs are chains of fused multiply-adds, l is kept in two words.
// Masked     keys are skipped and not multiplied by zero, so that NaN behind a mask stays there. A row without keys is zero.
#include <tenon/kernels/cuda/flash_attention.cuh>

namespace tenon::inline v0::kernels::cuda::inline TENON_CUDA_ROOM {

namespace attention {

inline constexpr int threads = 128, warps = threads / warp_size;
inline constexpr index_t shared_limit = 96 * 1024;         // every device from sm_80 on has this much

struct cut {
  int rows, keys;                                          // of a block, of a tile
  index_t row_blocks, blocks;                              // of one head; of all
};

template <class C>
index_t shared_bytes(const cut& c, index_t d, index_t e) {
  return static_cast<index_t>(sizeof(C)) * (c.rows * (d + e) + c.keys * (d + 1 + e));
}

template <class T>
__global__ void __launch_bounds__(threads) plain(const attention_plan p, const attention_operands<T> o, const cut c) {
  using C = compute_t<T>;
  TENON_DYNAMIC_SHARED(C, held);
  const index_t D = p.d, E = p.e, K = D + 1;
  C* const q_rows = held;                                  // (rows, D)
  C* const o_rows = q_rows + c.rows * D;                   // (rows, E)
  C* const k_tile = o_rows + c.rows * E;                   // (keys, D + 1)
  C* const v_tile = k_tile + c.keys * K;                   // (keys, E)
  const int t = static_cast<int>(threadIdx.x), warp = t / warp_size, lane_number = t % warp_size;
  const int r = o.out.rank;
  const C minus_infinity = static_cast<C>(-__builtin_huge_val()), scale = static_cast<C>(p.scale);
  constexpr int most_rows = 16 / warps;                    // that a warp takes: m and l of each stay in registers

  for (index_t block = blockIdx.x; block < c.blocks; block += gridDim.x) {
    const index_t head = block / c.row_blocks, first = (block - head * c.row_blocks) * c.rows;
    const auto [q, k, v, out, keep, bias] = operands_of_head(o, head);
    const index_t last = first + c.rows < p.n ? first + c.rows : p.n;
    for (index_t i = t; i < (last - first) * D; i += threads)
      q_rows[i] = convert_element<C>(q[(first + i / D) * o.q.stride[r - 2] + i % D * o.q.stride[r - 1]]);
    for (index_t i = t; i < c.rows * E; i += threads) o_rows[i] = C(0);
    C m[most_rows];
    two_words<C> l[most_rows];
    TENON_CUDA_UNROLL
    for (int i = 0; i < most_rows; ++i) {
      m[i] = minus_infinity;
      l[i] = {C(0), C(0)};
    }
    const auto [begin, end] = keys_in_reach(p, first, last);              // others are not read
    for (index_t key0 = begin; key0 < end; key0 += c.keys) {
      const int keys = end - key0 < c.keys ? static_cast<int>(end - key0) : c.keys;
      __syncthreads();                                     // all are done with the tile before
      for (index_t i = t; i < keys * D; i += threads)
        k_tile[i / D * K + i % D] = convert_element<C>(k[(key0 + i / D) * o.k.stride[r - 2] + i % D * o.k.stride[r - 1]]);
      for (index_t i = t; i < keys * E; i += threads)
        v_tile[i] = convert_element<C>(v[(key0 + i / E) * o.v.stride[r - 2] + i % E * o.v.stride[r - 1]]);
      __syncthreads();                                     // queries and tiles are whole
      TENON_CUDA_UNROLL
      for (int i = 0; i < most_rows; ++i) {
        const int row = warp + i * warps;
        const index_t n = first + row, key = key0 + lane_number;
        if (row >= c.rows || n >= last) continue;          // the whole warp
        bool taken = lane_number < keys && in_reach(p, n, key);
        if (taken && keep) taken = keep[n * o.keep.stride[r - 2] + key * o.keep.stride[r - 1]];
        C added = C(0);
        if (taken && bias) {
          added = convert_element<C>(bias[n * o.bias.stride[r - 2] + key * o.bias.stride[r - 1]]);
          taken = added != minus_infinity;
        }
        lane<C> s(0);
        if (taken) {
          for (index_t d = 0; d < D; ++d) s = fma(lane<C>(q_rows[row * D + d]), lane<C>(k_tile[lane_number * K + d]), s);
          s = fma(s, lane<C>(scale), lane<C>(added));
        }
        const unsigned who = __ballot_sync(all_lanes, taken);
        if (who == 0) continue;
        C top = taken ? s.v : minus_infinity;
        for (int lanes = warp_size / 2; lanes > 0; lanes /= 2) top = maximum(lane<C>(top), lane<C>(shuffle_xor(top, lanes))).v;
        top = maximum(lane<C>(m[i]), lane<C>(top)).v;
        // A row whose scores are all -inf so far has no weight to rescale.
        const C rescale = m[i] == minus_infinity ? C(0) : exp(lane<C>(m[i] - top)).v;
        const C weight = taken ? exp(lane<C>(s.v - top)).v : C(0);
        m[i] = top;
        two_words<C> sum{weight, C(0)};
        for (int lanes = warp_size / 2; lanes > 0; lanes /= 2) sum = merge(sum, shuffle_xor(sum, lanes));
        l[i] = merge(two_words<C>{(lane<C>(l[i].value()) * lane<C>(rescale)).v, C(0)}, sum);
        for (index_t e0 = 0; e0 < E; e0 += warp_size) {    // all lanes, so that all take part in the shuffles
          const index_t e = e0 + lane_number;
          lane<C> x = e < E ? lane<C>(o_rows[row * E + e]) * lane<C>(rescale) : lane<C>(0);
          for (int j = 0; j < keys; ++j) {
            const C w = __shfl_sync(all_lanes, weight, j);
            if ((who >> j & 1u) && e < E) x = fma(lane<C>(w), lane<C>(v_tile[j * E + e]), x);
          }
          if (e < E) o_rows[row * E + e] = x.v;            // only this warp touches the row
        }
      }
    }
    TENON_CUDA_UNROLL
    for (int i = 0; i < most_rows; ++i) {
      const int row = warp + i * warps;
      if (row >= c.rows || first + row >= last) continue;
      const C total = l[i].value();
      for (index_t e = lane_number; e < E; e += warp_size) {
        const C y = m[i] == minus_infinity && total == C(0) ? C(0) : o_rows[row * E + e] / total;
        out[(first + row) * o.out.stride[r - 2] + e * o.out.stride[r - 1]] = convert_element<T>(y);
      }
    }
    __syncthreads();                                       // the next block of rows writes what this one still read
  }
}

}  // namespace attention

// The plan's cut is the CPU's. Dropout has been refused.
template <class T>
status run_attention(const context& ctx, const attention_plan& p, const attention_operands<T>& o, std::byte*) {
  using C = compute_t<T>;
  if (p.batches == 0 || p.n == 0 || p.e == 0) return {};
  if constexpr (half_type<T>)
    if (attention::flash_fits(p)) return attention::run_flash(ctx, p, o);
  attention::cut c{16, warp_size, 0, 0};
  while (c.keys > 4 && attention::shared_bytes<C>(c, p.d, p.e) > attention::shared_limit) c.keys /= 2;
  while (c.rows > 1 && attention::shared_bytes<C>(c, p.d, p.e) > attention::shared_limit) c.rows /= 2;
  c.row_blocks = ceil_divide(p.n, c.rows);
  c.blocks = p.batches * c.row_blocks;
  return launch(ctx, &attention::plain<T>, blocks_for(ctx, c.blocks, 1), attention::threads,
                static_cast<std::size_t>(attention::shared_bytes<C>(c, p.d, p.e)), p, o, c);
}

}  // namespace tenon::inline v0::kernels::cuda::inline TENON_CUDA_ROOM
