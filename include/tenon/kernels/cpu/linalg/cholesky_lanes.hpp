#pragma once
// Cholesky decomposition of small matrices, one in each lane of a vector. What has a pivot that is not positive is decomposed again alone, which
// tells which pivot it was.
#include <tenon/kernels/cpu/linalg/cholesky.hpp>
#include <tenon/kernels/cpu/linalg/lane_triangles.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH {

namespace linalg {

// The lower triangle of a (n, n), columns ld apart, becomes L. Left-looking: a tile of four columns stays in registers for all that is taken from it,
// and what is read serves the whole tile.
template <class R>
class cholesky_lanes {
 public:
  using V = vec<R>;
  static constexpr int width = 4;                            // columns of a panel
  static constexpr int tile_rows = sizeof(V) == 64 ? 4 : 2;  // as many as 32 registers, or 16, have room for

  cholesky_lanes() = default;
  cholesky_lanes(index_t n, V* memory, index_t ld) : a(memory), n_(n), ld_(ld) {}

  V* a = nullptr;

  // Columns [k, end), at most `width` of them, once those before them are L's. finished(i) is called when their rows before i are done, a few times
  // on the way.
  template <class F>
  TENON_INLINE void factor_columns(index_t k, index_t end, F finished) {
    switch (end - k) {
      case 1: return panel<1>(k, finished);
      case 2: return panel<2>(k, finished);
      case 3: return panel<3>(k, finished);
      default: return panel<width>(k, finished);
    }
  }
  // The lanes whose pivots were all positive.
  mask<R> good() const { return good_; }

 private:
  index_t n_ = 0, ld_ = 0;
  mask<R> good_ = mask<R>(true);

  template <int W, class F>
  TENON_INLINE void panel(index_t k, F& finished) {
    V l[W][W], inverse[W];                                   // the block on the diagonal; 1 / l_cc
    factor_block<W>(k, l, inverse);
    index_t i = k + W;
    finished(i);
    for (; i + tile_rows <= n_; i += tile_rows) {
      solve_rows<tile_rows, W>(k, i, l, inverse);
      finished(i + tile_rows);
    }
    for (; i < n_; ++i) solve_rows<1, W>(k, i, l, inverse);
  }

  template <int W>
  TENON_INLINE void factor_block(index_t k, V (&l)[W][W], V (&inverse)[W]) {
    V* const block = a + k * ld_ + k;
    TENON_UNROLL(4)
    for (int c = 0; c < W; ++c)
      TENON_UNROLL(4)
      for (int r = c; r < W; ++r) l[r][c] = block[c * ld_ + r];
    for (const V *column = a + k, *const end = column + k * ld_; column != end; column += ld_) {
      V x[W];
      TENON_UNROLL(4)
      for (int r = 0; r < W; ++r) x[r] = column[r];
      TENON_UNROLL(4)
      for (int c = 0; c < W; ++c)
        TENON_UNROLL(4)
        for (int r = c; r < W; ++r) l[r][c] = fnma(x[r], x[c], l[r][c]);
    }
    TENON_UNROLL(4)
    for (int c = 0; c < W; ++c) {
      // The reciprocal of the root is then a good number. What is not a number ends up in a pivot; its lane goes on for nothing.
      good_ = good_ & (l[c][c] > V(16 * smallest_normal<R>)) & (l[c][c] <= V(std::numeric_limits<R>::max()));
      l[c][c] = sqrt(l[c][c]);
      inverse[c] = V(R(1)) / l[c][c];
      TENON_UNROLL(4)
      for (int r = c + 1; r < W; ++r) l[r][c] *= inverse[c];
      TENON_UNROLL(4)
      for (int j = c + 1; j < W; ++j)
        TENON_UNROLL(4)
        for (int r = j; r < W; ++r) l[r][j] = fnma(l[r][c], l[j][c], l[r][j]);
      TENON_UNROLL(4)
      for (int r = c; r < W; ++r) block[c * ld_ + r] = l[r][c];
    }
  }

  // Rows [i, i + Rows) of a panel, below its block on the diagonal.
  template <int Rows, int W>
  TENON_INLINE void solve_rows(index_t k, index_t i, const V (&l)[W][W], const V (&inverse)[W]) {
    V* const tile = a + k * ld_ + i;
    V x[W][Rows];
    TENON_UNROLL(4)
    for (int c = 0; c < W; ++c)
      TENON_UNROLL(4)
      for (int r = 0; r < Rows; ++r) x[c][r] = tile[c * ld_ + r];
    const V *across = a + k, *down = a + i;
    for (const V* const end = across + k * ld_; across != end; across += ld_, down += ld_) {
      V y[Rows];                                             // loaded once: g++ would do it again for each product
      TENON_UNROLL(4)
      for (int r = 0; r < Rows; ++r) y[r] = V(cpu::detail::keep_register(down[r].r));
      TENON_UNROLL(4)
      for (int c = 0; c < W; ++c) {
        const V z = across[c];
        TENON_UNROLL(4)
        for (int r = 0; r < Rows; ++r) x[c][r] = fnma(z, y[r], x[c][r]);
      }
    }
    TENON_UNROLL(4)
    for (int c = 0; c < W; ++c) {
      TENON_UNROLL(4)
      for (int b = 0; b < c; ++b)
        TENON_UNROLL(4)
        for (int r = 0; r < Rows; ++r) x[c][r] = fnma(l[c][b], x[b][r], x[c][r]);
      TENON_UNROLL(4)
      for (int r = 0; r < Rows; ++r) tile[c * ld_ + r] = x[c][r] = x[c][r] * inverse[c];
    }
  }
};

// One matrix by itself; see cholesky_kernel.
template <class R>
std::int32_t cholesky_alone(const R* from, bool by_rows, bool upper, matrix<R> a, const workspace& w) {
  const index_t n = a.rows;
  if (by_rows) transpose_into<R>({from, n, n, n}, a);
  else copy<R>({from, n, n, n}, a);
  if (!lower_is_finite<R>(a)) return -1;
  const auto info = static_cast<std::int32_t>(factor_cholesky(a, w));
  clear_upper(a);
  for (index_t j = 0; upper && j < n; ++j)                   // L to L^T, in place
    for (index_t i = j + 1; i < n; ++i) {
      a(j, i) = a(i, j);
      a(i, j) = R(0);
    }
  return info;
}

// Matrices [first, first + count), of as many groups. Two take their steps in turn: while a root is on its way in one, the other goes on.
template <int Groups, class R>
void cholesky_groups(const kernels::linalg::cholesky_plan& p, index_t first, index_t count, const kernels::linalg::lane_source<R>& source, R* out,
                     std::int32_t* info, workspace w) {
  constexpr index_t N = lanes<R>, width = cholesky_lanes<R>::width;
  const index_t n = p.n, ld = lane_ld(n), size = n * n;
  auto* const packed = reinterpret_cast<vec<R>*>(w.data);    // not taken: later w is free for matrices that are computed alone
  // The upper triangle, where it is the one to be read, is the lower one of A^T.
  kernels::linalg::lane_source<R> as_lower = source;
  if (p.upper) as_lower.by_rows = !source.by_rows;
  const auto first_of = [&](int g) __attribute__((always_inline)) { return first + g * N; };
  const auto count_of = [&](int g) __attribute__((always_inline)) { return smaller(N, count - g * N); };

  cholesky_lanes<R> group[Groups];
  TENON_UNROLL(2)
  for (int g = 0; g < Groups; ++g) {
    group[g] = {n, packed + g * ld * n, ld};
    pack_lower(as_lower, first_of(g), count_of(g), n, group[g].a, ld);
  }
  // Memory is read and written while there is something else to do. A whole group's L is written as soon as eight rows or so of a panel are done, and
  // with each step goes a column of zeros, and of the next group's matrices: little at a time, so that nothing waits for memory. Others write a
  // panel that is done, and ask for as much, while the one behind it waits for its roots.
  const bool around = kernels::linalg::goes_around_caches(p.count * size * static_cast<index_t>(sizeof(R))) &&
                      reinterpret_cast<std::uintptr_t>(out) % sizeof(vec<R>) == 0;
  const bool whole = Groups == 1 && !p.upper && count == N && lower_block<R>(n) == N;
  const index_t next = first + count, next_count = smaller(count, p.count - next);
  const lane_block_writer<R> writer(out + first * size, n, around);
  index_t column = 0;
  const auto next_column = [&]() __attribute__((always_inline)) {
    if (around) prefetch_lower(as_lower, next, next_count, n, column);
    writer.zeros(column, 0, column / N * N);
    ++column;
  };
  const auto write = [&](index_t k, index_t end) __attribute__((always_inline)) {
    if (around) prefetch_group(source, next, next_count, k * n, end * n);
    TENON_UNROLL(2)
    for (int g = 0; g < Groups; ++g) unpack_lower(group[g].a, ld, k, end, n, count_of(g), out + first_of(g) * size, p.upper, around);
  };
  for (index_t k = 0; k < n; k += width) {
    const index_t end = smaller(k + width, n);
    TENON_UNROLL(2)
    for (int g = 0; g < Groups; ++g) {
      index_t row = k / N * N;
      group[g].factor_columns(k, end, [&](index_t i) __attribute__((always_inline)) {
        if (!whole) return;
        if (column < n) next_column();
        for (; row + N <= i; row += N) writer.values(group[g].a, 1, ld, k, smaller(end, row + N), row);
      });
    }
    if (!whole && k > 0) write(k - width, k);
  }
  if (!whole) write((n - 1) / width * width, n);
  while (whole && column < n) next_column();
  if (around) stream_fence();

  for (int g = 0; g < Groups; ++g) {
    const std::uint64_t good = to_bits(group[g].good());
    for (index_t l = 0; l < count_of(g); ++l) {
      const index_t i = first_of(g) + l;
      if ((good >> l) & 1) info[i] = 0;
      else info[i] = cholesky_alone(source.data + i * source.step, as_lower.by_rows, p.upper, {out + i * size, n, n, n}, w);
    }
  }
}

template <class R>
void run_cholesky_lanes(const context& ctx, const kernels::linalg::cholesky_plan& p, const kernels::linalg::lane_source<R>& a, R* l, std::int32_t* info,
                        std::byte* memory) {
  constexpr index_t N = lanes<R>;
  const bool pairs = p.n * lane_ld(p.n) * 2 * static_cast<index_t>(sizeof(vec<R>)) <= p.batch.slot_bytes;      // if there is room
  for_each_matrix(ctx, p.batch, memory, [&](index_t group, const workspace& w) {
    const index_t first = group * N, rest = p.count - first;
    if (!pairs) return cholesky_groups<1>(p, first, smaller(N, rest), a, l, info, w);
    if (group % 2 != 0) return;                              // done with the one before
    if (rest > N) cholesky_groups<2>(p, first, smaller(2 * N, rest), a, l, info, w);
    else cholesky_groups<1>(p, first, rest, a, l, info, w);
  });
}

}  // namespace linalg

template <class T>
constexpr typename kernels::linalg::cholesky_lanes_kernel<T>::function function_of(kernels::linalg::cholesky_lanes_kernel<T>, this_arch) {
  return &linalg::run_cholesky_lanes<T>;
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH
