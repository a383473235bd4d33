// PyTorch: bfloat16 and half.
#include "torch.hpp"

#if defined(TENON_PEER_TORCH)

namespace compare {

solver torch_half(const problem& p, float* data) {
  const bool brain = p.op.ends_with("_bfloat16");
  if (!brain && !p.op.ends_with("_half")) return {};
  const auto type = brain ? at::kBFloat16 : at::kHalf;
  const std::string op = p.op.substr(0, p.op.rfind('_'));
  const auto& n = p.n;
  const auto narrow = [&](std::size_t i, at::IntArrayRef s) { return view(p.in[i], s).to(type); };
  const auto into = [&](at::IntArrayRef s, auto f) -> solver {                 // f(out)
    return [f, out = at::from_blob(data, s, type)](float* copy) mutable {
      f(out);
      if (copy) std::memcpy(copy, out.to(at::kFloat).data_ptr<float>(), static_cast<std::size_t>(out.numel()) * sizeof(float));
    };
  };
  if (op == "gemm") return into({n[0], n[1]}, [a = narrow(0, {n[0], n[2]}), b = narrow(1, {n[2], n[1]})](Tensor& out) { at::mm_out(out, a, b); });
  if (op == "add") return into(n, [a = narrow(0, n), b = narrow(1, n)](Tensor& out) { at::add_out(out, a, b); });
  if (op == "gelu") return into(n, [a = narrow(0, n)](Tensor& out) { at::gelu_out(out, a); });
  if (op == "layer_norm")
    return fresh([x = narrow(0, n), w = narrow(1, {n[1]}), b = narrow(2, {n[1]}), columns = n[1]] { return at::layer_norm(x, {columns}, w, b); });
  const auto x = narrow(0, n);
  if (op == "softmax") return into(n, [=](Tensor& out) { at::_softmax_out(out, x, 1, false); });
  if (op == "sum") return into({}, [=](Tensor& out) { at::sum_out(out, x, at::OptionalIntArrayRef{}); });
  if (op == "row_sum") return into({n[0]}, [=](Tensor& out) { at::sum_out(out, x, {1}); });
  return {};
}

}  // namespace compare
#endif
