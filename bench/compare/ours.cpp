// Tenon's side of each row. Results are written into memory that exists, as torch's out= does, except where the row says
// "functional": then the result is allocated each time.
#include <tenon/ops/activation.hpp>
#include <tenon/ops/attention.hpp>
#include <tenon/ops/convolution.hpp>
#include <tenon/ops/exponential.hpp>
#include <tenon/ops/factory.hpp>
#include <tenon/ops/lazy.hpp>
#include <tenon/ops/matmul.hpp>
#include <tenon/ops/normalization.hpp>
#include <tenon/ops/operators.hpp>
#include <tenon/ops/reduction.hpp>
#include <tenon/ops/softmax.hpp>

#include "problem.hpp"

namespace compare {

namespace {

namespace tn = tenon;
using tensor = tn::tensor<float>;

tensor in(const problem& p, std::size_t i, const tn::shape& s) { return tn::unwrap(tn::wrap(p.in[i], s)); }
tensor out_of(float* out, const tn::shape& s) { return tn::unwrap(tn::wrap(out, s)); }
void done(const tn::result<void>& r) {
  if (!r) std::fprintf(stderr, "%s\n", r.error().message().data());
}

}  // namespace

solver tenon_solver(const problem& p, float* data) {
  const auto& n = p.n;
  if (p.op == "gemm") {
    const auto a = in(p, 0, {n[0], n[2]}), b = in(p, 1, {n[2], n[1]});
    auto out = out_of(data, {n[0], n[1]});
    return [=]() mutable { done(tn::matmul_into(out, a, b)); };
  }
  if (p.op == "conv2d") {                        // N C H O k stride pad groups
    const tn::index_t o = (n[2] + 2 * n[6] - n[4]) / n[5] + 1;
    const auto x = in(p, 0, {n[0], n[1], n[2], n[2]}), w = in(p, 1, {n[3], n[1] / n[7], n[4], n[4]});
    auto out = out_of(data, {n[0], n[3], o, o});
    const tn::conv_options<2> options{.stride = n[5], .padding = n[6], .groups = n[7]};
    return [=]() mutable { done(tn::conv2d_into(out, x, w, tn::none, options)); };
  }
  if (p.op == "attention") {                     // heads length width causal
    const tn::shape s{1, n[0], n[1], n[2]};
    const auto q = in(p, 0, s), k = in(p, 1, s), v = in(p, 2, s);
    auto out = out_of(data, s);
    const bool causal = n[3] != 0;
    return [=]() mutable { done(tn::scaled_dot_product_attention_into(out, q, k, v, {.causal = causal})); };
  }
  if (p.op == "softmax" || p.op == "log_softmax" || p.op == "layer_norm") {
    const auto x = in(p, 0, {n[0], n[1]});
    auto out = out_of(data, {n[0], n[1]});
    if (p.op == "softmax") return [=]() mutable { done(tn::softmax_into(out, x, 1)); };
    if (p.op == "log_softmax") return [=]() mutable { done(tn::log_softmax_into(out, x, 1)); };
    const auto w = in(p, 1, {n[1]}), b = in(p, 2, {n[1]});
    return [=]() mutable { done(tn::layer_norm_into(out, x, {n[1]}, w, b)); };
  }
  if (p.op == "sum" || p.op == "row_sum" || p.op == "column_sum" || p.op == "logsumexp") {
    const auto x = in(p, 0, {n[0], n[1]});
    if (p.op == "sum") return [=] { *data = tn::unwrap(tn::sum(x)).data()[0]; };
    if (p.op == "row_sum") return [=, out = out_of(data, {n[0]})]() mutable { done(tn::sum_into(out, x, 1)); };
    if (p.op == "column_sum") return [=, out = out_of(data, {n[1]})]() mutable { done(tn::sum_into(out, x, 0)); };
    return [=, out = out_of(data, {n[0]})]() mutable { done(tn::logsumexp_into(out, x, 1)); };
  }
  const tn::shape s{n[0]};
  const auto a = in(p, 0, s);
  auto out = out_of(data, s);
  if (p.op == "relu") return [=]() mutable { done(tn::relu_into(out, a)); };
  if (p.op == "exp") return [=]() mutable { done(tn::exp_into(out, a)); };
  const auto b = in(p, 1, s);
  if (p.op == "add") return [=]() mutable { done(tn::add_into(out, a, b)); };
  if (p.op == "add_1") return [=] { *data = tn::unwrap(tn::add(a, b)).data()[0]; };
  if (p.op == "add_functional") return [=] { *data = tn::unwrap(tn::add(a, b)).data()[0]; };
  const auto c = in(p, 2, s);
  if (p.op == "chain") return [=]() mutable { done(tn::assign(out, tn::relu(tn::lazy(a) * b + c) * tn::sigmoid(tn::lazy(a)))); };
  return {};
}

}  // namespace compare
