#pragma once
// Scans in plain loops: the specification. One line of n numbers side by side; R is double or long double.
#include <tenon/core/build.hpp>

#include <cmath>

namespace tenon::inline v0::kernels::reference {

template <class R>
void cumsum(R* y, const R* x, index_t n) {
  R s = 0;
  for (index_t i = 0; i < n; ++i) y[i] = s += x[i];
}
template <class R>
void cumprod(R* y, const R* x, index_t n) {
  R p = 1;
  for (index_t i = 0; i < n; ++i) y[i] = p *= x[i];
}

// The position of the running maximum: the last of equals, the last NaN once there is one.
template <class R>
void cummax(index_t* index, const R* x, index_t n) {
  for (index_t i = 0, best = 0; i < n; ++i) {
    if (std::isnan(x[i]) || (!std::isnan(x[best]) && x[i] >= x[best])) best = i;
    index[i] = best;
  }
}
template <class R>
void cummin(index_t* index, const R* x, index_t n) {
  for (index_t i = 0, best = 0; i < n; ++i) {
    if (std::isnan(x[i]) || (!std::isnan(x[best]) && x[i] <= x[best])) best = i;
    index[i] = best;
  }
}

// log(exp(y_{i-1}) + exp(x_i)), by the larger of the two.
template <class R>
void logcumsumexp(R* y, const R* x, index_t n) {
  R s = -HUGE_VAL;
  for (index_t i = 0; i < n; ++i) {
    const R high = s > x[i] || std::isnan(s) ? s : x[i], low = s > x[i] || std::isnan(s) ? x[i] : s;
    y[i] = s = std::isinf(high) && !std::isnan(low) ? high : high + std::log1p(std::exp(low - high));
  }
}

}  // namespace tenon::inline v0::kernels::reference
