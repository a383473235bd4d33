#pragma once
// Singular value decompositions of small real matrices by one-sided Jacobi, one in each lane of a vector.
//
//   a (m, n), 2 <= n <= m <= 32  ->  value(i), i < n, unsorted; u (m, u_cols), v (n, n)
//
// Method     Hestenes (J. SIAM 6(1), 1958): plane rotations from the right, each of which makes two columns orthogonal, until all are:
//            A V = U diag(s). A tall A first becomes its R, by reflectors. Pairs come in Luk & Park's modulus order (SIAM J. Sci. Stat.
//            Comput. 10(1), 1989), i + j = r modulo n for r = 0 ... n - 1: those of one r have no column in common, so that none waits
//            for another's square roots. A rotation also sorts its two columns. A pair is left alone where no lane needs it.
// Rotation   Columns are a_i = w_i c_i, w_i a power of two and c_i of length near 1. With x the longer one of a pair, y the other, g = x.y,
//            r = w_y / w_x (all but w of c):
//              d = x.x - r^2 y.y >= 0,   h = 2 r g,   e = d + sqrt(d^2 + h^2),   (c, s) = (e, h) / sqrt(e^2 + h^2)
//              x <- c x + s r y,   y <- c y - (s / r) x;   s / r by 2 g instead of h
//            Nothing here overflows, and what vanishes is nothing beside x, whatever the columns' sizes.
// Accuracy   Each value to its own last digits: see jacobi.hpp. A pair is orthogonal where |x.y| <= tol |x| |y| (Demmel & Veselic, SIAM J.
//            Matrix Anal. Appl. 13(4), 1992).
#include <tenon/kernels/cpu/linalg/jacobi_rule.hpp>
#include <tenon/kernels/cpu/linalg/lanes.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg {

template <class R>
class jacobi_lanes {
 public:
  using V = vec<R>;
  using M = mask<R, lanes<R>>;

  // The matrices are packed into `a`; see pack_lanes. memory: kernels::linalg::jacobi_lanes_room(m, n, u_cols) vectors.
  jacobi_lanes(index_t m, index_t n, index_t u_cols, V* memory)
      : m_(m), n_(n), u_cols_(u_cols), u_ld(m + 1), v_ld(n + 1), a(memory), u(a + m * n), v(u + u_ld * u_cols), w_(v + v_ld * n), inverse_w_(w_ + n), tau_(inverse_w_ + n),
        length_(tau_ + n) {}

  // The lanes that have converged. A column that is zero, or becomes it, is not for here: where U has to be completed, or digits have
  // been lost to subnormal numbers, a lane counts as one that has not.
  M run(bool vectors, index_t sweeps) {
    scale_columns();
    if (vectors) set_to_identity(v, v_ld, n_);
    iterate(vectors, smaller(sweeps, jacobi_rule<R>::most_lane_sweeps));
    for (index_t j = 0; j < n_; ++j) length_[j] = sqrt(multiply(u + j * u_ld, u + j * u_ld).xy);
    if (vectors) form_u();
    return ~(open_ | left_out_);
  }
  // A singular value of each lane: its columns are u's and v's of this number.
  V value(index_t j) const { return length_[j] * w_[j]; }

 private:
  index_t m_, n_, u_cols_;

 public:
  index_t u_ld, v_ld;                  // not powers of two, or columns would share cache sets
  V *a, *u, *v;

 private:
  V *w_, *inverse_w_, *tau_, *length_;
  M open_ = M(true), left_out_ = M(false), unfinished_ = M(false);           // what is done with is not turned again, whatever its neighbours need

  struct products {
    V xx, yy, xy;
  };
  products multiply(const V* x, const V* y) const {
    V sum[6] = {V(0), V(0), V(0), V(0), V(0), V(0)};
    index_t k = 0;
    for (; k + 2 <= n_; k += 2)
      TENON_UNROLL(2)
      for (int h = 0; h < 2; ++h) {
        sum[h] = fma(x[k + h], x[k + h], sum[h]);
        sum[2 + h] = fma(y[k + h], y[k + h], sum[2 + h]);
        sum[4 + h] = fma(x[k + h], y[k + h], sum[4 + h]);
      }
    if (k < n_) {
      sum[0] = fma(x[k], x[k], sum[0]);
      sum[2] = fma(y[k], y[k], sum[2]);
      sum[4] = fma(x[k], y[k], sum[4]);
    }
    return {sum[0] + sum[1], sum[2] + sum[3], sum[4] + sum[5]};
  }

  // A = C diag(w); C, or the R of it, in the top of u.
  void scale_columns() {
    const index_t m = m_, n = n_;
    for (index_t j = 0; j < n; ++j) {
      V* const from = a + j * m;
      V* const to = m == n ? u + j * u_ld : from;
      w_[j] = unit_of(from, m);
      inverse_w_[j] = V(1) / w_[j];
      for (index_t k = 0; k < m; ++k) to[k] = from[k] * inverse_w_[j];
    }
    for (index_t j = 0; m > n && j < n; ++j) {
      V* const column = a + j * m;
      V beta;
      tau_[j] = make_lane_reflector(m - j - 1, column[j], column + j + 1, beta);
      apply_lane_reflector(tau_[j], column + j + 1, m - j - 1, column + m + j, m, n - j - 1);
      for (index_t k = 0; k < n; ++k) u[j * u_ld + k] = k < j ? column[k] : k == j ? beta : V(0);
    }
  }
  // The power of two below a column's largest entry. Lanes where that is zero or subnormal are left out from here on.
  V unit_of(const V* x, index_t rows) {
    V most(R(0));
    for (index_t k = 0; k < rows; ++k) most = at_least(abs(x[k]), most);
    const M lost = most < V(smallest_normal<R>);
    leave_out(lost);
    return powers_of_two_below(select(lost, V(1), most));
  }
  void leave_out(M which) {
    left_out_ = left_out_ | which;
    open_ = open_ & ~which;
  }
  // Brings a column that cancellation has made short near 1 again.
  [[gnu::noinline]] void lengthen(index_t j, V square) {
    V* const x = u + j * u_ld;
    const V unit = select(square < V(jacobi_rule<R>::least_square), unit_of(x, n_), V(1)), inverse = V(1) / unit;
    for (index_t k = 0; k < n_; ++k) x[k] *= inverse;
    w_[j] *= unit;
    inverse_w_[j] *= inverse;
    leave_out(w_[j] < V(smallest_normal<R>));
  }

  // A lane is done with after a sweep that found its columns orthogonal, or nearly so: see turn().
  void iterate(bool vectors, index_t most) {
    const index_t n = n_;
    for (index_t sweep = 0; any(open_) && sweep < most; ++sweep) {
      unfinished_ = M(false);
      for (index_t r = 0; r < n; ++r)
        for (index_t i = 0; i < n; ++i) {
          const index_t j = r >= i ? r - i : r - i + n;
          if (i < j) turn(i, j, vectors);
        }
      open_ = open_ & unfinished_;
    }
  }

  // Makes columns i and j orthogonal, and i the longer one.
  void turn(index_t i, index_t j, bool vectors) {
    V* const first = u + i * u_ld;
    V* const second = u + j * u_ld;
    products p = multiply(first, second);
    if (any((select(p.xx < p.yy, p.xx, p.yy) < V(jacobi_rule<R>::least_square)) & open_)) {
      lengthen(i, p.xx);
      lengthen(j, p.yy);
      p = multiply(first, second);
    }
    const R tolerance = jacobi_rule<R>::tolerance(n_);
    const V squares = p.xx * p.yy, square = p.xy * p.xy;
    const M needed = (square > V(tolerance * tolerance) * squares) & open_;
    if (!any(needed)) return;

    const V ratio = w_[j] * inverse_w_[i];                       // 0 or infinite where one is nothing beside the other
    const M in_order = (p.xx >= ratio * ratio * p.yy) | ~needed;
    const V r = select(in_order, ratio, w_[i] * inverse_w_[j]), xx = select(in_order, p.xx, p.yy), yy = select(in_order, p.yy, p.xx);
    const V g = p.xy + p.xy, h = r * g, d = fnma(r * r, yy, xx), e = d + sqrt(fma(d, d, h * h));
    const V inverse = V(1) / sqrt(fma(e, e, h * h));
    const V c = select(needed, e * inverse, V(1)), s = select(needed, h * inverse, V(0));
    const V to_x = select(needed, r * s, V(0)), to_y = select(needed, -(g * inverse), V(0));
    // Where no cosine and no sine of a sweep was larger than q, none of the 2 n rotations that follow one makes more than q^2 of its pair again.
    const V small(tolerance / static_cast<R>(2 * n_));           // q^2
    unfinished_ = unfinished_ | (needed & ((square > small * squares) | (to_y * to_y * xx > small * yy)));
    rotate(first, second, n_, select(in_order, c, to_x), select(in_order, to_x, c), select(in_order, to_y, c), select(in_order, c, to_y));
    if (vectors) rotate(v + i * v_ld, v + j * v_ld, n_, select(in_order, c, s), select(in_order, s, c), select(in_order, -s, c), select(in_order, c, -s));
    exchange_where(~in_order, w_[i], w_[j]);
    exchange_where(~in_order, inverse_w_[i], inverse_w_[j]);
  }
  TENON_INLINE static void exchange_where(M which, V& x, V& y) {
    const V z = x;
    x = select(which, y, z);
    y = select(which, z, y);
  }
  // x <- xx x + xy y,   y <- yx x + yy y
  TENON_INLINE static void rotate(V* x, V* y, index_t rows, V xx, V xy, V yx, V yy) {
    for (index_t k = 0; k < rows; ++k) {
      const V p = x[k], q = y[k];
      x[k] = fma(xx, p, xy * q);
      y[k] = fma(yx, p, yy * q);
    }
  }

  void form_u() {
    const index_t m = m_, n = n_;
    for (index_t j = 0; j < u_cols_; ++j) {
      V* const column = u + j * u_ld;
      const V inverse = j < n ? V(1) / length_[j] : V(0);
      for (index_t k = 0; j < n && k < n; ++k) column[k] *= inverse;
      for (index_t k = j < n ? n : 0; k < m; ++k) column[k] = V(k == j ? R(1) : R(0));
    }
    for (index_t j = n - 1; m > n && j >= 0; --j) apply_lane_reflector(tau_[j], a + j * m + j + 1, m - j - 1, u + j, u_ld, u_cols_);
  }
  static void set_to_identity(V* x, index_t ld, index_t cols) {
    for (index_t k = 0; k < ld * cols; ++k) x[k] = V(0);
    for (index_t i = 0; i < cols; ++i) x[i * ld + i] = V(1);
  }
};

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg
