// Attention: PyTorch's, and ONNX's with heads folded into the last dimension, a past, padding, and a look at the scores.
#include <tenon/ops/attention.hpp>
#include <tenon/ops/comparison.hpp>
#include <tenon/ops/concatenate.hpp>
#include <tenon/ops/copy.hpp>
#include <tenon/ops/factory.hpp>
#include <tenon/ops/hyperbolic.hpp>
#include <tenon/ops/logical.hpp>
#include <tenon/ops/matmul.hpp>
#include <tenon/ops/operators.hpp>
#include <tenon/ops/repeat.hpp>
#include <tenon/ops/softmax.hpp>
#include <tenon/ops/where.hpp>

#include <cmath>
#include <limits>

#include "registry.hpp"

namespace conformance {

namespace {

template <class T>
using maybe = tn::result<tn::tensor<T>>;

// (B, L, heads * D) -> (B, heads, L, D), and back.
template <class T>
maybe<T> split_heads(const tn::tensor<T>& x, index_t heads) {
  return tn::permute(tn::view(x, {x.size(0), x.size(1), heads, x.size(2) / (heads > 0 ? heads : 1)}), {0, 2, 1, 3});
}
template <class T>
maybe<T> join_heads(const maybe<T>& x) {
  TENON_TRY(const auto y, x);
  return tn::reshape(tn::permute(y, {0, 2, 1, 3}), {y.size(0), y.size(2), y.size(1) * y.size(3)});
}

// What takes part: a bool tensor that broadcasts to the scores, and whether there is one.
struct visibility {
  tn::result<tn::tensor<bool>> keep = tn::error();
  bool any = false;
  void restrict_to(const tn::result<tn::tensor<bool>>& also) {
    keep = any ? tn::logical_and(keep, also) : also;
    any = true;
  }
};
// Query i stands at position `offset` + i among the m keys; of a batch, at its own.
tn::result<tn::tensor<bool>> causal(index_t n, index_t m, const tn::result<tn::tensor<index_t>>& offset) {
  return tn::le(tn::arange<index_t>(m), offset + tn::reshape(tn::arange<index_t>(n), {n, 1}));
}

template <class T>
tn::result<outputs> onnx_attention(const test_case& c) {
  auto q = typed<T>(c, 0), k = typed<T>(c, 1), v = typed<T>(c, 2);
  const bool folded = q.rank() == 3;
  if (folded) {
    TENON_TRY(q, split_heads(q, c.integer("q_num_heads", 0)));
    TENON_TRY(k, split_heads(k, c.integer("kv_num_heads", 0)));
    TENON_TRY(v, split_heads(v, c.integer("kv_num_heads", 0)));
  }
  const index_t past = c.has(4) ? c.input(4).size(2) : 0;
  if (c.has(4)) {
    TENON_TRY(k, tn::cat({typed<T>(c, 4), k}, 2));
    TENON_TRY(v, tn::cat({typed<T>(c, 5), v}, 2));
  }
  const index_t n = q.size(2), m = k.size(2);

  visibility visible;
  if (c.has(6)) {                                            // so many keys of each sequence are no padding
    const auto lengths = tn::reshape(tn::to<index_t>(c.input(6)), {-1, 1, 1, 1});
    visible.restrict_to(tn::lt(tn::arange<index_t>(m), lengths));
    if (c.flag("is_causal")) visible.restrict_to(causal(n, m, lengths - n));
  } else if (c.flag("is_causal")) {
    visible.restrict_to(causal(n, m, tn::full<index_t>({1, 1}, past)));
  }
  const bool only_causal = c.flag("is_causal") && past == 0 && !c.has(6) && !c.has(3);
  if (c.has(3) && c.dtype(3) == tn::dtype::boolean) visible.restrict_to(typed<bool>(c, 3));
  const bool additive = c.has(3) && c.dtype(3) == q.dtype();
  const T lowest = static_cast<T>(-std::numeric_limits<float>::infinity());
  maybe<T> mask = typed<T>(c, 3);                            // of the scores, where there is an additive one or any rule
  if (additive && visible.any) mask = tn::where(visible.keep, mask, lowest);

  const double scale = c.given("scale") ? c.number("scale", 1) : 1 / std::sqrt(static_cast<double>(q.size(3)));
  const tn::attention_options options{.causal = only_causal, .scale = scale, .enable_gqa = true};
  const double cap = c.number("softcap", 0);
  maybe<T> y = only_causal    ? tn::scaled_dot_product_attention(q, k, v, options)
               : additive     ? tn::scaled_dot_product_attention(q, k, v, mask, options)
               : visible.any  ? tn::scaled_dot_product_attention(q, k, v, visible.keep, options)
                              : tn::scaled_dot_product_attention(q, k, v, options);
  // The scores themselves, which the op never has at once, and the cap, which it does not know.
  maybe<T> shown = tn::error();
  if (cap != 0 || c.outputs.size() > 3) {
    const index_t group = q.size(1) / k.size(1), mode = c.integer("qk_matmul_output_mode", 0);
    maybe<T> s = tn::matmul(q, tn::mT(tn::repeat_interleave(k, group, 1))) * static_cast<T>(scale);
    if (mode == 0) shown = s;
    if (cap != 0) s = tn::tanh(s / static_cast<T>(cap)) * static_cast<T>(cap);
    if (mode == 1) shown = s;
    if (additive)
      s = s + mask;
    else if (visible.any)
      s = tn::where(visible.keep, s, lowest);
    if (mode == 2) shown = s;
    const maybe<T> p = tn::softmax(s, -1);
    if (mode == 3) shown = p;
    if (cap != 0) y = tn::matmul(p, tn::repeat_interleave(v, group, 1));
  }
  if (folded) y = join_heads(y);
  return c.outputs.size() > 3 ? give(y, k, v, shown) : give(y, k, v);
}

tn::result<outputs> torch_attention(const test_case& c) {
  const tn::attention_options o{.causal = c.flag("is_causal"), .scale = c.number("scale", 0), .enable_gqa = c.flag("enable_gqa")};
  return over<float, double>(c.dtype(), [&]<class T>(tn::type_tag<T>) {
    const auto q = typed<T>(c, 0), k = typed<T>(c, 1), v = typed<T>(c, 2);
    if (!c.has(3)) return give(tn::scaled_dot_product_attention(q, k, v, o));
    return c.dtype(3) == tn::dtype::boolean ? give(tn::scaled_dot_product_attention(q, k, v, typed<bool>(c, 3), o))
                                            : give(tn::scaled_dot_product_attention(q, k, v, typed<T>(c, 3), o));
  });
}

}  // namespace

void add_attention(registry& r) {
  r.add("Attention", [](const test_case& c) {
    return over<float, tn::half>(c.dtype(), [&]<class T>(tn::type_tag<T>) { return onnx_attention<T>(c); });
  });
  for (const char* name : {"scaled_dot_product_attention", "FlexAttention"}) r.add(name, torch_attention);
}

}  // namespace conformance
