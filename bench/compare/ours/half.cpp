// bfloat16 and half. Operands are converted beforehand; the result is kept in that type, in the same memory as others'.
#include <tenon/ops/activation.hpp>
#include <tenon/ops/arithmetic.hpp>
#include <tenon/ops/cast.hpp>
#include <tenon/ops/matmul.hpp>
#include <tenon/ops/normalization.hpp>
#include <tenon/ops/reduction.hpp>
#include <tenon/ops/softmax.hpp>

#include "ours.hpp"

namespace compare {

namespace {

template <class T>
void copy_out(const tn::tensor<T>& y, float* copy) {
  for (tn::index_t i = 0; i < y.numel(); ++i) copy[i] = static_cast<float>(y.data()[i]);
}

template <class T>
solver narrow_solver(const problem& p, const std::string& op, float* data) {
  const auto& n = p.n;
  const auto narrow = [&](std::size_t i, const tn::shape& s) { return tn::unwrap(tn::to<T>(in(p, i, s))); };
  const auto into = [&](const tn::shape& s, auto f) -> solver {                // f(out)
    auto out = tn::unwrap(tn::wrap(reinterpret_cast<T*>(data), s));
    return [out, run = kept([out, f]() mutable { return f(out); })](float* copy) {
      run(nullptr);
      if (copy) copy_out(out, copy);
    };
  };
  if (op == "gemm") return into({n[0], n[1]}, [a = narrow(0, {n[0], n[2]}), b = narrow(1, {n[2], n[1]})](auto& out) { return tn::matmul_into(out, a, b); });
  if (op == "add") return into({n[0]}, [a = narrow(0, {n[0]}), b = narrow(1, {n[0]})](auto& out) { return tn::add_into(out, a, b); });
  if (op == "gelu") return into({n[0]}, [a = narrow(0, {n[0]})](auto& out) { return tn::gelu_into(out, a); });
  const auto x = narrow(0, {n[0], n[1]});
  if (op == "softmax") return into({n[0], n[1]}, [x](auto& out) { return tn::softmax_into(out, x, 1); });
  if (op == "sum") return into({}, [x](auto& out) { return tn::sum_into(out, x, tn::dim_list{}); });
  if (op == "row_sum") return into({n[0]}, [x](auto& out) { return tn::sum_into(out, x, 1); });
  if (op == "layer_norm")
    return [x, row = tn::shape{n[1]}, w = narrow(1, {n[1]}), b = narrow(2, {n[1]})](float* copy) {
      const auto y = tn::layer_norm(x, row, w, b);
      if (!y) stop(y.error());
      benchmark::DoNotOptimize(y->data());
      if (copy) copy_out(*y, copy);
    };
  return {};
}

}  // namespace

solver half_solver(const problem& p, float* data) {
  const std::string op = p.op.substr(0, p.op.rfind('_'));
  if (p.op.ends_with("_bfloat16")) return narrow_solver<tn::bfloat16>(p, op, data);
  if (p.op.ends_with("_half")) return narrow_solver<tn::half>(p, op, data);
  return {};
}

}  // namespace compare
