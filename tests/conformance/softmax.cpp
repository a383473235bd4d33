// Softmax and its relatives.
#include <tenon/ops/arg_reduction.hpp>
#include <tenon/ops/one_hot.hpp>
#include <tenon/ops/reduction/logsumexp.hpp>
#include <tenon/ops/softmax.hpp>
#include <tenon/ops/view.hpp>

#include "registry.hpp"

namespace conformance {

namespace {

// ONNX calls the dimension `axis` and has -1 as its default; opset 6 as used here, too.
index_t dim_of(const test_case& c) { return c.integer("dim", c.integer("axis", -1)); }

tn::result<outputs> softmax(const test_case& c) {
  return unary<float, double>(c, [&](const auto& x) { return tn::softmax(x, dim_of(c)); });
}
tn::result<outputs> log_softmax(const test_case& c) {
  return unary<float, double>(c, [&](const auto& x) { return tn::log_softmax(x, dim_of(c)); });
}
tn::result<outputs> logsumexp(const test_case& c) {
  return unary<float, double>(c, [&](const auto& x) { return tn::logsumexp(x, {dim_of(c)}, {.keepdim = c.flag("keepdim")}); });
}
// 1 at the (first) largest element along the axis, else 0.
tn::result<outputs> hardmax(const test_case& c) {
  const auto x = typed<float>(c, 0);
  const index_t axis = dim_of(c);
  return give(tn::to<float>(tn::movedim(tn::one_hot(tn::argmax(x, axis), x.size(axis)), {-1}, {axis})));
}

}  // namespace

void add_softmax(registry& r) {
  for (const char* name : {"softmax", "Softmax"}) r.add(name, softmax);
  for (const char* name : {"log_softmax", "LogSoftmax"}) r.add(name, log_softmax);
  r.add("logsumexp", logsumexp);
  r.add("Hardmax", hardmax);
}

}  // namespace conformance
