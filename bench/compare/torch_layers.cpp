// PyTorch: pooling, convolution in one and three dimensions, losses, einsum. max_pool2d has no form that writes no indices.
#include "torch.hpp"

#if defined(TENON_PEER_TORCH)
#include <ATen/core/Reduction.h>

namespace compare {

namespace {

solver pooling(const problem& p, float* data) {
  const auto& n = p.n;
  const auto x = view(p.in[0], {n[0], n[1], n[2], n[2]});
  const std::vector<std::int64_t> kernel{n[3], n[3]};
  if (p.op == "adaptive_avg_pool2d") return fresh([=] { return at::adaptive_avg_pool2d(x, kernel); });
  const std::vector<std::int64_t> stride{n[4], n[4]}, pad{n[5], n[5]}, one{1, 1};
  if (p.op == "max_pool2d") return fresh([=] { return at::max_pool2d(x, kernel, stride, pad, one, false); });
  const auto side = (n[2] + 2 * n[5] - n[3]) / n[4] + 1;
  return kept([=, out = view(data, {n[0], n[1], side, side})]() mutable { at::avg_pool2d_out(out, x, kernel, stride, pad); });
}

}  // namespace

solver torch_layers(const problem& p, float* data) {
  const auto& n = p.n;
  if (p.op == "max_pool2d" || p.op == "avg_pool2d" || p.op == "adaptive_avg_pool2d") return pooling(p, data);
  if (p.op == "conv1d") {
    const auto x = view(p.in[0], {n[0], n[1], n[2]}), w = view(p.in[1], {n[3], n[1], n[4]});
    const std::vector<std::int64_t> stride{n[5]}, pad{n[6]};
    return fresh([=] { return at::conv1d(x, w, {}, stride, pad); });
  }
  if (p.op == "conv3d") {
    const auto x = view(p.in[0], {n[0], n[1], n[2], n[2], n[2]}), w = view(p.in[1], {n[3], n[1], n[4], n[4], n[4]});
    const std::vector<std::int64_t> stride{n[5], n[5], n[5]}, pad{n[6], n[6], n[6]};
    return fresh([=] { return at::conv3d(x, w, {}, stride, pad); });
  }
  if (p.op == "cross_entropy")
    return fresh([x = view(p.in[0], n), target = indices(places(p.in[1], n[0], n[1]), {n[0]})] { return at::cross_entropy_loss(x, target); });
  if (p.op == "mse_loss") return fresh([x = view(p.in[0], n), target = view(p.in[1], n)] { return at::mse_loss(x, target); });
  if (p.op == "bce_with_logits") return fresh([x = view(p.in[0], n), target = view(p.in[1], n)] { return at::binary_cross_entropy_with_logits(x, target); });
  if (p.op == "einsum_scores")
    return fresh([q = view(p.in[0], {n[0], n[1], n[2], n[4]}), k = view(p.in[1], {n[0], n[1], n[3], n[4]})] { return at::einsum("bhqd,bhkd->bhqk", {q, k}); });
  if (p.op == "einsum_positions")
    return fresh([x = view(p.in[0], {n[0], n[1], n[2], n[4]}), r = view(p.in[1], {n[1], n[3], n[4]})] {
      return at::einsum("bhwc,hkc->bhwk", {x, r}).contiguous();
    });
  return {};
}

}  // namespace compare
#endif
