// Losses and einsum.
#include <tenon/ops/copy.hpp>
#include <tenon/ops/einsum.hpp>
#include <tenon/ops/loss.hpp>

#include "ours.hpp"

namespace compare {

solver loss_solver(const problem& p, float*) {
  const auto& n = p.n;
  if (p.op == "cross_entropy")                   // rows, classes
    return fresh([x = in(p, 0, {n[0], n[1]}), target = indices(places(p.in[1], n[0], n[1]), {n[0]})] { return tn::cross_entropy(x, target); });
  if (p.op == "mse_loss") return fresh([x = in(p, 0, {n[0]}), target = in(p, 1, {n[0]})] { return tn::mse_loss(x, target); });
  if (p.op == "bce_with_logits")
    return fresh([x = in(p, 0, {n[0]}), target = in(p, 1, {n[0]})] { return tn::binary_cross_entropy_with_logits(x, target); });
  if (p.op == "einsum_scores")                   // b h q k d
    return fresh([q = in(p, 0, {n[0], n[1], n[2], n[4]}), k = in(p, 1, {n[0], n[1], n[3], n[4]})] { return tn::einsum("bhqd,bhkd->bhqk", q, k); });
  if (p.op == "einsum_positions")                // b h w k c
    return fresh([x = in(p, 0, {n[0], n[1], n[2], n[4]}), r = in(p, 1, {n[1], n[3], n[4]})] {
      return tn::contiguous(tn::einsum("bhwc,hkc->bhwk", x, r));       // the result is a view with other strides, PyTorch's too
    });
  return {};
}

}  // namespace compare
