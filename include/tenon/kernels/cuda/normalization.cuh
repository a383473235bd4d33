#pragma once
// Normalization on a GPU.
//
//   rows       layer, group and root-mean-square normalization.       x, out (rows, n), dense
//              A block takes one row after the other; short rows a warp each. In vectors of 16 bytes, where all rows consist of whole
//              and aligned ones.
//   channels   batch normalization.                                   x, out (batch, channels, pixels), dense
//              Blocks add up parts of channels, from which come the means; then d and d^2, from which come the variances, and the
//              running statistics are updated. After that, or with given statistics at once, every thread normalizes vectors of 16 bytes.
//
// Launch     rows: 128 threads with a warp for each row up to 256 elements, else blocks of 512 (in vectors up to 2048 elements, of 256).
//            Shared memory: two sums for each warp. Up to Threads * Items elements stay in registers (in vectors 8192, else 4096);
//            longer rows are read three times, mostly from L2.
//            channels: 512 threads for a part, with shared memory as rows; 256 threads, without, for the rest.
// Method     as on the CPU (kernels/cpu/normalization.hpp): the mean, then the sums of d and d^2, d = x - mean, and
//            var = (sum d^2 - (sum d)^2 / n) / n (Chan, Golub & LeVeque 1983, corrected two-pass).
// Precision  half types in float; every sum in two words.
#include <tenon/kernels/cuda/block.cuh>
#include <tenon/kernels/cuda/elementwise.cuh>
#include <tenon/kernels/normalization.hpp>

namespace tenon::inline v0::kernels::cuda::inline TENON_CUDA_ROOM {

namespace normalization {

template <class C>
struct two_sums {
  two_words<C> first, second;
};

template <class C>
TENON_INLINE TENON_HD two_sums<C> merge(two_sums<C> a, two_sums<C> b) {
  return {merge(a.first, b.first), merge(a.second, b.second)};
}

// From the sums of d = x - mean and d^2: what rounding the mean left over, and the variance. A variance that overflows stays infinite,
// and so does a mean.
template <class C>
TENON_INLINE __device__ C finish_moments(C& mean, const two_sums<C>& rest, C count) {
  const lane<C> left(rest.first.value() / count);
  C var = rest.second.value() / count;
  if (var - var == C(0)) var -= (left * left).v;
  if (mean - mean == C(0)) mean += left.v;
  return var < C(0) ? C(0) : var;
}

// Threads of a multiprocessor at least: 64 registers each, for double 128. Left to itself, ptxas spills to fit more. The addresses of
// single elements need more as well.
template <class T, int V>
inline constexpr int resident_threads = sizeof(compute_t<T>) == 8 ? 512 : V == 1 ? 768 : 1024;

// Vectors of V elements: n is a multiple of V and, for V > 1, x and out are aligned, and a vector has one entry of weight and bias, or
// V that are aligned as well.
template <class T, int V, int Threads, int Items, int Block>
__global__ void __launch_bounds__(Block, resident_threads<T, V> / Block) by_rows(const row_normalization<T> p) {
  using C = compute_t<T>;
  static_assert(Items % V == 0);
  TENON_DYNAMIC_SHARED(two_sums<C>, held);
  const auto both = [](two_sums<C> a, two_sums<C> b) { return merge(a, b); };
  const int t = static_cast<int>(threadIdx.x) % Threads * V;
  const C count = static_cast<C>(p.n);
  const auto read = [](const T* from, C* v) {
    const auto s = *reinterpret_cast<const vector_of<T, V>*>(from);
    TENON_CUDA_UNROLL
    for (int e = 0; e < V; ++e) v[e] = convert_element<C>(s.at[e]);
  };
  constexpr int rows_together = Block / Threads;
  for (index_t row = static_cast<index_t>(blockIdx.x) * rows_together + static_cast<int>(threadIdx.x) / Threads; row < p.rows;
       row += static_cast<index_t>(gridDim.x) * rows_together) {
    const T* const x = p.x + row * p.n;
    T* const out = p.out + row * p.n;
    // f(where a vector of the row is, the vector), for each of this thread's.
    C kept[Items > 0 ? Items : V];
    const auto each = [&](auto f) {
      if constexpr (Items > 0) {
        TENON_CUDA_UNROLL
        for (int k = 0; k < Items; k += V)
          if (const index_t i = k * Threads + t; i < p.n) f(i, kept + k);
      } else {
        for (index_t i = t; i < p.n; i += V * Threads) {
          read(x + i, kept);
          f(i, kept);
        }
      }
    };
    if constexpr (Items > 0) each([&](index_t i, C* v) { read(x + i, v); });       // all on their way before the first is added
    two_sums<C> sums{};
    C mean = C(0);
    if (p.subtract_mean) {
      each([&](index_t, const C* v) {
        TENON_CUDA_UNROLL
        for (int e = 0; e < V; ++e) sums.first.add(v[e]);
      });
      mean = fold_threads<Threads>(sums, held, both).first.value() / count;
    }
    sums = {};
    each([&](index_t, const C* v) {
      TENON_CUDA_UNROLL
      for (int e = 0; e < V; ++e) {
        const lane<C> d(v[e] - mean);
        sums.first.add(d.v);
        sums.second.add((d * d).v);
      }
    });
    sums = fold_threads<Threads>(sums, held, both);
    const C var = p.subtract_mean ? finish_moments(mean, sums, count) : sums.second.value() / count;
    const C scale = C(1) / sqrt(lane<C>(var + static_cast<C>(p.eps))).v;
    const index_t first_entry = row % p.row_groups * (p.n / p.segment);
    each([&](index_t i, C* v) {
      const auto entries = [&](const T* of, C* entry) {
        if (p.segment == 1) {
          read(of + first_entry + i, entry);
        } else {
          const C one = convert_element<C>(of[first_entry + i / p.segment]);
          TENON_CUDA_UNROLL
          for (int e = 0; e < V; ++e) entry[e] = one;
        }
      };
      C weight[V], bias[V];
      if (p.weight) entries(p.weight, weight);
      if (p.bias) entries(p.bias, bias);
      vector_of<T, V> y;
      TENON_CUDA_UNROLL
      for (int e = 0; e < V; ++e) {
        lane<C> z = lane<C>(v[e] - mean) * lane<C>(scale);
        const lane<C> w(p.weight ? weight[e] : C(1));
        if (p.bias) z = fma(z, w, lane<C>(bias[e]));
        else z = z * w;
        y.at[e] = convert_element<T>(z.v);
      }
      *reinterpret_cast<vector_of<T, V>*>(out + i) = y;
    });
  }
}

// ---- by channels -------------------------------------------------------------------------------------------------------
inline constexpr int channel_threads = 512, element_threads = 256;

// The sums of x (or of d = x - mean and d^2) over one part of a channel after the other. `l`: where element i of a channel lies.
template <class T, bool Squares>
__global__ void __launch_bounds__(channel_threads) add_parts(const channel_normalization<T> p, const elementwise::layout<0> l) {
  using C = compute_t<T>;
  TENON_DYNAMIC_SHARED(two_sums<C>, held);
  const auto both = [](two_sums<C> a, two_sums<C> b) { return merge(a, b); };
  const index_t n = p.batch * p.pixels, each = ceil_divide(n, p.parts);
  for (index_t unit = blockIdx.x; unit < p.channels * p.parts; unit += gridDim.x) {
    const index_t c = unit / p.parts, begin = (unit - c * p.parts) * each, end = begin + each < n ? begin + each : n;
    const T* const x = p.x + c * p.pixels;
    const C mean = Squares ? p.batch_mean[c] : C(0);
    two_sums<C> sums{};
    for (index_t i = begin + threadIdx.x; i < end; i += channel_threads) {
      index_t at[1];
      elementwise::locate(l, i, at);
      const lane<C> d(convert_element<C>(x[at[0]]) - mean);
      sums.first.add(d.v);
      if constexpr (Squares) sums.second.add((d * d).v);
    }
    sums = fold_threads<channel_threads>(sums, held, both);
    if (threadIdx.x == 0) reinterpret_cast<two_sums<C>*>(p.partial)[unit] = sums;
  }
}

// A thread puts the parts of a channel together: its mean, or in the end all of its statistics.
template <class T, bool Squares>
__global__ void __launch_bounds__(element_threads) join_parts(const channel_normalization<T> p) {
  using C = compute_t<T>;
  const C count = static_cast<C>(p.batch * p.pixels);
  for (index_t c = static_cast<index_t>(blockIdx.x) * element_threads + threadIdx.x; c < p.channels; c += static_cast<index_t>(gridDim.x) * element_threads) {
    const auto* const part = reinterpret_cast<const two_sums<C>*>(p.partial) + c * p.parts;
    two_sums<C> sums = part[0];
    for (index_t k = 1; k < p.parts; ++k) sums = merge(sums, part[k]);
    if constexpr (!Squares) {
      p.batch_mean[c] = sums.first.value() / count;
    } else {
      C mean = p.batch_mean[c];
      const C var = finish_moments(mean, sums, count);
      p.batch_mean[c] = mean;
      p.batch_var[c] = var;
      if (p.running.mean == nullptr) continue;
      const lane<C> share(p.running.momentum), kept(C(1) - share.v), unbiased(count / (count - C(1)));
      const auto update = [&](T& running, lane<C> now) { running = convert_element<T>((kept * lane<C>(convert_element<C>(running)) + now).v); };
      update(p.running.mean[c * p.running.mean_step], share * lane<C>(mean));
      update(p.running.var[c * p.running.var_step], share * lane<C>(var) * unbiased);
    }
  }
}

template <class T, bool Squares>
status sum_channels(const context& ctx, const channel_normalization<T>& p) {
  auto l = elementwise::make_layout<0>({p.pixels, p.batch});
  l.stride[0][0] = 1;
  l.stride[1][0] = p.channels * p.pixels;
  const status added = launch(ctx, &add_parts<T, Squares>, blocks_for(ctx, p.channels * p.parts, 1), channel_threads,
                              sizeof(two_sums<compute_t<T>>) * channel_threads / warp_size, p, l);
  if (!added) return added;
  return launch(ctx, &join_parts<T, Squares>, blocks_for(ctx, p.channels, element_threads), element_threads, 0, p);
}

// Vectors of V elements, which lie in one channel. `l` tells the channel of each.
template <class T, class S, int V>
__global__ void __launch_bounds__(element_threads) by_elements(const channel_normalization<T> p, const S* mean, const S* var, const elementwise::layout<0> l,
                                                               index_t vectors) {
  using C = compute_t<T>;
  const index_t step = static_cast<index_t>(gridDim.x) * element_threads;
  for (index_t i = static_cast<index_t>(blockIdx.x) * element_threads + threadIdx.x; i < vectors; i += step) {
    index_t c[1];
    elementwise::locate(l, i, c);
    vector_of<T, V> x = reinterpret_cast<const vector_of<T, V>*>(p.x)[i];
    const C middle = convert_element<C>(mean[c[0]]);
    lane<C> scale(C(1) / sqrt(lane<C>(convert_element<C>(var[c[0]]) + static_cast<C>(p.eps))).v);
    if (p.weight) scale = scale * lane<C>(convert_element<C>(p.weight[c[0]]));
    const lane<C> shift(p.bias ? convert_element<C>(p.bias[c[0]]) : C(0));
    TENON_CUDA_UNROLL
    for (auto& e : x.at) e = convert_element<T>(fma(lane<C>(convert_element<C>(e) - middle), scale, shift).v);
    reinterpret_cast<vector_of<T, V>*>(p.out)[i] = x;
  }
}

template <class T, class S>
status normalize_elements(const context& ctx, const channel_normalization<T>& p, const S* mean, const S* var) {
  constexpr int V = 16 / static_cast<int>(sizeof(T));
  const auto aligned = [](const T* x) { return reinterpret_cast<std::uintptr_t>(x) % 16 == 0; };
  const auto run = [&](auto kernel, index_t each) {
    const index_t vectors = p.batch * p.channels * p.pixels / each;
    auto l = elementwise::make_layout<0>({p.pixels / each, p.channels, p.batch});
    l.stride[1][0] = 1;
    return launch(ctx, kernel, blocks_for(ctx, vectors, element_threads), element_threads, 0, p, mean, var, l, vectors);
  };
  if (p.pixels % V == 0 && aligned(p.x) && aligned(p.out)) return run(&by_elements<T, S, V>, V);
  return run(&by_elements<T, S, 1>, 1);
}

}  // namespace normalization

template <class T>
status run_channel_normalization(const context& ctx, const channel_normalization<T>& p) {
  using namespace normalization;
  if (p.batch * p.channels * p.pixels == 0) return {};
  if (p.mean) return normalize_elements<T, T>(ctx, p, p.mean, p.var);
  if (const status means = sum_channels<T, false>(ctx, p); !means) return means;
  if (const status all = sum_channels<T, true>(ctx, p); !all) return all;
  return normalize_elements<T, compute_t<T>>(ctx, p, p.batch_mean, p.batch_var);
}

template <class T>
status run_row_normalization(const context& ctx, const row_normalization<T>& p) {
  if (p.rows == 0 || p.n == 0) return {};
  const auto by_rows = [&]<int V, int Threads, int Items, int Block>(std::integer_sequence<int, V, Threads, Items, Block>) {
    return launch(ctx, &normalization::by_rows<T, V, Threads, Items, Block>, blocks_for(ctx, p.rows, Block / Threads), Block,
                  sizeof(normalization::two_sums<compute_t<T>>) * Block / warp_size, p);
  };
  using std::integer_sequence;
  constexpr int most = 16 / static_cast<int>(sizeof(T));
  const auto aligned = [](const T* x) { return reinterpret_cast<std::uintptr_t>(x) % 16 == 0; };
  const bool entries = p.segment == 1 ? aligned(p.weight) && aligned(p.bias) : p.segment % most == 0;      // null is aligned
  if (p.n % most == 0 && entries && aligned(p.x) && aligned(p.out)) {
    if (p.n <= 256) return by_rows(integer_sequence<int, most, 32, 8, 128>{});
    if (p.n <= 2048) return by_rows(integer_sequence<int, most, 256, 8, 256>{});
    if (p.n <= 4096) return by_rows(integer_sequence<int, most, 512, 8, 512>{});
    if (p.n <= 8192) return by_rows(integer_sequence<int, most, 512, 16, 512>{});
    return by_rows(integer_sequence<int, most, 512, 0, 512>{});
  }
  if (p.n <= 256) return by_rows(integer_sequence<int, 1, 32, 8, 128>{});
  if (p.n <= 4096) return by_rows(integer_sequence<int, 1, 512, 8, 512>{});
  return by_rows(integer_sequence<int, 1, 512, 0, 512>{});
}

}  // namespace tenon::inline v0::kernels::cuda::inline TENON_CUDA_ROOM
