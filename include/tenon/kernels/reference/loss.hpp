#pragma once
// Losses in plain loops: the specification. R is wider than the type that is checked. The mean and the sum of the losses are
// those of reference/reduction.hpp.
#include <tenon/kernels/reference/elementwise.hpp>
#include <tenon/kernels/reference/softmax.hpp>

namespace tenon::inline v0::kernels::reference {

// ---- a loss for each pair of a prediction x and a target t ----
template <class R>
R mse_loss(R x, R t) {
  return (x - t) * (x - t);
}
template <class R>
R l1_loss(R x, R t) {
  return std::fabs(x - t);
}
template <class R>
R smooth_l1_loss(R x, R t, R beta) {
  const R d = std::fabs(x - t);
  return d < beta ? d * d / (2 * beta) : d - beta / 2;
}
template <class R>
R huber_loss(R x, R t, R delta) {
  const R d = std::fabs(x - t);
  return d <= delta ? d * d / 2 : delta * (d - delta / 2);
}
// A sure and wrong answer costs 100, not infinity.
template <class R>
R binary_cross_entropy(R x, R t) {
  const auto cut = [](R logarithm) { return logarithm < -100 ? R(-100) : logarithm; };
  return -(t * cut(std::log(x)) + (1 - t) * cut(std::log1p(-x)));
}
// Of sigmoid(x), without the cut. 1 - sigmoid(x) is sigmoid(-x).
template <class R>
R binary_cross_entropy_with_logits(R x, R t, R pos_weight) {
  return -(pos_weight * t * logsigmoid(x) + (1 - t) * logsigmoid(-x));
}
// x is a logarithm of a probability; t is a probability, or also a logarithm.
template <class R>
R kl_div(R x, R t) {
  return t == 0 ? 0 : t * (std::log(t) - x);
}
template <class R>
R kl_div_of_logs(R x, R t) {
  return std::exp(t) == 0 ? 0 : std::exp(t) * (t - x);
}

// ---- a loss for each position of N rows of S positions, over C classes ----
// Each also leaves in `share` what the position counts in the mean, which is sum(loss) / sum(share).

// -sum_j w_j q'_j log_p_j     q' = (1 - e) q + e / C, the target smoothed: Szegedy et al. 2015, arXiv:1512.00567, section 7
// A class that is not asked for costs nothing, even at log 0. log_p and q are functions of the class; w may be null: 1.
template <class R, class LogP, class Q>
R class_loss(index_t C, LogP log_p, Q q, const R* w, R e) {
  R loss = 0;
  for (index_t j = 0; j < C; ++j) {
    const R smoothed = (1 - e) * static_cast<R>(q(j)) + e / static_cast<R>(C);
    if (smoothed != 0) loss -= (w ? w[j] : R(1)) * smoothed * log_p(j);
  }
  return loss;
}

// log_p (N, C, S): logarithms of probabilities   target (N, S): classes. A position of class `ignored` does not count.
template <class R>
void nll_loss(R* loss, R* share, const R* log_p, const index_t* target, const R* w, index_t N, index_t C, index_t S, index_t ignored) {
  for (index_t i = 0; i < N * S; ++i) {
    const index_t c = target[i];
    const R* const at = log_p + i / S * C * S + i % S;
    loss[i] = c == ignored ? 0 : -(w ? w[c] : R(1)) * at[c * S];
    share[i] = c == ignored ? 0 : w ? w[c] : R(1);
  }
}

// x (N, C, S): any numbers; their softmax is the probability   target (N, S): classes
template <class R>
void cross_entropy(R* loss, R* share, const R* x, const index_t* target, const R* w, index_t N, index_t C, index_t S, index_t ignored, R smoothing) {
  for (index_t i = 0; i < N * S; ++i) {
    const index_t c = target[i];
    const R* const at = x + i / S * C * S + i % S;
    const R total = logsumexp(at, C, S);
    const auto log_p = [&](index_t j) { return at[j * S] - total; };
    const auto only_c = [&](index_t j) { return j == c ? 1 : 0; };
    loss[i] = c == ignored ? 0 : class_loss(C, log_p, only_c, w, smoothing);
    share[i] = c == ignored ? 0 : w ? w[c] : R(1);
  }
}

// The same with a probability for each class as the target: q (N, C, S). Every position counts once.
template <class R>
void cross_entropy(R* loss, R* share, const R* x, const R* q, const R* w, index_t N, index_t C, index_t S, R smoothing) {
  for (index_t i = 0; i < N * S; ++i) {
    const index_t first = i / S * C * S + i % S;
    const R total = logsumexp(x + first, C, S);
    const auto log_p = [&](index_t j) { return x[first + j * S] - total; };
    loss[i] = class_loss(C, log_p, [&](index_t j) { return q[first + j * S]; }, w, smoothing);
    share[i] = 1;
  }
}

}  // namespace tenon::inline v0::kernels::reference
