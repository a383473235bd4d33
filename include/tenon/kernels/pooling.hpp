#pragma once
// Pooling: one number for each window of the input.        x (N, C, D, H, W)  ->  out (N, C, OD, OH, OW)
//
//   maximum   of the window; NaN if it holds one. Padding is not part of it. With the place it stands at, if asked for:
//             the first one, or the last NaN, counted over (D, H, W) of the input
//   average   sum of the window divided by its size: with padding counted or not, or by a number that the caller gives
//
// Windows are given per dimension: regular ones by kernel, stride, padding and dilation; adaptive ones divide the input into
// `out` overlapping parts, floor(i in / out) to ceil((i + 1) in / out).
#include <tenon/core/strided.hpp>
#include <tenon/kernels/context.hpp>
#include <tenon/kernels/status.hpp>

namespace tenon::inline v0::kernels {

enum class pooling_kind : std::uint8_t { maximum, average };

// The input positions start, start + step, ... (count of them) of one window along one dimension, clipped to the input.
struct pooling_window {
  index_t start = 0, count = 0;
  index_t padded = 0;                          // how many there are with padding, for averages that count it
};

struct pooling_shape {
  index_t batch = 0, channels = 0;
  index_t in[3] = {1, 1, 1}, out[3] = {1, 1, 1};
  index_t kernel[3] = {1, 1, 1}, stride[3] = {1, 1, 1}, pad[3] = {0, 0, 0}, dilation[3] = {1, 1, 1};
  bool adaptive = false;
  bool count_padding = true;
  index_t divisor = 0;                         // 0: the size of the window

  constexpr pooling_window window(int d, index_t i) const {
    if (adaptive) {
      const index_t begin = i * in[d] / out[d], end = ((i + 1) * in[d] + out[d] - 1) / out[d];
      return {begin, end - begin, end - begin};
    }
    const index_t start = i * stride[d] - pad[d];
    const auto taps_below = [&](index_t end) {   // how many taps lie before position `end`
      const index_t n = end <= start ? 0 : dilation[d] == 1 ? end - start : (end - start - 1) / dilation[d] + 1;    // divisions are slow on a GPU
      return n < kernel[d] ? n : kernel[d];
    };
    const index_t first = taps_below(0), last = taps_below(in[d]);
    return {start + first * dilation[d], last - first, taps_below(in[d] + pad[d])};
  }
};

struct pooling_plan {
  pooling_kind kind = pooling_kind::maximum;
  pooling_shape s;
  index_t rows = 0, rows_per_task = 0, tasks = 0;      // rows of the output
  index_t task_bytes = 0, workspace_bytes = 0;
};

// `bytes`: of one accumulator.
constexpr pooling_plan plan_pooling(pooling_kind kind, const pooling_shape& s, index_t bytes, int threads) {
  pooling_plan p;
  p.kind = kind;
  p.s = s;
  p.rows = s.batch * s.channels * s.out[0] * s.out[1];
  const index_t most = threads <= 1 ? 1 : static_cast<index_t>(threads) * 4;
  p.tasks = p.rows < most ? p.rows : most;
  p.rows_per_task = p.tasks > 0 ? (p.rows + p.tasks - 1) / p.tasks : 0;
  if (p.rows_per_task > 0) p.tasks = (p.rows + p.rows_per_task - 1) / p.rows_per_task;
  p.task_bytes = (s.out[2] * bytes + 63) / 64 * 64;
  p.workspace_bytes = p.tasks * p.task_bytes;
  return p;
}

template <class T>
struct pooling_operands {
  strided<const T> x;                          // (batch, channels, d, h, w), any strides
  T* out = nullptr;                            // dense
  std::int64_t* indices = nullptr;             // dense; or null
};

template <class T>
struct pooling_kernel {
  using function = status (*)(const context&, const pooling_plan&, const pooling_operands<T>&, std::byte* workspace);
};

}  // namespace tenon::inline v0::kernels
