#pragma once
// Convolution (cross-correlation, as in every neural-network library): what is computed, and how the work is cut.
//
//   out[n, o, p] = bias[o] + sum_{c, k} x[n, g C' + c, p * stride - pad + k * dilation] * w[o, c, k]
//
// where x is zero outside, with p and k over three spatial dimensions; one- and two-dimensional convolutions have extents of 1 in front. Output channel
// o belongs to group g = o / O', which sees C' = C / groups input channels.
#include <tenon/core/strided.hpp>
#include <tenon/kernels/context.hpp>
#include <tenon/kernels/status.hpp>

namespace tenon::inline v0::kernels {

enum class convolution_algorithm : std::uint8_t { automatic, direct, im2col, cudnn };     // cudnn: NVIDIA's library, on a GPU

struct convolution_shape {
  index_t batch = 0, in_channels = 0, out_channels = 0, groups = 1;
  index_t in[3] = {1, 1, 1}, kernel[3] = {1, 1, 1}, out[3] = {1, 1, 1};
  index_t stride[3] = {1, 1, 1}, pad[3] = {0, 0, 0}, dilation[3] = {1, 1, 1};    // pad: in front

  constexpr index_t group_in() const { return in_channels / groups; }
  constexpr index_t group_out() const { return out_channels / groups; }
  constexpr index_t taps() const { return kernel[0] * kernel[1] * kernel[2]; }
  constexpr index_t depth() const { return group_in() * taps(); }                 // products per output
  constexpr index_t out_pixels() const { return out[0] * out[1] * out[2]; }
  constexpr double flops() const {
    return 2.0 * static_cast<double>(batch) * static_cast<double>(out_channels) * static_cast<double>(out_pixels()) * static_cast<double>(depth());
  }
};

struct convolution_plan {
  convolution_shape s;
  convolution_algorithm algorithm = convolution_algorithm::direct;   // never automatic
  bool cudnn_first = false;                   // on a GPU: cuDNN computes it if it is there and takes it, else `algorithm`
  index_t tasks = 0;
  index_t units = 0, units_per_task = 0;      // direct: strips of output rows; im2col: tiles of the output, by blocks of channels
  index_t tile = 0, tiles = 0, pitch = 0;     // im2col: pixels of a tile, tiles of an image, numbers in a row of columns
  index_t block = 0, blocks = 1;              // output channels of a unit, blocks of a group
  index_t images = 0;                         // on a GPU: so many at once; tile is all of their pixels, or images is 1
  index_t line = 0, lines = 0;                // direct: numbers in one line, lines for one row of the input
  index_t strip = 0, rows = 0, row_step = 1;  // direct: output rows of a strip, input rows held for it, from one of these to the next
  bool line_per_tap = false;                  // direct: one for each horizontal tap, else one for each phase of the stride
  index_t weight_bytes = 0;                   // the weights in the type of the arithmetic, if it is another one
  index_t task_bytes = 0, workspace_bytes = 0;
};

template <class T>
struct convolution_operands {
  strided<T> out;                             // (batch, channels, spatial...), dense
  strided<const T> x;                         // (batch, channels, d, h, w), any strides
  const T* w = nullptr;                       // (out_channels, group_in, kd, kh, kw), dense
  const T* bias = nullptr;                    // (out_channels), dense; or null
};

template <class T>
struct convolution_kernel {
  static constexpr bool dispatched = false;
  using function = status (*)(const context&, const convolution_plan&, const convolution_operands<T>&, std::byte* workspace);
};

// A product of fewer than four rows leaves the GEMM idle; there (depthwise convolution) the direct kernel is the faster one.
constexpr convolution_algorithm choose_convolution(const convolution_shape& s) {
  return s.group_out() < 4 ? convolution_algorithm::direct : convolution_algorithm::im2col;
}

constexpr convolution_algorithm choose_convolution(const convolution_shape& s, convolution_algorithm wanted) {
  return wanted == convolution_algorithm::automatic ? choose_convolution(s) : wanted;
}

// What is left to cuDNN where it is installed: all but groups of few output channels, which it computes by products that stand idle as well.
// (Not measured here.)
constexpr bool suits_cudnn(const convolution_shape& s) { return s.groups == 1 || s.group_out() >= 4; }

// A kernel of one pixel that takes no steps meets the image as it is: no columns.
constexpr bool is_pointwise(const convolution_shape& s) {
  bool one = true;
  for (int d = 0; d < 3; ++d) one = one && s.kernel[d] == 1 && s.stride[d] == 1 && s.pad[d] == 0;
  return one;
}
// The spatial dimensions of x lie dense in one another, whatever the distance of its channels.
template <class T>
constexpr bool has_dense_pixels(const strided<const T>& x) {
  index_t expected = 1;
  for (int d = 4; d >= 2; --d) {
    if (x.extent[d] != 1 && x.stride[d] != expected) return false;
    expected *= x.extent[d];
  }
  return true;
}

// On a GPU the columns of as many pixels are made at once as fit these bytes, and multiplied while they are in its L2 cache (40 MB and more
// since compute capability 8.0). So the column matrix of a large image never exists.
inline constexpr index_t device_column_bytes = index_t{32} << 20;

template <class T>
constexpr convolution_plan plan_device_convolution(const convolution_shape& s, convolution_algorithm wanted, const convolution_operands<T>& o) {
  convolution_plan p;
  p.s = s;
  p.algorithm = choose_convolution(s, wanted);
  p.cudnn_first = p.algorithm == convolution_algorithm::cudnn || (wanted == convolution_algorithm::automatic && suits_cudnn(s));
  p.tile = s.out_pixels();
  p.images = s.batch;
  if (p.algorithm != convolution_algorithm::im2col || (is_pointwise(s) && has_dense_pixels(o.x))) return p;
  const index_t column = s.groups * s.depth() * static_cast<index_t>(sizeof(T));
  index_t room = column > 0 ? device_column_bytes / column : p.tile;             // pixels
  if (room < 64) room = 64;                                                      // a tile of the product
  if (p.tile > room) p.tile = room / 64 * 64;
  const index_t images = p.tile < s.out_pixels() || p.tile == 0 ? 1 : room / p.tile;
  if (p.images > images) p.images = images;
  p.workspace_bytes = p.images * p.tile * column;
  return p;
}

constexpr void cut_convolution(convolution_plan& p, index_t units, index_t bytes_per_task, int threads) {
  p.units = units;
  const index_t most = threads <= 1 ? 1 : static_cast<index_t>(threads) * 4;
  p.tasks = units < most ? units : most;
  p.units_per_task = p.tasks > 0 ? (units + p.tasks - 1) / p.tasks : 0;
  if (p.units_per_task > 0) p.tasks = (units + p.units_per_task - 1) / p.units_per_task;
  p.task_bytes = (bytes_per_task + 63) / 64 * 64;
  p.weight_bytes = (p.weight_bytes + 63) / 64 * 64;
  p.workspace_bytes = p.weight_bytes + p.tasks * p.task_bytes;
}

}  // namespace tenon::inline v0::kernels
