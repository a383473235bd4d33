#pragma once
// The lower triangles of groups of small matrices, between a batch in memory and the lanes of vectors.
#include <tenon/kernels/cpu/linalg/lane_groups.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg {

// Of what is above the diagonal there are zeros as far as the block on it goes; this is its size.
template <class R>
constexpr index_t lower_block(index_t n) { return n % lanes<R> == 0 && n > lanes<R> ? lanes<R> : half_lanes<R>; }

template <class R>
void pack_lower(const kernels::linalg::lane_source<R>& source, index_t first, index_t count, index_t n, vec<R>* packed, index_t ld) {
  constexpr index_t N = lanes<R>, H = half_lanes<R>;
  const index_t block = lower_block<R>(n);
  const R* from[N];
  for (index_t l = 0; l < N; ++l) from[l] = source.data + (first + (l < count ? l : 0)) * source.step;
  for (index_t s = 0; s < n; ++s) {
    const index_t edge = s / H * H;
    if (source.by_rows) pack_run(from, s * n, smaller(edge + H, n), packed + s, ld);
    else pack_run(from, s * n + edge, n - edge, packed + s * ld + edge, 1);
  }
  for (index_t r = 0; r < n; ++r)
    for (index_t c = r + 1; c < smaller(r / block * block + block, n); ++c) packed[c * ld + r] = vec<R>(R(0));
}

// Asks for the memory of what is to be read of column s, or row s, of matrices [first, first + count).
template <class R>
TENON_INLINE void prefetch_lower(const kernels::linalg::lane_source<R>& source, index_t first, index_t count, index_t n, index_t s) {
  const index_t begin = s * n + (source.by_rows ? 0 : s), end = s * n + (source.by_rows ? s + 1 : n);
  prefetch_group(source, first, count, begin, end);
}

// Whole vectors to all lanes of a group of (n, n) matrices that lie one after the other, n and all places being multiples of N. Runs are columns or
// rows, as the matrices have them. `around`: see goes_around_caches; `out` is then a multiple of a vector, too.
template <class R>
class lane_block_writer {
  using V = vec<R>;
  static constexpr index_t N = lanes<R>;

 public:
  lane_block_writer(R* out, index_t n, bool around) : out_(out), n_(n), around_(around) {}

  // N elements from `at` of runs [first, last); of packed, elements lie `along` apart and runs `across`.
  TENON_INLINE void values(const V* packed, index_t along, index_t across, index_t first, index_t last, index_t at) const {
    const V* const from = packed + at * along + first * across;
    R* const to = out_ + first * n_ + at;
    if (around_) store_values<true>(from, along, across, last - first, to, n_);
    else store_values<false>(from, along, across, last - first, to, n_);
  }
  // Elements [begin, end) of a run.
  TENON_INLINE void zeros(index_t run, index_t begin, index_t end) const {
    R* const to = out_ + run * n_;
    if (around_) store_zeros<true>(to + begin, end - begin, n_);
    else store_zeros<false>(to + begin, end - begin, n_);
  }

 private:
  R* out_;
  index_t n_;
  bool around_;

  template <bool Around>
  TENON_INLINE static void store_block(const V (&x)[N], R* to, index_t distance) {
    [&]<int... L>(std::integer_sequence<int, L...>) __attribute__((always_inline)) {
      if constexpr (Around) (stream(x[L], to + L * distance), ...);
      else (x[L].store(to + L * distance), ...);
    }(std::make_integer_sequence<int, static_cast<int>(N)>{});
  }

  // Functions of their own, so that where the matrices begin is in registers.
  template <bool Around>
  [[gnu::noinline]] static void store_values(const V* packed, index_t along, index_t across, index_t runs, R* to, index_t n) {
    for (index_t s = 0; s < runs; ++s) {
      V x[N];
      TENON_UNROLL(16)
      for (index_t i = 0; i < N; ++i) x[i] = packed[s * across + i * along];
      cpu::transpose(x);
      store_block<Around>(x, to + s * n, n * n);
    }
  }
  template <bool Around>
  [[gnu::noinline]] static void store_zeros(R* to, index_t some, index_t n) {
    V x[N];
    for (index_t i = 0; i < N; ++i) x[i] = V(R(0));
    for (index_t k = 0; k < some; k += N) store_block<Around>(x, to + k, n * n);
  }
};

// Columns, or rows, [begin, end) of the result, zeros included.
template <class R>
void unpack_lower(const vec<R>* packed, index_t ld, index_t begin, index_t end, index_t n, index_t count, R* out, bool by_rows, bool around) {
  constexpr index_t N = lanes<R>;
  const bool whole = count == N && lower_block<R>(n) == N;
  const index_t along = by_rows ? ld : 1, across = by_rows ? 1 : ld, block = whole ? N : half_lanes<R>;
  const auto low = [&](index_t s) { return by_rows ? 0 : s / block * block; };
  const auto high = [&](index_t s) { return by_rows ? smaller(s / block * block + block, n) : n; };
  if (whole) {
    const lane_block_writer<R> write(out, n, around);
    for (index_t s = begin; s < end; ++s) {
      write.zeros(s, 0, low(s));
      for (index_t at = low(s); at < high(s); at += N) write.values(packed, along, across, s, s + 1, at);
      write.zeros(s, high(s), n);
    }
    return;
  }
  R* to[N];
  for (index_t l = 0; l < N; ++l) to[l] = out + l * n * n;
  for (index_t s = begin; s < end; ++s) unpack_run(packed + s * across, along, low(s), high(s), n, to, s * n, count);
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg
