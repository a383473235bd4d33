// Normalization.
#include <tenon/ops/arithmetic.hpp>
#include <tenon/ops/extremes.hpp>
#include <tenon/ops/factory.hpp>
#include <tenon/ops/normalization.hpp>
#include <tenon/ops/operators.hpp>
#include <tenon/ops/reduction/norm.hpp>
#include <tenon/ops/reduction/sum.hpp>
#include <tenon/ops/reduction/variance.hpp>

#include "registry.hpp"

namespace conformance {

namespace {

// Input i, or a constant per channel where it is left out.
template <class T>
tn::result<tn::tensor<T>> per_channel(const test_case& c, std::size_t i, double otherwise) {
  if (c.has(i)) return typed<T>(c, i);
  return tn::full<T>({c.input(0).size(1)}, otherwise);
}

// PyTorch's order: input, running_mean, running_var, weight, bias. The running statistics are further outputs in training.
tn::result<outputs> torch_batch_norm(const test_case& c) {
  const tn::batch_norm_options o{.training = c.flag("training"), .momentum = c.number("momentum", 0.1), .eps = c.number("eps", 1e-5)};
  return over<float, double>(c.dtype(), [&]<class T>(tn::type_tag<T>) {
    const auto x = typed<T>(c, 0);
    const auto weight = per_channel<T>(c, 3, 1), bias = per_channel<T>(c, 4, 0);
    if (!c.has(1)) return give(tn::batch_norm(x, tn::none, tn::none, weight, bias, o));
    auto mean = typed<T>(c, 1), var = typed<T>(c, 2);
    const auto y = tn::batch_norm(x, mean, var, weight, bias, o);
    return give(y, mean, var);
  });
}
// ONNX's order: X, scale, B, mean, var.
tn::result<outputs> onnx_batch_norm(const test_case& c) {
  if (c.flag("training_mode")) return cannot(make_text("BatchNormalization in training"));
  auto mean = typed<float>(c, 3), var = typed<float>(c, 4);
  return give(tn::batch_norm(typed<float>(c, 0), mean, var, typed<float>(c, 1), typed<float>(c, 2), {.eps = c.number("epsilon", 1e-5)}));
}
tn::result<outputs> torch_instance_norm(const test_case& c) {
  const tn::instance_norm_options o{.use_input_stats = c.flag("use_input_stats", true), .momentum = c.number("momentum", 0.1), .eps = c.number("eps", 1e-5)};
  return over<float, double>(c.dtype(), [&]<class T>(tn::type_tag<T>) {
    const auto x = typed<T>(c, 0);
    const auto weight = per_channel<T>(c, 3, 1), bias = per_channel<T>(c, 4, 0);
    if (!c.has(1)) return give(tn::instance_norm(x, tn::none, tn::none, weight, bias, o));
    auto mean = typed<T>(c, 1), var = typed<T>(c, 2);
    return give(tn::instance_norm(x, mean, var, weight, bias, o));
  });
}

// The dimensions from `axis` on, as numbers and as a shape.
struct trailing {
  tn::dim_list dims;
  tn::shape shape;
};
trailing trailing_of(const test_case& c) {
  trailing t;
  const any_tensor x = c.input(0);
  const index_t axis = c.integer("axis", -1);
  for (index_t d = axis < 0 ? axis + x.rank() : axis; d < x.rank(); ++d) {
    t.dims.push_back(d);
    t.shape.push_back(x.size(d));
  }
  return t;
}
tn::result<outputs> onnx_layer_norm(const test_case& c) {
  const auto x = typed<float>(c, 0), weight = typed<float>(c, 1), bias = typed<float>(c, 2);
  const trailing t = trailing_of(c);
  const double eps = c.number("epsilon", 1e-5);
  const auto y = c.has(2) ? tn::layer_norm(x, t.shape, weight, bias, {.eps = eps}) : tn::layer_norm(x, t.shape, weight, tn::none, {.eps = eps});
  return give(y, tn::mean(x, t.dims, {.keepdim = true}),
              tn::rsqrt(tn::var(x, t.dims, {.correction = 0, .keepdim = true}) + static_cast<float>(eps)));
}
tn::result<outputs> torch_layer_norm(const test_case& c) {
  TENON_TRY(const tn::shape s, shape_of(c.list("normalized_shape")));
  return unary<float, double>(c, [&](const auto& x) { return tn::layer_norm(x, s, {.eps = c.number("eps", 1e-5)}); });
}

// x / max(its p-norm along a dimension, eps)
tn::result<outputs> normalize(const test_case& c, index_t dim, double eps) {
  const auto x = typed<float>(c, 0);
  return give(x / tn::clamp_min(tn::norm(x, c.number("p", 2), {dim}, {.keepdim = true}), eps));
}

}  // namespace

void add_normalization(registry& r) {
  r.add("batch_norm", torch_batch_norm);
  r.add("BatchNormalization", onnx_batch_norm);
  r.add("instance_norm", torch_instance_norm);
  r.add("InstanceNormalization", [](const test_case& c) {
    return give(tn::instance_norm(typed<float>(c, 0), tn::none, tn::none, typed<float>(c, 1), typed<float>(c, 2), {.eps = c.number("epsilon", 1e-5)}));
  });
  r.add("group_norm", [](const test_case& c) { return give(tn::group_norm(typed<float>(c, 0), c.integer("num_groups", 1), {.eps = c.number("eps", 1e-5)})); });
  r.add("GroupNormalization", [](const test_case& c) {
    return give(tn::group_norm(typed<float>(c, 0), c.integer("num_groups", 1), typed<float>(c, 1), typed<float>(c, 2), {.eps = c.number("epsilon", 1e-5)}));
  });
  r.add("layer_norm", torch_layer_norm);
  r.add("LayerNormalization", onnx_layer_norm);
  r.add("RMSNormalization", [](const test_case& c) {
    return give(tn::rms_norm(typed<float>(c, 0), trailing_of(c).shape, typed<float>(c, 1), {.eps = c.number("epsilon", 1e-5)}));
  });
  r.add("normalize", [](const test_case& c) { return normalize(c, c.integer("dim", 1), c.number("eps", 1e-12)); });
  r.add("LpNormalization", [](const test_case& c) { return normalize(c, c.integer("axis", -1), 0); });
}

}  // namespace conformance
