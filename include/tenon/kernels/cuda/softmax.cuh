#pragma once
// Softmax and log_softmax on a GPU.      x, out (outer, n, inner): rows along n, independent of each other
//
//   by rows      `Threads` threads (a warp, or a block) take one row after the other. Up to Threads * Items elements stay in
//                registers: read once, written once. Longer rows are read three times, mostly from the L2 cache.
//   by columns   rows that are not dense, with dense neighbours: a thread takes a row, a warp 32 neighbours, so that its reads
//                and writes are consecutive.
//
// Launch     by rows: 128 threads with a warp for each row, or blocks of 256 or 512; by columns: 256 threads. Shared memory: one
//            sum for each warp.
// Method     m = max x;  l = sum exp(x - m);  out = exp(x - m) / l, or (x - m) - log l. (A single pass with the online
//            normaliser, Milakov & Gimelshein 2018, arXiv:1805.02867, would save long rows one of three reads.)
// Precision  as on the CPU (kernels/cpu/softmax.hpp): half types in float, exp of a difference whose rounding error is made
//            good, l in two words.
#include <tenon/kernels/cuda/block.cuh>
#include <tenon/kernels/softmax.hpp>

namespace tenon::inline v0::kernels::cuda::inline TENON_CUDA_ROOM {

namespace softmax {

// exp(x - m) to the accuracy of exp: the rounding error e of d = x - m is found, and exp(d + e) = exp(d) (1 + e).
template <class C>
TENON_INLINE __device__ C exp_difference(C x, C m) {
  const C d = x - m, b = d - x, e = (x - (d - b)) - (m + b);
  const C y = exp(lane<C>(d)).v;
  return e == e ? fma(lane<C>(y), lane<C>(e), lane<C>(y)).v : y;             // NaN: x or m is infinite, and d is exact
}
template <class C>
TENON_INLINE __device__ C larger(C a, C b) {
  return maximum(lane<C>(a), lane<C>(b)).v;
}
template <class C>
TENON_INLINE __device__ C result_of(softmax_kind kind, C x, C m, C l, C log_l) {
  return kind == softmax_kind::softmax ? exp_difference(x, m) * (C(1) / l) : (x - m) - log_l;
}

// Where row `row` begins: all dimensions but `dim`, the last one fastest.
template <class T>
TENON_INLINE __device__ void locate_row(const strided<T>& out, const strided<const T>& x, int dim, index_t row, index_t& to, index_t& from) {
  to = from = 0;
  for (int d = out.rank - 1; d >= 0; --d) {
    if (d == dim) continue;
    const index_t next = row / out.extent[d], position = row - next * out.extent[d];
    to += position * out.stride[d];
    from += position * x.stride[d];
    row = next;
  }
}

template <class T, int Threads, int Items, int Block>
__global__ void __launch_bounds__(Block) by_rows(softmax_kind kind, int dim, const strided<T> out, const strided<const T> x, index_t rows, index_t n) {
  using C = compute_t<T>;
  TENON_DYNAMIC_SHARED(two_words<C>, held);
  C* const held_max = reinterpret_cast<C*>(held);
  const int t = static_cast<int>(threadIdx.x) % Threads;
  const index_t out_step = out.rank ? out.stride[dim] : 1, x_step = x.rank ? x.stride[dim] : 1;
  const C infinity = static_cast<C>(__builtin_huge_val());
  constexpr int rows_together = Block / Threads;
  for (index_t row = static_cast<index_t>(blockIdx.x) * rows_together + static_cast<int>(threadIdx.x) / Threads; row < rows;
       row += static_cast<index_t>(gridDim.x) * rows_together) {
    index_t to, from;
    locate_row(out, x, dim, row, to, from);
    const auto read = [&](index_t i) { return convert_element<C>(x.data[from + i * x_step]); };
    const auto write = [&](index_t i, C y) { out.data[to + i * out_step] = convert_element<T>(y); };
    C kept[Items > 0 ? Items : 1];                        // element k * Threads + t of the row
    const auto each = [&](auto f) {
      if constexpr (Items > 0) {
        TENON_CUDA_UNROLL
        for (int k = 0; k < Items; ++k)
          if (const index_t i = k * Threads + t; i < n) f(i, kept[k]);
      } else {
        for (index_t i = t; i < n; i += Threads) {
          C v = read(i);
          f(i, v);
        }
      }
    };
    C m = -infinity;
    each([&](index_t i, C& v) {
      if constexpr (Items > 0) v = read(i);
      m = larger(m, v);
    });
    m = fold_threads<Threads>(m, held_max, [](C a, C b) { return larger(a, b); });
    two_words<C> sum{C(0), C(0)};
    each([&](index_t, C& v) { sum.add(exp_difference(v, m)); });
    sum = fold_threads<Threads>(sum, held, [](two_words<C> a, two_words<C> b) { return merge(a, b); });
    const C l = sum.value(), log_l = log(lane<C>(l)).v;
    each([&](index_t i, C& v) { write(i, result_of(kind, v, m, l, log_l)); });
  }
}

inline constexpr int column_threads = 256;

template <class T>
__global__ void __launch_bounds__(column_threads) by_columns(softmax_kind kind, int dim, const strided<T> out, const strided<const T> x, index_t rows,
                                                            index_t n) {
  using C = compute_t<T>;
  const index_t out_step = out.stride[dim], x_step = x.stride[dim];
  for (index_t row = static_cast<index_t>(blockIdx.x) * column_threads + threadIdx.x; row < rows;
       row += static_cast<index_t>(gridDim.x) * column_threads) {
    index_t to, from;
    locate_row(out, x, dim, row, to, from);
    const auto read = [&](index_t i) { return convert_element<C>(x.data[from + i * x_step]); };
    C m = static_cast<C>(-__builtin_huge_val());
    for (index_t i = 0; i < n; ++i) m = larger(m, read(i));
    two_words<C> sum{C(0), C(0)};
    for (index_t i = 0; i < n; ++i) sum.add(exp_difference(read(i), m));
    const C l = sum.value(), log_l = log(lane<C>(l)).v;
    for (index_t i = 0; i < n; ++i) out.data[to + i * out_step] = convert_element<T>(result_of(kind, read(i), m, l, log_l));
  }
}

}  // namespace softmax

// `plan` and `workspace` cut the CPU's work; here only kind, rows and n matter.
template <class T>
status run_softmax(const context& ctx, const softmax_plan& plan, int dim, strided<T> out, strided<const T> x, std::byte*) {
  using C = compute_t<T>;
  const index_t n = plan.n, rows = plan.rows;
  if (rows == 0 || n == 0) return {};
  int inner = out.rank - 1;
  if (inner == dim) --inner;
  const bool dense = n == 1 || (out.stride[dim] == 1 && x.stride[dim] == 1);
  if (!dense && inner >= 0 && out.stride[inner] == 1 && x.stride[inner] == 1 && out.extent[inner] >= warp_size / 2)
    return launch(ctx, &softmax::by_columns<T>, blocks_for(ctx, rows, softmax::column_threads), softmax::column_threads, 0, plan.kind, dim, out, x,
                  rows, n);
  const auto by_rows = [&](auto threads, auto items, auto block) {
    constexpr int Threads = decltype(threads)::value, Items = decltype(items)::value, Block = decltype(block)::value;
    return launch(ctx, &softmax::by_rows<T, Threads, Items, Block>, blocks_for(ctx, rows, Block / Threads), Block,
                  sizeof(two_words<C>) * Block / warp_size, plan.kind, dim, out, x, rows, n);
  };
  using std::integral_constant;
  if (n <= 256) return by_rows(integral_constant<int, 32>{}, integral_constant<int, 8>{}, integral_constant<int, 128>{});
  if (n <= 2048) return by_rows(integral_constant<int, 256>{}, integral_constant<int, 8>{}, integral_constant<int, 256>{});
  if (n <= 4096) return by_rows(integral_constant<int, 512>{}, integral_constant<int, 8>{}, integral_constant<int, 512>{});
  return by_rows(integral_constant<int, 512>{}, integral_constant<int, 0>{}, integral_constant<int, 512>{});
}

}  // namespace tenon::inline v0::kernels::cuda::inline TENON_CUDA_ROOM
