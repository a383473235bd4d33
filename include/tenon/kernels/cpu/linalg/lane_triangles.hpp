#pragma once
// The lower triangles of groups of small matrices, between a batch in memory and the lanes of vectors.
#include <tenon/kernels/cpu/linalg/lane_groups.hpp>
#include <tenon/kernels/linalg/cholesky.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg {

// A packed lower triangle, in strips of a few rows one after the other: a strip has its columns as far as the square on the diagonal goes, and holds
// them one after the other. What a tile of the decomposition reads is then dense, and all of it has room in a first cache of 48 KiB.
template <class R>
struct lower_strips {
  static constexpr index_t rows = larger(half_lanes<R>, 4);
  vec<R>* packed = nullptr;

  static constexpr index_t size(index_t n) {
    const index_t strips = (n + rows - 1) / rows;
    return rows * rows * strips * (strips + 1) / 2;
  }
  // Row i; its columns lie `rows` apart.
  TENON_INLINE vec<R>* row(index_t i) const { return packed + size(i / rows * rows) + i % rows; }
  TENON_INLINE vec<R>* at(index_t i, index_t k) const { return row(i) + k * rows; }
  // Null beyond the square on the diagonal.
  TENON_INLINE const vec<R>* at_or_null(index_t i, index_t k) const { return k / rows > i / rows ? nullptr : at(i, k); }
};
static_assert(lower_strips<float>::rows <= kernels::linalg::widest_strip && lower_strips<double>::rows <= kernels::linalg::widest_strip);

template <class R>
TENON_INLINE even_places<R> along_row(const lower_strips<R>& a, index_t i) { return {a.row(i), lower_strips<R>::rows}; }
template <class R>
struct down_column {
  static constexpr index_t along = 1;
  lower_strips<R> a;
  index_t column;
  TENON_INLINE vec<R>* operator()(index_t i) const { return a.at(i, column); }
};

// Of what is above the diagonal there are zeros as far as the block on it goes; this is its size.
template <class R>
constexpr index_t lower_block(index_t n) { return n % lanes<R> == 0 && n > lanes<R> ? lanes<R> : half_lanes<R>; }

template <class R>
void pack_lower(const kernels::linalg::lane_source<R>& source, index_t first, index_t count, index_t n, const lower_strips<R>& a) {
  constexpr index_t N = lanes<R>, H = half_lanes<R>, rows = lower_strips<R>::rows;
  const R* from[N];
  for (index_t l = 0; l < N; ++l) from[l] = source.data + (first + (l < count ? l : 0)) * source.step;
  for (index_t s = 0; s < n; ++s) {
    const index_t edge = s / H * H;
    if (source.by_rows) pack_run<false, R>(from, s * n, 0, smaller(edge + H, n), along_row(a, s));
    else pack_run<false, R>(from, s * n, edge, n, down_column<R>{a, s});
  }
  for (index_t r = 0; r < n; ++r)
    for (index_t c = r + 1; c < smaller(r / rows * rows + rows, n); ++c) *a.at(r, c) = vec<R>(R(0));
  for (index_t r = n; r % 4 != 0; ++r)                       // the last tile goes over the edge
    for (index_t c = 0; c < n; ++c) *a.at(r, c) = vec<R>(R(0));
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
  static constexpr index_t N = lanes<R>, H = half_lanes<R>;

 public:
  lane_block_writer(R* out, index_t n, bool around) : out_(out), n_(n), around_(around) {}

  // Rows [i, i + N) of columns [first, last), which are in one strip's square.
  TENON_INLINE void columns(const lower_strips<R>& a, index_t first, index_t last, index_t i) const {
    values(a.at_or_null(i, first), a.at_or_null(i + H, first), 1, lower_strips<R>::rows, first, last, i);
  }
  // Columns [k, k + N) of row i, as a run.
  TENON_INLINE void row(const lower_strips<R>& a, index_t i, index_t k) const {
    values(a.at_or_null(i, k), a.at_or_null(i, k + H), lower_strips<R>::rows, 0, i, i + 1, k);
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

  // N elements from `at` of runs [first, last), `along` apart, from two places; zeros where there is none. Runs are `across` apart.
  TENON_INLINE void values(const V* lower, const V* upper, index_t along, index_t across, index_t first, index_t last, index_t at) const {
    R* const to = out_ + first * n_ + at;
    if (around_) store_values<true>(lower, upper, along, across, last - first, to, n_);
    else store_values<false>(lower, upper, along, across, last - first, to, n_);
  }

  template <bool Around>
  TENON_INLINE static void store_block(const V (&x)[N], R* to, index_t distance) {
    [&]<int... L>(std::integer_sequence<int, L...>) TENON_INLINE_LAMBDA {
      if constexpr (Around) (stream(x[L], to + L * distance), ...);
      else (x[L].store(to + L * distance), ...);
    }(std::make_integer_sequence<int, static_cast<int>(N)>{});
  }

  // Functions of their own, so that where the matrices begin is in registers.
  template <bool Around>
  [[gnu::noinline]] static void store_values(const V* lower, const V* upper, index_t along, index_t across, index_t runs, R* to, index_t n) {
    V x[N];
    for (index_t s = 0; s < runs; ++s) {
      TENON_UNROLL(16)
      for (index_t i = 0; i < H; ++i) {
        x[i] = lower ? lower[s * across + i * along] : V(R(0));
        x[H + i] = upper ? upper[s * across + i * along] : V(R(0));
      }
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
void unpack_lower(const lower_strips<R>& a, index_t begin, index_t end, index_t n, index_t count, R* out, bool by_rows, bool around) {
  constexpr index_t N = lanes<R>;
  const bool whole = count == N && lower_block<R>(n) == N;
  const index_t block = whole ? N : half_lanes<R>;
  const auto low = [&](index_t s) { return by_rows ? 0 : s / block * block; };
  const auto high = [&](index_t s) { return by_rows ? smaller(s / block * block + block, n) : n; };
  if (whole) {
    const lane_block_writer<R> write(out, n, around);
    for (index_t s = begin; s < end; ++s) {
      write.zeros(s, 0, low(s));
      for (index_t at = low(s); at < high(s); at += N)
        if (by_rows) write.row(a, s, at);
        else write.columns(a, s, s + 1, at);
      write.zeros(s, high(s), n);
    }
    return;
  }
  R* to[N];
  for (index_t l = 0; l < N; ++l) to[l] = out + l * n * n;
  for (index_t s = begin; s < end; ++s) {
    if (by_rows) unpack_run(along_row(a, s), low(s), high(s), n, to, s * n, count);
    else unpack_run(down_column<R>{a, s}, low(s), high(s), n, to, s * n, count);
  }
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg
