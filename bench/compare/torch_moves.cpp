// PyTorch: scans, sorting, gathering, copies, random numbers. pad has no form of its own that writes into memory which exists.
#include "torch.hpp"

#if defined(TENON_PEER_TORCH)

namespace compare {

namespace {

// draw(y): y with random numbers.
template <class F>
solver drawn(const Tensor& x, F draw) {
  return [=](float* two) mutable {
    const Tensor y = draw(x);
    benchmark::DoNotOptimize(y.data_ptr());
    if (two) mean_and_variance(y.data_ptr<float>(), y.numel(), two);
  };
}

solver random_numbers(const problem& p, float* data) {
  const auto out = view(data, p.n);
  if (p.op == "uniform_") return drawn(out, [](const Tensor& y) { return y.uniform_(); });
  if (p.op == "normal_") return drawn(out, [](const Tensor& y) { return y.normal_(); });
  if (p.op == "bernoulli_") return drawn(out, [](const Tensor& y) { return y.bernoulli_(0.25); });
  if (p.op == "dropout") return drawn(view(p.in[0], p.n), [](const Tensor& x) { return at::dropout(x, 0.1, true); });
  return {};
}

}  // namespace

solver torch_moves(const problem& p, float* data) {
  const auto& n = p.n;
  if (n.size() == 1) return p.in.empty() ? solver{} : random_numbers(p, data);
  if (p.op == "pad")
    return fresh([x = view(p.in[0], {n[0], n[1], n[2], n[2]}), w = std::vector<std::int64_t>(4, n[3])] { return at::pad(x, w); });
  const auto x = view(p.in[0], {n[0], n[1]});
  if (p.op == "sort") return fresh([=] { return std::get<0>(at::sort(x, 1)); });
  if (p.op == "argsort") return fresh([=] { return at::argsort(x, true, 1); });            // stable, as Tenon's
  if (p.op == "topk") return fresh([=, k = n[2]] { return std::get<0>(at::topk(x, k)); });
  if (p.op == "embedding") return fresh([=, index = indices(places(p.in[1], n[2], n[0]), {n[2]})] { return at::embedding(x, index); });
  if (p.op == "index_select")
    return kept([=, index = indices(places(p.in[1], n[2], n[0]), {n[2]}), out = view(data, {n[2], n[1]})]() mutable { at::index_select_out(out, x, 0, index); });
  if (p.op == "transpose") return kept([=, out = view(data, {n[1], n[0]})]() mutable { out.copy_(x.t()); });
  if (p.op == "cat")
    return kept([both = std::vector<Tensor>{x, view(p.in[1], {n[0], n[1]})}, out = view(data, {n[0], 2 * n[1]})]() mutable { at::cat_out(out, both, 1); });
  auto out = view(data, {n[0], n[1]});
  if (p.op == "gather")
    return kept([=, index = indices(places(p.in[1], n[0] * n[1], n[1]), {n[0], n[1]})]() mutable { at::gather_out(out, x, 1, index); });
  if (p.op == "cumsum") return kept([=]() mutable { at::cumsum_out(out, x, 1); });
  if (p.op == "column_cumsum") return kept([=]() mutable { at::cumsum_out(out, x, 0); });
  if (p.op == "cumprod") return kept([=, y = x * 0x1p-6F + 1]() mutable { at::cumprod_out(out, y, 1); });
  if (p.op == "logcumsumexp") return kept([=]() mutable { at::logcumsumexp_out(out, x, 1); });
  return {};
}

}  // namespace compare
#endif
