// Softmax and the normalizations.
#include <tenon/ops/normalization.hpp>
#include <tenon/ops/softmax.hpp>

#include "ours.hpp"

namespace compare {

namespace {

solver image_solver(const problem& p, float* data) {
  const tn::shape s{p.n[0], p.n[1], p.n[2], p.n[3]}, channels{p.n[1]};
  const auto x = in(p, 0, s), w = in(p, 1, channels), b = in(p, 2, channels);
  if (p.op == "group_norm") return fresh([=] { return tn::group_norm(x, 32, w, b); });
  if (p.op == "batch_norm_train") return fresh([=] { return tn::batch_norm(x, tn::none, tn::none, w, b, {.training = true}); });
  auto mean = in(p, 3, channels), var = in(p, 4, channels);
  if (p.result == form::fresh) return fresh([=]() mutable { return tn::batch_norm(x, mean, var, w, b); });
  return kept([=, out = out_of(data, s)]() mutable { return tn::batch_norm_into(out, x, mean, var, w, b); });
}

}  // namespace

solver row_solver(const problem& p, float* data) {
  if (p.op == "group_norm" || p.op == "batch_norm" || p.op == "batch_norm_train") return image_solver(p, data);
  if (p.op != "softmax" && p.op != "log_softmax" && p.op != "layer_norm" && p.op != "rms_norm") return {};
  const tn::shape s{p.n[0], p.n[1]}, row{p.n[1]};
  const auto x = in(p, 0, s);
  if (p.op == "layer_norm") return fresh([=, w = in(p, 1, row), b = in(p, 2, row)] { return tn::layer_norm(x, row, w, b); });
  if (p.op == "rms_norm") return fresh([=, w = in(p, 1, row)] { return tn::rms_norm(x, row, w); });
  const bool log = p.op == "log_softmax";
  if (p.result == form::fresh) return log ? fresh([=] { return tn::log_softmax(x, 1); }) : fresh([=] { return tn::softmax(x, 1); });
  auto out = out_of(data, s);
  return log ? kept([=]() mutable { return tn::log_softmax_into(out, x, 1); }) : kept([=]() mutable { return tn::softmax_into(out, x, 1); });
}

}  // namespace compare
