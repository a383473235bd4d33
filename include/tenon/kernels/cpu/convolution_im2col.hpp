#pragma once
// Convolution as matrix products on the CPU (im2col).     out (O', pixels) = w (O', depth) * columns (depth, pixels)
//
// Method     For a tile of output pixels, the input values that each weight meets are written side by side: one row of
//            `columns` per weight (c, kd, kh, kw). Then the tile is one matrix product, for which the library's GEMM is
//            used, bias included. The tile is small enough that the columns stay in the second-level cache: the whole
//            column matrix of an image (taps times its size) never exists.
//            A 1 x 1 kernel with stride 1 and no padding needs no columns: the image is the matrix.
// Lines      The rows of columns of one channel are nearly the same numbers, shifted. So the image's rows that the tile meets are first
//            copied to lines in the first cache, with their zeros; from there each row of columns is whole vectors, without a test for
//            the border. (Straight from the image, 3 x 3 over 64 x 56 x 56 took a fifth more time.)
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
      : p(plan), s(plan.s), o(operands), columns(reinterpret_cast<T*>(memory)), lines(columns + elements_of_columns(plan)),
        product_memory(memory + elements(plan) * static_cast<index_t>(sizeof(T))) {}

  // Of columns and lines, by whole cache lines and with one more behind each: both are written by whole vectors.
  static index_t elements(const convolution_plan& p) { return elements_of_columns(p) + (p.lines > 0 ? in_lines(p.lines * p.line) : 0); }

  // Unit `unit` of the output, counted over (n, group, block, tile).
  status tile(index_t unit) {
    const index_t pixels = s.out_pixels(), t = unit % p.tiles, begin = t * p.tile, count = t + 1 < p.tiles ? p.tile : pixels - begin;
    const index_t first = unit / p.tiles % p.blocks * p.block, left = s.group_out() - first, channels = left < p.block ? left : p.block;
    const index_t group = unit / (p.tiles * p.blocks), g = group % s.groups, n = group / s.groups, channel = g * s.group_out() + first;

    strided<T> out = matrix(o.out.data + (n * s.out_channels + channel) * pixels + begin, channels, count, pixels);
    const strided<const T> weights = matrix(o.w + channel * s.depth(), channels, s.depth(), s.depth());
    strided<const T> b;
    if (p.lines == 0) {
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
  static index_t elements_of_columns(const convolution_plan& p) { return p.lines > 0 ? in_lines(p.s.depth() * p.pitch) : 0; }
  static index_t in_lines(index_t n) {
    constexpr index_t line = 64 / static_cast<index_t>(sizeof(T));
    return (n + 2 * line - 1) / line * line;
  }

  using W = word<static_cast<int>(sizeof(T))>;
  static constexpr index_t N = lanes<W>;

  struct pixel {
    index_t d, h, w;
  };

  void fill_columns(index_t n, index_t g, index_t begin, index_t count) {
    const pixel first = {begin / (s.out[2] * s.out[1]), begin / s.out[2] % s.out[1], begin % s.out[2]};
    T* row = columns;
    for (index_t c = 0; c < s.group_in(); ++c)
      for (index_t kd = 0; kd < s.kernel[0]; ++kd) {
        fill_lines(o.x.data + n * o.x.stride[0] + (g * s.group_in() + c) * o.x.stride[1], kd, first, count);
        for (index_t kh = 0; kh < s.kernel[1]; ++kh)
          for (index_t kw = 0; kw < s.kernel[2]; ++kw, row += p.pitch) fill_row(row, lines + kh * p.line + kw * s.dilation[2], first.w, count);
      }
  }

  // What the kernel's plane kd meets of a channel's image: for each output row that `count` pixels from the `first` on are in, a line for each kh,
  // from the first of these pixels' first tap to the last one's last, with zeros for padding.
  void fill_lines(const T* image, index_t kd, pixel first, index_t count) const {
    const index_t step = s.stride[2], reach = (s.kernel[2] - 1) * s.dilation[2], x_step = o.x.stride[4];
    index_t oh = first.h, ow = first.w, id = first.d * s.stride[0] - s.pad[0] + kd * s.dilation[0];
    for (T* line = lines; count > 0; ow = 0) {
      const index_t pixels = smaller(count, s.out[2] - ow), length = (pixels - 1) * step + reach + 1;
      const index_t left = ow * step - s.pad[2];                                        // the input column of the line's first place
      const index_t a = between(0, -left, length), b = between(a, s.in[2] - left, length);
      for (index_t kh = 0; kh < s.kernel[1]; ++kh, line += p.line) {
        const index_t ih = oh * s.stride[1] - s.pad[1] + kh * s.dilation[1];
        if (id < 0 || id >= s.in[0] || ih < 0 || ih >= s.in[1] || a == b) {
          fill_zeros(line, length);
          continue;
        }
        fill_zeros(line, a);
        const T* const x = image + id * o.x.stride[2] + ih * o.x.stride[3] + (left + a) * x_step;
        if (x_step == 1) copy_run(line + a, x, b - a);
        else copy_strided(line + a, x, x_step, b - a);
        fill_zeros(line + b, length - b);
      }
      count -= pixels;
      if (++oh == s.out[1]) oh = 0, id += s.stride[0];
    }
  }

  // A row of columns: what one weight meets, from the lines of its kh.
  void fill_row(T* to, const T* line, index_t ow, index_t count) const {
    const index_t width = s.out[2], step = s.stride[2], next = s.kernel[1] * p.line;
    for (index_t pixels = smaller(count, width - ow); count > 0; pixels = smaller(count, width), line += next) {
      if (step == 1)
        for (index_t i = 0; i < pixels; i += N) load(line + i).store(words(to + i));      // what is read too much is another line's, or slack
      else
        copy_strided(to, line, step, pixels);
      to += pixels;
      count -= pixels;
    }
  }

  // These write whole vectors: up to one behind the end.
  static void copy_run(T* to, const T* from, index_t n) {
    index_t i = 0;
    for (; i + N <= n; i += N) load(from + i).store(words(to + i));
    if (i < n) vec<W>::load(reinterpret_cast<const W*>(from + i), n - i).store(words(to + i));
  }
  static void fill_zeros(T* to, index_t n) {
    for (index_t i = 0; i < n; i += N) vec<W>(W{0}).store(words(to + i));
  }
  static vec<W> load(const T* from) { return vec<W>::load(reinterpret_cast<const W*>(from)); }
  static W* words(T* to) { return reinterpret_cast<W*>(to); }
  static index_t smaller(index_t x, index_t y) { return x < y ? x : y; }
  static index_t between(index_t least, index_t x, index_t most) { return x < least ? least : x > most ? most : x; }

  const convolution_plan& p;
  const convolution_shape& s;
  const convolution_operands<T>& o;
  T* columns;                                   // (depth, pitch)
  T* lines;                                     // (output rows, kh, line)
  std::byte* product_memory;
};

}  // namespace detail

template <class T>
void plan_im2col_convolution(convolution_plan& p, const convolution_operands<T>& o, int threads) {
  const auto& s = p.s;
  const index_t pixels = s.out_pixels(), item = static_cast<index_t>(sizeof(T));
  constexpr index_t whole = gemm::micro_vectors * lanes<compute_t<T>>;
  p.tile = (detail::column_bytes / ((s.depth() > 0 ? s.depth() : 1) * item) + whole / 2) / whole * whole;
  if (p.tile < 64) p.tile = 64;
  if (p.tile > 1024) p.tile = 1024 / whole * whole;
  // At least two tiles for each thread, as long as a tile is worth a product of its own.
  while (threads > 1 && p.tile > 64 && s.batch * s.groups * ((pixels + p.tile - 1) / p.tile) < 2 * threads) p.tile = (p.tile / 2 + 63) / 64 * 64;
  // The last tile takes a short rest with it: the weights are packed for each product.
  if (p.tile > pixels) p.tile = pixels > 0 ? pixels : 1;
  p.tiles = pixels / p.tile + (pixels % p.tile > p.tile / 4);
  const index_t last = pixels - (p.tiles - 1) * p.tile;
  const index_t most = last > p.tile ? last : p.tile, pixels_of_line = most < s.out[2] ? most : s.out[2], vector = 64 / item;
  p.pitch = (most + 15) / 16 * 16;                                       // rows of columns begin on cache lines
  const bool in_place = is_pointwise(s) && has_dense_pixels(o.x);
  if (!in_place && pixels > 0) {
    p.line = ((pixels_of_line - 1) * s.stride[2] + (s.kernel[2] - 1) * s.dilation[2] + vector) / vector * vector;
    p.lines = s.kernel[1] * ((most + s.out[2] - 2) / s.out[2] + 1);      // of pixels that begin and end anywhere in a row
  }
  p.blocks = detail::blocks_of_channels(s.batch * s.groups * (pixels / p.tile), s.group_out(), threads);
  p.block = (s.group_out() + p.blocks - 1) / p.blocks;
  if (p.block > 0) p.blocks = (s.group_out() + p.block - 1) / p.block;
  using conv = detail::im2col_convolution<T>;
  index_t product_bytes = 0;                    // of a whole unit, or of one at an end, whichever needs more
  for (const index_t channels : {p.block, s.group_out() - (p.blocks - 1) * p.block})
    for (const index_t count : {p.tile, last}) {
      const auto out = conv::matrix(o.out.data, channels, count, pixels);
      const auto weights = conv::matrix(o.w, channels, s.depth(), s.depth());
      const auto columns = conv::matrix(static_cast<const T*>(o.w), s.depth(), count, in_place ? o.x.stride[1] : p.pitch);
      const index_t bytes = plan_matmul<T>(out, weights, columns, {}, 1).workspace_bytes;
      if (bytes > product_bytes) product_bytes = bytes;
    }
  cut_convolution(p, s.batch * s.groups * p.blocks * p.tiles, conv::elements(p) * item + product_bytes, threads);
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
