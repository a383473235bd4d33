#pragma once
// Convolution as matrix products on the CPU (im2col).     out (O', pixels) = w (O', depth) * columns (depth, pixels)
//
// Method     For a tile of output pixels, the input values that each weight meets are written side by side: one row of
//            `columns` per weight (c, kd, kh, kw). Then the tile is one matrix product, for which the library's GEMM is
//            used, bias included. The tile is small enough that the columns stay in the second-level cache: the whole
//            column matrix of an image (taps times its size) never exists.
//            A 1 x 1 kernel with stride 1 and no padding needs no columns: the image is the matrix.
// Threads    share out the tiles. Where an image is so small that some would be left without, a tile is divided by blocks of
//            output channels, which write the columns once each: that costs less than a thread that waits.
// Precision  As matmul over `depth` products.
#include <tenon/kernels/convolution.hpp>
#include <tenon/kernels/cpu/matmul.hpp>
#include <tenon/kernels/cpu/strided_row.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH {

namespace detail {

inline constexpr index_t column_bytes = 384 * 1024;

// Into how many blocks `channels` are cut so that `tiles` equal tiles keep the threads busy for nine tenths of the time: as few as
// that takes, of at least 64 channels.
constexpr index_t blocks_of_channels(index_t tiles, index_t channels, index_t threads) {
  index_t blocks = 1;
  const auto idle = [&] {
    const index_t units = tiles * blocks, turns = (units + threads - 1) / threads;
    return 10 * units < 9 * turns * threads;
  };
  while (idle() && channels / (2 * blocks) >= 64) blocks *= 2;
  return blocks;
}

template <class T>
class im2col_convolution {
 public:
  im2col_convolution(const convolution_plan& plan, const convolution_operands<T>& operands, std::byte* memory)
      : p(plan), s(plan.s), o(operands), columns(reinterpret_cast<T*>(memory)),
        product_memory(memory + (is_pointwise(s) && has_dense_pixels(operands.x) ? 0 : (s.depth() * p.pitch * static_cast<index_t>(sizeof(T)) + 63) / 64 * 64)) {}

  // Unit `unit` of the output, counted over (n, group, block, tile).
  status tile(index_t unit) {
    const index_t pixels = s.out_pixels(), t = unit % p.tiles, begin = t * p.tile, count = t + 1 < p.tiles ? p.tile : pixels - begin;
    const index_t first = unit / p.tiles % p.blocks * p.block, left = s.group_out() - first, channels = left < p.block ? left : p.block;
    const index_t group = unit / (p.tiles * p.blocks), g = group % s.groups, n = group / s.groups, channel = g * s.group_out() + first;

    strided<T> out = matrix(o.out.data + (n * s.out_channels + channel) * pixels + begin, channels, count, pixels);
    const strided<const T> weights = matrix(o.w + channel * s.depth(), channels, s.depth(), s.depth());
    strided<const T> b;
    if (is_pointwise(s) && has_dense_pixels(o.x)) {
      b = matrix(o.x.data + n * o.x.stride[0] + g * s.group_in() * o.x.stride[1] + begin, s.depth(), count, o.x.stride[1]);
    } else {
      fill_columns(n, g, begin, count);
      b = matrix(static_cast<const T*>(columns), s.depth(), count, p.pitch);
    }
    matmul_epilogue<T> epilogue;
    if (o.bias) {
      epilogue.beta = compute_t<T>(1);
      epilogue.c = matrix(o.bias + channel, channels, count, 1);
      epilogue.c.stride[1] = 0;
    }
    const auto plan = plan_matmul(out, weights, b, epilogue, 1);
    return run_matmul(context{}, plan, out, weights, b, epilogue, product_memory);
  }

  template <class U>
  static strided<U> matrix(U* data, index_t rows, index_t columns, index_t row_stride) {
    strided<U> m;
    m.data = data;
    m.rank = 2;
    m.extent[0] = rows, m.extent[1] = columns;
    m.stride[0] = row_stride, m.stride[1] = 1;
    return m;
  }

 private:
  void fill_columns(index_t n, index_t g, index_t begin, index_t count) {
    T* row = columns;
    for (index_t c = 0; c < s.group_in(); ++c) {
      const T* const image = o.x.data + n * o.x.stride[0] + (g * s.group_in() + c) * o.x.stride[1];
      for (index_t kd = 0; kd < s.kernel[0]; ++kd)
        for (index_t kh = 0; kh < s.kernel[1]; ++kh)
          for (index_t kw = 0; kw < s.kernel[2]; ++kw, row += p.pitch) fill_row(row, image, kd, kh, kw, begin, count);
    }
  }
  // The values that weight (kd, kh, kw) meets at output pixels [begin, begin + count).
  void fill_row(T* to, const T* image, index_t kd, index_t kh, index_t kw, index_t begin, index_t count) const {
    index_t ow = begin % s.out[2], oh = begin / s.out[2] % s.out[1], od = begin / (s.out[2] * s.out[1]);
    const index_t step = s.stride[2], first = kw * s.dilation[2] - s.pad[2];
    while (count > 0) {
      const index_t left = s.out[2] - ow, length = count < left ? count : left;
      const index_t id = od * s.stride[0] - s.pad[0] + kd * s.dilation[0], ih = oh * s.stride[1] - s.pad[1] + kh * s.dilation[1];
      // Output columns [from, until) of this row meet the input.
      index_t from = ow, until = ow + length;
      if (id < 0 || id >= s.in[0] || ih < 0 || ih >= s.in[1]) {
        until = from;
      } else {
        if (first < 0 && from < (step - 1 - first) / step) from = (step - 1 - first) / step;
        const index_t limit = s.in[2] - first <= 0 ? 0 : (s.in[2] - first + step - 1) / step;
        if (until > limit) until = limit;
        if (from > ow + length) from = ow + length;
        if (until < from) until = from;
      }
      for (index_t q = ow; q < from; ++q) to[q - ow] = T(0.0f);
      if (from < until) {
        const T* const x = image + id * o.x.stride[2] + ih * o.x.stride[3];
        if (step == 1 && o.x.stride[4] == 1)
          __builtin_memcpy(to + (from - ow), x + from + first, static_cast<std::size_t>(until - from) * sizeof(T));
        else
          detail::copy_strided(to + (from - ow), x + (from * step + first) * o.x.stride[4], step * o.x.stride[4], until - from);
      }
      for (index_t q = until; q < ow + length; ++q) to[q - ow] = T(0.0f);
      to += length;
      count -= length;
      ow = 0;
      if (++oh == s.out[1]) oh = 0, ++od;
    }
  }

  const convolution_plan& p;
  const convolution_shape& s;
  const convolution_operands<T>& o;
  T* columns;                                   // (depth, pitch)
  std::byte* product_memory;
};

}  // namespace detail

template <class T>
void plan_im2col_convolution(convolution_plan& p, const convolution_operands<T>& o, int threads) {
  const auto& s = p.s;
  const index_t pixels = s.out_pixels(), item = static_cast<index_t>(sizeof(T));
  p.tile = detail::column_bytes / ((s.depth() > 0 ? s.depth() : 1) * item) / 64 * 64;
  if (p.tile < 64) p.tile = 64;
  if (p.tile > 1024) p.tile = 1024;
  // At least two tiles for each thread, as long as a tile is worth a product of its own.
  while (threads > 1 && p.tile > 64 && s.batch * s.groups * ((pixels + p.tile - 1) / p.tile) < 2 * threads) p.tile = (p.tile / 2 + 63) / 64 * 64;
  // The last tile takes a short rest with it: the weights are packed for each product.
  if (p.tile > pixels) p.tile = pixels > 0 ? pixels : 1;
  p.tiles = pixels / p.tile + (pixels % p.tile > p.tile / 4);
  const index_t last = pixels - (p.tiles - 1) * p.tile;
  p.pitch = ((last > p.tile ? last : p.tile) + 15) / 16 * 16;            // rows of columns begin on cache lines
  p.blocks = detail::blocks_of_channels(s.batch * s.groups * (pixels / p.tile), s.group_out(), threads);
  p.block = (s.group_out() + p.blocks - 1) / p.blocks;
  if (p.block > 0) p.blocks = (s.group_out() + p.block - 1) / p.block;
  using conv = detail::im2col_convolution<T>;
  const bool in_place = is_pointwise(s) && has_dense_pixels(o.x);
  index_t product_bytes = 0;                    // of a whole unit, or of one at an end, whichever needs more
  for (const index_t channels : {p.block, s.group_out() - (p.blocks - 1) * p.block})
    for (const index_t count : {p.tile, last}) {
      const auto out = conv::matrix(o.out.data, channels, count, pixels);
      const auto weights = conv::matrix(o.w, channels, s.depth(), s.depth());
      const auto columns = conv::matrix(static_cast<const T*>(o.w), s.depth(), count, in_place ? o.x.stride[1] : p.pitch);
      const index_t bytes = plan_matmul<T>(out, weights, columns, {}, 1).workspace_bytes;
      if (bytes > product_bytes) product_bytes = bytes;
    }
  const index_t columns_bytes = in_place ? 0 : (s.depth() * p.pitch * item + 63) / 64 * 64;
  cut_convolution(p, s.batch * s.groups * p.blocks * p.tiles, columns_bytes + product_bytes, threads);
}

template <class T>
status run_im2col_convolution(const context& ctx, const convolution_plan& p, const convolution_operands<T>& o, std::byte* memory) {
  ctx.parallel(p.tasks, [&](index_t task) {
    detail::im2col_convolution<T> conv(p, o, memory + task * p.task_bytes);
    const index_t end = (task + 1) * p.units_per_task < p.units ? (task + 1) * p.units_per_task : p.units;
    for (index_t unit = task * p.units_per_task; unit < end; ++unit) static_cast<void>(conv.tile(unit));
  });
  return {};
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH
