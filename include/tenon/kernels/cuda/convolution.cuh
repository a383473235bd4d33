#pragma once
// Convolution on a GPU.                 x (N, C, D, H, W)   w (O, C', KD, KH, KW)   out (N, O, OD, OH, OW)
//
//   im2col   out (n, g, O', pixels) = w (g, O', depth) columns (n, g, depth, pixels), depth = C' KD KH KW
//            The input values that each weight meets are written side by side, for as many pixels at a time as the workspace holds
//            (kernels/convolution.hpp), and multiplied by whatever product of matrices this device has. A 1 x 1 kernel
//            without steps multiplies the image itself. (Chellapilla, Puri & Simard 2006, "High performance convolutional
//            neural networks for document processing".)
//   direct   a thread sums up one element of out: for groups with so few output channels that a product would stand idle
//            (depthwise convolution). Neighbouring threads take neighbouring pixels and the same weights.
//
// Launch     both: 256 threads, at most 64 registers, no shared memory; at most 32 waves of blocks, the rest by a loop.
// Indexing   pixels are located in 32 bits, by multiplication, where there are less than 2^31 of them; so are places in a channel, where all fit.
// Precision  half types are summed up in float, in the order of (c, kd, kh, kw), each product fused with its addition. Padding is
//            multiplied like any zero: an infinite weight makes NaN of it.
#include <tenon/kernels/convolution.hpp>
#include <tenon/kernels/cuda/elementwise.cuh>
#include <tenon/kernels/matmul.hpp>

namespace tenon::inline v0::kernels::cuda::inline TENON_CUDA_ROOM {

namespace convolution {

inline constexpr int threads = 256;

// What one channel of the input and one kernel are to each other. I: int where all places and offsets fit, which saves registers.
template <class I>
struct window {
  I in[3], kernel[3], dilation[3];
  I step[3];                                     // of x, in elements
};

inline bool fits_int(const convolution_shape& s, const index_t (&x_stride)[max_rank]) {
  index_t offset = 0, reach = 0;                 // farthest from the channel's first element, and from a dimension's first place
  for (int d = 0; d < 3; ++d) {
    const index_t step = x_stride[2 + d] < 0 ? -x_stride[2 + d] : x_stride[2 + d];
    if (step > INT32_MAX || s.in[d] > INT32_MAX) return false;
    offset += s.in[d] * step;
    const index_t last = s.pad[d] + (s.out[d] - 1) * s.stride[d] + s.kernel[d] * s.dilation[d];
    reach = last > reach ? last : reach;
  }
  return offset <= INT32_MAX && reach <= INT32_MAX;
}
// run(window) in the narrowest type that will do.
template <class Run>
status with_window(const convolution_shape& s, const index_t (&x_stride)[max_rank], Run run) {
  const auto make = [&]<class I>(type_tag<I>) {
    window<I> v;
    for (int d = 0; d < 3; ++d) {
      v.in[d] = static_cast<I>(s.in[d]);
      v.kernel[d] = static_cast<I>(s.kernel[d]);
      v.dilation[d] = static_cast<I>(s.dilation[d]);
      v.step[d] = static_cast<I>(x_stride[2 + d]);
    }
    return run(v);
  };
  return fits_int(s, x_stride) ? make(type_tag<int>{}) : make(type_tag<index_t>{});
}

// f(inside the image, offset in x's channel) for each tap of the window that begins at (d0, h0, w0), in order.
template <class I, class F>
TENON_INLINE __device__ void for_each_tap(const window<I>& v, index_t d0, index_t h0, index_t w0, F f) {
  for (I kd = 0, d = static_cast<I>(d0); kd < v.kernel[0]; ++kd, d += v.dilation[0])
    for (I kh = 0, h = static_cast<I>(h0); kh < v.kernel[1]; ++kh, h += v.dilation[1]) {
      const bool line_inside = d >= 0 && d < v.in[0] && h >= 0 && h < v.in[1];
      const I line = line_inside ? d * v.step[0] + h * v.step[1] : 0;
      for (I kw = 0, w = static_cast<I>(w0); kw < v.kernel[2]; ++kw, w += v.dilation[2]) {
        const bool inside = line_inside && w >= 0 && w < v.in[2];
        f(inside, inside ? line + w * v.step[2] : 0);
      }
    }
}

// Where an element of out or of the columns belongs: its window's first place along w, h and d, its image in x, and one thing more.
struct place {
  index_t w, h, d, image, other;
};
using place_layout = elementwise::layout<4>;

TENON_INLINE __device__ place locate(const place_layout& l, const convolution_shape& s, index_t i) {
  index_t at[5];
  elementwise::locate(l, i, at);
  return {at[0] - s.pad[2], at[1] - s.pad[1], at[2] - s.pad[0], at[3], at[4]};
}
// For elements numbered over (images, channels, od, oh, ow).
inline place_layout make_layout(const convolution_shape& s, index_t images, index_t channels, index_t x_image) {
  place_layout l = elementwise::make_layout<4>({s.out[2], s.out[1], s.out[0], channels, images});
  for (int d = 0; d < 3; ++d) l.stride[d][d] = s.stride[2 - d];
  l.stride[4][3] = x_image;
  return l;
}

// columns (images, channels, taps, count): of pixels [begin, begin + count) of each image. More than one image: all pixels of each.
template <class T, class I>
__global__ void __launch_bounds__(threads, 4) write_columns(T* columns, const T* x, const convolution_shape s, const window<I> v, index_t x_channel,
                                                         const place_layout l, index_t begin, index_t count, index_t pixels) {
  const index_t pieces = ceil_divide(pixels, threads), units = pieces * s.in_channels;
  for (index_t unit = blockIdx.x; unit < units; unit += gridDim.x) {
    const index_t channel = unit / pieces, pixel = (unit - channel * pieces) * threads + threadIdx.x;
    if (pixel >= pixels) continue;
    const place at = locate(l, s, begin + pixel);
    const T* const image = x + at.image + channel * x_channel;
    T* to = columns + (at.other - begin) + channel * s.taps() * count;
    for_each_tap(v, at.d, at.h, at.w, [&](bool inside, I offset) {
      *to = inside ? image[offset] : T{};
      to += count;
    });
  }
}

template <class T, class I>
__global__ void __launch_bounds__(threads, 4) direct(T* out, const T* x, const T* weights, const T* bias, const convolution_shape s, const window<I> v,
                                                  index_t x_channel, const place_layout l, index_t numel) {
  using C = compute_t<T>;
  const index_t step = static_cast<index_t>(gridDim.x) * threads, group_in = s.group_in(), depth = s.depth();
  for (index_t i = static_cast<index_t>(blockIdx.x) * threads + threadIdx.x; i < numel; i += step) {
    const place at = locate(l, s, i);
    const index_t channel = at.other;
    const T* image = x + at.image + channel / s.group_out() * group_in * x_channel;
    const T* w = weights + channel * depth;
    lane<C> sum(bias ? convert_element<C>(bias[channel]) : C(0));
    for (index_t c = 0; c < group_in; ++c, image += x_channel)
      for_each_tap(v, at.d, at.h, at.w, [&](bool inside, I offset) {
        sum = fma(lane<C>(convert_element<C>(*w++)), lane<C>(inside ? convert_element<C>(image[offset]) : C(0)), sum);
      });
    out[i] = convert_element<T>(sum.v);
  }
}

// (images, groups, rows, columns) of a dense tensor, or of a part of one.
template <class T>
strided<T> matrices(T* data, const index_t (&extent)[4], const index_t (&stride)[4]) {
  strided<T> m;
  m.data = data;
  m.rank = 4;
  for (int d = 0; d < 4; ++d) m.extent[d] = extent[d], m.stride[d] = stride[d];
  return m;
}

template <class T>
status make_columns(const context& ctx, const convolution_operands<T>& o, const convolution_shape& s, T* columns, const T* x, index_t images,
                    index_t begin, index_t count) {
  place_layout l = make_layout(s, images, 1, o.x.stride[0]);
  l.stride[0][4] = 1;
  l.stride[1][4] = s.out[2];
  l.stride[2][4] = s.out[1] * s.out[2];
  l.stride[4][4] = s.in_channels * s.taps() * count;
  const index_t pixels = images * count;
  using U = std::conditional_t<sizeof(T) == 2, std::uint16_t, std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>>;
  return with_window(s, o.x.stride, [&]<class I>(const window<I>& v) {
    return launch(ctx, &write_columns<U, I>, blocks_for(ctx, ceil_divide(pixels, threads) * s.in_channels, 1), threads, 0, reinterpret_cast<U*>(columns),
                  reinterpret_cast<const U*>(x), s, v, o.x.stride[1], l, begin, count, pixels);
  });
}

template <class T>
status by_products(const context& ctx, const convolution_plan& p, const convolution_operands<T>& o, T* columns) {
  const auto multiply = device_entry<matmul_kernel<T>, device::cuda>;
  if (multiply == nullptr) return {status_code::launch_failed, 0};
  const auto& s = p.s;
  const index_t pixels = s.out_pixels(), rows = s.group_out(), depth = s.depth();
  for (index_t first = 0; first < s.batch; first += p.images) {
    const index_t images = s.batch - first < p.images ? s.batch - first : p.images;
    const T* const x = o.x.data + first * o.x.stride[0];
    for (index_t begin = 0; begin < pixels; begin += p.tile) {
      const index_t count = pixels - begin < p.tile ? pixels - begin : p.tile;
      const auto out = matrices(o.out.data + first * s.out_channels * pixels + begin, {images, s.groups, rows, count},
                                {s.out_channels * pixels, rows * pixels, pixels, 1});
      const auto weights = matrices(o.w, {images, s.groups, rows, depth}, {0, rows * depth, depth, 1});
      strided<const T> b;
      if (columns == nullptr) {                            // the image itself
        b = matrices(x + begin, {images, s.groups, depth, count}, {o.x.stride[0], depth * o.x.stride[1], o.x.stride[1], 1});
      } else {
        if (const status made = make_columns(ctx, o, s, columns, x, images, begin, count); !made) return made;
        b = matrices(static_cast<const T*>(columns), {images, s.groups, depth, count}, {s.groups * depth * count, depth * count, count, 1});
      }
      matmul_epilogue<T> epilogue;
      if (o.bias) {
        epilogue.beta = compute_t<T>(1);
        epilogue.c = matrices(o.bias, {images, s.groups, rows, count}, {0, rows, 1, 0});
      }
      if (const status done = multiply(ctx, matmul_plan{}, out, weights, b, epilogue, nullptr); !done) return done;
    }
  }
  return {};
}

}  // namespace convolution

template <class T>
status run_convolution(const context& ctx, const convolution_plan& p, const convolution_operands<T>& o, std::byte* workspace) {
  using namespace convolution;
  const auto& s = p.s;
  const index_t numel = s.batch * s.out_channels * s.out_pixels();
  if (numel == 0) return {};
  if (p.algorithm == convolution_algorithm::im2col) return by_products(ctx, p, o, reinterpret_cast<T*>(workspace));
  place_layout l = make_layout(s, s.batch, s.out_channels, o.x.stride[0]);
  l.stride[3][4] = 1;
  return with_window(s, o.x.stride, [&]<class I>(const window<I>& v) {
    return launch(ctx, &direct<T, I>, blocks_for(ctx, numel, threads), threads, 0, o.out.data, o.x.data, o.w, o.bias, s, v, o.x.stride[1], l, numel);
  });
}

}  // namespace tenon::inline v0::kernels::cuda::inline TENON_CUDA_ROOM
