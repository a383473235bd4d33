// Scans and sorting.
#include <tenon/ops/arithmetic.hpp>
#include <tenon/ops/scan.hpp>
#include <tenon/ops/sort.hpp>
#include <tenon/ops/topk.hpp>

#include <algorithm>

#include "ours.hpp"

namespace compare {

solver scan_solver(const problem& p, float* data) {
  if (p.n.size() < 2) return {};
  const auto x = in(p, 0, {p.n[0], p.n[1]});
  if (p.op == "sort")
    return fresh([=]() -> tn::result<tensor> {
      auto both = tn::sort(x);
      if (!both) return both.error();
      return both->values;
    });
  if (p.op == "topk")
    return fresh([=, k = p.n[2]]() -> tn::result<tensor> {
      auto both = tn::topk(x, k);
      if (!both) return both.error();
      return both->values;
    });
  if (p.op == "argsort")
    return [=](float* copy) {
      const auto order = tn::argsort(x);
      if (!order) stop(order.error());
      benchmark::DoNotOptimize(order->data());
      if (copy) std::copy_n(order->data(), order->numel(), copy);
    };
  auto out = out_of(data, {p.n[0], p.n[1]});
  if (p.op == "cumsum") return kept([=]() mutable { return tn::cumsum_into(out, x, 1); });
  if (p.op == "column_cumsum") return kept([=]() mutable { return tn::cumsum_into(out, x, 0); });
  if (p.op == "cumprod")                         // of numbers around one, which neither overflow nor vanish
    return kept([=, y = tn::unwrap(tn::add(tn::mul(x, 0x1p-6F), 1.0F))]() mutable { return tn::cumprod_into(out, y, 1); });
  if (p.op == "logcumsumexp") return kept([=]() mutable { return tn::logcumsumexp_into(out, x, 1); });
  return {};
}

}  // namespace compare
