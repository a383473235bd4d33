#pragma once
// Reductions in plain loops: the specification. All elements of one output, n of them side by side, in C order.
// R is double or long double.
#include <tenon/core/build.hpp>

#include <cmath>

namespace tenon::inline v0::kernels::reference {

template <class R>
R sum(const R* x, index_t n) {
  R s = 0;
  for (index_t i = 0; i < n; ++i) s += x[i];
  return s;
}
template <class R>
R product(const R* x, index_t n) {
  R s = 1;
  for (index_t i = 0; i < n; ++i) s *= x[i];
  return s;
}
template <class R>
index_t count_nonzero(const R* x, index_t n) {
  index_t count = 0;
  for (index_t i = 0; i < n; ++i) count += x[i] != 0;
  return count;
}
// NaN of nothing.
template <class R>
R mean(const R* x, index_t n) {
  return sum(x, n) / static_cast<R>(n);
}
template <class R>
R variance(const R* x, index_t n, R correction) {
  const R m = mean(x, n), freedom = static_cast<R>(n) - correction;
  R s = n == 0 ? NAN : 0;
  for (index_t i = 0; i < n; ++i) s += (x[i] - m) * (x[i] - m);
  return s / (freedom > 0 ? freedom : 0);
}

// The position of the largest element: the first NaN, or else the first of those that no other exceeds. n >= 1.
template <class R>
index_t argmax(const R* x, index_t n) {
  index_t best = 0;
  for (index_t i = 0; i < n; ++i) {
    if (std::isnan(x[i])) return i;
    if (x[i] > x[best]) best = i;
  }
  return best;
}
template <class R>
index_t argmin(const R* x, index_t n) {
  index_t best = 0;
  for (index_t i = 0; i < n; ++i) {
    if (std::isnan(x[i])) return i;
    if (x[i] < x[best]) best = i;
  }
  return best;
}

// Long double has the range to do without scaling.
template <class R>
R norm(const R* x, index_t n, R p) {
  R s = 0;
  if (p == 0) return static_cast<R>(count_nonzero(x, n));
  if (std::isinf(p)) {
    s = p > 0 ? 0 : INFINITY;
    for (index_t i = 0; i < n; ++i) {
      const R a = std::fabs(x[i]);
      if (std::isnan(a)) return a;
      s = p > 0 ? std::fmax(s, a) : std::fmin(s, a);
    }
    return s;
  }
  for (index_t i = 0; i < n; ++i) s += std::pow(std::fabs(x[i]), p);
  return std::pow(s, 1 / p);
}

}  // namespace tenon::inline v0::kernels::reference
