#pragma once
// Attention in plain loops: the specification. One head, dense, in a type R wider than the one that is checked.
#include <tenon/core/build.hpp>

#include <cmath>

namespace tenon::inline v0::kernels::reference {

// q (n, d)  k (m, d)  v (m, e) -> out (n, e).   visible(i, j): whether row i sees key j.   bias(i, j) is added to its score.
template <class R, class Visible, class Bias>
void attention(R* out, const R* q, const R* k, const R* v, index_t n, index_t m, index_t d, index_t e, R scale, Visible visible, Bias bias) {
  const auto score = [&](index_t i, index_t j) {
    R s = 0;
    for (index_t c = 0; c < d; ++c) s += q[i * d + c] * k[j * d + c];
    return s * scale + static_cast<R>(bias(i, j));
  };
  for (index_t i = 0; i < n; ++i) {
    R top = -HUGE_VAL, sum = 0;
    for (index_t j = 0; j < m; ++j)
      if (visible(i, j) && (score(i, j) > top || std::isnan(score(i, j)))) top = score(i, j);
    for (index_t c = 0; c < e; ++c) out[i * e + c] = 0;
    if (std::isinf(top) && top < 0) continue;                       // no key, or all at -inf: a row of zeros
    for (index_t j = 0; j < m; ++j) {
      if (!visible(i, j) || bias(i, j) == -HUGE_VAL) continue;
      const R p = std::exp(score(i, j) - top);
      sum += p;
      for (index_t c = 0; c < e; ++c) out[i * e + c] += p * v[j * e + c];
    }
    for (index_t c = 0; c < e; ++c) out[i * e + c] /= sum;
  }
}

}  // namespace tenon::inline v0::kernels::reference
