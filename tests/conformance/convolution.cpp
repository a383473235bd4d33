// Convolution.
#include <tenon/ops/activation.hpp>
#include <tenon/ops/concatenate.hpp>
#include <tenon/ops/convolution.hpp>
#include <tenon/ops/factory.hpp>
#include <tenon/ops/view.hpp>

#include "spatial.hpp"

namespace conformance {

namespace {

template <int D, class X, class W>
tn::result<tn::tensor<float>> convolve(const X& x, const W& w, const test_case& c, const tn::conv_options<D>& o) {
  const auto bias = typed<float>(c, 2);
  if constexpr (D == 1) return c.has(2) ? tn::conv1d(x, w, bias, o) : tn::conv1d(x, w, o);
  if constexpr (D == 2) return c.has(2) ? tn::conv2d(x, w, bias, o) : tn::conv2d(x, w, o);
  if constexpr (D == 3) return c.has(2) ? tn::conv3d(x, w, bias, o) : tn::conv3d(x, w, o);
}

tn::result<outputs> onnx_conv(const test_case& c) {
  return over_spatial(c.input(0), [&]<int D>(std::integral_constant<int, D>) -> tn::result<outputs> {
    const auto x = typed<float>(c, 0), w = typed<float>(c, 1);
    tn::conv_options<D> o;
    o.stride = spatial_of<D>(c.list("strides"), 1);
    o.dilation = spatial_of<D>(c.list("dilations"), 1);
    o.groups = c.integer("group", 1);
    tn::spatial<D> kernel;
    for (int d = 0; d < D; ++d) kernel.at[d] = w.size(2 + d);
    const auto m = margins_of<D>(c, kernel, o.stride, o.dilation);
    if (m.equal) {
      o.padding.amount = m.before;
      return give(convolve<D>(x, w, c, o));
    }
    return give(convolve<D>(m.apply(x, 0), w, c, o));
  });
}
template <int D>
tn::result<outputs> torch_conv(const test_case& c) {
  tn::conv_options<D> o;
  o.stride = spatial_of<D>(c.list("stride"), 1);
  o.padding.amount = spatial_of<D>(c.list("padding"), 0);
  o.dilation = spatial_of<D>(c.list("dilation"), 1);
  o.groups = c.integer("groups", 1);
  return give(convolve<D>(typed<float>(c, 0), typed<float>(c, 1), c, o));
}

// A depthwise convolution over time that sees the last inputs of the call before: state, then input.
tn::result<outputs> causal_conv_with_state(const test_case& c) {
  const auto x = typed<float>(c, 0), w = typed<float>(c, 1);
  const index_t past = w.size(2) - 1;
  const tn::result<tn::tensor<float>> state = c.has(3) ? typed<float>(c, 3) : tn::zeros<float>({x.size(0), x.size(1), past});
  TENON_TRY(const auto all, tn::cat({state, tn::result<tn::tensor<float>>(x)}, 2));
  const auto y = convolve<1>(all, w, c, {.groups = x.size(1)});
  return give(c.text("activation", "none") == "none" ? y : tn::silu(y), tn::narrow(all, 2, all.size(2) - past, past));
}

}  // namespace

void add_convolution(registry& r) {
  r.add("Conv", onnx_conv);
  r.add("conv2d", torch_conv<2>);
  r.add("conv3d", torch_conv<3>);
  r.add("CausalConvWithState", causal_conv_with_state);
}

}  // namespace conformance
