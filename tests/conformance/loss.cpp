// Losses, and dropout at rest.
#include <tenon/ops/dropout.hpp>
#include <tenon/ops/loss.hpp>

#include "registry.hpp"

namespace conformance {

namespace {

tn::loss_reduction reduction_of(const test_case& c) {
  const std::string name = c.text("reduction", "mean");
  return name == "sum"         ? tn::loss_reduction::sum
         : name == "none"      ? tn::loss_reduction::none
         : name == "batchmean" ? tn::loss_reduction::batch_mean
                               : tn::loss_reduction::mean;
}
tn::nll_options nll_options_of(const test_case& c) { return {.ignore_index = c.integer("ignore_index", -100), .reduction = reduction_of(c)}; }

tn::result<outputs> nll_loss(const test_case& c) {
  const auto x = typed<float>(c, 0);
  const auto target = typed<index_t>(c, 1);
  return c.has(2) ? give(tn::nll_loss(x, target, typed<float>(c, 2), nll_options_of(c))) : give(tn::nll_loss(x, target, tn::none, nll_options_of(c)));
}
template <class T>
tn::result<tn::tensor<T>> cross_entropy_of(const test_case& c) {
  const auto x = typed<T>(c, 0);
  const auto target = typed<index_t>(c, 1);
  const tn::cross_entropy_options o{.ignore_index = c.integer("ignore_index", -100), .reduction = reduction_of(c), .label_smoothing = c.number("label_smoothing", 0)};
  return c.has(2) ? tn::cross_entropy(x, target, typed<T>(c, 2), o) : tn::cross_entropy(x, target, tn::none, o);
}
tn::result<outputs> cross_entropy(const test_case& c) {
  return over<float, double>(c.dtype(), [&]<class T>(tn::type_tag<T>) { return give(cross_entropy_of<T>(c)); });
}
tn::result<outputs> onnx_cross_entropy(const test_case& c) {
  const auto loss = cross_entropy_of<float>(c);
  return c.outputs.size() > 1 ? give(loss, tn::log_softmax(typed<float>(c, 0), 1)) : give(loss);
}

tn::result<outputs> binary_cross_entropy(const test_case& c) {
  return over<float, double>(c.dtype(), [&]<class T>(tn::type_tag<T>) {
    const auto x = typed<T>(c, 0), target = typed<T>(c, 1);
    const tn::loss_options o{reduction_of(c)};
    return c.has(2) ? give(tn::binary_cross_entropy(x, target, typed<T>(c, 2), o)) : give(tn::binary_cross_entropy(x, target, tn::none, o));
  });
}
tn::result<outputs> binary_cross_entropy_with_logits(const test_case& c) {
  const auto x = typed<float>(c, 0), target = typed<float>(c, 1), weight = typed<float>(c, 2), positive = typed<float>(c, 3);
  const tn::loss_options o{reduction_of(c)};
  if (c.has(2) && c.has(3)) return give(tn::binary_cross_entropy_with_logits(x, target, weight, positive, o));
  if (c.has(2)) return give(tn::binary_cross_entropy_with_logits(x, target, weight, tn::none, o));
  if (c.has(3)) return give(tn::binary_cross_entropy_with_logits(x, target, tn::none, positive, o));
  return give(tn::binary_cross_entropy_with_logits(x, target, tn::none, tn::none, o));
}

}  // namespace

void add_loss(registry& r) {
  for (const char* name : {"nll_loss", "NegativeLogLikelihoodLoss"}) r.add(name, nll_loss);
  r.add("cross_entropy", cross_entropy);
  r.add("SoftmaxCrossEntropyLoss", onnx_cross_entropy);
  r.add("binary_cross_entropy", binary_cross_entropy);
  r.add("binary_cross_entropy_with_logits", binary_cross_entropy_with_logits);
  r.add("mse_loss", [](const test_case& c) { return binary<float>(c, [&](const auto& x, const auto& t) { return tn::mse_loss(x, t, {reduction_of(c)}); }); });
  r.add("l1_loss", [](const test_case& c) { return binary<float>(c, [&](const auto& x, const auto& t) { return tn::l1_loss(x, t, {reduction_of(c)}); }); });
  r.add("smooth_l1_loss", [](const test_case& c) {
    return binary<float>(c, [&](const auto& x, const auto& t) { return tn::smooth_l1_loss(x, t, {.reduction = reduction_of(c), .beta = c.number("beta", 1)}); });
  });
  r.add("huber_loss", [](const test_case& c) {
    return binary<float>(c, [&](const auto& x, const auto& t) { return tn::huber_loss(x, t, {.reduction = reduction_of(c), .delta = c.number("delta", 1)}); });
  });
  r.add("kl_div", [](const test_case& c) {
    return binary<float>(c, [&](const auto& x, const auto& t) { return tn::kl_div(x, t, {.reduction = reduction_of(c), .log_target = c.flag("log_target")}); });
  });
  // Both ONNX cases are of a network that is not being trained.
  r.add("Dropout", [](const test_case& c) {
    return c.has(2) ? cannot(make_text("dropout in training has no numbers to compare")) : give(tn::dropout(typed<float>(c, 0), {.training = false}));
  });
}

}  // namespace conformance
