#pragma once
// Dropout in plain loops: the specification. `share` elements side by side have one random number: 1, or as many as a channel
// has. Number i is that of position first + i.
#include <tenon/kernels/reference/random.hpp>

namespace tenon::inline v0::kernels::reference {

// 0 with probability p, else x / (1 - p).     Srivastava et al. 2014, "Dropout: a simple way to prevent neural networks from
// overfitting"; the channels: Tompson et al. 2015, arXiv:1411.4280
template <class R>
void dropout(R* y, const R* x, index_t n, index_t share, double p, std::uint64_t seed, std::uint64_t first) {
  for (index_t i = 0; i < n; ++i) {
    const bool kept = bernoulli(seed, first + static_cast<std::uint64_t>(i / share), 1 - p);
    y[i] = kept ? x[i] / (1 - static_cast<R>(p)) : 0;
  }
}

// a x' + b, with x' = x, or with probability p the lower limit of selu; a and b restore mean 0 and variance 1.
// Klambauer et al. 2017, arXiv:1706.02515, section 3
template <class R>
void alpha_dropout(R* y, const R* x, index_t n, index_t share, double p, std::uint64_t seed, std::uint64_t first) {
  const R limit = -R(1.0507009873554804934193349852946L) * R(1.6732632423543772848170429916717L), q = 1 - static_cast<R>(p);
  const R a = q > 0 ? 1 / std::sqrt(q * (1 + static_cast<R>(p) * limit * limit)) : 0, b = -a * static_cast<R>(p) * limit;
  for (index_t i = 0; i < n; ++i) {
    const bool kept = bernoulli(seed, first + static_cast<std::uint64_t>(i / share), 1 - p);
    y[i] = a * (kept ? x[i] : limit) + b;
  }
}

}  // namespace tenon::inline v0::kernels::reference
