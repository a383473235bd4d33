#pragma once
// scaled_dot_product_attention and flash_attention.
#include <tenon/core/generator.hpp>
#include <tenon/kernels/cpu/attention.hpp>
#include <tenon/kernels/cpu/entry.hpp>
#include <tenon/ops/calls/call.hpp>

namespace tenon::inline v0::inline TENON_BUILD {

struct attention_options {
  double dropout_p = 0;          // probability that a weight is dropped; the rest are scaled by 1 / (1 - dropout_p)
  bool causal = false;           // query i sees keys 0 .. i (aligned to the upper left, as in PyTorch)
  double scale = 0;              // 0: 1 / sqrt(D)
  bool enable_gqa = false;       // k and v may have fewer heads (dimension -3): each serves a group of query heads
  index_t window = 0;            // query i sees only keys j with |i - j| < window; 0: all
  index_t block_size = 0;        // keys per tile; 0: chosen. Changes the rounding, never the meaning
};

namespace op {

struct attention {
  static constexpr const char* name = "scaled_dot_product_attention";
  static constexpr dtype_set dtypes = floating_dtypes;
  static constexpr bool trusts_noalias = true;
  template <class T>
  using kernel = kernels::attention_kernel<T>;
  attention_options options;

  static error mismatch(const char* what, const any_tensor& q, const any_tensor& k, const any_tensor& v) {
    return error(error_code::shape_mismatch, name,
                 make_text(what, ": query ", q.shape(), ", key ", k.shape(), ", value ", v.shape(),
                           " (expected (..., N, D), (..., M, D), (..., M, E))"));
  }

  result<shape> check(const any_tensor& q, const any_tensor& k, const any_tensor& v, const any_tensor* mask) const {
    const int rank = q.rank();
    if (rank < 2 || k.rank() != rank || v.rank() != rank) return mismatch("query, key and value need one rank, 2 or more", q, k, v);
    if (q.size(-1) != k.size(-1)) return mismatch("query and key vectors differ in length", q, k, v);
    if (k.size(-2) != v.size(-2)) return mismatch("there must be one value for each key", q, k, v);
    if (!(options.dropout_p >= 0 && options.dropout_p < 1) && options.dropout_p != 1)
      return error(error_code::invalid_argument, name, make_text("dropout_p is ", options.dropout_p, ", but a probability lies in 0 .. 1"));
    if (options.window < 0 || options.block_size < 0 || options.block_size > (index_t{1} << 20) || !(options.scale - options.scale == 0))
      return error(error_code::invalid_argument, name,
                   make_text("window ", options.window, ", block_size ", options.block_size, " and scale ", options.scale,
                             " must be 0 (default) or positive and sensible"));
    shape out = q.shape();
    out.set(rank - 1, v.size(-1));
    for (int d = 0; d < rank - 2; ++d) {
      const bool heads = d == rank - 3 && options.enable_gqa;
      const index_t n = k.size(d);
      if (n != v.size(d)) return mismatch("key and value differ in a leading dimension", q, k, v);
      if (heads ? n == 0 ? q.size(d) != 0 : q.size(d) % n != 0 : n != q.size(d) && n != 1)
        return mismatch(heads ? "the query heads must be a multiple of the key heads" : "leading dimensions do not fit (grouped heads need enable_gqa)", q, k, v);
    }
    if (mask) {
      shape scores = out;
      scores.set(rank - 1, k.size(-2));
      TENON_TRY(const shape joined, broadcast_shapes(name, scores, mask->shape()));
      if (joined != scores)
        return error(error_code::shape_mismatch, name, make_text("mask ", mask->shape(), " does not broadcast to the scores ", scores));
    }
    return out;
  }

  template <class T, class, class, class Mask>
  result<void> run(any_tensor& out, const any_tensor& q, const any_tensor& k, const any_tensor& v, const any_tensor* mask) const {
    static_assert(std::is_void_v<Mask> || std::is_same_v<Mask, bool> || std::is_same_v<Mask, T>,
                  "a mask is a bool tensor (true: takes part) or a tensor of the query's type that is added to the scores");
    const int rank = q.rank(), leading = rank - 2;
    kernels::attention_operands<T> o;
    o.out = out.kernel_view<T>();
    o.q = q.kernel_view<T>();
    o.k = shared_view<T>(k, leading);
    o.v = shared_view<T>(v, leading);
    if (options.enable_gqa && leading > 0 && k.size(-3) > 0) o.group = q.size(-3) / k.size(-3);
    if constexpr (!std::is_void_v<Mask>) {
      shape scores = out.shape();
      scores.set(rank - 1, k.size(-2));
      TENON_TRY(const any_tensor expanded, mask->expand(scores));
      if constexpr (std::is_same_v<Mask, bool>)
        o.keep = expanded.kernel_view<bool>();
      else
        o.bias = expanded.kernel_view<T>();
    }
    kernels::attention_plan p;
    p.n = q.size(-2), p.m = k.size(-2), p.d = q.size(-1), p.e = v.size(-1);
    for (int d = 0; d < leading; ++d) p.batches *= q.size(d);
    p.scale = options.scale != 0 ? options.scale : p.d > 0 ? 1 / __builtin_sqrt(static_cast<double>(p.d)) : 1;
    p.causal = options.causal;
    p.window = options.window < p.n + p.m ? options.window : 0;            // a window that reaches everywhere is none
    p.dropout = options.dropout_p;
    if (p.dropout > 0) {
      const auto numbers = default_generator().reserve(static_cast<std::uint64_t>(p.batches * p.n * p.m));
      p.seed = numbers.numbers.seed;
      p.position = numbers.first;
    }
    if (p.dropout > 0) TENON_TRY_VOID(calls::check_on_cpu(name, q.where()));
    const double work = 0.02 * static_cast<double>(p.batches) * static_cast<double>(p.n) * static_cast<double>(p.m) * static_cast<double>(p.d + p.e + 16);
    TENON_TRY(const auto attend, calls::kernel<kernel<T>>(name, q.where(), work));
    if (!attend.context.queue) {                 // a GPU's kernel makes its own cut
      const auto tile = kernels::cpu::entry<kernels::attention_tile_kernel<T>>()(p.n, options.block_size);
      kernels::cut_attention(p, tile, sizeof(compute_t<T>), attend.context.threads);
    }
    TENON_TRY(const storage_ptr memory, calls::workspace(name, p.workspace_bytes));
    return calls::finish(name, attend(p, o, calls::data_of(memory)));
  }

 private:
  // A leading dimension of extent 1 is shared by all.
  template <class T>
  static strided<const T> shared_view(const any_tensor& x, int leading) {
    auto view = x.kernel_view<T>();
    for (int d = 0; d < leading; ++d)
      if (view.extent[d] == 1) view.stride[d] = 0;
    return view;
  }
};

}  // namespace op

/// softmax(scale * Q K^T + mask) V.      q (..., N, D)  k (..., M, D)  v (..., M, E)  ->  (..., N, E)
///
/// Leading  Dimensions before the last two are batches and heads; k and v may have 1 where q has more, or fewer heads with
///          enable_gqa. mask broadcasts to (..., N, M): bool (true takes part) or q's dtype (added; -inf masks).
/// Dtypes   float, double, half, bfloat16 (computed in float); all three the same.
/// Special  A row that sees no key is zero. What is masked out never reaches the result, not even NaN. A NaN that a row
///          sees makes the row NaN.
/// Memory   linear in N and M: the scores never exist. Scratch: some hundred KiB per thread.
/// Bound    |error| <= (2 (D + 6) S + 3 M + 16) u max|v|, S = the row's largest scale * sum |q| |k| + |mask|: a score is off
///          by (D + 2) u S, which moves the weights by twice that; the rest are exponentials, rescaling and two sums over M.
///          Half types on a GPU: tensor cores cut off where others round, and take weights in the half type (unit roundoff u_T):
///          (2 (2 D + 6) S + 4 M + 16) u max|v| + u_T max|v|.
/// Source   FlashAttention-2, Dao 2023, arXiv:2307.08691.
/// Errors   shape_mismatch, invalid_argument, device_mismatch, out_of_memory.
/// flash_attention is the same algorithm under the name that says so.
template <operand Q, operand K, operand V, calls::optional_operand Mask>
[[nodiscard]] auto scaled_dot_product_attention(Q&& q, K&& k, V&& v, Mask&& mask, const attention_options& options = {}) {
  static_assert(std::is_same_v<value_t<Q>, value_t<K>> && std::is_same_v<value_t<Q>, value_t<V>>,
                "query, key and value must have one element type; convert with tenon::to<T>(x)");
  return calls::allocate(op::attention{options}, q, k, v, mask);
}
template <operand Q, operand K, operand V>
[[nodiscard]] auto scaled_dot_product_attention(Q&& q, K&& k, V&& v, const attention_options& options = {}) {
  return scaled_dot_product_attention(q, k, v, none, options);
}
template <target O, operand Q, operand K, operand V, calls::optional_operand Mask>
result<void> scaled_dot_product_attention_into(O&& out, Q&& q, K&& k, V&& v, Mask&& mask, const attention_options& options = {}) {
  return calls::into(op::attention{options}, out, q, k, v, mask);
}
template <target O, operand Q, operand K, operand V>
result<void> scaled_dot_product_attention_into(O&& out, Q&& q, K&& k, V&& v, const attention_options& options = {}) {
  return calls::into(op::attention{options}, out, q, k, v, none);
}

template <operand Q, operand K, operand V, calls::optional_operand Mask>
[[nodiscard]] auto flash_attention(Q&& q, K&& k, V&& v, Mask&& mask, const attention_options& options = {}) {
  static_assert(std::is_same_v<value_t<Q>, value_t<K>> && std::is_same_v<value_t<Q>, value_t<V>>,
                "query, key and value must have one element type; convert with tenon::to<T>(x)");
  return calls::allocate_as("flash_attention", op::attention{options}, q, k, v, mask);
}
template <operand Q, operand K, operand V>
[[nodiscard]] auto flash_attention(Q&& q, K&& k, V&& v, const attention_options& options = {}) {
  return flash_attention(q, k, v, none, options);
}
template <target O, operand Q, operand K, operand V, calls::optional_operand Mask>
result<void> flash_attention_into(O&& out, Q&& q, K&& k, V&& v, Mask&& mask, const attention_options& options = {}) {
  return calls::into_as("flash_attention", op::attention{options}, out, q, k, v, mask);
}
template <target O, operand Q, operand K, operand V>
result<void> flash_attention_into(O&& out, Q&& q, K&& k, V&& v, const attention_options& options = {}) {
  return calls::into_as("flash_attention", op::attention{options}, out, q, k, v, none);
}

}  // namespace tenon::inline v0::inline TENON_BUILD
