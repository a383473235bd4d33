// Pooling.
#include <tenon/ops/arithmetic.hpp>
#include <tenon/ops/copy.hpp>
#include <tenon/ops/factory.hpp>
#include <tenon/ops/operators.hpp>
#include <tenon/ops/pooling.hpp>

#include <limits>

#include "spatial.hpp"

namespace conformance {

namespace {

template <int D, class X>
tn::result<tn::tensor<float>> average(const X& x, tn::spatial<D> kernel, const tn::avg_pool_options<D>& o) {
  if constexpr (D == 1) return tn::avg_pool1d(x, kernel, o);
  if constexpr (D == 2) return tn::avg_pool2d(x, kernel, o);
  if constexpr (D == 3) return tn::avg_pool3d(x, kernel, o);
}
template <int D, class X>
tn::result<tn::max_pool_result<float>> maximum(const X& x, tn::spatial<D> kernel, const tn::max_pool_options<D>& o) {
  if constexpr (D == 1) return tn::max_pool1d_with_indices(x, kernel, o);
  if constexpr (D == 2) return tn::max_pool2d_with_indices(x, kernel, o);
  if constexpr (D == 3) return tn::max_pool3d_with_indices(x, kernel, o);
}
// Whether the op takes these margins itself: equal on both sides, at most half the kernel.
template <int D>
bool suits(const margins<D>& m, const tn::spatial<D>& kernel) {
  bool fits = m.equal;
  for (int d = 0; d < D; ++d) fits = fits && m.before[d] <= kernel[d] / 2;
  return fits;
}

tn::result<outputs> average_pool(const test_case& c) {
  return over_spatial(c.input(0), [&]<int D>(std::integral_constant<int, D>) -> tn::result<outputs> {
    const auto x = typed<float>(c, 0);
    const auto kernel = spatial_of<D>(c.list("kernel_shape"), 1);
    tn::avg_pool_options<D> o;
    o.stride = spatial_of<D>(c.list("strides"), 1);
    o.ceil_mode = c.flag("ceil_mode");
    o.count_include_pad = c.flag("count_include_pad");
    const auto m = margins_of<D>(c, kernel, o.stride, 1);
    if (suits(m, kernel)) {
      o.padding = m.before;
      return give(average<D>(x, kernel, o));
    }
    // Padded first. Without counting the padding, the mean of ones tells which share of a window is inside.
    const auto padded = average<D>(m.apply(x, 0), kernel, o);
    if (o.count_include_pad) return give(padded);
    TENON_TRY(const auto ones, tn::ones<float>(x.shape()));
    return give(padded / average<D>(m.apply(ones, 0), kernel, o));
  });
}

// ONNX counts a place over the whole tensor, PyTorch within a channel.
tn::result<tn::tensor<index_t>> places_in_tensor(const tn::tensor<index_t>& places, const any_tensor& x) {
  const index_t planes = x.size(0) * x.size(1), each = planes > 0 ? x.numel() / planes : 0;
  tn::shape s = places.shape();
  for (int d = 2; d < s.rank(); ++d) s.set(d, 1);
  return places + tn::reshape(tn::arange<index_t>(planes), s) * each;
}
tn::result<outputs> max_pool(const test_case& c) {
  return over_spatial(c.input(0), [&]<int D>(std::integral_constant<int, D>) -> tn::result<outputs> {
    const auto x = typed<float>(c, 0);
    const auto kernel = spatial_of<D>(c.list("kernel_shape"), 1);
    tn::max_pool_options<D> o;
    o.stride = spatial_of<D>(c.list("strides"), 1);
    o.dilation = spatial_of<D>(c.list("dilations"), 1);
    o.ceil_mode = c.flag("ceil_mode");
    const auto m = margins_of<D>(c, kernel, o.stride, o.dilation);
    if (!suits(m, kernel)) {
      if (c.outputs.size() > 1) return cannot(make_text("places in an unevenly padded input"));
      TENON_TRY(const auto top, maximum<D>(m.apply(x, -std::numeric_limits<double>::infinity()), kernel, o));
      return give(top.values);
    }
    o.padding = m.before;
    TENON_TRY(const auto top, maximum<D>(x, kernel, o));
    return give(top.values, places_in_tensor(top.indices, x));
  });
}

tn::result<outputs> global_average_pool(const test_case& c) {
  return over_spatial(c.input(0), [&]<int D>(std::integral_constant<int, D>) {
    const auto x = typed<float>(c, 0);
    if constexpr (D == 1) return give(tn::adaptive_avg_pool1d(x, 1));
    if constexpr (D == 2) return give(tn::adaptive_avg_pool2d(x, 1));
    if constexpr (D == 3) return give(tn::adaptive_avg_pool3d(x, 1));
  });
}

}  // namespace

void add_pooling(registry& r) {
  r.add("AveragePool", average_pool);
  r.add("MaxPool", max_pool);
  r.add("GlobalAveragePool", global_average_pool);
  r.add("adaptive_avg_pool3d", [](const test_case& c) { return give(tn::adaptive_avg_pool3d(typed<float>(c, 0), spatial_of<3>(c.list("output_size"), 1))); });
}

}  // namespace conformance
