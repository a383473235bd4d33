#pragma once
// Normalization: y = (x - mean) / sqrt(var + eps) * weight + bias, and which elements share a mean.
//
//   rows       layer_norm, group_norm, instance_norm, rms_norm: x is (rows, n), dense; each row has its own statistics.
//              Weight and bias repeat: element i of row r takes entry  (r mod row_groups) * (n / segment) + i / segment.
//              layer_norm: segment 1, row_groups 1. group_norm: segment = the pixels of a channel, row_groups = groups.
//   channels   batch_norm: x is (batch, channels, pixels), dense; statistics per channel, computed or given.
//
// rms_norm leaves out the mean:  y = x / sqrt(mean(x^2) + eps) * weight.
#include <tenon/core/dtype.hpp>
#include <tenon/kernels/context.hpp>
#include <tenon/kernels/status.hpp>

namespace tenon::inline v0::kernels {

template <class T>
struct row_normalization {
  T* out = nullptr;                       // may be x
  const T* x = nullptr;
  const T* weight = nullptr;              // or null
  const T* bias = nullptr;                // or null
  index_t rows = 0, n = 0, segment = 1, row_groups = 1;
  double eps = 0;
  bool subtract_mean = true;
};

// What the statistics of a batch are mixed into: running = (1 - momentum) running + momentum batch, with the unbiased variance.
template <class T>
struct running_statistics {
  T *mean = nullptr, *var = nullptr;      // null: there are none
  index_t mean_step = 1, var_step = 1;    // from channel to channel
  double momentum = 0;
};

template <class T>
struct channel_normalization {
  T* out = nullptr;                       // may be x
  const T* x = nullptr;
  const T *weight = nullptr, *bias = nullptr;
  const T *mean = nullptr, *var = nullptr;                         // given statistics; null: of x
  compute_t<T>*batch_mean = nullptr, *batch_var = nullptr;         // (channels) statistics of x are left here
  compute_t<T>* partial = nullptr;                                 // on a GPU: (channels, parts, 4), sums of parts of a channel
  index_t parts = 1;
  running_statistics<T> running;
  index_t batch = 0, channels = 0, pixels = 0;
  double eps = 0;
};

template <class T>
struct row_normalization_kernel {
  using function = status (*)(const context&, const row_normalization<T>&);
};

// Into how many parts a GPU cuts each channel for its statistics, so that all of its processors have work: blocks of at least 8192 elements.
constexpr index_t channel_parts(index_t channels, index_t n, int processors) {
  const index_t wanted = channels > 0 ? (4 * processors + channels - 1) / channels : 1, most = (n + 8191) / 8192;
  const index_t parts = wanted < most ? wanted : most;
  return parts > 1 ? parts : 1;
}

template <class T>
struct channel_normalization_kernel {
  using function = status (*)(const context&, const channel_normalization<T>&);
};

// A task per stretch of rows, or channels, of about this many elements.
inline constexpr index_t normalization_grain = 16 * 1024;
// Results of this many bytes, with x as much as a third cache holds, are written around the caches. Smaller ones stay there for
// the next op (Zen 4, two threads, batch norm of 8 MiB: twice as fast as around them).
inline constexpr index_t normalization_stream = index_t{16} << 20;

}  // namespace tenon::inline v0::kernels
