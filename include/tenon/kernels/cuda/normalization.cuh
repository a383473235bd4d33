#pragma once
// Layer, group and root-mean-square normalization on a GPU.      x, out (rows, n), dense
//
// A block takes one row after the other; short rows a warp each.
//
// Launch     128 threads with a warp for each row up to 256 elements, else blocks of 512. Shared memory: two sums for each
//            warp. Up to Threads * Items elements stay in registers; longer rows are read three times, mostly from L2.
// Method     as on the CPU (kernels/cpu/normalization.hpp): the mean, then the sums of d and d^2, d = x - mean, and
//            var = (sum d^2 - (sum d)^2 / n) / n (Chan, Golub & LeVeque 1983, corrected two-pass).
// Precision  half types in float; every sum in two words.
#include <tenon/kernels/cuda/block.cuh>
#include <tenon/kernels/normalization.hpp>

namespace tenon::inline v0::kernels::cuda::inline TENON_CUDA_ROOM {

namespace normalization {

template <class C>
struct two_sums {
  two_words<C> first, second;
};

template <class T, int Threads, int Items, int Block>
__global__ void __launch_bounds__(Block) by_rows(const row_normalization<T> p) {
  using C = compute_t<T>;
  TENON_DYNAMIC_SHARED(two_sums<C>, held);
  const auto both = [](two_sums<C> a, two_sums<C> b) { return two_sums<C>{merge(a.first, b.first), merge(a.second, b.second)}; };
  const int t = static_cast<int>(threadIdx.x) % Threads;
  const C count = static_cast<C>(p.n);
  constexpr int rows_together = Block / Threads;
  for (index_t row = static_cast<index_t>(blockIdx.x) * rows_together + static_cast<int>(threadIdx.x) / Threads; row < p.rows;
       row += static_cast<index_t>(gridDim.x) * rows_together) {
    const T* const x = p.x + row * p.n;
    T* const out = p.out + row * p.n;
    C kept[Items > 0 ? Items : 1];                        // element k * Threads + t of the row
    const auto each = [&](auto f) {
      if constexpr (Items > 0) {
        TENON_CUDA_UNROLL
        for (int k = 0; k < Items; ++k)
          if (const index_t i = k * Threads + t; i < p.n) f(i, kept[k]);
      } else {
        for (index_t i = t; i < p.n; i += Threads) {
          C v = convert_element<C>(x[i]);
          f(i, v);
        }
      }
    };
    two_sums<C> sums{};
    each([&](index_t i, C& v) {
      if constexpr (Items > 0) v = convert_element<C>(x[i]);
      if (p.subtract_mean) sums.first.add(v);
    });
    C mean = C(0);
    if (p.subtract_mean) mean = fold_threads<Threads>(sums, held, both).first.value() / count;
    sums = {};
    each([&](index_t, C& v) {
      const lane<C> d(v - mean);
      sums.first.add(d.v);
      sums.second.add((d * d).v);
    });
    sums = fold_threads<Threads>(sums, held, both);
    C var = sums.second.value() / count;
    if (p.subtract_mean) {
      const lane<C> left(sums.first.value() / count);      // what rounding the mean left over
      var -= (left * left).v;
      if (var < C(0)) var = C(0);
      mean += left.v;
    }
    const C scale = C(1) / sqrt(lane<C>(var + static_cast<C>(p.eps))).v;
    const index_t first_entry = row % p.row_groups * (p.n / p.segment);
    each([&](index_t i, C& v) {
      const index_t entry = first_entry + (p.segment == 1 ? i : i / p.segment);
      lane<C> y = lane<C>(v - mean) * lane<C>(scale);
      const lane<C> weight(p.weight ? convert_element<C>(p.weight[entry]) : C(1));
      if (p.bias) y = fma(y, weight, lane<C>(convert_element<C>(p.bias[entry])));
      else y = y * weight;
      out[i] = convert_element<T>(y.v);
    });
  }
}

}  // namespace normalization

template <class T>
status run_row_normalization(const context& ctx, const row_normalization<T>& p) {
  if (p.rows == 0 || p.n == 0) return {};
  const auto by_rows = [&](auto threads, auto items, auto block) {
    constexpr int Threads = decltype(threads)::value, Items = decltype(items)::value, Block = decltype(block)::value;
    return launch(ctx, &normalization::by_rows<T, Threads, Items, Block>, blocks_for(ctx, p.rows, Block / Threads), Block,
                  sizeof(normalization::two_sums<compute_t<T>>) * Block / warp_size, p);
  };
  using std::integral_constant;
  if (p.n <= 256) return by_rows(integral_constant<int, 32>{}, integral_constant<int, 8>{}, integral_constant<int, 128>{});
  if (p.n <= 4096) return by_rows(integral_constant<int, 512>{}, integral_constant<int, 8>{}, integral_constant<int, 512>{});
  return by_rows(integral_constant<int, 512>{}, integral_constant<int, 0>{}, integral_constant<int, 512>{});
}

}  // namespace tenon::inline v0::kernels::cuda::inline TENON_CUDA_ROOM
