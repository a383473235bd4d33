#pragma once
// The softmax family in plain loops: the specification. One row of n doubles, `stride` apart.
#include <tenon/core/build.hpp>

#include <cmath>

namespace tenon::inline v0::kernels::reference {

struct row_sum {
  double maximum;      // NaN if any element is
  double sum;          // of exp(x - maximum)
};

inline row_sum shifted_sum(const double* x, index_t n, index_t stride) {
  double m = -HUGE_VAL, l = 0;
  for (index_t i = 0; i < n; ++i) m = x[i * stride] > m || std::isnan(x[i * stride]) ? x[i * stride] : m;
  for (index_t i = 0; i < n; ++i) l += std::exp(x[i * stride] - m);
  return {m, l};
}

inline void softmax(double* y, const double* x, index_t n, index_t stride) {
  const auto [m, l] = shifted_sum(x, n, stride);
  for (index_t i = 0; i < n; ++i) y[i * stride] = std::exp(x[i * stride] - m) / l;
}

// x - m - log l, never log(softmax(x)): that is -inf wherever exp(x - m) underflows.
inline void log_softmax(double* y, const double* x, index_t n, index_t stride) {
  const auto [m, l] = shifted_sum(x, n, stride);
  for (index_t i = 0; i < n; ++i) y[i * stride] = x[i * stride] - m - std::log(l);
}

// Of nothing, and of -inf only: -inf. With +inf: +inf. With NaN: NaN.
inline double logsumexp(const double* x, index_t n, index_t stride) {
  if (n == 0) return -HUGE_VAL;
  const auto [m, l] = shifted_sum(x, n, stride);
  return std::isinf(m) ? m : m + std::log(l);
}

}  // namespace tenon::inline v0::kernels::reference
