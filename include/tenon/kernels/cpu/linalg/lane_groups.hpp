#pragma once
// Groups of small matrices between a batch in memory and the lanes of vectors.
#include <tenon/kernels/cpu/linalg/lanes.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg {

// The distance of columns of n vectors: never a power of two, or a row would lie in a few sets of the first cache.
constexpr index_t lane_ld(index_t n) { return n | 1; }

// Matrices [first, first + count) of a batch, (rows, cols), column-major in `packed` whatever their own order; lanes beyond repeat the
// first. Answers the lanes that hold numbers only.
template <class R>
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
    V block[N];
    for (index_t l = 0; l < N; ++l) block[l] = some == N ? V::load(from[l] + s * run + k) : V::load(from[l] + s * run + k, some);
    transpose(block);
    for (index_t i = 0; i < some; ++i) {
      sum[i % 4] = fma(block[i], V(R(0)), sum[i % 4]);             // x * 0 is 0 of numbers only
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

// N packed rows of N lanes, `step` apart; of the first `rows` of them, the others being zeros.
template <class R>
TENON_INLINE void load_rows(const vec<R>* from, index_t step, index_t rows, vec<R> (&block)[lanes<R>]) {
  if (rows >= lanes<R>) {
    for (index_t i = 0; i < lanes<R>; ++i) block[i] = from[i * step];
  } else {
    for (index_t i = 0; i < lanes<R>; ++i) block[i] = i < rows ? from[i * step] : vec<R>(R(0));
  }
}

// To matrices that lie `distance` elements apart: of the lanes below `count` those in `which`.
template <class R>
class lane_writer {
  using V = vec<R>;
  static constexpr index_t N = lanes<R>;

 public:
  lane_writer(R* out, index_t distance, index_t count, mask<R> which, bool around)
      : out_(out), distance_(distance), count_(count), bits_(to_bits(which)), all_(count == N && bits_ == (~std::uint64_t{0} >> (64 - N))), around_(around) {}

  // Elements [at, at + some) of each matrix.
  TENON_INLINE void operator()(index_t at, index_t some, const V (&block)[N]) const {
    R* const to = out_ + at;
    if (!all_ || some < N) {
      V kept[N];                                             // a block that is indexed by a variable would not stay in registers
      for (index_t l = 0; l < N; ++l) kept[l] = block[l];
      for (index_t l = 0; l < count_; ++l)
        if ((bits_ >> l) & 1) kept[l].store(to + l * distance_, some);
    } else if (around_) {
      for (index_t l = 0; l < N; ++l) stream_copy(to + l * distance_, &block[l], sizeof(V));
    } else {
      for (index_t l = 0; l < N; ++l) block[l].store(to + l * distance_);
    }
  }

 private:
  R* out_;
  index_t distance_, count_;
  std::uint64_t bits_;
  bool all_, around_;
};

// The same matrices from `packed` to `out`, dense and one after the other, column-major or (`by_rows`) row-major; of the lanes below
// `count` those in `which`. `around`: see goes_around_caches.
template <class R>
void unpack_group(const vec<R>* packed, index_t ld, index_t count, mask<R> which, index_t rows, index_t cols, R* out, bool by_rows, bool around) {
  constexpr index_t N = lanes<R>;
  const index_t run = by_rows ? cols : rows, steps = by_rows ? rows : cols, step = by_rows ? ld : 1;
  const lane_writer<R> write(out, rows * cols, count, which, around);
  for (index_t s = 0; s < steps; ++s)
    for (index_t k = 0; k < run; k += N) {
      vec<R> block[N];
      load_rows(packed + (by_rows ? k * ld + s : s * ld + k), step, run - k, block);
      transpose(block);
      write(s * run + k, smaller(N, run - k), block);
    }
  if (around) stream_fence();
}

// Both for the lower triangles of (n, n) matrices, by blocks: of what is above the diagonal only what shares a block with it is packed, and
// may be anything; `out` has zeros there.
template <class R>
void pack_lower(const kernels::linalg::lane_source<R>& source, index_t first, index_t count, index_t n, vec<R>* packed, index_t ld) {
  using V = vec<R>;
  constexpr index_t N = lanes<R>;
  const R* from[N];
  for (index_t l = 0; l < N; ++l) from[l] = source.data + (first + (l < count ? l : 0)) * source.step;
  const auto take = [&](index_t s, index_t k, auto... some) __attribute__((always_inline)) {
    V block[N];
    for (index_t l = 0; l < N; ++l) block[l] = V::load(from[l] + s * n + k, some...);
    transpose(block);
    V* const to = packed + (source.by_rows ? k * ld + s : s * ld + k);
    const index_t step = source.by_rows ? ld : 1;
    const index_t columns = N < n - k ? N : n - k;
    for (index_t i = 0; i < N; ++i)
      if (sizeof...(some) == 0 || i < columns) to[i * step] = block[i];
  };
  for (index_t s = 0; s < n; ++s) {
    const index_t end = source.by_rows ? s + 1 : n;
    index_t k = source.by_rows ? 0 : s / N * N;
    for (; k < end && k + N <= n; k += N) take(s, k);
    if (k < end) take(s, k, n - k);
  }
}
template <class R>
void unpack_lower(vec<R>* packed, index_t ld, index_t count, mask<R> which, index_t n, R* out, bool by_rows, bool around) {
  using V = vec<R>;
  constexpr index_t N = lanes<R>;
  for (index_t c = 0; c < n; ++c)
    for (index_t r = c / N * N; r < c; ++r) packed[c * ld + r] = V(R(0));
  const lane_writer<R> write(out, n * n, count, which, around);
  const index_t step = by_rows ? ld : 1;
  for (index_t s = 0; s < n; ++s)
    for (index_t k = 0; k < n; k += N) {
      V block[N];
      if (by_rows ? k > s : k + N <= s) {
        for (index_t i = 0; i < N; ++i) block[i] = V(R(0));
      } else {
        load_rows(packed + (by_rows ? k * ld + s : s * ld + k), step, n - k, block);
        transpose(block);
      }
      write(s * n + k, smaller(N, n - k), block);
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
