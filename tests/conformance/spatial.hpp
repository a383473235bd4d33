#pragma once
// What convolution and pooling share: ONNX's options as numbers per spatial dimension.
#include <tenon/ops/calls/spatial.hpp>
#include <tenon/ops/pad.hpp>

#include "registry.hpp"

namespace conformance {

// One number per dimension from a list; `otherwise` where it is empty, the first number for all where it is alone.
template <int D>
tn::spatial<D> spatial_of(const std::vector<index_t>& list, index_t otherwise) {
  tn::spatial<D> s(otherwise);
  for (std::size_t d = 0; d < D && !list.empty(); ++d) s.at[d] = list.size() == 1 ? list[0] : list[d];
  return s;
}

// Calls f(std::integral_constant<int, D>) for the number of spatial dimensions of x (batch, channels, ...).
template <class F>
tn::result<outputs> over_spatial(const any_tensor& x, F f) {
  switch (x.rank() - 2) {
    case 1: return f(std::integral_constant<int, 1>());
    case 2: return f(std::integral_constant<int, 2>());
    case 3: return f(std::integral_constant<int, 3>());
    default: return cannot(make_text("an input with ", x.rank() - 2, " spatial dimensions"));
  }
}

// ONNX's pads: all begins, then all ends; or from auto_pad, so that out = ceil(in / stride), the odd one at the end or in front.
template <int D>
struct margins {
  tn::spatial<D> before = 0, after = 0;
  bool equal = true;                                         // both sides the same, so that the op can do it itself

  // x padded with `value`.
  template <class T>
  tn::result<tn::tensor<T>> apply(const tn::tensor<T>& x, double value) const {
    std::vector<index_t> widths;
    for (int d = D - 1; d >= 0; --d) {
      widths.push_back(before[d]);
      widths.push_back(after[d]);
    }
    TENON_TRY(const tn::pad_widths w, tn::pad_widths::from(widths));
    return tn::pad(x, w, {.value = value});
  }
};
template <int D>
margins<D> margins_of(const test_case& c, const tn::spatial<D>& kernel, const tn::spatial<D>& stride, const tn::spatial<D>& dilation) {
  margins<D> m;
  const std::vector<index_t> pads = c.list("pads");
  const std::string automatic = c.text("auto_pad", "NOTSET");
  for (int d = 0; d < D; ++d) {
    const auto at = static_cast<std::size_t>(d);
    if (!pads.empty()) m.before.at[d] = pads[at], m.after.at[d] = pads[at + D];
    if (automatic == "SAME_UPPER" || automatic == "SAME_LOWER") {
      const index_t in = c.input(0).size(2 + d), out = (in + stride[d] - 1) / stride[d];
      const index_t needed = (out - 1) * stride[d] + (kernel[d] - 1) * dilation[d] + 1 - in, total = needed > 0 ? needed : 0;
      m.before.at[d] = automatic == "SAME_UPPER" ? total / 2 : total - total / 2;
      m.after.at[d] = total - m.before[d];
    }
    m.equal = m.equal && m.before[d] == m.after[d];
  }
  return m;
}

}  // namespace conformance
