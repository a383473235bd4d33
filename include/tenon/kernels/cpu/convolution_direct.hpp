#pragma once
// Direct convolution on the CPU.     x (N, C, D, H, W)   w (O, C', KD, KH, KW)   out (N, O, OD, OH, OW)
//
// Method     A strip of output rows at a time: first the input lines that its rows need are copied, padded with zeros, to
//            where they stay in the first cache; then tiles of J output channels by K rows by R vectors of pixels are kept in
//            registers while all C' KD KH KW products run over them. A weight is broadcast and meets K R vectors; a vector
//            meets J weights.
// Strips     A row that was copied a moment ago is still on its way to the cache, and a vector that begins between two of its
//            stores waits for both. So all rows of a strip are copied before the first is read: of a small plane, all there are.
// Lines      An input row becomes one line per phase of the horizontal stride, pixel q * stride + phase at place q, or one
//            per tap, whichever takes less room. Then the pixels that one weight meets lie next to each other whatever the
//            stride, and need no test for the border.
// Precision  half and bfloat16 are computed in float. Sums run over (c, kd, kh, kw) in order, by fma where there is one:
//            |error| <= depth * u * sum |x| |w|.
// Tried      Reading the input in place with separate border code: the interior gains little, as the lines are in the
//            first-level cache, and there are four bodies instead of one.
#include <tenon/core/dtype.hpp>
#include <tenon/kernels/convolution.hpp>
#include <tenon/kernels/cpu/strided_row.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH {

namespace detail {

// Accumulators J * K * R, plus R vectors and a scalar, within the register file. Tiles of few channels have several rows.
#if TENON_SIMD_BYTES == 64
inline constexpr int direct_vectors = 4;
#else
inline constexpr int direct_vectors = 2;
#endif
inline constexpr int direct_channels = 6, direct_rows = 4;

template <class T>
class direct_convolution {
  using C = compute_t<T>;
  using V = vec<C>;
  static constexpr int N = lanes<C>;

 public:
  direct_convolution(const convolution_plan& plan, const convolution_operands<T>& operands, const C* weights, std::byte* memory)
      : p(plan), s(plan.s), o(operands), w(weights), lines(reinterpret_cast<C*>(memory)) {
    zero(lines, s.group_in() * s.kernel[0] * p.rows * p.lines * p.line);      // what is never copied stays zero: the padding
  }

  // Strip `unit` of the output, counted over (n, group, od, strip).
  void strip(index_t unit) {
    const index_t strips = (s.out[1] + p.strip - 1) / p.strip, plane = unit / strips, oh = unit % strips * p.strip;
    od = plane % s.out[0];
    g = plane / s.out[0] % s.groups;
    n = plane / (s.out[0] * s.groups);
    const index_t rows = s.out[1] - oh < p.strip ? s.out[1] - oh : p.strip;
    copy_rows(od * s.stride[0] - s.pad[0], oh * s.stride[1] - s.pad[1], rows);
    for (index_t ow = 0; ow < s.out[2]; ow += direct_vectors * N) {
      const index_t left = s.out[2] - ow;
      if (left > N)
        channels<direct_vectors>(oh, rows, ow, left);
      else
        channels<1>(oh, rows, ow, left);
    }
  }

 private:
  static void zero(C* to, index_t count) {
    for (index_t q = 0; q < count; ++q) to[q] = C(0);
  }
  C* line(index_t c, index_t kd, index_t row) const { return lines + ((c * s.kernel[0] + kd) * p.rows + row) * p.lines * p.line; }

  // The input rows that `rows` output rows meet, the first one at (d0, h0). A row outside the input is zeros.
  void copy_rows(index_t d0, index_t h0, index_t rows) {
    const index_t held = ((rows - 1) * s.stride[1] + (s.kernel[1] - 1) * s.dilation[1]) / p.row_step + 1;
    for (index_t c = 0; c < s.group_in(); ++c)
      for (index_t kd = 0; kd < s.kernel[0]; ++kd)
        for (index_t row = 0; row < held; ++row) {
          C* const to = line(c, kd, row);
          const index_t d = d0 + kd * s.dilation[0], h = h0 + row * p.row_step;
          if (d < 0 || d >= s.in[0] || h < 0 || h >= s.in[1]) {
            zero(to, p.lines * p.line);
            continue;
          }
          const T* const from = o.x.data + n * o.x.stride[0] + (g * s.group_in() + c) * o.x.stride[1] + d * o.x.stride[2] + h * o.x.stride[3];
          for (index_t i = 0; i < p.lines; ++i) copy_line(to + i * p.line, from, p.line_per_tap ? i * s.dilation[2] : i);
        }
  }
  // to[q] = x[q * stride + phase - pad] where that is inside.
  void copy_line(C* to, const T* from, index_t phase) const {
    const index_t step = s.stride[2], first = phase - s.pad[2], x_step = o.x.stride[4];
    const auto ceil_divide = [](index_t a, index_t b) { return a <= 0 ? index_t{0} : (a + b - 1) / b; };
    index_t q = ceil_divide(-first, step), end = ceil_divide(s.in[2] - first, step);
    if (end > p.line) end = p.line;
    if (step == 1 && x_step == 1) {
      for (; q + N <= end; q += N) load_as<C, N>(from + q + first).store(to + q);
      if (q < end) load_as<C, N>(from + q + first, end - q).store(to + q, end - q);
    } else {
      copy_strided(to + q, from + (q * step + first) * x_step, step * x_step, end - q);
    }
  }

  template <int R>
  void channels(index_t oh, index_t rows, index_t ow, index_t left) const {
    const index_t first = g * s.group_out(), last = first + s.group_out();
    index_t c = first;
    for (; c + direct_channels <= last; c += direct_channels) tiles<direct_channels, 1, R>(c, oh, rows, ow, left);
    for (; c + 2 <= last; c += 2) tiles<2, direct_rows / 2, R>(c, oh, rows, ow, left);
    for (; c < last; ++c) tiles<1, direct_rows, R>(c, oh, rows, ow, left);
  }
  // All rows of a strip, K at a time; the last K may begin among rows that are done.
  template <int J, int K, int R>
  void tiles(index_t c, index_t oh, index_t rows, index_t ow, index_t left) const {
    if (rows < K) {
      for (index_t k = 0; k < rows; ++k) tile<J, 1, R>(c, oh, k, ow, left);
      return;
    }
    for (index_t k = 0; k < rows; k += K) tile<J, K, R>(c, oh, k + K <= rows ? k : rows - K, ow, left);
  }

  // Channels [c, c + J), rows [k0, k0 + K) of the strip at oh, pixels [ow, ow + min(left, R * N)) of each.
  template <int J, int K, int R>
  void tile(index_t c, index_t oh, index_t k0, index_t ow, index_t left) const {
    V sum[J][K][R];
    for (int j = 0; j < J; ++j)
      for (int k = 0; k < K; ++k)
        for (int r = 0; r < R; ++r) sum[j][k][r] = V(o.bias ? static_cast<C>(o.bias[c + j]) : C(0));
    const index_t depth = s.depth(), taps_w = s.kernel[2], row_stride = s.stride[1] / p.row_step * p.lines * p.line;
    // From one horizontal tap to the next: so many lines and places on, and from the last line to the first one's next place.
    const index_t next_line = p.line_per_tap ? 1 : s.dilation[2] % s.stride[2], next_place = p.line_per_tap ? 0 : s.dilation[2] / s.stride[2];
    for (index_t ic = 0; ic < s.group_in(); ++ic)
      for (index_t kd = 0; kd < s.kernel[0]; ++kd)
        for (index_t kh = 0; kh < s.kernel[1]; ++kh) {
          const C* const x = line(ic, kd, (k0 * s.stride[1] + kh * s.dilation[1]) / p.row_step) + ow;
          const C* const weight = w + c * depth + ((ic * s.kernel[0] + kd) * s.kernel[1] + kh) * taps_w;
          for (index_t kw = 0, at_line = 0, at_place = 0; kw < taps_w; ++kw) {
            const C* pixels = x + at_line * p.line + at_place;
            for (int k = 0; k < K; ++k, pixels += row_stride) {
              V v[R];
              for (int r = 0; r < R; ++r) v[r] = V::load(pixels + r * N);
              for (int j = 0; j < J; ++j) {
                const V weights(weight[j * depth + kw]);
                for (int r = 0; r < R; ++r) sum[j][k][r] = fma(weights, v[r], sum[j][k][r]);
              }
            }
            at_line += next_line;
            at_place += next_place;
            if (at_line >= p.lines) {
              at_line -= p.lines;
              ++at_place;
            }
          }
        }
    for (int j = 0; j < J; ++j)
      for (int k = 0; k < K; ++k) {
        T* const to = o.out.data + (((n * s.out_channels + c + j) * s.out[0] + od) * s.out[1] + oh + k0 + k) * s.out[2] + ow;
        for (int r = 0; r < R && r * N < left; ++r) store_as(to + r * N, sum[j][k][r], left - r * N);
      }
  }

  const convolution_plan& p;
  const convolution_shape& s;
  const convolution_operands<T>& o;
  const C* w;                                   // (O, depth)
  C* lines;                                     // (C', KD, rows, lines, line)
  index_t n = 0, g = 0, od = 0;                 // where the strip is
};

}  // namespace detail

template <class C>
void plan_direct_convolution(convolution_plan& p, bool convert_weights, int threads) {
  const auto& s = p.s;
  constexpr index_t width = detail::direct_vectors * lanes<C>, first_cache = 24 * 1024;
  const index_t out = (s.out[2] + width - 1) / width * width, reach = (s.kernel[2] - 1) * s.dilation[2] / s.stride[2] + 1;
  p.line_per_tap = static_cast<double>(s.stride[2]) * static_cast<double>(out + reach) > static_cast<double>(s.kernel[2] * out);
  p.line = p.line_per_tap ? out : out + reach;
  p.lines = p.line_per_tap ? s.kernel[2] : s.stride[2];
  p.weight_bytes = convert_weights ? s.out_channels * s.depth() * static_cast<index_t>(sizeof(C)) : 0;

  // As many rows as fit, cut evenly; fewer where there would not be enough strips for all threads.
  const index_t row_bytes = s.group_in() * s.kernel[0] * p.lines * p.line * static_cast<index_t>(sizeof(C));
  const index_t reach_h = (s.kernel[1] - 1) * s.dilation[1], planes = s.batch * s.groups * s.out[0];
  index_t step = s.stride[1];                                // of the rows that two output rows, or two taps, meet
  for (index_t a = s.dilation[1]; a != 0;) {
    const index_t rest = step % a;
    step = a;
    a = rest;
  }
  index_t most = ((first_cache / (row_bytes > 0 ? row_bytes : 1) - 1) * step - reach_h) / s.stride[1] + 1;
  const index_t wanted = threads > 1 && planes > 0 ? (4 * static_cast<index_t>(threads) + planes - 1) / planes : 1;
  if (most > s.out[1] / wanted) most = s.out[1] / wanted;
  if (most < 1) most = 1;
  const index_t strips = (s.out[1] + most - 1) / most;
  p.strip = strips > 0 ? (s.out[1] + strips - 1) / strips : 1;
  p.row_step = p.strip > 1 || s.kernel[1] == 1 ? step : s.dilation[1];
  p.rows = ((p.strip - 1) * s.stride[1] + reach_h) / p.row_step + 1;
  cut_convolution(p, planes * strips, p.rows * row_bytes, threads);
}

template <class T>
void run_direct_convolution(const context& ctx, const convolution_plan& p, const convolution_operands<T>& o, const compute_t<T>* weights,
                            std::byte* memory) {
  ctx.parallel(p.tasks, [&](index_t task) {
    detail::direct_convolution<T> conv(p, o, weights, memory + task * p.task_bytes);
    const index_t end = (task + 1) * p.units_per_task < p.units ? (task + 1) * p.units_per_task : p.units;
    for (index_t unit = task * p.units_per_task; unit < end; ++unit) conv.strip(unit);
  });
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH
