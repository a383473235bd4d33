#pragma once
// Systems of small matrices, one in each lane of a vector: Gaussian elimination with partial pivoting on (A B), then back substitution.
//
// Method     Panels of a few columns. In a panel each column is eliminated from the others at once; the columns on the right, and the
//            right-hand sides, take all of its steps together, two columns at a time, so that they pass through the registers once.
// Inverse    The right-hand side is I, whose rows stay where they are: column c of U^-1 L^-1 is column order[c] of the inverse. Then L^-1 I
//            stays lower triangular, and its zeros are left out.
// Pivots     Each lane has its own: rows are exchanged lane by lane, which for 8 lanes costs less than carrying permutations along.
// Not here   Lanes with a pivot that is zero, or so small that its reciprocal would overflow: they are told of.
#include <tenon/kernels/cpu/linalg/lane_groups.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg {

// Panel: its columns. More of them save passes over memory, once the matrices are larger than that.
template <class R, int Panel>
class lu_lanes {
 public:
  using V = vec<R>;
  using M = mask<R>;
  static constexpr index_t room(index_t n, index_t right) { return lane_ld(n) * (n + right) + n; }         // vectors of memory

  // a (n, n) and behind it b (n, right), packed: see pack_group.
  lu_lanes(index_t n, index_t right, V* memory)
      : ld(lane_ld(n)), a(memory), b(memory + ld * n), n_(n), columns_(n + right), inverse_(b + ld * right) {}
  index_t ld;
  V *a, *b;
  unsigned char order[lanes<R>][lane_order];                 // of the rows of A, of each lane

  // b = A^-1 b. The lanes for which it is.
  M solve() { return run(columns_); }
  // b = U^-1 L^-1: the inverse, but for the order of its columns.
  M invert() {
    for (index_t j = 0; j < n_; ++j)
      for (index_t i = 0; i < n_; ++i) b[i + j * ld] = V(i == j ? R(1) : R(0));
    return run(n_);
  }

 private:
  index_t n_, columns_;
  V* inverse_;                                               // 1 / u_kk

  // Rows are exchanged up to column `moving`: in all columns, or A's alone.
  M run(index_t moving) {
    for (auto& lane : order)
      for (index_t i = 0; i < n_; ++i) lane[i] = static_cast<unsigned char>(i);
    M good(true);
    const auto take_panel = [&](index_t k, index_t j, index_t end) {
      if (k + Panel > n_) {
        for (; j < end; ++j) update_last(k, j);
        return;
      }
      for (; j + 2 <= end; j += 2) update<2>(k, j);
      for (; j < end; ++j) update<1>(k, j);
    };
    for (index_t k = 0; k < n_; k += Panel) {
      const index_t end = smaller(k + Panel, n_), first = moving == columns_ ? k : 0;      // of L nothing is read later if B has moved along
      for (index_t s = k; s < end; ++s) good = good & eliminate(s, end, first, moving);
      take_panel(k, end, moving);
    }
    // Right-hand sides that did not move wait for L's rows to be in their places. Column c of I is zero above row c.
    for (index_t k = 0; moving < columns_ && k < n_; k += Panel) take_panel(k, n_, n_ + smaller(k + Panel, n_));
    index_t j = n_;
    for (; j + 4 <= columns_; j += 4) substitute<4>(a + j * ld);
    for (; j < columns_; ++j) substitute<1>(a + j * ld);
    return good;
  }

  // Step k: the pivot, the exchange of rows in columns [first, moving), l below the pivot, and the columns up to `end` of its panel.
  M eliminate(index_t k, index_t end, index_t first, index_t moving) {
    V* const column = a + k * ld;
    V best = abs(column[k]), row(static_cast<R>(k));
    for (index_t i = k + 1; i < n_; ++i) {
      const V size = abs(column[i]);
      const M larger_one = size > best;
      best = select(larger_one, size, best);
      row = select(larger_one, V(static_cast<R>(i)), row);
    }
    const M good = best >= V(4 * smallest_normal<R>);
    for (std::uint64_t moved = to_bits(row != V(static_cast<R>(k))); moved != 0; moved &= moved - 1) {
      const int lane = __builtin_ctzll(moved);
      const auto other = static_cast<index_t>(row[lane]);
      const unsigned char o = order[lane][k];
      order[lane][k] = order[lane][other];
      order[lane][other] = o;
      R* x = reinterpret_cast<R*>(a + k + first * ld) + lane;
      R* y = reinterpret_cast<R*>(a + other + first * ld) + lane;
      for (index_t j = first; j < moving; ++j, x += ld * lanes<R>, y += ld * lanes<R>) {
        const R t = *x;
        *x = *y;
        *y = t;
      }
    }
    const V inverse = V(R(1)) / select(good, column[k], V(R(1)));
    inverse_[k] = inverse;
    for (index_t i = k + 1; i < n_; ++i) column[i] = column[i] * inverse;
    for (index_t j = k + 1; j < end; ++j) {
      V* const p = a + j * ld;
      const V u = -p[k];
      for (index_t i = k + 1; i < n_; ++i) p[i] = fma(column[i], u, p[i]);
    }
    return good;
  }

  // A panel's steps on Columns columns from j: the upper part by the panel's unit lower triangle, then what is below.
  template <int Columns>
  void update(index_t k, index_t j) {
    const V* const l = a + k * ld;
    V* const p = a + j * ld;
    V u[Panel][Columns];
    TENON_UNROLL(8)
    for (int s = 0; s < Panel; ++s)
      TENON_UNROLL(2)
      for (int c = 0; c < Columns; ++c) {
        V x = p[c * ld + k + s];
        TENON_UNROLL(8)
        for (int t = 0; t < s; ++t) x = fma(l[t * ld + k + s], u[t][c], x);
        p[c * ld + k + s] = x;
        u[s][c] = -x;
      }
    for (index_t i = k + Panel; i < n_; ++i) {
      V x[Columns];
      TENON_UNROLL(2)
      for (int c = 0; c < Columns; ++c) x[c] = p[c * ld + i];
      TENON_UNROLL(8)
      for (int s = 0; s < Panel; ++s) {
        const V f = l[s * ld + i];
        TENON_UNROLL(2)
        for (int c = 0; c < Columns; ++c) x[c] = fma(f, u[s][c], x[c]);
      }
      TENON_UNROLL(2)
      for (int c = 0; c < Columns; ++c) p[c * ld + i] = x[c];
    }
  }
  // The last panel, narrower than the others: nothing is below it.
  void update_last(index_t k, index_t j) {
    V* const p = a + j * ld;
    for (index_t s = k; s < n_; ++s)
      for (index_t t = k; t < s; ++t) p[s] = fma(-a[t * ld + s], p[t], p[s]);
  }

  // x = U^-1 x for columns of x, two unknowns at a time.
  template <int Columns>
  void substitute(V* x) const {
    index_t i = n_ - 1;
    for (; i >= 1; i -= 2) {
      const V *const u = a + i * ld, *const v = u - ld;
      V last[Columns], first[Columns];
      TENON_UNROLL(4)
      for (int c = 0; c < Columns; ++c) {
        V* const p = x + c * ld;
        p[i] = p[i] * inverse_[i];
        last[c] = -p[i];
        p[i - 1] = fma(last[c], u[i - 1], p[i - 1]) * inverse_[i - 1];
        first[c] = -p[i - 1];
      }
      for (index_t r = 0; r < i - 1; ++r) {
        const V y = u[r], z = v[r];
        TENON_UNROLL(4)
        for (int c = 0; c < Columns; ++c) x[c * ld + r] = fma(first[c], z, fma(last[c], y, x[c * ld + r]));
      }
    }
    if (i == 0)
      for (int c = 0; c < Columns; ++c) x[c * ld] = x[c * ld] * inverse_[0];
  }
};

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg
