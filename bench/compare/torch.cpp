// PyTorch's side: with kept outputs (out=) where it has that form, and as functional calls that allocate.
#include "problem.hpp"

#if defined(TENON_PEER_TORCH)
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>
#include <torch/version.h>

namespace compare {

namespace {

at::Tensor view(const float* p, at::IntArrayRef s) { return at::from_blob(const_cast<float*>(p), s, at::kFloat); }

// f(inputs) functional; g(out, inputs) with a kept output, if there is such a form.
solver solve(const problem& p, float* data, bool functional) {
  const auto& n = p.n;
  const auto each = [data, functional](auto f) -> solver {
    return [=] {
      const c10::InferenceMode guard;
      f();
      (void)data;
      (void)functional;
    };
  };
  if (p.op == "gemm") {
    const auto a = view(p.in[0], {n[0], n[2]}), b = view(p.in[1], {n[2], n[1]});
    auto out = view(data, {n[0], n[1]});
    if (functional) return {};
    return each([=]() mutable { at::mm_out(out, a, b); });
  }
  if (p.op == "conv2d") {
    if (!functional) return {};
    const auto x = view(p.in[0], {n[0], n[1], n[2], n[2]}), w = view(p.in[1], {n[3], n[1] / n[7], n[4], n[4]});
    const std::vector<std::int64_t> stride{n[5], n[5]}, pad{n[6], n[6]}, one{1, 1};
    const auto groups = n[7];
    auto keep = std::make_shared<at::Tensor>();
    const std::size_t size = p.out_size;
    return each([=]() {
      *keep = at::conv2d(x, w, {}, stride, pad, one, groups);
      static_cast<void>(size);
      data[0] = keep->data_ptr<float>()[0];
    });
  }
  if (p.op == "attention") {
    if (!functional) return {};
    const auto s = std::vector<std::int64_t>{1, n[0], n[1], n[2]};
    const auto q = view(p.in[0], s), k = view(p.in[1], s), v = view(p.in[2], s);
    const bool causal = n[3] != 0;
    return each([=] { data[0] = at::scaled_dot_product_attention(q, k, v, {}, 0.0, causal).data_ptr<float>()[0]; });
  }
  if (p.op == "softmax" || p.op == "log_softmax" || p.op == "layer_norm") {
    const auto x = view(p.in[0], {n[0], n[1]});
    auto out = view(data, {n[0], n[1]});
    if (p.op == "softmax") return functional ? each([=] { data[0] = at::softmax(x, 1).data_ptr<float>()[0]; }) : each([=]() mutable { at::_softmax_out(out, x, 1, false); });
    if (p.op == "log_softmax") return functional ? each([=] { data[0] = at::log_softmax(x, 1).data_ptr<float>()[0]; }) : each([=]() mutable { at::_log_softmax_out(out, x, 1, false); });
    if (!functional) return {};
    const auto w = view(p.in[1], {n[1]}), b = view(p.in[2], {n[1]});
    const auto columns = n[1];
    return each([=] { data[0] = at::layer_norm(x, {columns}, w, b).data_ptr<float>()[0]; });
  }
  if (p.op == "sum" || p.op == "row_sum" || p.op == "column_sum" || p.op == "logsumexp") {
    if (functional) return {};
    const auto x = view(p.in[0], {n[0], n[1]});
    if (p.op == "sum") return each([=] { *data = x.sum().data_ptr<float>()[0]; });
    if (p.op == "row_sum") return each([=, out = view(data, {n[0]})]() mutable { at::sum_out(out, x, {1}); });
    if (p.op == "column_sum") return each([=, out = view(data, {n[1]})]() mutable { at::sum_out(out, x, {0}); });
    return each([=, out = view(data, {n[0]})]() mutable { at::logsumexp_out(out, x, {1}); });
  }
  const auto a = view(p.in[0], {n[0]});
  auto out = view(data, {n[0]});
  if (p.op == "relu") return functional ? each([=] { data[0] = at::relu(a).data_ptr<float>()[0]; }) : each([=]() mutable { at::clamp_min_out(out, a, 0); });
  if (p.op == "exp") return functional ? each([=] { data[0] = at::exp(a).data_ptr<float>()[0]; }) : each([=]() mutable { at::exp_out(out, a); });
  const auto b = view(p.in[1], {n[0]});
  if (p.op == "add") return functional ? each([=] { data[0] = at::add(a, b).data_ptr<float>()[0]; }) : each([=]() mutable { at::add_out(out, a, b); });
  if (p.op == "add_1" || p.op == "add_functional") return functional ? each([=] { data[0] = at::add(a, b).data_ptr<float>()[0]; }) : solver{};
  const auto c = view(p.in[2], {n[0]});
  if (p.op == "chain" && functional) return each([=] { data[0] = (at::relu(a * b + c) * at::sigmoid(a)).data_ptr<float>()[0]; });
  return {};
}

std::string version() { return TORCH_VERSION; }
const rival kept = {"torch", version, [](const problem& p, float* out) { return solve(p, out, false); }};
const rival functional = {"torch functional", version, [](const problem& p, float* out) { return solve(p, out, true); }};

}  // namespace

const rival* torch() { return &kept; }
const rival* torch_functional() { return &functional; }
void set_torch_threads(int n) { at::set_num_threads(n); }

}  // namespace compare

#else

namespace compare {
const rival* torch() { return nullptr; }
const rival* torch_functional() { return nullptr; }
void set_torch_threads(int) {}
}  // namespace compare

#endif
