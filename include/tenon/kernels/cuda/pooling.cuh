#pragma once
// Pooling on a GPU.                              x (N, C, D, H, W), any strides  ->  out (N, C, OD, OH, OW), dense
//
//   by elements   a thread takes one window after the other, neighbours along a row of out, so that what a warp reads at a time lies
//                 close together.
//   by warps      large windows (global pooling): the lanes of a warp take every 32nd place of a window, and fold what they found.
//
// Launch     256 threads, at most 64 registers, no shared memory; at most 32 waves of blocks, the rest by a loop.
// Indexing   elements of out are located in 32 bits, by multiplication, where there are less than 2^31; offsets in 64.
// Precision  maxima are exact, and so are their places: of equal ones the first, of several NaN the last, by lanes as one by one. Averages of
//            half types are summed up in float; a warp's sums go through the same tree each time.
#include <tenon/kernels/cuda/block.cuh>
#include <tenon/kernels/cuda/elementwise.cuh>
#include <tenon/kernels/pooling.hpp>

#include <limits>

namespace tenon::inline v0::kernels::cuda::inline TENON_CUDA_ROOM {

namespace pooling {

inline constexpr int threads = 256;
inline constexpr double large_window = 64;       // places, from which on a warp takes it

// The largest of some places of a window. place < 0: of none.
template <class C>
struct largest {
  C value = C(0);
  index_t place = -1;

  TENON_INLINE TENON_HD void add(C x, index_t at) {
    if (place >= 0 && !(x > value) && x == x) return;
    value = x;
    place = at;
  }
  TENON_INLINE TENON_HD friend largest merge(largest a, largest b) {
    if (a.place < 0 || b.place < 0) return a.place < 0 ? b : a;
    const bool a_nan = a.value != a.value, b_nan = b.value != b.value;
    if (a_nan || b_nan) return a_nan && (!b_nan || a.place > b.place) ? a : b;
    if (a.value != b.value) return a.value > b.value ? a : b;
    return a.place < b.place ? a : b;
  }
};
template <class C>
struct total {
  lane<C> sum = lane<C>(0);

  TENON_INLINE TENON_HD void add(C x, index_t) { sum = sum + lane<C>(x); }
  TENON_INLINE TENON_HD friend total merge(total a, total b) { return {a.sum + b.sum}; }
};

// f(offset in x's plane, place) for every `Threads`-th place inside the window, from the first + `t` on, in order.
template <int Threads, class F>
TENON_INLINE __device__ void for_each_place(const pooling_shape& s, const strided<const std::byte>& x, pooling_window d, pooling_window h, pooling_window w,
                                            index_t t, F f) {
  const auto visit = [&](index_t kd, index_t kh, index_t kw) {
    const index_t at_d = d.start + kd * s.dilation[0], at_h = h.start + kh * s.dilation[1], at_w = w.start + kw * s.dilation[2];
    f(at_d * x.stride[2] + at_h * x.stride[3] + at_w * x.stride[4], (at_d * s.in[1] + at_h) * s.in[2] + at_w);
  };
  if constexpr (Threads == 1) {
    for (index_t kd = 0; kd < d.count; ++kd)
      for (index_t kh = 0; kh < h.count; ++kh)
        for (index_t kw = 0; kw < w.count; ++kw) visit(kd, kh, kw);
  } else {
    const index_t plane = h.count * w.count, all = d.count * plane;
    for (index_t i = t; i < all; i += Threads) {
      const index_t kd = i / plane, rest = i - kd * plane, kh = rest / w.count;
      visit(kd, kh, rest - kh * w.count);
    }
  }
}

// `x`: where the elements of T are, with strides counted in these.
template <class T, bool Average, int Threads>
__global__ void __launch_bounds__(threads, 4) by_windows(T* out, std::int64_t* indices, const T* data, const strided<const std::byte> x, const pooling_shape s,
                                                      const elementwise::layout<3> l, index_t numel) {
  using C = compute_t<T>;
  constexpr int together = threads / Threads;
  const index_t step = static_cast<index_t>(gridDim.x) * together, lane_number = threadIdx.x % Threads;
  for (index_t i = static_cast<index_t>(blockIdx.x) * together + threadIdx.x / Threads; i < numel; i += step) {
    index_t at[4];                               // ow, oh, od; the plane in x
    elementwise::locate(l, i, at);
    const pooling_window d = s.window(0, at[2]), h = s.window(1, at[1]), w = s.window(2, at[0]);
    std::conditional_t<Average, total<C>, largest<C>> found;
    for_each_place<Threads>(s, x, d, h, w, lane_number,
                            [&](index_t offset, index_t place) { found.add(convert_element<C>(data[at[3] + offset]), place); });
    if constexpr (Threads > 1) {
      found = fold_threads<Threads>(found, static_cast<decltype(found)*>(nullptr), [](auto a, auto b) { return merge(a, b); });
      if (lane_number != 0) continue;
    }
    if constexpr (Average) {
      const auto volume = [](index_t a, index_t b, index_t c) { return static_cast<double>(a) * static_cast<double>(b) * static_cast<double>(c); };
      const bool empty = d.count == 0 || h.count == 0 || w.count == 0;
      const C divisor = s.divisor != 0 ? static_cast<C>(s.divisor)
                                       : static_cast<C>(s.count_padding ? volume(d.padded, h.padded, w.padded) : volume(d.count, h.count, w.count));
      out[i] = convert_element<T>(empty ? C(0) : (found.sum / lane<C>(divisor)).v);
    } else {
      constexpr C lowest = std::numeric_limits<C>::has_infinity ? -std::numeric_limits<C>::infinity() : std::numeric_limits<C>::lowest();
      out[i] = convert_element<T>(found.place < 0 ? lowest : found.value);
      if (indices != nullptr) indices[i] = found.place < 0 ? 0 : found.place;
    }
  }
}

template <class T, bool Average>
status pool(const context& ctx, const pooling_shape& s, const pooling_operands<T>& o) {
  const index_t numel = s.batch * s.channels * s.out[0] * s.out[1] * s.out[2];
  if (numel == 0) return {};
  auto l = elementwise::make_layout<3>({s.out[2], s.out[1], s.out[0], s.channels, s.batch});
  for (int d = 0; d < 3; ++d) l.stride[d][d] = 1;
  l.stride[3][3] = o.x.stride[1];
  l.stride[4][3] = o.x.stride[0];
  double window = 1;
  for (int d = 0; d < 3; ++d) window *= s.adaptive ? static_cast<double>(s.in[d]) / static_cast<double>(s.out[d]) : static_cast<double>(s.kernel[d]);
  strided<const std::byte> x;
  for (int d = 0; d < 5; ++d) x.stride[d] = o.x.stride[d];
  const auto run = [&](auto kernel, index_t together) {
    return launch(ctx, kernel, blocks_for(ctx, numel, together), threads, 0, o.out, o.indices, o.x.data, x, s, l, numel);
  };
  if (window < large_window) return run(&by_windows<T, Average, 1>, threads);
  return run(&by_windows<T, Average, warp_size>, threads / warp_size);
}

}  // namespace pooling

// `workspace` and the plan's cut are the CPU's.
template <class T>
status run_pooling(const context& ctx, const pooling_plan& p, const pooling_operands<T>& o, std::byte*) {
  if (p.kind == pooling_kind::maximum) return pooling::pool<T, false>(ctx, p.s, o);
  if constexpr (std::is_same_v<T, std::int64_t> || std::is_floating_point_v<compute_t<T>>)          // what averages there are
    return pooling::pool<T, true>(ctx, p.s, o);
  else
    return {status_code::launch_failed, 0};
}

}  // namespace tenon::inline v0::kernels::cuda::inline TENON_CUDA_ROOM
