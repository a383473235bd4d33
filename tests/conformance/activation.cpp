// Activations.
#include <tenon/ops/activation.hpp>
#include <tenon/ops/arithmetic.hpp>
#include <tenon/ops/extremes.hpp>
#include <tenon/ops/operators.hpp>

#include "registry.hpp"

namespace conformance {

namespace {

tn::result<outputs> elu(const test_case& c) {
  return unary<float, double>(c, [&](const auto& x) { return tn::elu(x, {.alpha = c.number("alpha", 1)}); });
}
tn::result<outputs> celu(const test_case& c) {
  return unary<float>(c, [&](const auto& x) { return tn::celu(x, {.alpha = c.number("alpha", 1)}); });
}
tn::result<outputs> leaky_relu(const test_case& c) {
  return unary<float>(c, [&](const auto& x) { return tn::leaky_relu(x, {.negative_slope = c.number("negative_slope", c.number("alpha", 0.01))}); });
}
tn::result<outputs> softplus(const test_case& c) {
  return unary<float>(c, [&](const auto& x) { return tn::softplus(x, {.beta = c.number("beta", 1), .threshold = c.number("threshold", 20)}); });
}
tn::result<outputs> sigmoid(const test_case& c) {
  return unary<float, double>(c, [](const auto& x) { return tn::sigmoid(x); });
}

// ONNX lets the constants of selu be chosen: gamma * elu(x, alpha).
tn::result<outputs> onnx_selu(const test_case& c) {
  const auto x = typed<float>(c, 0);
  if (!c.given("alpha") && !c.given("gamma")) return give(tn::selu(x));
  return give(tn::elu(x, {.alpha = c.number("alpha", 1.6732632423543772)}) * static_cast<float>(c.number("gamma", 1.0507009873554805)));
}
tn::result<outputs> onnx_hard_sigmoid(const test_case& c) {
  return give(tn::clamp(typed<float>(c, 0) * static_cast<float>(c.number("alpha", 0.2)) + static_cast<float>(c.number("beta", 0.5)), 0, 1));
}
// x moved towards zero by `bias` where it is beyond `lambd`, else 0.
tn::result<outputs> onnx_shrink(const test_case& c) {
  const double lambda = c.number("lambd", 0.5), bias = c.number("bias", 0);
  const auto x = typed<float>(c, 0);
  if (bias == 0) return give(tn::hardshrink(x, {.lambda = lambda}));
  if (bias == lambda) return give(tn::softshrink(x, {.lambda = lambda}));
  return cannot(make_text("a bias that is neither 0 nor lambd"));
}
tn::result<outputs> swish(const test_case& c) {
  const auto x = typed<float>(c, 0);
  const double alpha = c.number("alpha", 1);
  return alpha == 1 ? give(tn::silu(x)) : give(x * tn::sigmoid(x * static_cast<float>(alpha)));
}

}  // namespace

void add_activation(registry& r) {
  for (const char* name : {"elu", "Elu"}) r.add(name, elu);
  for (const char* name : {"celu", "Celu"}) r.add(name, celu);
  for (const char* name : {"leaky_relu", "LeakyRelu"}) r.add(name, leaky_relu);
  for (const char* name : {"softplus", "Softplus"}) r.add(name, softplus);
  for (const char* name : {"sigmoid", "Sigmoid"}) r.add(name, sigmoid);
  for (const char* name : {"relu", "Relu"}) r.add(name, [](const test_case& c) { return unary<float>(c, [](const auto& x) { return tn::relu(x); }); });
  r.add("selu", [](const test_case& c) { return unary<float, double>(c, [](const auto& x) { return tn::selu(x); }); });
  r.add("Selu", onnx_selu);
  r.add("HardSigmoid", onnx_hard_sigmoid);
  r.add("Shrink", onnx_shrink);
  r.add("Swish", swish);
  r.add("SwiGLU", [](const test_case& c) { return binary<tn::half>(c, [](const auto& a, const auto& b) { return tn::silu(a) * b; }); });
  r.add("Gelu", [](const test_case& c) {
    using tn::gelu_approximation;
    return give(tn::gelu(typed<float>(c, 0), {.approximate = c.text("approximate") == "tanh" ? gelu_approximation::tanh : gelu_approximation::none}));
  });
  r.add("PRelu", [](const test_case& c) { return binary<float>(c, [](const auto& x, const auto& slope) { return tn::prelu(x, slope); }); });
  r.add("ThresholdedRelu", [](const test_case& c) { return give(tn::threshold(typed<float>(c, 0), c.number("alpha", 1), 0)); });
  r.add("threshold", [](const test_case& c) { return give(tn::threshold(typed<float>(c, 0), c.number("threshold", 0), c.number("value", 0))); });
  r.add("hardtanh", [](const test_case& c) {
    return give(tn::hardtanh(typed<float>(c, 0), {.min_val = c.number("min_val", -1), .max_val = c.number("max_val", 1)}));
  });
  r.add("hardshrink", [](const test_case& c) { return give(tn::hardshrink(typed<float>(c, 0), {.lambda = c.number("lambda", 0.5)})); });
  r.add("softshrink", [](const test_case& c) { return give(tn::softshrink(typed<float>(c, 0), {.lambda = c.number("lambda", 0.5)})); });
  r.add("tanhshrink", [](const test_case& c) { return unary<float, double>(c, [](const auto& x) { return tn::tanhshrink(x); }); });
  r.add("logsigmoid", [](const test_case& c) { return unary<float>(c, [](const auto& x) { return tn::logsigmoid(x); }); });
  r.add("softsign", [](const test_case& c) { return unary<float>(c, [](const auto& x) { return tn::softsign(x); }); });
}

}  // namespace conformance
