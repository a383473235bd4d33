#pragma once
// Softmax and log_softmax on a GPU.      x, out (outer, n, inner): rows along n, independent of each other
//
//   by rows      `Threads` threads (a warp, or a block) take one row after the other, in vectors of 16 bytes where all rows consist of
//                whole and aligned ones. Up to Threads * Items elements stay in registers: read once, all of a thread's on their way before
//                the first is used, and written once. Of longer rows (Items = 0) the first 96 KiB stay in shared memory, where each thread finds
//                what it has put there itself, so that no barrier is needed; what lies behind is read three times, mostly from the L2 cache.
//   by columns   rows that are not dense, with dense neighbours: a thread takes a row, a warp 32 neighbours, so that its reads
//                and writes are consecutive.
//
// Launch     by rows: 128 threads with a warp for each row up to 256 elements; in vectors, blocks of 256 up to 4096, of 512 up to 8192, of
//            1024 up to 16384 (not double), of 512 above; else of 256 up to 2048, of 512 above. By columns: 256 threads.
//            Shared memory: one sum for each warp; of long rows their beginning, which leaves a multiprocessor of sm_80 one block, of sm_90 two.
// Method     m = max x;  l = sum exp(x - m);  out = exp(x - m) / l, or (x - m) - log l. (A single pass with the online
//            normaliser, Milakov & Gimelshein 2018, arXiv:1805.02867, would read the rest of a long row twice. But it multiplies l each time
//            that m grows: in a row that ascends by little the rounding errors of as many exponentials add up in l.)
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

// Threads of a multiprocessor at least: 64 registers each, for double 128. The addresses of single elements need more.
template <class T, int V, int Block>
inline constexpr int resident_blocks = V == 1 ? 1 : (sizeof(compute_t<T>) == 8 ? 512 : 1024) / Block;

// Of a row in shared memory. A block of any device since sm_80 may have that much beside its sums.
inline constexpr index_t kept_bytes = 96 * 1024;

// Vectors of V elements; n is a multiple of V. For V > 1 rows are dense and aligned. `in_shared` elements of a row, whole vectors, are kept there.
template <class T, int V, int Threads, int Items, int Block>
__global__ void __launch_bounds__(Block, resident_blocks<T, V, Block>) by_rows(softmax_kind kind, int dim, const strided<T> out, const strided<const T> x,
                                                                              index_t rows, index_t n, index_t in_shared) {
  using C = compute_t<T>;
  static_assert(Items % V == 0);
  TENON_DYNAMIC_SHARED(two_words<C>, held);
  C* const held_max = reinterpret_cast<C*>(held);
  T* const beginning = reinterpret_cast<T*>(held + Block / warp_size);                // of the row: in_shared elements
  const int t = static_cast<int>(threadIdx.x) % Threads * V;
  const index_t out_step = out.rank ? out.stride[dim] : 1, x_step = x.rank ? x.stride[dim] : 1;
  constexpr int rows_together = Block / Threads;
  for (index_t row = static_cast<index_t>(blockIdx.x) * rows_together + static_cast<int>(threadIdx.x) / Threads; row < rows;
       row += static_cast<index_t>(gridDim.x) * rows_together) {
    index_t to, from;
    locate_row(out, x, dim, row, to, from);
    const auto at = [&](const T* p) { return *reinterpret_cast<const vector_of<T, V>*>(p); };
    const auto widen = [](const vector_of<T, V>& s, C* v) {
      TENON_CUDA_UNROLL
      for (int e = 0; e < V; ++e) v[e] = convert_element<C>(s.at[e]);
    };
    const auto read = [&](index_t i, C* v) { widen(at(x.data + from + (V == 1 ? i * x_step : i)), v); };
    const auto read_and_keep = [&](index_t i, C* v) {
      const auto s = at(x.data + from + (V == 1 ? i * x_step : i));
      if (i < in_shared) *reinterpret_cast<vector_of<T, V>*>(beginning + i) = s;
      widen(s, v);
    };
    const auto read_again = [&](index_t i, C* v) {
      if (i < in_shared) widen(at(beginning + i), v);
      else read(i, v);
    };
    const auto write = [&](index_t i, const C* v) {
      if constexpr (V == 1) {
        out.data[to + i * out_step] = convert_element<T>(*v);
      } else {
        vector_of<T, V> s;
        TENON_CUDA_UNROLL
        for (int e = 0; e < V; ++e) s.at[e] = convert_element<T>(v[e]);
        *reinterpret_cast<vector_of<T, V>*>(out.data + to + i) = s;
      }
    };
    // f(where a vector of the row is, the vector), for each of this thread's. Those behind the row's end count for nothing.
    C kept[Items > 0 ? Items : V];
    const auto each_by = [&](auto get, auto f) {
      if constexpr (Items > 0) {
        TENON_CUDA_UNROLL
        for (int k = 0; k < Items; k += V)
          if (const index_t i = k * Threads + t; i < n) f(i, kept + k);
      } else {
        for (index_t i = t; i < n; i += V * Threads) {
          get(i, kept);
          f(i, kept);
        }
      }
    };
    const auto each = [&](auto f) { each_by(read_again, f); };
    if constexpr (Items > 0) each(read);                  // all on their way before the first is compared
    C m = static_cast<C>(-__builtin_huge_val());
    each_by(read_and_keep, [&](index_t, const C* v) {
      TENON_CUDA_UNROLL
      for (int e = 0; e < V; ++e) m = larger(m, v[e]);
    });
    m = fold_threads<Threads>(m, held_max, [](C a, C b) { return larger(a, b); });
    const bool logarithm = kind == softmax_kind::log_softmax;
    two_words<C> sum{C(0), C(0)};
    each([&](index_t, C* v) {
      TENON_CUDA_UNROLL
      for (int e = 0; e < V; ++e) {
        const C y = exp_difference(v[e], m);
        sum.add(y);
        if (Items > 0 && !logarithm) v[e] = y;
      }
    });
    sum = fold_threads<Threads>(sum, held, [](two_words<C> a, two_words<C> b) { return merge(a, b); });
    const C l = sum.value(), log_l = log(lane<C>(l)).v, inverse = C(1) / l;
    each([&](index_t i, C* v) {
      TENON_CUDA_UNROLL
      for (int e = 0; e < V; ++e) v[e] = logarithm ? (v[e] - m) - log_l : (Items > 0 ? v[e] : exp_difference(v[e], m)) * inverse;
      write(i, v);
    });
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
  const auto by_rows = [&]<int V, int Threads, int Items, int Block>(std::integer_sequence<int, V, Threads, Items, Block>) {
    const index_t most = softmax::kept_bytes / static_cast<index_t>(sizeof(T)), in_shared = Items > 0 ? 0 : n < most ? n : most;
    return launch(ctx, &softmax::by_rows<T, V, Threads, Items, Block>, blocks_for(ctx, rows, Block / Threads), Block,
                  sizeof(two_words<C>) * Block / warp_size + static_cast<std::size_t>(in_shared) * sizeof(T), plan.kind, dim, out, x, rows, n, in_shared);
  };
  // Vectors, where every row of both tensors consists of whole and aligned ones.
  constexpr int most = 16 / static_cast<int>(sizeof(T));
  const auto aligned = [&](const auto& s) {
    bool yes = reinterpret_cast<std::uintptr_t>(s.data) % 16 == 0;
    for (int d = 0; d < s.rank; ++d) yes = yes && (d == dim ? s.stride[d] == 1 : s.extent[d] == 1 || s.stride[d] % most == 0);
    return yes;
  };
  using std::integer_sequence;
  if (n % most == 0 && aligned(x) && aligned(out)) {
    if (n <= 256) return by_rows(integer_sequence<int, most, 32, 8, 128>{});
    if (n <= 2048) return by_rows(integer_sequence<int, most, 256, 8, 256>{});
    if (n <= 4096) return by_rows(integer_sequence<int, most, 256, 16, 256>{});
    if (n <= 8192) return by_rows(integer_sequence<int, most, 512, 16, 512>{});
    if constexpr (sizeof(C) == 4)
      if (n <= 16384) return by_rows(integer_sequence<int, most, 1024, 16, 1024>{});
    return by_rows(integer_sequence<int, most, 512, 0, 512>{});
  }
  if (n <= 256) return by_rows(integer_sequence<int, 1, 32, 8, 128>{});
  if (n <= 2048) return by_rows(integer_sequence<int, 1, 256, 8, 256>{});
  if (n <= 4096) return by_rows(integer_sequence<int, 1, 512, 8, 512>{});
  return by_rows(integer_sequence<int, 1, 512, 0, 512>{});
}

}  // namespace tenon::inline v0::kernels::cuda::inline TENON_CUDA_ROOM
