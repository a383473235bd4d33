#pragma once
// Normalization on the CPU.
//
// Method     Two passes for the statistics, then one to write: mean = sum x / n;  var = (sum d^2 - (sum d)^2 / n) / n with
//            d = x - mean. The second term is what rounding the mean left over (Chan, Golub & LeVeque 1983, corrected
//            two-pass); without the shift, a large mean would cancel every digit of the variance. A row is read from memory
//            once and found in cache after that.
// Precision  half and bfloat16 are computed in float. Sums run in blocks whose totals are added with their errors kept, so
//            that the bound holds for any n.
#include <tenon/kernels/cpu/arch.hpp>
#include <tenon/kernels/cpu/compensated_sum.hpp>
#include <tenon/kernels/cpu/write_run.hpp>
#include <tenon/kernels/normalization.hpp>

#include <limits>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH {

namespace detail {

template <class C>
struct moments {
  C mean, var;                            // var: divided by n
};

// Sums over dense stretches of elements.
template <class T>
struct stretch {
  using C = compute_t<T>;
  using V = vec<C>;
  static constexpr int N = lanes<C>;
  static constexpr index_t block = 64 * N;

  // The sums of x, or of (x - shift) and (x - shift)^2.
  template <bool Squares>
  static void add(const T* x, index_t n, C shift, compensated_sum<C>& first, compensated_sum<C>& second) {
    for (index_t begin = 0; begin < n; begin += block) {
      const index_t end = begin + block < n ? begin + block : n;
      V sum[4] = {V(0), V(0), V(0), V(0)}, square[4] = {V(0), V(0), V(0), V(0)};
      const auto step = [&](int k, V d) TENON_INLINE_LAMBDA {
        sum[k] += d;
        if constexpr (Squares) square[k] = fma(d, d, square[k]);
      };
      index_t i = begin;
      for (; i + 4 * N <= end; i += 4 * N)
        for (int k = 0; k < 4; ++k) step(k, load_as<C, N>(x + i + k * N) - V(shift));
      for (; i + N <= end; i += N) step(0, load_as<C, N>(x + i) - V(shift));
      if (i < end) step(0, select(mask<C, N>::first(end - i), load_as<C, N>(x + i, end - i) - V(shift), V(0)));
      first.add(reduce_add((sum[0] + sum[1]) + (sum[2] + sum[3])));
      if constexpr (Squares) second.add(reduce_add((square[0] + square[1]) + (square[2] + square[3])));
    }
  }

  // out = (x - mean) * scale + shift with one scale and shift.
  static void affine(T* out, const T* x, index_t n, C mean, C scale, C shift, bool stream = false) {
    const V m(mean), s(scale), b(shift);
    write_run(out, n, stream, [&](index_t i, auto... count) TENON_INLINE_LAMBDA { return fma(load_as<C, N>(x + i, count...) - m, s, b); });
  }
  // out = (x - mean) * scale * weight + bias, each element with its own; weight and bias may be null.
  static void affine(T* out, const T* x, index_t n, C mean, C scale, const T* weight, const T* bias) {
    const V m(mean), s(scale);
    const auto step = [&](index_t i, auto... count) TENON_INLINE_LAMBDA {
      V y = (load_as<C, N>(x + i, count...) - m) * s;
      if (weight && bias)
        y = fma(y, load_as<C, N>(weight + i, count...), load_as<C, N>(bias + i, count...));
      else if (weight)
        y = y * load_as<C, N>(weight + i, count...);
      else if (bias)
        y = y + load_as<C, N>(bias + i, count...);
      store_as(out + i, y, count...);
    };
    index_t i = 0;
    for (; i + N <= n; i += N) step(i);
    if (i < n) step(i, n - i);
  }
};

template <class C>
moments<C> finish_moments(C mean, const compensated_sum<C>& rest, const compensated_sum<C>& squares, index_t n) {
  const C count = static_cast<C>(n), left = rest.value() / count, square = squares.value() / count;
  // Where the squares overflow, left^2 may as well, and the mean of infinities has nothing left over.
  const C var = square <= std::numeric_limits<C>::max() ? square - left * left : square;
  return {mean - mean == C(0) ? mean + left : mean, var < C(0) ? C(0) : var};
}

template <class T>
void normalize_row(const row_normalization<T>& p, index_t row) {
  using C = compute_t<T>;
  using S = stretch<T>;
  const T* const x = p.x + row * p.n;
  T* const out = p.out + row * p.n;
  C mean = 0, var;
  compensated_sum<C> first, rest, squares;
  if (p.subtract_mean) {
    S::template add<false>(x, p.n, C(0), first, squares);
    S::template add<true>(x, p.n, first.value() / static_cast<C>(p.n), rest, squares);
    const auto m = finish_moments(static_cast<C>(first.value() / static_cast<C>(p.n)), rest, squares, p.n);
    mean = m.mean;
    var = m.var;
  } else {
    S::template add<true>(x, p.n, C(0), rest, squares);
    var = squares.value() / static_cast<C>(p.n);
  }
  const C scale = C(1) / static_cast<C>(__builtin_sqrt(var + static_cast<C>(p.eps)));
  if (p.segment == 1) return S::affine(out, x, p.n, mean, scale, p.weight, p.bias);
  index_t entry = row % p.row_groups * (p.n / p.segment);
  for (index_t i = 0; i < p.n; i += p.segment, ++entry)
    S::affine(out + i, x + i, p.segment, mean, p.weight ? scale * static_cast<C>(p.weight[entry]) : scale, p.bias ? static_cast<C>(p.bias[entry]) : C(0));
}

// (x - mean) / sqrt(var + eps) * weight + bias for one channel of one image.
template <class T>
void normalize_plane(const channel_normalization<T>& p, index_t plane, const moments<compute_t<T>>& m, bool stream) {
  using C = compute_t<T>;
  const index_t c = plane % p.channels, at = plane * p.pixels;
  C scale = C(1) / static_cast<C>(__builtin_sqrt(m.var + static_cast<C>(p.eps)));
  if (p.weight) scale *= static_cast<C>(p.weight[c]);
  stretch<T>::affine(p.out + at, p.x + at, p.pixels, m.mean, scale, p.bias ? static_cast<C>(p.bias[c]) : C(0), stream);
}

template <class T, class C>
void update_running(const running_statistics<T>& r, index_t c, const moments<C>& m, index_t n) {
  if (!r.mean) return;
  const C share = static_cast<C>(r.momentum), kept = C(1) - share, unbiased = static_cast<C>(n) / static_cast<C>(n - 1);
  T &mean = r.mean[c * r.mean_step], &var = r.var[c * r.var_step];
  mean = static_cast<T>(kept * static_cast<C>(mean) + share * m.mean);
  var = static_cast<T>(kept * static_cast<C>(var) + share * m.var * unbiased);
}

// With statistics of the batch: all images of a channel.
template <class T>
void normalize_channel(const channel_normalization<T>& p, index_t c) {
  using C = compute_t<T>;
  using S = stretch<T>;
  const auto each_image = [&](auto f) {
    for (index_t b = 0; b < p.batch; ++b) f(b * p.channels + c);
  };
  const index_t n = p.batch * p.pixels;
  compensated_sum<C> first, rest, squares;
  each_image([&](index_t plane) { S::template add<false>(p.x + plane * p.pixels, p.pixels, C(0), first, squares); });
  const C mean = first.value() / static_cast<C>(n);
  each_image([&](index_t plane) { S::template add<true>(p.x + plane * p.pixels, p.pixels, mean, rest, squares); });
  const auto m = finish_moments(mean, rest, squares, n);
  p.batch_mean[c] = m.mean;
  p.batch_var[c] = m.var;
  update_running(p.running, c, m, n);
  each_image([&](index_t plane) { normalize_plane(p, plane, m, false); });
}

// f(i) for i in [0, count), each about `elements` of work, in tasks worth a thread.
template <class F>
void in_stretches(const context& ctx, index_t count, index_t elements, F f) {
  index_t each = normalization_grain / (elements > 0 ? elements : 1);
  if (each < 1) each = 1;
  ctx.parallel((count + each - 1) / each, [&](index_t task) {
    for (index_t i = task * each; i < (task + 1) * each && i < count; ++i) f(i);
  });
}

}  // namespace detail

template <class T>
status normalize_rows(const context& ctx, const row_normalization<T>& p) {
  if (p.n == 0) return {};
  detail::in_stretches(ctx, p.rows, p.n, [&](index_t row) { detail::normalize_row(p, row); });
  return {};
}

template <class T>
constexpr typename row_normalization_kernel<T>::function function_of(row_normalization_kernel<T>, this_arch) {
  return &normalize_rows<T>;
}

template <class T>
status normalize_channels(const context& ctx, const channel_normalization<T>& p) {
  using C = compute_t<T>;
  if (!p.mean) {
    detail::in_stretches(ctx, p.channels, p.batch * p.pixels, [&](index_t c) { detail::normalize_channel(p, c); });
    return {};
  }
  const index_t planes = p.batch * p.channels, bytes = planes * p.pixels * static_cast<index_t>(sizeof(T));
  const bool stream = p.out != p.x && bytes >= normalization_stream;
  detail::in_stretches(ctx, planes, p.pixels, [&](index_t plane) {
    const index_t c = plane % p.channels;
    detail::normalize_plane<T>(p, plane, {static_cast<C>(p.mean[c]), static_cast<C>(p.var[c])}, stream);
    if (stream) stream_fence();
  });
  return {};
}

template <class T>
constexpr typename channel_normalization_kernel<T>::function function_of(channel_normalization_kernel<T>, this_arch) {
  return &normalize_channels<T>;
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH
