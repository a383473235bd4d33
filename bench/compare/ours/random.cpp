#include <tenon/ops/dropout.hpp>
#include <tenon/ops/random.hpp>

#include "ours.hpp"

namespace compare {

namespace {

// draw(): writes random numbers into out.
template <class F>
solver drawn(const tensor& out, F draw) {
  return [=, run = kept(std::move(draw))](float* two) {
    run(nullptr);
    if (two) mean_and_variance(out.data(), out.numel(), two);
  };
}

}  // namespace

solver random_solver(const problem& p, float* data) {
  if (p.n.size() != 1) return {};
  auto out = out_of(data, {p.n[0]});
  if (p.op == "uniform_") return drawn(out, [=]() mutable { return tn::uniform_(out); });
  if (p.op == "normal_") return drawn(out, [=]() mutable { return tn::normal_(out); });
  if (p.op == "bernoulli_") return drawn(out, [=]() mutable { return tn::bernoulli_(out, 0.25); });
  if (p.op == "dropout")
    return [x = in(p, 0, {p.n[0]})](float* two) {
      const auto y = tn::dropout(x, {.p = 0.1});
      if (!y) stop(y.error());
      benchmark::DoNotOptimize(y->data());
      if (two) mean_and_variance(y->data(), y->numel(), two);
    };
  return {};
}

}  // namespace compare
