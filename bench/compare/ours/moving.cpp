// Gathering and copies.
#include <tenon/ops/concatenate.hpp>
#include <tenon/ops/copy.hpp>
#include <tenon/ops/gather.hpp>
#include <tenon/ops/pad.hpp>
#include <tenon/ops/view.hpp>

#include "ours.hpp"

namespace compare {

solver moving_solver(const problem& p, float* data) {
  const auto& n = p.n;
  if (p.op == "pad")                             // N C H=W and the width
    return fresh([x = in(p, 0, {n[0], n[1], n[2], n[2]}), w = tn::pad_widths(n[3], n[3], n[3], n[3])] { return tn::pad(x, w); });
  if (n.size() < 2) return {};
  const auto x = in(p, 0, {n[0], n[1]});
  if (p.op == "gather")
    return kept([=, index = indices(places(p.in[1], n[0] * n[1], n[1]), {n[0], n[1]}), out = out_of(data, {n[0], n[1]})]() mutable {
      return tn::gather_into(out, x, 1, index);
    });
  if (p.op == "index_select")
    return kept([=, index = indices(places(p.in[1], n[2], n[0]), {n[2]}), out = out_of(data, {n[2], n[1]})]() mutable {
      return tn::index_select_into(out, x, 0, index);
    });
  if (p.op == "embedding") return fresh([=, index = indices(places(p.in[1], n[2], n[0]), {n[2]})] { return tn::embedding(index, x); });
  if (p.op == "transpose")
    return kept([turned = tn::unwrap(tn::transpose(x, 0, 1)), out = out_of(data, {n[1], n[0]})]() mutable { return tn::copy_(out, turned); });
  if (p.op == "cat")
    return kept([both = std::vector<tensor>{x, in(p, 1, {n[0], n[1]})}, out = out_of(data, {n[0], 2 * n[1]})]() mutable {
      return tn::cat_into(out, both, 1);
    });
  return {};
}

}  // namespace compare
