#pragma once
// Scaled dot-product attention of half and bfloat16 by the tensor cores of sm_80 and later.
//                                                              q (..., N, D)   k (..., M, D)   v, out (..., M|N, E),  D, E <= Width
// FlashAttention-2 (Dao 2023, arXiv:2307.08691), algorithm 1: a block owns 128 queries of one head, and walks over the keys in tiles
// of 48. Scores and weights live in registers only; per query there are its largest score m, the sum l of its weights, and o:
//
//   S = Q K_t^T      m' = max(m, S)      P = 2^(c (S - m'))      l' = l 2^(c (m - m')) + sum P      O' = O 2^(c (m - m')) + P V_t
//
// with c = scale * log2(e), so that an exponential is one multiply-add and one instruction of the special unit (section 3.1: o is
// divided by l once, at the end). Section 3.2: blocks split the queries, the longest rows of a causal head first. Section 3.3: a block's warps split
// them again, 32 queries each, so that no warp waits for another but for the tiles; and a tile of K or V that is read from
// shared memory serves two products of 16 queries, without which shared memory would be slower than the tensor cores.
//
// Where things lie (fragments: mma.cuh)
//   S          sum[2][6]: 16 queries x 8 keys each.  P is S narrowed in place: two neighbours are one left fragment of P V.
//   O          sum[2][Width / 8]: 16 queries x 8 elements of out.
//   a quad     the four lanes of one `group` hold the same queries: a row's maximum and sum are two shuffles away.
//   tiles      rows of Width elements in pieces of 16 bytes. Piece c of row r is at c ^ (r % 8): the eight rows that a matrix of
//              8 x 8 is read from, and the eight pieces that eight threads write, are in different banks.
//
// Launch     128 threads for 128 queries of a head. Shared memory: Q (128, Width), K and V (48, Width): 28 or 56 KiB. Copies run ahead: V_t
//            under Q K_t, K_t+1 under the weights and P V_t. Width 128: 255 registers and so two blocks, 8 warps, to a multiprocessor; a lane
//            holds 128 numbers of O and 48 of S, and with 64 keys ptxas spills. Width 64: 168 registers, three blocks.
// Precision  S and O are summed in float by the tensor cores, which cut off: within 2 u an addition. P is rounded to T before P V, l sums it
//            unrounded: u_T max|v| more than where weights are float. Scores beyond 2^127 are infinite.
// Masked     a hidden score is -inf by selection, so a hidden key may be NaN. A hidden value is multiplied by zero, and shows itself if it is
//            not finite: such a row comes out not finite, and is done again alone (attention_row.cuh). A row without keys is zero.
#include <tenon/kernels/cuda/attention_row.cuh>
#include <tenon/kernels/cuda/mma.cuh>

namespace tenon::inline v0::kernels::cuda::inline TENON_CUDA_ROOM::attention {

inline constexpr int flash_rows = 128, flash_keys = 48, flash_threads = 128, flash_widest = 128;
inline constexpr int warp_rows = 32, piece = 8;            // elements that are 16 bytes
inline constexpr int m_tiles = warp_rows / 16;             // fragments on top of one another

// What a launch knows beside the operands: the plan in words of 32 bits.
struct flash_plan {
  int n, m, d, e, window, row_blocks;
  bool causal, negative, whole_pieces;                     // whole_pieces: 16 bytes of a row of every operand lie together, aligned
  float scale;                                             // its magnitude

  TENON_INLINE TENON_HD bool in_reach(int row, int key) const {
    return !(causal && key > row) && !(window > 0 && (key - row >= window || row - key >= window));
  }
};

template <class T, int Width>
inline constexpr int flash_bytes = (flash_rows + 2 * flash_keys) * Width * 2 + static_cast<int>(sizeof(head_operands<T>));

// Element 8 c of a row. Where c is a sum of an even number and 0 or 1, the even part may come later: place(row, c + x) = place(row, c) ^ 8 x.
template <int Width>
TENON_INLINE __device__ int place(int row, int c) {
  return row * Width + (c ^ (row % 8)) * piece;
}

// Starts to fill a tile from rows of x (rows, width); beyond both it is zero.
template <int Rows, int Width, class T>
TENON_INLINE __device__ void load_tile(T* tile, const T* x, index_t row_stride, index_t column_stride, int rows, int width, bool whole_pieces) {
  constexpr int pieces = Width / piece, at_once = flash_threads / pieces;        // rows
  const int t = static_cast<int>(threadIdx.x), row0 = t / pieces, column = t % pieces * piece;
  const T* from = x + row0 * row_stride + column * column_stride;
  T* to = tile + place<Width>(row0, column / piece);       // at_once is a multiple of 8: the next rows have their pieces at the same places
  if (whole_pieces) {
    TENON_CUDA_UNROLL
    for (int i = 0; i < Rows / at_once; ++i, from += at_once * row_stride) {
      const bool inside = row0 + i * at_once < rows && column < width;
      copy_async(to + i * at_once * Width, inside ? from : x, inside);
    }
  } else {
    TENON_CUDA_KEEP_ROLLED
    for (int i = 0; i < Rows / at_once * piece; ++i) {
      const int row = row0 + i / piece * at_once, at = i % piece;
      to[i / piece * at_once * Width + at] = row < rows && column + at < width ? from[i / piece * at_once * row_stride + at * column_stride] : T::from_bits(0);
    }
  }
}

// What no query of the warp may see becomes -inf, and an additive mask is added: then scores are scaled already.
template <class T>
TENON_INLINE __device__ void mask_scores(float (&s)[m_tiles][flash_keys / 8][4], const flash_plan& p, const attention_operands<T>& o, const bool* keep, const T* bias, int first, int key0) {
  const int r = o.out.rank;
  const float minus_infinity = -__builtin_huge_valf();
  TENON_CUDA_UNROLL
  for (int i = 0; i < warp_rows / 8; ++i) {                // rows group, + 8, + 16, + 24
    const int lane_number = not_hoisted(static_cast<int>(threadIdx.x) % warp_size);
    const int n = first + i * 8 + lane_number / 4;
    TENON_CUDA_UNROLL
    for (int j = 0; j < flash_keys / 4; ++j) {             // columns pair, pair + 1, + 8, + 9, ...
      const int key = key0 + j / 2 * 8 + lane_number % 4 * 2 + j % 2;
      float& x = s[i / 2][j / 2][i % 2 * 2 + j % 2];
      bool taken = n < p.n && key < p.m && p.in_reach(n, key);
      if (taken && keep) taken = keep[n * o.keep.stride[r - 2] + key * o.keep.stride[r - 1]];
      if (taken && bias) {
        const float added = convert_element<float>(bias[n * o.bias.stride[r - 2] + key * o.bias.stride[r - 1]]);
        taken = added != minus_infinity;
        x = ::fmaf(x, p.scale, added);
      }
      if (!taken) x = minus_infinity;
    }
  }
}

template <class T, int Width>
__global__ void __launch_bounds__(flash_threads, Width == 64 ? 3 : 2) flash(const attention_plan whole, const flash_plan p, const attention_operands<T> o) {
  constexpr int s_tiles = flash_keys / 8, o_tiles = Width / 8;
  TENON_DYNAMIC_SHARED(T, held);
  T* const q_tile = held;                                  // (128, Width), at the end out
  T* const k_tile = q_tile + flash_rows * Width;           // (48, Width)
  T* const v_tile = k_tile + flash_keys * Width;           // (48, Width)
  // Pointers that are seldom used would take a tenth of the registers.
  auto& h = *reinterpret_cast<head_operands<T>*>(v_tile + flash_keys * Width);
  const int warp = static_cast<int>(threadIdx.x) / warp_size, lane_number = static_cast<int>(threadIdx.x) % warp_size, r = o.out.rank;
  const float minus_infinity = -__builtin_huge_valf();

  const int block_of_head = static_cast<int>(blockIdx.x) % p.row_blocks;
  const int first = (p.row_blocks - 1 - block_of_head) * flash_rows, warp_first = first + warp * warp_rows;
  if (threadIdx.x == 0) h = operands_of_head(o, static_cast<int>(blockIdx.x) / p.row_blocks);
  __syncthreads();                                         // h is whole
  const key_range keys = keys_in_reach(whole, first, first + flash_rows < p.n ? first + flash_rows : p.n);
  const int begin = static_cast<int>(keys.begin), end = static_cast<int>(keys.end);
  // An additive mask is added to scores that are scaled.
  const float c = (h.bias ? 1.0f : p.scale) * 1.4426950408889634f;

  const auto load_keys = [&](int key0) {
    load_tile<flash_keys, Width>(k_tile, h.k + key0 * o.k.stride[r - 2], o.k.stride[r - 2], o.k.stride[r - 1], p.m - key0, p.d, p.whole_pieces);
    commit_copies();
  };
  const auto load_values = [&](int key0) {
    load_tile<flash_keys, Width>(v_tile, h.v + key0 * o.v.stride[r - 2], o.v.stride[r - 2], o.v.stride[r - 1], p.m - key0, p.e, p.whole_pieces);
    commit_copies();
  };
  load_tile<flash_rows, Width>(q_tile, h.q + first * o.q.stride[r - 2], o.q.stride[r - 2], o.q.stride[r - 1], p.n - first, p.d, p.whole_pieces);
  load_keys(begin);                                        // of no key: zeros
  if (p.negative) {                                        // a scale below zero goes into Q: the largest score is the largest product
    wait_for_copies<0>();
    __syncthreads();                                       // Q is whole
    for (int i = static_cast<int>(threadIdx.x); i < flash_rows * Width / 2; i += flash_threads) reinterpret_cast<std::uint32_t*>(q_tile)[i] ^= 0x80008000u;
  }

  float out[m_tiles][o_tiles][4];                          // (32, Width)    O
  float m[m_tiles][2], l[m_tiles][2];                      // (32)           rows group and group + 8 of each 16; l of this lane's columns
  TENON_CUDA_UNROLL
  for (int i = 0; i < m_tiles; ++i) {
    TENON_CUDA_UNROLL
    for (int j = 0; j < o_tiles; ++j) out[i][j][0] = out[i][j][1] = out[i][j][2] = out[i][j][3] = 0;
    m[i][0] = m[i][1] = minus_infinity;
    l[i][0] = l[i][1] = 0;
  }
  // Where this lane's row of a load of four matrices begins; a step of 16 elements is an exclusive or, a step of rows a sum.
  const int q_at = place<Width>(warp * warp_rows + lane_number % 16, lane_number / 16);              // rows 0 .. 7, 8 .. 15, then the same in the next piece
  const int k_at = place<Width>(lane_number / 16 * 8 + lane_number % 8, lane_number / 8 % 2);           // keys 0 .. 7 in both pieces, then keys 8 .. 15
  const int v_at = place<Width>(lane_number % 16, lane_number / 16);                                    // keys 0 .. 7, 8 .. 15, then the same in the next piece

  for (int key0 = begin; key0 < end; key0 += flash_keys) {
    wait_for_copies<0>();
    __syncthreads();                                       // Q and K_t are whole, Q's signs too; all have read V_t-1
    load_values(key0);

    // S = Q K_t^T. Keys are rows of the tile, which is how a right fragment wants its columns.
    float s[m_tiles][s_tiles][4];                          // (32, 48)
    TENON_CUDA_UNROLL
    for (int i = 0; i < m_tiles; ++i) {
      TENON_CUDA_UNROLL
      for (int j = 0; j < s_tiles; ++j) s[i][j][0] = s[i][j][1] = s[i][j][2] = s[i][j][3] = 0;
    }
    const int left_at = not_hoisted(q_at), right_at = not_hoisted(k_at);
    TENON_CUDA_UNROLL
    for (int d = 0; d < Width; d += 16) {
      std::uint32_t left[m_tiles][4];
      TENON_CUDA_UNROLL
      for (int i = 0; i < m_tiles; ++i) load_matrices(left[i], q_tile + ((left_at ^ d) + i * 16 * Width));
      TENON_CUDA_UNROLL
      for (int j = 0; j < s_tiles; j += 2) {
        std::uint32_t right[4];
        load_matrices(right, k_tile + ((right_at ^ d) + j * 8 * Width));
        TENON_CUDA_UNROLL
        for (int i = 0; i < m_tiles; ++i) {
          multiply_add<T>(s[i][j], left[i], right[0], right[1]);
          multiply_add<T>(s[i][j + 1], left[i], right[2], right[3]);
        }
      }
    }
    const int farthest = warp_first + warp_rows - 1, last_key = key0 + flash_keys - 1;
    if (h.keep || h.bias || last_key >= p.m || !p.in_reach(warp_first, last_key) || !p.in_reach(farthest, key0))
      mask_scores(s, p, o, h.keep, h.bias, warp_first, key0);

    wait_for_copies<0>();
    __syncthreads();                                       // V_t is whole; all have read K_t
    if (key0 + flash_keys < end) load_keys(key0 + flash_keys);

    // m, l, O and P. Of scores that are all -inf so far, 0 is taken off and not -inf: then weights are 0 and not NaN.
    TENON_CUDA_UNROLL
    for (int i = 0; i < m_tiles; ++i) {
      TENON_CUDA_UNROLL
      for (int side = 0; side < 4; side += 2) {            // rows group, and group + 8
        float top = m[i][side / 2];
        TENON_CUDA_UNROLL
        for (int j = 0; j < s_tiles; ++j) top = ::fmaxf(top, ::fmaxf(s[i][j][side], s[i][j][side + 1]));
        top = ::fmaxf(top, shuffle_xor(top, 1));
        top = ::fmaxf(top, shuffle_xor(top, 2));
        const float base = top == minus_infinity ? 0.0f : top, rescale = fast_exp2((m[i][side / 2] - base) * c), base_c = base * c;
        m[i][side / 2] = top;
        float sum = 0;
        TENON_CUDA_UNROLL
        for (int j = 0; j < s_tiles; ++j) {
          TENON_CUDA_UNROLL
          for (int k = side; k < side + 2; ++k) {
            // A mask may be the lowest finite number, whose product with c is not finite.
            s[i][j][k] = fast_exp2(h.bias ? (s[i][j][k] - base) * c : ::fmaf(s[i][j][k], c, -base_c));
            sum += s[i][j][k];
          }
        }
        l[i][side / 2] = ::fmaf(l[i][side / 2], rescale, sum);
        TENON_CUDA_UNROLL
        for (int j = 0; j < o_tiles; ++j) {
          out[i][j][side] *= rescale;
          out[i][j][side + 1] *= rescale;
        }
      }
    }

    // O += P V_t. Values are rows of the tile; a right fragment wants columns: transposed.
    const int values_at = not_hoisted(v_at);
    TENON_CUDA_UNROLL
    for (int k = 0; k < s_tiles; k += 2) {                 // 16 keys at a time
      std::uint32_t left[m_tiles][4];
      TENON_CUDA_UNROLL
      for (int i = 0; i < m_tiles; ++i) {
        TENON_CUDA_UNROLL
        for (int j = 0; j < 4; ++j) left[i][j] = narrow_pair<T>(s[i][k + j / 2][j % 2 * 2], s[i][k + j / 2][j % 2 * 2 + 1]);
      }
      TENON_CUDA_UNROLL
      for (int e = 0; e < Width; e += 16) {
        std::uint32_t right[4];
        load_matrices_transposed(right, v_tile + ((values_at ^ e) + k * 8 * Width));
        TENON_CUDA_UNROLL
        for (int i = 0; i < m_tiles; ++i) {
          multiply_add<T>(out[i][e / 8], left[i], right[0], right[1]);
          multiply_add<T>(out[i][e / 8 + 1], left[i], right[2], right[3]);
        }
      }
    }
  }
  wait_for_copies<0>();
  __syncthreads();                                         // nothing is copied any more, also where there was no key at all

  // O / l, through this warp's rows of Q's tile, which no other warp reads.
  T* const rows = q_tile + warp * warp_rows * Width;       // (32, Width)
  unsigned broken[2 * m_tiles];                            // lanes whose part of the row is not finite
  TENON_CUDA_UNROLL
  for (int i = 0; i < 2 * m_tiles; ++i) {                  // rows group, + 8, + 16, + 24
    float total = l[i / 2][i % 2], probe = 0;
    total += shuffle_xor(total, 1);
    total += shuffle_xor(total, 2);
    const float share = total == 0 ? 0.0f : 1 / total;
    TENON_CUDA_UNROLL
    for (int j = 0; j < o_tiles; ++j) {
      const float y0 = out[i / 2][j][i % 2 * 2] * share, y1 = out[i / 2][j][i % 2 * 2 + 1] * share;
      probe += y0 * 0.0f + y1 * 0.0f;
      *reinterpret_cast<std::uint32_t*>(rows + place<Width>(i * 8 + lane_number / 4, j) + lane_number % 4 * 2) = narrow_pair<T>(y0, y1);
    }
    broken[i] = __ballot_sync(all_lanes, !(probe == 0));
  }
  __syncwarp();                                            // the warp's rows are whole
  if (p.causal || p.window > 0 || h.keep || h.bias) {
    TENON_CUDA_UNROLL
    for (int i = 0; i < 2 * m_tiles; ++i) {
      for (int group = 0; group < 8; ++group) {
        const int row = i * 8 + group;
        if ((broken[i] >> 4 * group & 15u) == 0 || warp_first + row >= p.n) continue;           // the whole warp
        row_alone<Width>(whole, o, h, warp_first + row, [&](int e, float y) { rows[place<Width>(row, e / piece) + e % piece] = convert_element<T>(y); });
      }
    }
    __syncwarp();                                          // and again
  }
  constexpr int pieces = Width / piece;
  const int column = lane_number % pieces * piece;
  for (int row = lane_number / pieces; row < warp_rows && warp_first + row < p.n; row += warp_size / pieces) {
    const T* const from = rows + place<Width>(row, column / piece);
    T* const to = h.out + (warp_first + row) * o.out.stride[r - 2] + column * o.out.stride[r - 1];
    if (p.whole_pieces && column < p.e) *reinterpret_cast<vector_of<T, piece>*>(to) = *reinterpret_cast<const vector_of<T, piece>*>(from);
    for (int i = 0; i < piece && !p.whole_pieces && column + i < p.e; ++i) to[i * o.out.stride[r - 1]] = from[i];
  }
}

// Whether each piece of 16 bytes of every row of x lies together, on its own alignment.
template <class T>
bool in_whole_pieces(const strided<T>& x) {
  const auto whole = [](index_t elements) { return elements % piece == 0; };
  bool yes = reinterpret_cast<std::uintptr_t>(x.data) % copy_bytes == 0 && whole(x.extent[x.rank - 1]) && x.stride[x.rank - 1] == 1;
  for (int d = 0; d < x.rank - 1; ++d) yes = yes && (whole(x.stride[d]) || x.extent[d] == 1);
  return yes;
}

inline bool flash_fits(const attention_plan& p) {
  constexpr index_t most = index_t{1} << 30;
  return p.d <= flash_widest && p.e <= flash_widest && p.n < most && p.m < most && p.batches < 2 * most / ceil_divide(p.n, flash_rows);
}

template <class T>
status run_flash(const context& ctx, const attention_plan& p, const attention_operands<T>& o) {
  const auto word = [](index_t x) { return static_cast<int>(x); };
  const flash_plan f{word(p.n), word(p.m), word(p.d), word(p.e), word(p.window), word(ceil_divide(p.n, flash_rows)), p.causal, p.scale < 0,
                     in_whole_pieces(o.q) && in_whole_pieces(o.k) && in_whole_pieces(o.v) && in_whole_pieces(o.out),
                     static_cast<float>(p.scale < 0 ? -p.scale : p.scale)};
  const bool narrow = p.d <= 64 && p.e <= 64;
  return launch(ctx, narrow ? &flash<T, 64> : &flash<T, 128>, static_cast<unsigned>(p.batches * f.row_blocks), flash_threads,
                static_cast<std::size_t>(narrow ? flash_bytes<T, 64> : flash_bytes<T, 128>), p, f, o);
}

}  // namespace tenon::inline v0::kernels::cuda::inline TENON_CUDA_ROOM::attention
