#include <tenon/ops/convolution.hpp>

#include "ours.hpp"

namespace compare {

solver convolution_solver(const problem& p, float*) {
  const auto& n = p.n;
  if (p.op == "conv2d") {                        // N C H=W O K stride padding groups
    const auto x = in(p, 0, {n[0], n[1], n[2], n[2]}), w = in(p, 1, {n[3], n[1] / n[7], n[4], n[4]});
    return fresh([x, w, options = tn::conv_options<2>{.stride = n[5], .padding = n[6], .groups = n[7]}] { return tn::conv2d(x, w, options); });
  }
  if (p.op == "conv1d")                          // N C L O K stride padding
    return fresh([x = in(p, 0, {n[0], n[1], n[2]}), w = in(p, 1, {n[3], n[1], n[4]}), options = tn::conv_options<1>{.stride = n[5], .padding = n[6]}] {
      return tn::conv1d(x, w, options);
    });
  if (p.op == "conv3d")                          // the same along each dimension
    return fresh([x = in(p, 0, {n[0], n[1], n[2], n[2], n[2]}), w = in(p, 1, {n[3], n[1], n[4], n[4], n[4]}),
                  options = tn::conv_options<3>{.stride = n[5], .padding = n[6]}] { return tn::conv3d(x, w, options); });
  return {};
}

}  // namespace compare
