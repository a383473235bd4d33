#include <tenon/ops/pooling.hpp>

#include "ours.hpp"

namespace compare {

solver pooling_solver(const problem& p, float* data) {
  const auto& n = p.n;
  if (p.op == "adaptive_avg_pool2d")             // N C H=W and the side of the result
    return fresh([x = in(p, 0, {n[0], n[1], n[2], n[2]}), side = n[3]] { return tn::adaptive_avg_pool2d(x, side); });
  if (p.op != "max_pool2d" && p.op != "avg_pool2d") return {};
  const auto x = in(p, 0, {n[0], n[1], n[2], n[2]});         // N C H=W K stride padding
  const auto kernel = n[3];
  if (p.op == "max_pool2d")
    return fresh([=, options = tn::max_pool_options<2>{.stride = n[4], .padding = n[5]}] { return tn::max_pool2d(x, kernel, options); });
  const auto side = (n[2] + 2 * n[5] - n[3]) / n[4] + 1;
  return kept([=, out = out_of(data, {n[0], n[1], side, side}), options = tn::avg_pool_options<2>{.stride = n[4], .padding = n[5]}]() mutable {
    return tn::avg_pool2d_into(out, x, kernel, options);
  });
}

}  // namespace compare
