#pragma once
// Groups of small matrices between a batch in memory and the lanes of vectors.
#include <tenon/kernels/cpu/linalg/lanes.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg {

// The distance of columns of n vectors: never a power of two, or a row would lie in a few sets of the first cache.
constexpr index_t lane_ld(index_t n) { return n | 1; }

// Matrices [first, first + count) of a batch, (rows, cols), column-major in `packed` whatever their own order; lanes beyond repeat the
// first. Answers the lanes that hold numbers only. `Lower`: what is above the diagonal is neither looked at nor, but for what shares a
// block with the diagonal, packed.
template <bool Lower = false, class R>
mask<R> pack_group(const kernels::linalg::lane_source<R>& source, index_t first, index_t count, index_t rows, index_t cols, vec<R>* packed,
                   index_t ld) {
  using V = vec<R>;
  constexpr index_t N = lanes<R>;
  const R* from[N];
  for (index_t l = 0; l < N; ++l) from[l] = source.data + (first + (l < count ? l : 0)) * source.step;
  // `run` elements are dense; `steps` of them follow one another.
  const index_t run = source.by_rows ? cols : rows, steps = source.by_rows ? rows : cols;
  V sum[4] = {V(R(0)), V(R(0)), V(R(0)), V(R(0))};           // four, so that none waits for another
  const auto take = [&](index_t s, index_t k, index_t some) __attribute__((always_inline)) {
    if (Lower && (source.by_rows ? k > s : k + some <= s)) return;
    V block[N];
    for (index_t l = 0; l < N; ++l) block[l] = some == N ? V::load(from[l] + s * run + k) : V::load(from[l] + s * run + k, some);
    transpose(block);
    for (index_t i = 0; i < some; ++i) {
      const bool counts = !Lower || (source.by_rows ? k + i <= s : k + i >= s);
      if (counts) sum[i % 4] = fma(block[i], V(R(0)), sum[i % 4]);             // x * 0 is 0 of numbers only
      packed[source.by_rows ? s + (k + i) * ld : s * ld + k + i] = block[i];
    }
  };
  for (index_t s = 0; s < steps; ++s) {
    index_t k = 0;
    for (; k + N <= run; k += N) take(s, k, N);
    if (k < run) take(s, k, run - k);
  }
  return (sum[0] + sum[1]) + (sum[2] + sum[3]) == V(R(0));
}

// The same matrices from `packed` to `out`, dense and one after the other, column-major or (`by_rows`) row-major; of the lanes below
// `count` those in `which`. `Lower`: zeros above the diagonal, whatever `packed` has there. `around`: see goes_around_caches.
template <bool Lower = false, class R>
void unpack_group(const vec<R>* packed, index_t ld, index_t count, mask<R> which, index_t rows, index_t cols, R* out, bool by_rows, bool around) {
  using V = vec<R>;
  constexpr index_t N = lanes<R>;
  const index_t run = by_rows ? cols : rows, steps = by_rows ? rows : cols;
  const std::uint64_t bits = to_bits(which);
  const bool all = count == N && bits == (~std::uint64_t{0} >> (64 - N));
  const auto give = [&](index_t s, index_t k, index_t some) __attribute__((always_inline)) {
    V block[N];
    if (Lower && (by_rows ? k > s : k + some <= s)) {
      for (index_t l = 0; l < N; ++l) block[l] = V(R(0));
    } else {
      for (index_t i = 0; i < N; ++i) {
        const bool there = i < some && (!Lower || (by_rows ? k + i <= s : k + i >= s));
        block[i] = there ? packed[by_rows ? s + (k + i) * ld : s * ld + k + i] : V(R(0));
      }
      transpose(block);
    }
    R* const to = out + s * run + k;
    if (all && some == N && around) {
      for (index_t l = 0; l < N; ++l) stream_copy(to + l * rows * cols, &block[l], sizeof(V));
    } else if (all && some == N) {
      for (index_t l = 0; l < N; ++l) block[l].store(to + l * rows * cols);
    } else {
      for (index_t l = 0; l < count; ++l)
        if ((bits >> l) & 1) block[l].store(to + l * rows * cols, some);
    }
  };
  for (index_t s = 0; s < steps; ++s) {
    index_t k = 0;
    for (; k + N <= run; k += N) give(s, k, N);
    if (k < run) give(s, k, run - k);
  }
  if (around) stream_fence();
}

// Asks for the memory of matrices [first, first + count), `bytes` each, while there is something else to do.
template <class R>
void prefetch_group(const kernels::linalg::lane_source<R>& source, index_t first, index_t count, index_t bytes) {
  for (index_t l = first; l < first + count; ++l) {
    const auto* const p = reinterpret_cast<const char*>(source.data + l * source.step);
    for (index_t at = 0; at < bytes; at += 64) __builtin_prefetch(p + at, 0, 2);
  }
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg
