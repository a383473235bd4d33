#pragma once
// Convolution in plain loops: the specification. Dense operands in a type R wider than the one that is checked.
#include <tenon/kernels/convolution.hpp>

namespace tenon::inline v0::kernels::reference {

// x (batch, C, D, H, W)   w (O, C', KD, KH, KW)   bias (O) or null   ->   out (batch, O, OD, OH, OW)
template <class R>
void convolution(const convolution_shape& s, R* out, const R* x, const R* w, const R* bias) {
  for (index_t n = 0; n < s.batch; ++n)
    for (index_t o = 0; o < s.out_channels; ++o)
      for (index_t pd = 0; pd < s.out[0]; ++pd)
        for (index_t ph = 0; ph < s.out[1]; ++ph)
          for (index_t pw = 0; pw < s.out[2]; ++pw) {
            R sum = bias ? bias[o] : R(0);
            for (index_t c = 0; c < s.group_in(); ++c)
              for (index_t kd = 0; kd < s.kernel[0]; ++kd)
                for (index_t kh = 0; kh < s.kernel[1]; ++kh)
                  for (index_t kw = 0; kw < s.kernel[2]; ++kw) {
                    const index_t channel = o / s.group_out() * s.group_in() + c;
                    const index_t d = pd * s.stride[0] - s.pad[0] + kd * s.dilation[0];
                    const index_t h = ph * s.stride[1] - s.pad[1] + kh * s.dilation[1];
                    const index_t v = pw * s.stride[2] - s.pad[2] + kw * s.dilation[2];
                    const bool inside = d >= 0 && d < s.in[0] && h >= 0 && h < s.in[1] && v >= 0 && v < s.in[2];
                    sum += (inside ? x[(((n * s.in_channels + channel) * s.in[0] + d) * s.in[1] + h) * s.in[2] + v] : R(0)) *
                           w[(((o * s.group_in() + c) * s.kernel[0] + kd) * s.kernel[1] + kh) * s.kernel[2] + kw];
                  }
            *out++ = sum;
          }
}

}  // namespace tenon::inline v0::kernels::reference
