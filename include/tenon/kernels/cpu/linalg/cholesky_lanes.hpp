#pragma once
// Cholesky decomposition of small matrices, one in each lane of a vector. What has a pivot that is not positive is decomposed again alone, which
// tells which pivot it was.
#include <tenon/kernels/cpu/linalg/cholesky.hpp>
#include <tenon/kernels/cpu/linalg/lane_triangles.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH {

namespace linalg {

// The lower triangle of a (n, n) becomes L. Left-looking: a tile of four columns stays in registers for all that is taken from it, and what is read
// serves the whole tile. The block on the diagonal is a panel ahead: while a root is on its way, there are tiles to compute.
template <class R>
class cholesky_lanes {
 public:
  using V = vec<R>;
  static constexpr int width = 4;                            // rows and columns of a block
  static constexpr int tile_rows = sizeof(V) == 64 ? 4 : 2;  // as many as 32 registers, or 16, have room for

  cholesky_lanes() = default;
  cholesky_lanes(index_t n, V* memory) : a{memory}, n_(n) {}

  lower_strips<R> a;

  // Before the first panel.
  TENON_INLINE void begin() { next_block(0, [](int) {}); }
  // Columns [k, k + width), or as many as there are, once those before them are L's. meanwhile() is called a few times on the way.
  template <class F>
  TENON_INLINE void factor_columns(index_t k, F meanwhile) {
    meanwhile();
    if (k + width >= n_) return;
    const block& known = block_[k / width % 2];
    index_t i = k + width;
    const auto next_rows = [&]() TENON_INLINE_LAMBDA {
      if (i >= n_) return;
      for (int r = 0; r < width; r += tile_rows) solve_tile(a.row(k), a.row(i) + r, k, known);
      i += width;
      meanwhile();
    };
    next_rows();
    next_block(k + width, [&](int) TENON_INLINE_LAMBDA { next_rows(); });
    while (i < n_) next_rows();
  }
  // The lanes whose pivots were all positive.
  mask<R> good() const { return good_; }

 private:
  static constexpr index_t ld = lower_strips<R>::rows;
  struct block {
    V l[width][width], inverse[width];                       // of its lower triangle; 1 / l_cc
  };

  index_t n_ = 0;
  block block_[2];
  mask<R> good_ = mask<R>(true);

  // The block on the diagonal at (k, k). meanwhile(c) is called when the root of column c is on its way.
  template <class F>
  TENON_INLINE void next_block(index_t k, F meanwhile) {
    switch (n_ - k) {
      case 1: return factor_block<1>(k, block_[k / width % 2], meanwhile);
      case 2: return factor_block<2>(k, block_[k / width % 2], meanwhile);
      case 3: return factor_block<3>(k, block_[k / width % 2], meanwhile);
      default: return factor_block<width>(k, block_[k / width % 2], meanwhile);
    }
  }

  template <int W, class F>
  TENON_INLINE void factor_block(index_t k, block& b, F& meanwhile) {
    gather_block<W>(a.row(k), k, b);
    V* const to = a.at(k, k);
    [&]<int... C>(std::integer_sequence<int, C...>) TENON_INLINE_LAMBDA {
      (factor_column<C, W>(b, to, meanwhile), ...);
    }(std::make_integer_sequence<int, W>{});
  }

  // What the columns before k leave of it.
  template <int W>
  [[gnu::noinline]] static void gather_block(const V* row, index_t k, block& b) {
    V l[W][W];
    const V* const end = row + k * ld;
    TENON_UNROLL(4)
    for (int c = 0; c < W; ++c)
      TENON_UNROLL(4)
      for (int r = c; r < W; ++r) l[r][c] = end[c * ld + r];
    for (; row != end; row += ld) {
      V x[W];
      TENON_UNROLL(4)
      for (int r = 0; r < W; ++r) x[r] = row[r];
      TENON_UNROLL(4)
      for (int c = 0; c < W; ++c)
        TENON_UNROLL(4)
        for (int r = c; r < W; ++r) l[r][c] = fnma(x[r], x[c], l[r][c]);
    }
    TENON_UNROLL(4)
    for (int c = 0; c < W; ++c)
      TENON_UNROLL(4)
      for (int r = c; r < W; ++r) b.l[r][c] = l[r][c];
  }

  template <int C, int W, class F>
  TENON_INLINE void factor_column(block& b, V* to, F& meanwhile) {
    // The reciprocal of the root is then a good number. What is not a number ends up in a pivot; its lane goes on for nothing.
    const V pivot = b.l[C][C];
    good_ = good_ & (pivot > V(16 * smallest_normal<R>)) & (pivot <= V(std::numeric_limits<R>::max()));
    const V root = sqrt(pivot);
    b.l[C][C] = to[C * ld + C] = root;
    b.inverse[C] = V(R(1)) / root;
    meanwhile(C);
    TENON_UNROLL(4)
    for (int r = C + 1; r < W; ++r) b.l[r][C] = to[C * ld + r] = b.l[r][C] * b.inverse[C];
    TENON_UNROLL(4)
    for (int j = C + 1; j < W; ++j)
      TENON_UNROLL(4)
      for (int r = j; r < W; ++r) b.l[r][j] = fnma(b.l[r][C], b.l[j][C], b.l[r][j]);
  }

  // A few rows of columns [k, k + width), below the block on the diagonal. across: the block's rows.
  [[gnu::noinline]] static void solve_tile(const V* across, V* down, index_t k, const block& b) {
    constexpr int W = width, rows = tile_rows;
    V* const tile = down + k * ld;
    V x[W][rows];
    TENON_UNROLL(4)
    for (int c = 0; c < W; ++c)
      TENON_UNROLL(4)
      for (int r = 0; r < rows; ++r) x[c][r] = tile[c * ld + r];
    for (const V* const end = across + k * ld; across != end; across += ld, down += ld) {
      V y[rows];                                             // loaded once: g++ would do it again for each product
      TENON_UNROLL(4)
      for (int r = 0; r < rows; ++r) y[r] = V(cpu::detail::keep_register(down[r].r));
      TENON_UNROLL(4)
      for (int c = 0; c < W; ++c) {
        const V z = across[c];
        TENON_UNROLL(4)
        for (int r = 0; r < rows; ++r) x[c][r] = fnma(z, y[r], x[c][r]);
      }
    }
    TENON_UNROLL(4)
    for (int c = 0; c < W; ++c) {
      TENON_UNROLL(4)
      for (int d = 0; d < c; ++d)
        TENON_UNROLL(4)
        for (int r = 0; r < rows; ++r) x[c][r] = fnma(b.l[c][d], x[d][r], x[c][r]);
      TENON_UNROLL(4)
      for (int r = 0; r < rows; ++r) tile[c * ld + r] = x[c][r] = x[c][r] * b.inverse[c];
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
  const index_t n = p.n, size = n * n;
  auto* const packed = reinterpret_cast<vec<R>*>(w.data);    // not taken: later w is free for matrices that are computed alone
  // The upper triangle, where it is the one to be read, is the lower one of A^T.
  kernels::linalg::lane_source<R> as_lower = source;
  if (p.upper) as_lower.by_rows = !source.by_rows;
  const auto first_of = [&](int g) TENON_INLINE_LAMBDA { return first + g * N; };
  const auto count_of = [&](int g) TENON_INLINE_LAMBDA { return smaller(N, count - g * N); };

  cholesky_lanes<R> group[Groups];
  TENON_UNROLL(2)
  for (int g = 0; g < Groups; ++g) {
    group[g] = {n, packed + g * lower_strips<R>::size(n)};
    pack_lower(as_lower, first_of(g), count_of(g), n, group[g].a);
  }
  // Memory is read and written while there is something else to do. Where columns are whole vectors, one of a panel that is done goes with each step,
  // and what is to be read of one of the next group's rows, little at a time, so that nothing waits for memory. They go whole and in order: lines that
  // memory gets one after the other cost it less. Other groups write a panel, and ask for as much, while the one behind it waits for its roots.
  const bool around = kernels::linalg::goes_around_caches(p.count * size * static_cast<index_t>(sizeof(R))) &&
                      reinterpret_cast<std::uintptr_t>(out) % sizeof(vec<R>) == 0;
  const bool whole = Groups == 1 && count == N && lower_block<R>(n) == N;
  const index_t next = first + count, next_count = around ? smaller(count, p.count - next) : 0;
  index_t asked = 0, written = 0;
  const auto write = [&](index_t end) TENON_INLINE_LAMBDA {
    TENON_UNROLL(2)
    for (int g = 0; g < Groups; ++g) unpack_lower(group[g].a, written, end, n, count_of(g), out + first_of(g) * size, p.upper, around);
    written = end;
  };
  TENON_UNROLL(2)
  for (int g = 0; g < Groups; ++g) group[g].begin();
  for (index_t k = 0; k < n; k += width) {
    TENON_UNROLL(2)
    for (int g = 0; g < Groups; ++g)
      group[g].factor_columns(k, [&]() TENON_INLINE_LAMBDA {
        if (!whole) return;
        if (asked < n) prefetch_lower(as_lower, next, next_count, n, asked++);
        if (written < k) write(written + (written + width < k ? 2 : 1));
      });
    if (!whole && k > 0) {
      prefetch_group(source, next, next_count, (k - width) * n, k * n);
      write(k);
    }
  }
  write(n);
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
  const bool pairs = p.n <= kernels::linalg::paired_order;
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
