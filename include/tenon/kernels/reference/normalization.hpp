#pragma once
// Normalization in plain loops: the specification. Dense operands in a type R wider than the one that is checked.
//
//   y = (x - mean) / sqrt(var + eps) * weight + bias      weight and bias may be null: 1 and 0
//
// The variance is that of the numbers themselves: divided by n, not n - 1.
#include <tenon/core/build.hpp>

#include <cmath>

namespace tenon::inline v0::kernels::reference {

template <class R>
struct moments {
  R mean, var;
};

// Of `runs` runs of n numbers each, `step` apart.
template <class R>
moments<R> moments_of(const R* x, index_t n, index_t runs = 1, index_t step = 0) {
  const R count = static_cast<R>(n * runs);
  R mean = 0, var = 0;
  for (index_t r = 0; r < runs; ++r)
    for (index_t i = 0; i < n; ++i) mean += x[r * step + i] / count;
  for (index_t r = 0; r < runs; ++r)
    for (index_t i = 0; i < n; ++i) var += (x[r * step + i] - mean) * (x[r * step + i] - mean) / count;
  return {mean, var};
}

template <class R>
R normalized(R x, const moments<R>& m, R eps, const R* weight, const R* bias, index_t entry) {
  return (x - m.mean) / std::sqrt(m.var + eps) * (weight ? weight[entry] : R(1)) + (bias ? bias[entry] : R(0));
}

// x (rows, n)   weight, bias (n)     Ba, Kiros, Hinton 2016, arXiv:1607.06450
template <class R>
void layer_norm(R* y, const R* x, index_t rows, index_t n, const R* weight, const R* bias, R eps) {
  for (index_t row = 0; row < rows; ++row, x += n, y += n) {
    const auto m = moments_of(x, n);
    for (index_t i = 0; i < n; ++i) y[i] = normalized(x[i], m, eps, weight, bias, i);
  }
}

// y = x / sqrt(mean(x^2) + eps) * weight.     Zhang, Sennrich 2019, arXiv:1910.07467
template <class R>
void rms_norm(R* y, const R* x, index_t rows, index_t n, const R* weight, R eps) {
  for (index_t row = 0; row < rows; ++row, x += n, y += n) {
    R squares = 0;
    for (index_t i = 0; i < n; ++i) squares += x[i] * x[i];
    for (index_t i = 0; i < n; ++i) y[i] = x[i] / std::sqrt(squares / static_cast<R>(n) + eps) * (weight ? weight[i] : R(1));
  }
}

// x (batch, channels, pixels)   weight, bias (channels)     The channels of an image in groups, each with statistics of its own.
// instance_norm: as many groups as channels.     Wu, He 2018, arXiv:1803.08494
template <class R>
void group_norm(R* y, const R* x, index_t batch, index_t channels, index_t pixels, index_t groups, const R* weight, const R* bias, R eps) {
  const index_t together = channels / groups;
  for (index_t n = 0; n < batch; ++n)
    for (index_t g = 0; g < groups; ++g) {
      const index_t begin = (n * channels + g * together) * pixels;
      const auto m = moments_of(x + begin, together * pixels);
      for (index_t i = 0; i < together * pixels; ++i) y[begin + i] = normalized(x[begin + i], m, eps, weight, bias, g * together + i / pixels);
    }
}

// Each channel with the statistics of all its pixels in all images, or with given ones.     Ioffe, Szegedy 2015, arXiv:1502.03167
template <class R>
moments<R> channel_moments(const R* x, index_t batch, index_t channels, index_t pixels, index_t channel) {
  return moments_of(x + channel * pixels, pixels, batch, channels * pixels);
}
template <class R>
void batch_norm(R* y, const R* x, index_t batch, index_t channels, index_t pixels, const moments<R>* given, const R* weight, const R* bias, R eps) {
  for (index_t c = 0; c < channels; ++c) {
    const auto m = given ? given[c] : channel_moments(x, batch, channels, pixels, c);
    for (index_t n = 0; n < batch; ++n)
      for (index_t i = 0; i < pixels; ++i) {
        const index_t at = (n * channels + c) * pixels + i;
        y[at] = normalized(x[at], m, eps, weight, bias, c);
      }
  }
}
// What training makes of the running statistics. Their variance is divided by n - 1: n numbers stand for all that there are.
template <class R>
moments<R> running_moments(const moments<R>& running, const moments<R>& of_batch, index_t n, R momentum) {
  const R unbiased = of_batch.var * static_cast<R>(n) / static_cast<R>(n - 1);
  return {(1 - momentum) * running.mean + momentum * of_batch.mean, (1 - momentum) * running.var + momentum * unbiased};
}

}  // namespace tenon::inline v0::kernels::reference
