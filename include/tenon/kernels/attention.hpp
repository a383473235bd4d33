#pragma once
// Scaled dot-product attention: what is computed, and how the work is cut.
//
//   s_ij = scale * q_i . k_j (+ mask_ij)        p_ij = exp(s_ij - m_i) / l_i        out_i = sum_j p_ij v_j
//
//   q (..., N, D)   k (..., M, D)   v (..., M, E)   ->   out (..., N, E)
//
// Key j takes part in row i unless the mask says no (bool: false; additive: -inf), or `causal` and j > i, or a `window` w is
// set and j is w or more places away from i. A row without keys is zero. What is masked out is skipped, never multiplied by
// zero: NaN in such a place does not reach the result.
#include <tenon/core/strided.hpp>
#include <tenon/kernels/context.hpp>
#include <tenon/kernels/status.hpp>

namespace tenon::inline v0::kernels {

struct attention_plan {
  index_t n = 0, m = 0, d = 0, e = 0;         // queries, keys, length of a query, length of a value
  index_t batches = 1;                        // all leading dimensions of out together
  double scale = 1;
  bool causal = false;
  index_t window = 0;                         // 0: none
  double dropout = 0;                         // probability that p_ij is dropped
  std::uint64_t seed = 0, position = 0;       // of the random number of p_00 in the first batch

  index_t block_rows = 0, block_keys = 0;     // one tile of scores
  index_t blocks = 0;                         // blocks of rows in all batches
  index_t tasks = 0;                          // a task does every tasks-th block, in its own piece of the workspace
  index_t task_bytes = 0, workspace_bytes = 0;
};

// Operands have one rank; the leading dimensions of k, v and the mask are already broadcast to out's (stride 0), but for the
// heads dimension of k and v, where `group` query heads share one (grouped-query attention).
template <class T>
struct attention_operands {
  strided<T> out;
  strided<const T> q, k, v;
  index_t group = 1;
  strided<const bool> keep;                   // data null: no boolean mask
  strided<const T> bias;                      // data null: no additive mask
};

template <class T>
struct attention_kernel {
  static constexpr bool dispatched = true;
  using function = status (*)(const context&, const attention_plan&, const attention_operands<T>&, std::byte* workspace);
};

// A tile of scores. Its size depends on the device and its vectors, and so is asked of the kernel: for n queries and the
// number of keys that the caller wishes (0: any).
struct attention_tile {
  index_t rows, keys;
};
template <class T>
struct attention_tile_kernel {
  static constexpr bool dispatched = true;
  using function = attention_tile (*)(index_t n, index_t keys);
};

// Every value that the plan does not get from the caller. `compute_bytes` is the size of the type of the arithmetic.
constexpr void cut_attention(attention_plan& p, attention_tile tile, index_t compute_bytes, int threads) {
  p.block_rows = tile.rows;
  p.block_keys = p.m < tile.keys ? (p.m > 0 ? p.m : 1) : tile.keys;
  p.blocks = p.batches * ((p.n + p.block_rows - 1) / p.block_rows);
  const index_t most = threads <= 1 ? 1 : static_cast<index_t>(threads) * 4;
  p.tasks = p.blocks < most ? p.blocks : most;
  // Q^T, O^T, one tile of scores, one tile of keys and of values in the type of the arithmetic.
  const index_t numbers = p.block_rows * (p.d + p.e + p.block_keys) + p.block_keys * (p.d + p.e);
  p.task_bytes = (numbers * compute_bytes + 127) / 64 * 64;
  p.workspace_bytes = p.tasks * p.task_bytes;
}

}  // namespace tenon::inline v0::kernels
