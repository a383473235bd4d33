#pragma once
// Direct convolution on the CPU.     x (N, C, D, H, W)   w (O, C', KD, KH, KW)   out (N, O, OD, OH, OW)
//
// Method     One output row at a time: first the input lines that the row needs are copied, padded with zeros, into lines
//            that stay in cache; then tiles of J output channels by R vectors of pixels are kept in registers while all
//            C' KD KH KW products run over them. A weight is broadcast and meets R vectors; a vector meets J weights.
// Lines      An input row becomes one line per phase of the horizontal stride, pixel q * stride + phase at place q, or one
//            per tap, whichever takes less room. Then the pixels that one weight meets lie next to each other whatever the
//            stride, and need no test for the border. A row is copied once and used by all output channels of its group,
//            and by the output rows after it: without dilation, the rows stand in KH slots that are filled in turn.
// Precision  half and bfloat16 are computed in float. Sums run over (c, kd, kh, kw) in order, by fma where there is one:
//            |error| <= depth * u * sum |x| |w|.
// Tried      Reading the input in place with separate border code: the interior gains little, as the lines are in the
//            first-level cache, and there are four bodies instead of one.
#include <tenon/core/dtype.hpp>
#include <tenon/kernels/convolution.hpp>
#include <tenon/kernels/cpu/simd.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH {

namespace detail {

// Accumulators J * R, plus R vectors and a scalar, within the register file.
#if TENON_SIMD_BYTES == 64
inline constexpr int direct_vectors = 4;
#else
inline constexpr int direct_vectors = 2;
#endif
inline constexpr int direct_channels = 6;

template <class T>
class direct_convolution {
  using C = compute_t<T>;
  using V = vec<C>;
  static constexpr int N = lanes<C>;

 public:
  direct_convolution(const convolution_plan& plan, const convolution_operands<T>& operands, const C* weights, std::byte* memory)
      : p(plan), s(plan.s), o(operands), w(weights), lines(reinterpret_cast<C*>(memory)) {}

  // Row `unit` of the output, counted over (n, group, od, oh).
  void row(index_t unit) {
    const index_t plane = unit / s.out[1], oh = unit - plane * s.out[1];
    const index_t taps = s.kernel[1], h = oh * s.stride[1] - s.pad[1];
    index_t present = 0;                                     // of the taps' rows, from the first on
    if (plane != plane_) {
      plane_ = plane;
      od = plane % s.out[0];
      g = plane / s.out[0] % s.groups;
      n = plane / (s.out[0] * s.groups);
      slot_ = 0;
    } else if (s.dilation[1] == 1 && h - row_ < taps) {
      present = taps - (h - row_);
      slot_ += h - row_;
      if (slot_ >= taps) slot_ -= taps;
    }
    row_ = h;
    copy_lines(od * s.stride[0] - s.pad[0], h, present);
    for (index_t ow = 0; ow < s.out[2]; ow += direct_vectors * N) {
      const index_t left = s.out[2] - ow;
      if (left > N)
        channels<direct_vectors>(oh, ow, left);
      else
        channels<1>(oh, ow, left);
    }
  }

 private:
  C* line(index_t c, index_t kd, index_t kh) const {
    const index_t slot = slot_ + kh < s.kernel[1] ? slot_ + kh : slot_ + kh - s.kernel[1];
    return lines + ((c * s.kernel[0] + kd) * s.kernel[1] + slot) * p.lines * p.line;
  }

  // The lines of the rows that the taps from `present` on meet, the first tap's at (d0, h0). A row outside the input is zeros.
  void copy_lines(index_t d0, index_t h0, index_t present) {
    for (index_t c = 0; c < s.group_in(); ++c)
      for (index_t kd = 0; kd < s.kernel[0]; ++kd)
        for (index_t kh = present; kh < s.kernel[1]; ++kh) {
          C* const to = line(c, kd, kh);
          const index_t d = d0 + kd * s.dilation[0], h = h0 + kh * s.dilation[1];
          if (d < 0 || d >= s.in[0] || h < 0 || h >= s.in[1]) {
            for (index_t q = 0; q < p.lines * p.line; ++q) to[q] = C(0);
            continue;
          }
          const T* const from = o.x.data + n * o.x.stride[0] + (g * s.group_in() + c) * o.x.stride[1] + d * o.x.stride[2] + h * o.x.stride[3];
          for (index_t i = 0; i < p.lines; ++i) copy_line(to + i * p.line, from, p.line_per_tap ? i * s.dilation[2] : i);
        }
  }
  // to[q] = x[q * stride + phase - pad], zero outside.
  void copy_line(C* to, const T* from, index_t phase) const {
    const index_t step = s.stride[2], first = phase - s.pad[2], x_step = o.x.stride[4];
    const auto ceil_divide = [](index_t a, index_t b) { return a <= 0 ? index_t{0} : (a + b - 1) / b; };
    index_t begin = ceil_divide(-first, step), end = ceil_divide(s.in[2] - first, step);
    if (end > p.line) end = p.line;
    if (begin > end) begin = end;
    for (index_t q = 0; q < begin; ++q) to[q] = C(0);
    index_t q = begin;
    if (step == 1 && x_step == 1) {
      for (; q + N <= end; q += N) load_as<C, N>(from + q + first).store(to + q);
      if (q < end) load_as<C, N>(from + q + first, end - q).store(to + q, end - q);
    } else {
      for (; q < end; ++q) to[q] = static_cast<C>(from[(q * step + first) * x_step]);
    }
    for (q = end; q < p.line; ++q) to[q] = C(0);
  }

  template <int R>
  void channels(index_t oh, index_t ow, index_t left) const {
    const index_t first = g * s.group_out(), last = first + s.group_out();
    index_t c = first;
    for (; c + direct_channels <= last; c += direct_channels) tile<direct_channels, R>(c, oh, ow, left);
    for (; c + 2 <= last; c += 2) tile<2, R>(c, oh, ow, left);
    for (; c < last; ++c) tile<1, R>(c, oh, ow, left);
  }

  // Channels [c, c + J), pixels [ow, ow + min(left, R * N)) of a row.
  template <int J, int R>
  void tile(index_t c, index_t oh, index_t ow, index_t left) const {
    V sum[J][R];
    for (int j = 0; j < J; ++j)
      for (int r = 0; r < R; ++r) sum[j][r] = V(o.bias ? static_cast<C>(o.bias[c + j]) : C(0));
    const index_t depth = s.depth(), taps_w = s.kernel[2];
    for (index_t ic = 0; ic < s.group_in(); ++ic)
      for (index_t kd = 0; kd < s.kernel[0]; ++kd)
        for (index_t kh = 0; kh < s.kernel[1]; ++kh) {
          const C* const x = line(ic, kd, kh) + ow;
          const C* const weight = w + c * depth + ((ic * s.kernel[0] + kd) * s.kernel[1] + kh) * taps_w;
          for (index_t kw = 0, at = 0; kw < taps_w; ++kw, at += s.dilation[2]) {
            const C* const pixels = p.line_per_tap     ? x + kw * p.line
                                    : s.stride[2] == 1 ? x + at
                                                       : x + at % s.stride[2] * p.line + at / s.stride[2];
            V v[R];
            for (int r = 0; r < R; ++r) v[r] = V::load(pixels + r * N);
            for (int j = 0; j < J; ++j) {
              const V k(weight[j * depth + kw]);
              for (int r = 0; r < R; ++r) sum[j][r] = fma(k, v[r], sum[j][r]);
            }
          }
        }
    for (int j = 0; j < J; ++j) {
      T* const to = o.out.data + (((n * s.out_channels + c + j) * s.out[0] + od) * s.out[1] + oh) * s.out[2] + ow;
      for (int r = 0; r < R && r * N < left; ++r) store_as(to + r * N, sum[j][r], left - r * N);
    }
  }

  const convolution_plan& p;
  const convolution_shape& s;
  const convolution_operands<T>& o;
  const C* w;                                   // (O, depth)
  C* lines;                                     // (C', KD, KH, lines, line)
  index_t n = 0, g = 0, od = 0;                 // where the last row was,
  index_t plane_ = -1, row_ = 0, slot_ = 0;     // which of these planes, the first tap's input row, and its slot
};

}  // namespace detail

template <class C>
void plan_direct_convolution(convolution_plan& p, bool convert_weights, int threads) {
  const auto& s = p.s;
  constexpr index_t width = detail::direct_vectors * lanes<C>;
  const index_t out = (s.out[2] + width - 1) / width * width, reach = (s.kernel[2] - 1) * s.dilation[2] / s.stride[2] + 1;
  p.line_per_tap = static_cast<double>(s.stride[2]) * static_cast<double>(out + reach) > static_cast<double>(s.kernel[2] * out);
  p.line = p.line_per_tap ? out : out + reach;
  p.lines = p.line_per_tap ? s.kernel[2] : s.stride[2];
  p.weight_bytes = convert_weights ? s.out_channels * s.depth() * static_cast<index_t>(sizeof(C)) : 0;
  const index_t lines = s.group_in() * s.kernel[0] * s.kernel[1] * p.lines * p.line;
  cut_convolution(p, s.batch * s.groups * s.out[0] * s.out[1], lines * static_cast<index_t>(sizeof(C)), threads);
}

template <class T>
void run_direct_convolution(const context& ctx, const convolution_plan& p, const convolution_operands<T>& o, const compute_t<T>* weights,
                            std::byte* memory) {
  ctx.parallel(p.tasks, [&](index_t task) {
    detail::direct_convolution<T> conv(p, o, weights, memory + task * p.task_bytes);
    const index_t end = (task + 1) * p.units_per_task < p.units ? (task + 1) * p.units_per_task : p.units;
    for (index_t unit = task * p.units_per_task; unit < end; ++unit) conv.row(unit);
  });
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH
