#pragma once
// Singular value decompositions of small real matrices, one in each lane of a vector.
//
//   a (m, n), 2 <= n <= m <= 32  ->  value(i), i < n, unsorted; u (m, u_cols), v (n, n)
//
// Method     As for one matrix: Householder reflectors to bidiagonal form, implicit QR with the shift from the last two rows (Golub &
//            Kahan). Each lane has its own window [first, last], the lowest piece that is not done; a sweep runs over the union of
//            all, with the identity for a rotation where a lane has none.
// Accuracy   Absolute: values to some n u times the largest. An entry counts as zero beside a norm of 1, to which A is scaled.
#include <tenon/kernels/cpu/linalg/lanes.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg {

template <class R>
class svd_lanes {
 public:
  using V = vec<R>;
  using M = mask<R, lanes<R>>;

  // The matrices are packed into `a`; see pack_lanes. memory: kernels::linalg::svd_lanes_room(m, n, u_cols) vectors.
  svd_lanes(index_t m, index_t n, index_t u_cols, V* memory)
      : m_(m), n_(n), u_cols_(u_cols), u_ld(m + 1), v_ld(n + 1), a(memory), u(a + m * n), v(u + u_ld * u_cols), d(v + v_ld * n), rows_(d + n),
        e_(rows_ + n * n), tauq_(e_ + n), taup_(tauq_ + n), w_(taup_ + n), left_turns_(n, w_ + m), right_turns_(n, w_ + m + 2 * lane_rotations<R>::most * n) {}

  // The lanes that have converged.
  M run(bool vectors, index_t sweeps) {
    V most(smallest_normal<R>);
    for (index_t k = 0; k < m_ * n_; ++k) most = at_least(abs(a[k]), most);
    unit = powers_of_two_below(most);
    const V inverse = V(1) / unit;
    for (index_t k = 0; k < m_ * n_; ++k) a[k] *= inverse;
    bidiagonalize();
    if (vectors) form_vectors();
    const M converged = iterate(vectors, sweeps * n_);
    for (index_t c = 0; vectors && c < n_; ++c)                  // the sign of d goes to V
      for (index_t r = 0; r < n_; ++r) {
        V& x = v[c * v_ld + r];
        x = select(d[c] < V(R(0)), -x, x);
      }
    return converged;
  }
  // A singular value of each lane: its columns are u's and v's of this number.
  V value(index_t i) const { return abs(d[i]) * unit; }

 private:
  index_t m_, n_, u_cols_;

 public:
  index_t u_ld, v_ld;                  // not powers of two, or columns would share cache sets
  V *a, *u, *v, *d;
  V unit;                              // A was divided by it, so that its largest entry is near 1: singular values are |d| * unit

 private:
  V *rows_, *e_, *tauq_, *taup_, *w_;
  lane_rotations<R> left_turns_, right_turns_;

  // Step i has two passes over the columns on the right: one takes from them what the last row's reflector left to do, and multiplies them by the new
  // column's; the other takes that, and multiplies them by the new row's.
  void bidiagonalize() {
    const index_t m = m_, n = n_;
    V* const w = w_;                                             // A v, v of the last row's reflector
    V* const x = w_ + m;                                         // -tau v^T A, v of this column's; the rotations' memory, which come later
    const V* last_row = nullptr;
    for (index_t i = 0; i < n; ++i) {
      V* const column = a + i * m;
      if (i > 0)
        for (index_t r = i; r < m; ++r) column[r] = fnma(taup_[i - 1], w[r], column[r]);
      tauq_[i] = make_lane_reflector(m - i - 1, column[i], column + i + 1, d[i]);
      if (i + 1 == n) break;
      for (index_t r = i; i == 0 && r < m; ++r) w[r] = V(0);
      const auto multiply_by_column = [&]<int Columns>(index_t k) TENON_INLINE_LAMBDA {
        V* const p = a + k * m;
        V y[Columns], sum[Columns];
        TENON_UNROLL(4)
        for (int c = 0; c < Columns; ++c) {
          y[c] = i > 0 ? -(taup_[i - 1] * last_row[k + c - i]) : V(0);
          p[c * m + i] = sum[c] = fma(w[i], y[c], p[c * m + i]);
        }
        for (index_t r = i + 1; r < m; ++r) {
          const V q = column[r], z = w[r];
          TENON_UNROLL(4)
          for (int c = 0; c < Columns; ++c) {
            const V updated = fma(z, y[c], p[c * m + r]);
            p[c * m + r] = updated;
            sum[c] = fma(q, updated, sum[c]);
          }
        }
        TENON_UNROLL(4)
        for (int c = 0; c < Columns; ++c) {
          x[k + c] = -(tauq_[i] * sum[c]);
          p[c * m + i] += x[k + c];
        }
      };
      by_four(i + 1, n, multiply_by_column);

      V* const row = rows_ + i * n;                              // (alpha, x), then (1, v's tail)
      for (index_t k = i + 1; k < n; ++k) row[k - i - 1] = a[k * m + i];
      taup_[i] = make_lane_reflector(n - i - 2, row[0], row + 1, e_[i]);
      row[0] = V(1);
      for (index_t r = i + 1; r < m; ++r) w[r] = V(0);
      const auto multiply_by_row = [&]<int Columns>(index_t k) TENON_INLINE_LAMBDA {
        V* const p = a + k * m;
        V y[Columns], z[Columns];
        TENON_UNROLL(4)
        for (int c = 0; c < Columns; ++c) {
          y[c] = x[k + c];
          z[c] = row[k + c - i - 1];
        }
        for (index_t r = i + 1; r < m; ++r) {
          const V q = column[r];
          V sum = w[r];
          TENON_UNROLL(4)
          for (int c = 0; c < Columns; ++c) {
            const V updated = fma(q, y[c], p[c * m + r]);
            p[c * m + r] = updated;
            sum = fma(updated, z[c], sum);
          }
          w[r] = sum;
        }
      };
      by_four(i + 1, n, multiply_by_row);
      last_row = row;
    }
    e_[n - 1] = V(0);
  }
  // f<4>(k) and f<1>(k) over the columns [begin, end).
  template <class F>
  TENON_INLINE static void by_four(index_t begin, index_t end, F f) {
    index_t k = begin;
    for (; k + 4 <= end; k += 4) f.template operator()<4>(k);
    for (; k < end; ++k) f.template operator()<1>(k);
  }

  void form_vectors() {
    const index_t m = m_, n = n_;
    set_to_identity(u, u_ld, u_cols_);
    set_to_identity(v, v_ld, n);
    for (index_t i = n - 1; i >= 0; --i) apply_lane_reflector(tauq_[i], a + i * m + i + 1, m - i - 1, u + i * u_ld + i, u_ld, u_cols_ - i);
    for (index_t i = n - 3; i >= 0; --i) apply_lane_reflector(taup_[i], rows_ + i * n + 1, n - i - 2, v + (i + 1) * v_ld + i + 1, v_ld, n - i - 1);
  }
  static void set_to_identity(V* x, index_t ld, index_t cols) {
    for (index_t k = 0; k < ld * cols; ++k) x[k] = V(0);
    for (index_t i = 0; i < cols; ++i) x[i * ld + i] = V(1);
  }

  M iterate(bool vectors, index_t most) {
    const index_t n = n_;
    constexpr R eighth = R(0.125), unit_error = unit_roundoff<R>;
    for (index_t sweep = 0;; ++sweep) {
      // Each lane's window, from below.
      V first(R(0)), last(R(-1)), d_first(1), d_before(0), d_last(0), e_last(0), least(1), e_first(0);
      for (index_t i = n - 1; i >= 0; --i) d[i] = select(abs(d[i]) <= V(unit_error * eighth), V(0), d[i]);
      for (index_t i = n - 2; i >= 0; --i) {
        const V at(static_cast<R>(i)), size = abs(d[i]) + abs(d[i + 1]) + V(eighth);
        const M none = abs(e_[i]) <= V(unit_error) * size;
        e_[i] = select(none, V(0), e_[i]);
        const M begins = ~none & (last < V(0)), goes_on = ~none & (last > V(0)) & (first == at + V(1)), in = begins | goes_on;
        last = select(begins, at + V(1), last);
        d_last = select(begins, d[i + 1], d_last);
        d_before = select(begins, d[i], d_before);
        e_last = select(begins, e_[i], e_last);
        least = select(begins, abs(d[i + 1]), least);
        first = select(in, at, first);
        d_first = select(in, d[i], d_first);
        e_first = select(in, e_[i], e_first);
        least = select(in & (abs(d[i]) < least), abs(d[i]), least);
      }
      const M converged = last < V(0);
      const bool done = all(converged) || sweep == most;
      if (vectors && (done || left_turns_.full())) {
        left_turns_.template apply<true>(u, m_, u_ld);
        right_turns_.template apply<true>(v, n, v_ld);
        left_turns_.clear();
        right_turns_.clear();
      }
      if (done) return converged;
      first = select(converged, V(static_cast<R>(n)), first);
      const index_t begin = static_cast<index_t>(reduce_min(first)), end = static_cast<index_t>(reduce_max(last));

      // The smaller singular value of the last two rows; none where the piece is singular, which a sweep without shift then shows.
      const V x = abs(d_before), y = abs(d_last), sum = x + y, difference = x - y, square = e_last * e_last;
      const V larger_value = V(R(0.5)) * (sqrt(fma(sum, sum, square)) + sqrt(fma(difference, difference, square)));
      const M singular = least == V(0);
      const V shift = select(singular | converged, V(0), x * y / larger_value), top = select(singular | converged, V(1), d_first);
      const V f_start = select(singular, d_first, (abs(top) - shift) * (copysign(V(1), top) + shift / top));

      left_turns_.begin(begin, end);
      right_turns_.begin(begin, end);
      V f(0), g(0);
      for (index_t i = begin; i < end; ++i) {
        const V at(static_cast<R>(i));
        const M inside = (at >= first) & (at < last), starts = at == first, ends = at + V(1) == last;
        f = select(starts, f_start, f);
        g = select(starts, e_first, g);
        const lane_turn<R> right(f, g);
        if (i > begin) e_[i - 1] = select(inside & ~starts, right.r, e_[i - 1]);
        const V de = fma(right.c, d[i], right.s * e_[i]), ed = fma(right.c, e_[i], -(right.s * d[i]));
        const V bulge = right.s * d[i + 1], dd = right.c * d[i + 1];
        const lane_turn<R> left(de, bulge);
        d[i] = select(inside, left.r, d[i]);
        f = fma(left.c, ed, left.s * dd);
        d[i + 1] = select(inside, fma(left.c, dd, -(left.s * ed)), d[i + 1]);
        e_[i] = select(inside & ends, f, e_[i]);
        g = left.s * e_[i + 1];
        e_[i + 1] = select(inside & ~ends, left.c * e_[i + 1], e_[i + 1]);
        right_turns_.c(i) = select(inside, right.c, V(1));
        right_turns_.s(i) = select(inside, right.s, V(0));
        left_turns_.c(i) = select(inside, left.c, V(1));
        left_turns_.s(i) = select(inside, left.s, V(0));
      }
      if (!vectors) {
        left_turns_.clear();
        right_turns_.clear();
      }
    }
  }
};

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg
