#include <tenon/ops/attention.hpp>

#include "ours.hpp"

namespace compare {

solver attention_solver(const problem& p, float*) {
  if (p.op != "attention") return {};
  const tn::shape s{1, p.n[0], p.n[1], p.n[2]};  // heads length width
  return fresh([q = in(p, 0, s), k = in(p, 1, s), v = in(p, 2, s), causal = p.n[3] != 0] {
    return tn::scaled_dot_product_attention(q, k, v, {.causal = causal});
  });
}

}  // namespace compare
