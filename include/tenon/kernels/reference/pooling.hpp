#pragma once
// Pooling in plain loops: the specification. Dense operands in a type R wider than the one that is checked.
#include <tenon/kernels/pooling.hpp>

namespace tenon::inline v0::kernels::reference {

// Calls f(position, inside, counted) for every tap of window i along dimension d: where it falls, whether that is in the
// input, and whether it is in the input with its padding.
template <class F>
void for_each_tap(const pooling_shape& s, int d, index_t i, F f) {
  if (s.adaptive) {
    for (index_t at = 0; at < s.in[d]; ++at)
      if (at >= i * s.in[d] / s.out[d] && at * s.out[d] < (i + 1) * s.in[d]) f(at, true, true);
    return;
  }
  for (index_t k = 0; k < s.kernel[d]; ++k) {
    const index_t at = i * s.stride[d] - s.pad[d] + k * s.dilation[d];
    f(at, at >= 0 && at < s.in[d], at < s.in[d] + s.pad[d]);
  }
}

// x (planes, D, H, W)  ->  out (planes, OD, OH, OW), and the place of each maximum: the last NaN, or the first of the largest.
// A window without a place in the input has the value `lowest` and the place 0.
template <class R>
void max_pool(const pooling_shape& s, R* out, std::int64_t* indices, const R* x, R lowest) {
  for (index_t plane = 0; plane < s.batch * s.channels; ++plane, x += s.in[0] * s.in[1] * s.in[2])
    for (index_t od = 0; od < s.out[0]; ++od)
      for (index_t oh = 0; oh < s.out[1]; ++oh)
        for (index_t ow = 0; ow < s.out[2]; ++ow) {
          index_t best = -1;
          for_each_tap(s, 0, od, [&](index_t d, bool d_inside, bool) {
            for_each_tap(s, 1, oh, [&](index_t h, bool h_inside, bool) {
              for_each_tap(s, 2, ow, [&](index_t w, bool w_inside, bool) {
                if (!d_inside || !h_inside || !w_inside) return;
                const index_t at = (d * s.in[1] + h) * s.in[2] + w;
                const bool wins = best < 0 || x[at] > x[best] || x[at] != x[at];
                if (wins) best = at;
              });
            });
          });
          *out++ = best < 0 ? lowest : x[best];
          *indices++ = best < 0 ? 0 : best;
        }
}

// The sum of each window over `divisor`, or over its size: with the padding counted or without.
template <class R>
void avg_pool(const pooling_shape& s, R* out, const R* x) {
  for (index_t plane = 0; plane < s.batch * s.channels; ++plane, x += s.in[0] * s.in[1] * s.in[2])
    for (index_t od = 0; od < s.out[0]; ++od)
      for (index_t oh = 0; oh < s.out[1]; ++oh)
        for (index_t ow = 0; ow < s.out[2]; ++ow) {
          R sum = 0;
          index_t size = 0;
          for_each_tap(s, 0, od, [&](index_t d, bool d_inside, bool d_counted) {
            for_each_tap(s, 1, oh, [&](index_t h, bool h_inside, bool h_counted) {
              for_each_tap(s, 2, ow, [&](index_t w, bool w_inside, bool w_counted) {
                const bool inside = d_inside && h_inside && w_inside;
                if (inside) sum += x[(d * s.in[1] + h) * s.in[2] + w];
                size += s.count_padding ? d_counted && h_counted && w_counted : inside;
              });
            });
          });
          *out++ = sum / static_cast<R>(s.divisor != 0 ? s.divisor : size);
        }
}

}  // namespace tenon::inline v0::kernels::reference
