// Reductions over dimensions, positions of extremes, running sums and products.
#include <tenon/ops/arg_reduction.hpp>
#include <tenon/ops/arithmetic.hpp>
#include <tenon/ops/concatenate.hpp>
#include <tenon/ops/exponential.hpp>
#include <tenon/ops/factory.hpp>
#include <tenon/ops/operators.hpp>
#include <tenon/ops/rearrange.hpp>
#include <tenon/ops/reduction.hpp>
#include <tenon/ops/scan.hpp>
#include <tenon/ops/view.hpp>

#include "registry.hpp"

namespace conformance {

namespace {

struct reduction {
  tn::dim_list dims;                 // none: all
  bool keepdim = false, nothing = false;
};

// ONNX: axes are an input since opset 13 or 18, an attribute before. No axes mean all, or none at all if a flag says so.
tn::result<reduction> onnx_reduction(const test_case& c) {
  reduction r;
  const std::vector<index_t> axes = c.has(1) ? c.integers(1) : c.list("axes");
  TENON_TRY(r.dims, shape_of(axes));
  r.keepdim = c.flag("keepdims", true);
  r.nothing = axes.empty() && c.flag("noop_with_empty_axes");
  return r;
}
// f(x, dims, options) in ONNX's way.
template <class... Ts, class F>
tn::result<outputs> onnx_reduce(const test_case& c, F f) {
  TENON_TRY(const reduction r, onnx_reduction(c));
  if (r.nothing) return give(c.input(0));
  return unary<Ts...>(c, [&](const auto& x) { return f(x, r.dims, tn::reduce_options{.keepdim = r.keepdim}); });
}
// PyTorch: an optional dim.
tn::dim_list torch_dims(const test_case& c) { return c.given("dim") ? tn::dim_list{c.integer("dim", 0)} : tn::dim_list{}; }

// The first extreme position; or the last one, which is the first of the reversed tensor.
template <class F>
tn::result<outputs> arg_extreme(const test_case& c, F f) {
  const auto x = typed<float>(c, 0);
  const index_t axis = c.integer("axis", 0);
  const tn::reduce_options options{.keepdim = c.flag("keepdims", true)};
  if (!c.flag("select_last_index")) return give(f(x, axis, options));
  return give(x.size(axis) - 1 - f(tn::flip(x, {axis}), axis, options));
}

// Of the elements up to each one, or (exclusive) up to the one before it, or of both from the end.
template <class F>
tn::result<outputs> scan(const test_case& c, double first, F f) {
  const index_t axis = c.integers(1)[0];
  tn::result<tn::tensor<double>> x = typed<double>(c, 0);
  if (c.flag("reverse")) x = tn::flip(x, {axis});
  auto y = f(x, axis);
  if (c.flag("exclusive")) {
    TENON_TRY(const auto all, y);
    tn::shape s = all.shape();
    s.set(static_cast<int>(axis < 0 ? axis + all.rank() : axis), 1);
    y = tn::cat({tn::full<double>(s, first), tn::narrow(all, axis, 0, all.size(axis) - 1)}, axis);
  }
  if (c.flag("reverse")) y = tn::flip(y, {axis});
  return give(y);
}

template <class F>
tn::result<outputs> variance(const test_case& c, F f) {
  return unary<float, double>(c, [&](const auto& x) {
    return f(x, torch_dims(c), tn::variance_options{.correction = c.flag("unbiased", true) ? 1.0 : 0.0, .keepdim = c.flag("keepdim")});
  });
}

}  // namespace

void add_reduction(registry& r) {
  r.add("ArgMax", [](const test_case& c) { return arg_extreme(c, [](const auto& x, index_t axis, auto o) { return tn::argmax(x, axis, o); }); });
  r.add("ArgMin", [](const test_case& c) { return arg_extreme(c, [](const auto& x, index_t axis, auto o) { return tn::argmin(x, axis, o); }); });
  r.add("ReduceSum", [](const test_case& c) { return onnx_reduce<float>(c, [](const auto& x, const auto& d, auto o) { return tn::sum(x, d, o); }); });
  r.add("ReduceMean", [](const test_case& c) { return onnx_reduce<float>(c, [](const auto& x, const auto& d, auto o) { return tn::mean(x, d, o); }); });
  r.add("ReduceProd", [](const test_case& c) { return onnx_reduce<float>(c, [](const auto& x, const auto& d, auto o) { return tn::prod(x, d, o); }); });
  r.add("ReduceMax", [](const test_case& c) { return onnx_reduce<float, bool>(c, [](const auto& x, const auto& d, auto o) { return tn::amax(x, d, o); }); });
  r.add("ReduceMin", [](const test_case& c) { return onnx_reduce<float, bool>(c, [](const auto& x, const auto& d, auto o) { return tn::amin(x, d, o); }); });
  r.add("ReduceL1", [](const test_case& c) { return onnx_reduce<float>(c, [](const auto& x, const auto& d, auto o) { return tn::norm(x, 1, d, o); }); });
  r.add("ReduceL2", [](const test_case& c) { return onnx_reduce<float>(c, [](const auto& x, const auto& d, auto o) { return tn::norm(x, 2, d, o); }); });
  r.add("ReduceLogSum", [](const test_case& c) { return onnx_reduce<float>(c, [](const auto& x, const auto& d, auto o) { return tn::log(tn::sum(x, d, o)); }); });
  r.add("ReduceLogSumExp", [](const test_case& c) { return onnx_reduce<double>(c, [](const auto& x, const auto& d, auto o) { return tn::logsumexp(x, d, o); }); });
  r.add("ReduceSumSquare", [](const test_case& c) { return onnx_reduce<float>(c, [](const auto& x, const auto& d, auto o) { return tn::sum(tn::square(x), d, o); }); });

  r.add("CumSum", [](const test_case& c) { return scan(c, 0, [](const auto& x, index_t axis) { return tn::cumsum(x, axis); }); });
  r.add("CumProd", [](const test_case& c) { return scan(c, 1, [](const auto& x, index_t axis) { return tn::cumprod(x, axis); }); });

  r.add("sum", [](const test_case& c) {
    return unary<float, std::uint8_t, bool>(c, [&](const auto& x) { return tn::sum(x, torch_dims(c), {.keepdim = c.flag("keepdim")}); });
  });
  r.add("mean", [](const test_case& c) { return unary<float>(c, [&](const auto& x) { return tn::mean(x, torch_dims(c)); }); });
  r.add("any", [](const test_case& c) { return unary<bool>(c, [&](const auto& x) { return tn::any(x, torch_dims(c)); }); });
  r.add("max", [](const test_case& c) { return unary<float>(c, [](const auto& x) { return tn::max(x); }); });
  r.add("argmax", [](const test_case& c) { return unary<float>(c, [&](const auto& x) { return tn::argmax(x, c.integer("dim", 0)); }); });
  r.add("std", [](const test_case& c) { return variance(c, [](const auto& x, const auto& d, auto o) { return tn::std(x, d, o); }); });
  r.add("var", [](const test_case& c) { return variance(c, [](const auto& x, const auto& d, auto o) { return tn::var(x, d, o); }); });
}

}  // namespace conformance
