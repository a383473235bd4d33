// PyTorch's C++ library, in inference mode: with kept results (out=) where it has that form, and as functional calls.
//
// "Where it has that form" means a kernel that writes there. For other ops (layer_norm, group_norm, relu, ...) the out= form that
// PyTorch generates computes a fresh result and copies it; these rows are compared in the functional form only, and relu is
// clamp_min, which is the same function.
#include "torch.hpp"

#if defined(TENON_PEER_TORCH)
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <c10/core/InferenceMode.h>
#include <torch/headeronly/version.h>

namespace compare {

namespace {

solver products(const problem& p, float* data) {
  const auto& n = p.n;
  if (p.op == "gemm")
    return kept([a = view(p.in[0], {n[0], n[2]}), b = view(p.in[1], {n[2], n[1]}), out = view(data, {n[0], n[1]})]() mutable { at::mm_out(out, a, b); });
  if (p.op == "bmm")
    return kept([a = view(p.in[0], {n[0], n[1], n[3]}), b = view(p.in[1], {n[0], n[3], n[2]}), out = view(data, {n[0], n[1], n[2]})]() mutable {
      at::bmm_out(out, a, b);
    });
  if (p.op == "conv2d") {
    const auto x = view(p.in[0], {n[0], n[1], n[2], n[2]}), w = view(p.in[1], {n[3], n[1] / n[7], n[4], n[4]});
    const std::vector<std::int64_t> stride{n[5], n[5]}, pad{n[6], n[6]}, one{1, 1};
    return fresh([=, groups = n[7]] { return at::conv2d(x, w, {}, stride, pad, one, groups); });
  }
  if (p.op == "attention") {
    const std::vector<std::int64_t> s{1, n[0], n[1], n[2]};
    const auto q = view(p.in[0], s), k = view(p.in[1], s), v = view(p.in[2], s);
    return fresh([=, causal = n[3] != 0] { return at::scaled_dot_product_attention(q, k, v, {}, 0.0, causal); });
  }
  return {};
}

solver normalizations(const problem& p, float* data) {
  const auto& n = p.n;
  if (p.op == "layer_norm" || p.op == "rms_norm") {
    const auto x = view(p.in[0], {n[0], n[1]}), w = view(p.in[1], {n[1]});
    if (p.op == "rms_norm") return fresh([=, columns = n[1]] { return at::rms_norm(x, {columns}, w); });
    return fresh([=, b = view(p.in[2], {n[1]}), columns = n[1]] { return at::layer_norm(x, {columns}, w, b); });
  }
  if (n.size() != 4) return {};
  const auto x = view(p.in[0], n), w = view(p.in[1], {n[1]}), b = view(p.in[2], {n[1]});
  if (p.op == "group_norm") return fresh([=] { return at::group_norm(x, 32, w, b); });
  if (p.op == "batch_norm_train") return fresh([=] { return at::batch_norm(x, w, b, {}, {}, true, 0.1, 1e-5, false); });
  if (p.op != "batch_norm") return {};
  const auto mean = view(p.in[3], {n[1]}), var = view(p.in[4], {n[1]});
  if (p.result == form::fresh) return fresh([=] { return at::batch_norm(x, w, b, mean, var, false, 0.1, 1e-5, false); });
  return kept([=, out = view(data, n), none = at::empty({0}), none2 = at::empty({0})]() mutable {
    at::native_batch_norm_out(out, none, none2, x, w, b, mean, var, false, 0.1, 1e-5);
  });
}

solver rows(const problem& p, float* data) {
  if (p.n.size() != 2) return {};
  const auto x = view(p.in[0], p.n);
  if (p.op == "softmax" || p.op == "log_softmax") {
    const bool log = p.op == "log_softmax";
    if (p.result == form::fresh) return log ? fresh([=] { return at::log_softmax(x, 1); }) : fresh([=] { return at::softmax(x, 1); });
    auto out = view(data, p.n);
    return log ? kept([=]() mutable { at::_log_softmax_out(out, x, 1, false); }) : kept([=]() mutable { at::_softmax_out(out, x, 1, false); });
  }
  if (p.op == "logsumexp") return kept([=, out = view(data, {p.n[0]})]() mutable { at::logsumexp_out(out, x, {1}); });
  if (p.op == "sum") return kept([=, out = view(data, {})]() mutable { at::sum_out(out, x, at::OptionalIntArrayRef{}); });
  if (p.op == "mean") return kept([=, out = view(data, {})]() mutable { at::mean_out(out, x, at::OptionalIntArrayRef{}); });
  if (p.op == "max") return kept([=, out = view(data, {})]() mutable { at::amax_out(out, x, {}); });
  if (p.op == "var") return kept([=, out = view(data, {})]() mutable { at::var_out(out, x, at::OptionalIntArrayRef{}, at::Scalar(1)); });
  const bool along = p.op.starts_with("row_");
  if (!along && !p.op.starts_with("column_")) return {};
  const std::string what = p.op.substr(along ? 4 : 7);
  const std::int64_t dim = along ? 1 : 0;
  auto out = view(data, {p.n[along ? 0 : 1]});
  if (what == "sum") return kept([=]() mutable { at::sum_out(out, x, {dim}); });
  if (what == "max") return kept([=]() mutable { at::amax_out(out, x, {dim}); });
  if (what == "var") return kept([=]() mutable { at::var_out(out, x, at::OptionalIntArrayRef{dim}, at::Scalar(1)); });
  return {};
}

solver elementwise(const problem& p, float* data) {
  if (p.op == "allocate")
    return [size = p.n[0]](float* copy) {
      const Tensor block = at::empty({size / 4}, at::kFloat);
      auto* const bytes = static_cast<volatile char*>(block.data_ptr());
      for (std::int64_t i = 0; i < size; i += 4096) bytes[i] = 1;
      if (copy) *copy = 1;
    };
  if (p.n.size() != 1) return {};
  const auto a = view(p.in[0], p.n);
  auto out = view(data, p.n);
  const bool allocates = p.result == form::fresh;
  if (p.op == "relu") return allocates ? fresh([=] { return at::relu(a); }) : kept([=]() mutable { at::clamp_min_out(out, a, 0); });
  if (p.op == "exp") return allocates ? fresh([=] { return at::exp(a); }) : kept([=]() mutable { at::exp_out(out, a); });
  if (p.op == "gelu") return allocates ? fresh([=] { return at::gelu(a); }) : kept([=]() mutable { at::gelu_out(out, a); });
  if (p.op == "gelu_tanh") return allocates ? fresh([=] { return at::gelu(a, "tanh"); }) : kept([=]() mutable { at::gelu_out(out, a, "tanh"); });
  const auto b = view(p.in[1], p.n);
  if (p.op == "add") return allocates ? fresh([=] { return at::add(a, b); }) : kept([=]() mutable { at::add_out(out, a, b); });
  const auto c = view(p.in[2], p.n);
  if (p.op == "chain" && allocates) return fresh([=] { return at::relu(a * b + c) * at::sigmoid(a); });
  if (p.op == "chain")
    return kept([=, part = at::empty_like(a)]() mutable {
      at::mul_out(out, a, b);
      at::add_out(out, out, c);
      at::clamp_min_out(out, out, 0);
      at::sigmoid_out(part, a);
      at::mul_out(out, out, part);
    });
  return {};
}

solver solve(const problem& p, float* out) {
  static const c10::InferenceMode guard;         // of this thread, to its end: not a part of each call
  for (const auto family : {torch_half, torch_layers, torch_moves, products, normalizations, rows, elementwise})
    if (auto s = family(p, out)) return s;
  return {};
}

std::string version() {
  std::string libraries = at::show_config();
  const auto after = [&](const char* text, std::size_t skip) {
    const auto at = libraries.find(text);
    return at == std::string::npos ? std::string("absent") : libraries.substr(at + skip, libraries.find_first_of(" -", at + skip) - at - skip);
  };
  return std::string(TORCH_VERSION) + " (" + at::get_cpu_capability() + ", MKL " + after("Math Kernel Library Version ", 28) + ", oneDNN " +
         after("Intel(R) MKL-DNN ", 17) + ")";
}
const rival self = {"torch", version, [](int n) { at::set_num_threads(n); }, solve};

}  // namespace

const rival* torch() { return &self; }

}  // namespace compare

#else

namespace compare {
const rival* torch() { return nullptr; }
}  // namespace compare

#endif
