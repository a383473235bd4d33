#pragma once
// Flash attention on the CPU.     q (N, D)  k (M, D)  v (M, E) -> out (N, E), for each batch and head
//
// Method     FlashAttention-2, Dao 2023, arXiv:2307.08691, Alg. 1, over the online softmax of Milakov & Gimelshein 2018,
//            arXiv:1805.02867: for each block of rows of Q, walk over blocks of keys, keep per row
//              m' = max(m, max_j s_j),   l' = l exp(m - m') + sum_j exp(s_j - m'),   O' = O exp(m - m') + P V
//            and divide by l at the end. The N x M scores never exist: memory is linear in N and M.
// Layout     A lane is a row of Q. Q^T (D, rows) and O^T (E, rows) are kept transposed, and so is the tile of scores
//            (keys, rows). Then S^T = K Q^T and O^T += V^T P^T are the same product: scalars of K or V, broadcast, times
//            vectors of rows. K and V are read where they lie, unpacked; maxima, sums and rescaling are vertical, without
//            one horizontal operation.
// Masks      Tiles without a visible key are never touched: causal attention costs half. Keys that a row must not see get
//            s = -inf and p = 0. Where a value row that some rows must not see is not finite, those rows skip it.
// Precision  half and bfloat16 are computed in float. Sums over D and over keys run in order, in registers.
// Cost       2 N M (D + E) flops and N M exponentials; K and V are read once for every `block_rows` rows.
#include <tenon/core/dtype.hpp>
#include <tenon/core/philox.hpp>
#include <tenon/kernels/attention.hpp>
#include <tenon/kernels/cpu/arch.hpp>
#include <tenon/kernels/cpu/math/exponential.hpp>
#include <tenon/kernels/cpu/simd.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH {

namespace detail {

// Rows are R vectors wide, products J scalars high: J * R accumulators, R vectors and a scalar. Four scalars divide what widths of heads
// and tiles of keys there are. Six would fill the registers, and leave a rest whose few accumulators wait for one another: with AVX-512
// and heads of 64 that took 8 % of the time.
#if TENON_SIMD_BYTES == 64
inline constexpr int attention_vectors = 4;
#else
inline constexpr int attention_vectors = 2;
#endif
inline constexpr int attention_height = 4;

// out (J, rows) = start (J, rows) * scale + sum_c a[j * a_row + c * a_column] * x (c, rows)
// R vectors of rows; `ld` numbers from one line of x or out to the next. start null: from zero.
template <int J, int R, class C>
TENON_INLINE void product_tile(const C* a, index_t a_row, index_t a_column, const C* x, index_t count, const C* scale, C* out, index_t ld) {
  using V = vec<C>;
  constexpr int N = lanes<C>;
  V sum[J][R];
  for (int j = 0; j < J; ++j)
    for (int r = 0; r < R; ++r) sum[j][r] = scale ? V::load(out + j * ld + r * N) * V::load(scale + r * N) : V(0);
  for (index_t c = 0; c < count; ++c) {
    V line[R];
    for (int r = 0; r < R; ++r) line[r] = V::load(x + c * ld + r * N);
    for (int j = 0; j < J; ++j) {
      const V s(a[j * a_row + c * a_column]);
      for (int r = 0; r < R; ++r) sum[j][r] = fma(s, line[r], sum[j][r]);
    }
  }
  for (int j = 0; j < J; ++j)
    for (int r = 0; r < R; ++r) sum[j][r].store(out + j * ld + r * N);
}

// The same for any height.
template <int R, class C>
void product(index_t height, const C* a, index_t a_row, index_t a_column, const C* x, index_t count, const C* scale, C* out, index_t ld) {
  constexpr int J = attention_height;
  index_t j = 0;
  for (; j + J <= height; j += J) product_tile<J, R>(a + j * a_row, a_row, a_column, x, count, scale, out + j * ld, ld);
  for (; j < height; ++j) product_tile<1, R>(a + j * a_row, a_row, a_column, x, count, scale, out + j * ld, ld);
}

template <class T, int R>
class attention_block {
  using C = compute_t<T>;
  using V = vec<C>;
  static constexpr int N = lanes<C>;
  static constexpr index_t rows = R * N;

 public:
  attention_block(const attention_plan& plan, const attention_operands<T>& operands, std::byte* memory)
      : p(plan), o(operands), q_t(reinterpret_cast<C*>(memory)), out_t(q_t + rows * p.d), scores(out_t + rows * p.e),
        k_tile(scores + rows * p.block_keys), v_tile(k_tile + p.block_keys * p.d) {}

  // Rows [first, first + count) of one batch, whose operands start at these offsets. `random`: position of p_00's number.
  void run(index_t first, index_t count, T* out, const T* q, const T* k, const T* v, const bool* keep, const T* bias, std::uint64_t random) {
    const int last = o.q.rank - 1;
    for (index_t d = 0; d < p.d; ++d)
      for (index_t r = 0; r < rows; ++r)
        q_t[d * rows + r] = r < count ? static_cast<C>(q[(first + r) * o.q.stride[last - 1] + d * o.q.stride[last]]) * static_cast<C>(p.scale) : C(0);
    for (index_t i = 0; i < rows * p.e; ++i) out_t[i] = C(0);
    for (int r = 0; r < R; ++r) m[r] = V(-__builtin_huge_val()), l[r] = V(0);

    // The keys that any row of the block sees.
    index_t begin = 0, end = p.m;
    if (p.causal && end > first + count) end = first + count;
    if (p.window > 0) {
      if (begin < first - p.window + 1) begin = first - p.window + 1;
      if (end > first + count - 1 + p.window) end = first + count - 1 + p.window;
    }
    for (index_t key = begin; key < end; key += p.block_keys)
      step(first, count, key, key + p.block_keys < end ? p.block_keys : end - key, k, v, keep, bias, random);

    alignas(64) C scale[rows];
    for (int r = 0; r < R; ++r) select(l[r] == V(0), V(0), V(1) / l[r]).store(scale + r * N);
    for (index_t r = 0; r < count; ++r)
      for (index_t e = 0; e < p.e; ++e)
        out[(first + r) * o.out.stride[last - 1] + e * o.out.stride[last]] = static_cast<T>(out_t[e * rows + r] * scale[r]);
  }

 private:
  // A tile of keys or values in the type of the arithmetic, and the distance of its rows: the operand itself if it has that
  // type and dense rows, else a copy.
  static const C* as_rows(const T* x, index_t row_stride, index_t stride, index_t count, index_t width, C* copy, index_t& step) {
    if constexpr (std::is_same_v<T, C>) {
      if (stride == 1) {
        step = row_stride;
        return x;
      }
    }
    step = width;
    for (index_t j = 0; j < count; ++j) {
      const T* row = x + j * row_stride;
      C* to = copy + j * width;
      index_t d = 0;
      if (stride == 1) {
        for (; d + N <= width; d += N) load_as<C, N>(row + d).store(to + d);
        if (d < width) load_as<C, N>(row + d, width - d).store(to + d, width - d);
      }
      for (; d < width && stride != 1; ++d) to[d] = static_cast<C>(row[d * stride]);
    }
    return copy;
  }

  // One tile of `keys` keys from `key` on: scores, masks, online softmax, and P V.
  void step(index_t first, index_t count, index_t key, index_t keys, const T* k, const T* v, const bool* keep, const T* bias, std::uint64_t random) {
    const int last = o.q.rank - 1;
    index_t k_step = 0, v_step = 0;
    const C* k_rows = as_rows(k + key * o.k.stride[last - 1], o.k.stride[last - 1], o.k.stride[last], keys, p.d, k_tile, k_step);
    const C* v_rows = as_rows(v + key * o.v.stride[last - 1], o.v.stride[last - 1], o.v.stride[last], keys, p.e, v_tile, v_step);
    product<R, C>(keys, k_rows, k_step, 1, q_t, p.d, nullptr, scores, rows);

    const bool diagonal = (p.causal && key + keys > first + 1) ||
                          (p.window > 0 && (key < first + count - p.window || key + keys > first + p.window));
    const bool spoiled = (diagonal || keep || bias) && !finite(v_rows, v_step, keys);
    if (bias) add_bias(bias, first, count, key, keys);
    if (keep) apply_mask(keep, first, count, key, keys);
    if (diagonal) cut_diagonal(first, key, keys);

    const V hidden(-__builtin_huge_val());
    alignas(64) C rescale[rows];
    for (int r = 0; r < R; ++r) {
      V top = m[r];
      for (index_t j = 0; j < keys; ++j) top = maximum(top, V::load(scores + j * rows + r * N));
      const V shift = select(top == hidden, V(0), top);                         // no key so far: keep exp's argument -inf
      const V keep_share = exp(m[r] - shift);
      V sum[2] = {V(0), V(0)};
      for (index_t j = 0; j < keys; ++j) {
        const V s = V::load(scores + j * rows + r * N), e = exp(s - shift);
        (spoiled ? select(s == hidden, V(-1), e) : e).store(scores + j * rows + r * N);
        sum[j & 1] += e;
      }
      l[r] = fma(l[r], keep_share, sum[0] + sum[1]);
      m[r] = top;
      keep_share.store(rescale + r * N);
    }
    if (p.dropout > 0) drop(first, count, key, keys, random);
    if (spoiled)
      skip_product(v_rows, v_step, keys, rescale);
    else
      product<R, C>(p.e, v_rows, 1, v_step, scores, keys, rescale, out_t, rows);
  }

  void add_bias(const T* bias, index_t first, index_t count, index_t key, index_t keys) {
    const int last = o.q.rank - 1;
    const C lowest = -static_cast<C>(__builtin_huge_val());
    for (index_t r = 0; r < count; ++r)
      for (index_t j = 0; j < keys; ++j) {
        const C b = static_cast<C>(bias[(first + r) * o.bias.stride[last - 1] + (key + j) * o.bias.stride[last]]);
        C& s = scores[j * rows + r];
        s = b == lowest ? lowest : s + b;                       // -inf masks, even where the score is NaN
      }
  }
  void apply_mask(const bool* keep, index_t first, index_t count, index_t key, index_t keys) {
    const int last = o.q.rank - 1;
    for (index_t r = 0; r < count; ++r)
      for (index_t j = 0; j < keys; ++j)
        if (!keep[(first + r) * o.keep.stride[last - 1] + (key + j) * o.keep.stride[last]]) scores[j * rows + r] = -static_cast<C>(__builtin_huge_val());
  }
  void cut_diagonal(index_t first, index_t key, index_t keys) {
    for (index_t j = 0; j < keys; ++j) {
      const index_t distance = key + j - first;                 // row r of the block is at distance - r from the key
      for (int r = 0; r < R; ++r) {
        C* const s = scores + j * rows + r * N;
        const index_t lane0 = distance - r * N;                 // lanes below lane0 come before the key
        auto visible = mask<C, N>(true);
        if (p.causal) visible = visible & ~mask<C, N>::first(lane0);
        if (p.window > 0) visible = visible & mask<C, N>::first(lane0 + p.window) & ~mask<C, N>::first(lane0 - p.window + 1);
        select(visible, V::load(s), V(-__builtin_huge_val())).store(s);
      }
    }
  }
  void drop(index_t first, index_t count, index_t key, index_t keys, std::uint64_t random) {
    const C scale = static_cast<C>(1 / (1 - p.dropout));
    for (index_t r = 0; r < count; ++r)
      for (index_t j = 0; j < keys; ++j) {
        const auto at = random + static_cast<std::uint64_t>((first + r) * p.m + key + j);
        C& s = scores[j * rows + r];
        if (s < C(0)) continue;                                 // hidden: see skip_product
        s = philox{p.seed}.bernoulli(at, p.dropout) ? C(0) : s * scale;
      }
  }

  bool finite(const C* v, index_t v_step, index_t keys) const {
    V spoiled(0);
    for (index_t j = 0; j < keys; ++j) {
      index_t e = 0;
      for (; e + N <= p.e; e += N) spoiled = fma(V::load(v + j * v_step + e), V(0), spoiled);
      if (e < p.e) spoiled = fma(V::load(v + j * v_step + e, p.e - e), V(0), spoiled);
    }
    return reduce_add(spoiled) == C(0);                         // 0 * x is NaN for infinite and NaN x
  }
  // O^T = O^T * rescale + V^T P^T, in which a negative p skips: for values that rows which do not see them must not feel.
  void skip_product(const C* v, index_t v_step, index_t keys, const C* rescale) {
    for (index_t e = 0; e < p.e; ++e)
      for (int r = 0; r < R; ++r) {
        V sum = V::load(out_t + e * rows + r * N) * V::load(rescale + r * N);
        for (index_t j = 0; j < keys; ++j) {
          const V share = V::load(scores + j * rows + r * N);
          sum = select(share < V(0), sum, fma(share, V(v[j * v_step + e]), sum));
        }
        sum.store(out_t + e * rows + r * N);
      }
  }

  const attention_plan& p;
  const attention_operands<T>& o;
  C *q_t, *out_t, *scores, *k_tile, *v_tile;                    // (D, rows) (E, rows) (keys, rows) (keys, D) (keys, E)
  V m[R], l[R];
};

}  // namespace detail

// Rows fill the accumulators of this instruction set, or one vector if there are few.
template <class T>
attention_tile tile_of_attention(index_t n, index_t keys) {
  constexpr index_t N = lanes<compute_t<T>>;
  return {n <= N ? N : detail::attention_vectors * N, keys > 0 ? keys : 128};
}

template <class T>
status run_attention(const context& ctx, const attention_plan& p, const attention_operands<T>& o, std::byte* workspace) {
  const int leading = o.out.rank - 2;
  const index_t blocks_per_batch = p.batches == 0 ? 0 : p.blocks / p.batches;
  ctx.parallel(p.tasks, [&](index_t task) {
    const auto work = [&](auto block) {
      for (index_t b = p.blocks - 1 - task; b >= 0; b -= p.tasks) {          // long causal rows first
        index_t rest = b / blocks_per_batch, out = 0, q = 0, k = 0, v = 0, keep = 0, bias = 0;
        const index_t batch = rest;
        for (int d = leading - 1; d >= 0; --d) {
          const index_t i = rest % o.out.extent[d], shared = d == leading - 1 ? i / o.group : i;
          rest /= o.out.extent[d];
          out += i * o.out.stride[d];
          q += i * o.q.stride[d];
          k += shared * o.k.stride[d];
          v += shared * o.v.stride[d];
          keep += i * o.keep.stride[d];
          bias += i * o.bias.stride[d];
        }
        const index_t first = b % blocks_per_batch * p.block_rows, left = p.n - first;
        block.run(first, left < p.block_rows ? left : p.block_rows, o.out.data + out, o.q.data + q, o.k.data + k, o.v.data + v,
                  o.keep.data ? o.keep.data + keep : nullptr, o.bias.data ? o.bias.data + bias : nullptr,
                  p.position + static_cast<std::uint64_t>(batch * p.n * p.m));
      }
    };
    std::byte* const memory = workspace + task * p.task_bytes;
    if (p.block_rows == lanes<compute_t<T>>)
      work(detail::attention_block<T, 1>(p, o, memory));
    else
      work(detail::attention_block<T, detail::attention_vectors>(p, o, memory));
  });
  return {};
}

template <class T>
constexpr typename attention_tile_kernel<T>::function function_of(attention_tile_kernel<T>, this_arch) {
  return &tile_of_attention<T>;
}
template <class T>
constexpr typename attention_kernel<T>::function function_of(attention_kernel<T>, this_arch) {
  return &run_attention<T>;
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH
