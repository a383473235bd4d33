#pragma once
// The softmax family in plain loops: the specification. One row of n numbers, `stride` apart. R is wider than the type that
// is being checked: double for float, long double for double.
#include <tenon/core/build.hpp>

#include <cmath>

namespace tenon::inline v0::kernels::reference {

template <class R>
struct row_sum {
  R maximum;      // NaN if any element is
  R sum;          // of exp(x - maximum)
};

template <class R>
row_sum<R> shifted_sum(const R* x, index_t n, index_t stride) {
  R m = -HUGE_VAL, l = 0;
  for (index_t i = 0; i < n; ++i) m = x[i * stride] > m || std::isnan(x[i * stride]) ? x[i * stride] : m;
  for (index_t i = 0; i < n; ++i) l += std::exp(x[i * stride] - m);
  return {m, l};
}

template <class R>
void softmax(R* y, const R* x, index_t n, index_t stride) {
  const auto [m, l] = shifted_sum(x, n, stride);
  for (index_t i = 0; i < n; ++i) y[i * stride] = std::exp(x[i * stride] - m) / l;
}

// x - m - log l, never log(softmax(x)): that is -inf wherever exp(x - m) underflows.
template <class R>
void log_softmax(R* y, const R* x, index_t n, index_t stride) {
  const auto [m, l] = shifted_sum(x, n, stride);
  for (index_t i = 0; i < n; ++i) y[i * stride] = x[i * stride] - m - std::log(l);
}

// Of nothing, and of -inf only: -inf. With +inf: +inf. With NaN: NaN.
template <class R>
R logsumexp(const R* x, index_t n, index_t stride) {
  if (n == 0) return -HUGE_VAL;
  const auto [m, l] = shifted_sum(x, n, stride);
  return std::isinf(m) ? m : m + std::log(l);
}

}  // namespace tenon::inline v0::kernels::reference
