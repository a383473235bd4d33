#pragma once
// Classification losses on the CPU: a loop over positions. The time goes into log_softmax before and the sum behind.
#include <tenon/kernels/context.hpp>
#include <tenon/kernels/loss.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH {

namespace detail {

template <class C>
void class_loss_at(const class_loss<C>& p, index_t at) {
  const index_t n = at / p.pixels, s = at % p.pixels;
  const C* const log_p = p.log_p + n * p.classes * p.pixels + s;
  const auto weight = [&](index_t c) { return p.weight ? p.weight[c] : C(1); };
  const C e = static_cast<C>(p.smoothing), share = e / static_cast<C>(p.classes);
  C loss = 0, weight_here = 1;
  if (p.target) {
    const index_t c = p.target[at];
    weight_here = c == p.ignore_index ? C(0) : weight(c);
    if (c != p.ignore_index) loss = -(C(1) - e) * weight(c) * log_p[c * p.pixels];
    if (c != p.ignore_index && e != C(0))
      for (index_t j = 0; j < p.classes; ++j) loss -= share * weight(j) * log_p[j * p.pixels];
  } else {
    const C* const q = p.probabilities + n * p.classes * p.pixels + s;
    for (index_t j = 0; j < p.classes; ++j) {
      const C mass = (C(1) - e) * q[j * p.pixels] + share;
      if (mass != C(0)) loss -= weight(j) * mass * log_p[j * p.pixels];          // a class without mass costs nothing, even at -inf
    }
  }
  p.loss[at] = loss;
  p.weights[at] = weight_here;
}

}  // namespace detail

// index_out_of_range, with the class in `detail`, if a target is neither a class nor ignore_index.
template <class C>
status run_class_loss(const context& ctx, const class_loss<C>& p) {
  const index_t positions = p.batch * p.pixels;
  for (index_t at = 0; p.target && at < positions; ++at)
    if (p.target[at] != p.ignore_index && (p.target[at] < 0 || p.target[at] >= p.classes)) return {status_code::index_out_of_range, p.target[at]};
  constexpr index_t stretch = 4096;
  ctx.parallel((positions + stretch - 1) / stretch, [&](index_t task) {
    for (index_t at = task * stretch; at < (task + 1) * stretch && at < positions; ++at) detail::class_loss_at(p, at);
  });
  return {};
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH
