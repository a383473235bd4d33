#pragma once
// Eigenvalues and eigenvectors of small symmetric matrices, one in each lane of a vector.
//
//   a (n, n) lower triangles, n <= 32  ->  d (n) unsorted, z (n, n)
//
// Method     As for one matrix: Householder reflectors to tridiagonal form, implicit QL with Wilkinson's shift; for the values alone its
//            root-free form (tridiagonal_values.hpp). Each lane has its own window [first, last]; a sweep runs over the union of all,
//            with the identity for a rotation where a lane has none. After a few sweeps the windows shrink together, because QL finds
//            the eigenvalues from the top: little is wasted.
// Where      Lanes whose matrix is done turn no column. A lane that is not after 30 sweeps for each eigenvalue is told of.
#include <tenon/kernels/cpu/linalg/lanes.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg {

template <class R>
class eigh_lanes {
 public:
  using V = vec<R>;
  using M = mask<R, lanes<R>>;
  // The lower triangles are packed into `a`; see pack_lanes. memory: kernels::linalg::eigh_lanes_room(n) vectors.
  eigh_lanes(index_t n, V* memory)
      : n_(n), ld(n + 1), a(memory), z(a + n * n), d(z + n * ld), e_(d + n), tau_(e_ + n), w_(tau_ + n), turns_(n, w_ + n) {}

  // The lanes that have converged.
  M run(bool vectors, index_t sweeps) {
    V most(smallest_normal<R>);
    for (index_t j = 0; j < n_; ++j)
      for (index_t i = j; i < n_; ++i) most = at_least(abs(a[i + j * n_]), most);
    unit = powers_of_two_below(most);
    const V inverse = V(1) / unit;
    for (index_t j = 0; j < n_; ++j)
      for (index_t i = j; i < n_; ++i) a[i + j * n_] *= inverse;
    tridiagonalize();
    if (!vectors) return iterate_values(sweeps * n_);
    form_z();
    return iterate(sweeps * n_);
  }

 private:
  index_t n_;

 public:
  index_t ld;                          // of z: not a power of two, or columns would share cache sets
  V *a, *z, *d;

 private:
  V *e_, *tau_, *w_;
  lane_rotations<R> turns_;

  void tridiagonalize() {
    const index_t n = n_;
    for (index_t i = 0; i + 1 < n; ++i) {
      const index_t m = n - i - 1;
      V* const v = a + i * n + i + 1;
      d[i] = v[-1];
      tau_[i] = make_lane_reflector(m - 1, v[0], v + 1, e_[i]);
      v[0] = V(1);
      // w = tau (A v), of the lower triangle of A below and right of (i + 1, i + 1)
      V* const w = w_;
      for (index_t r = 0; r < m; ++r) w[r] = V(0);
      for (index_t j = 0; j < m; ++j) {
        const V* const p = a + (i + 1 + j) * n + i + 1;
        const V x = v[j];
        V across = p[j] * x;
        for (index_t r = j + 1; r < m; ++r) {
          w[r] = fma(p[r], x, w[r]);
          across = fma(p[r], v[r], across);
        }
        w[j] += across;
      }
      V product(0);
      for (index_t r = 0; r < m; ++r) {
        w[r] *= tau_[i];
        product = fma(w[r], v[r], product);
      }
      const V half = tau_[i] * product * V(R(-0.5));
      for (index_t r = 0; r < m; ++r) w[r] = fma(half, v[r], w[r]);
      for (index_t j = 0; j < m; ++j) {
        V* const p = a + (i + 1 + j) * n + i + 1;
        const V x = -v[j], y = -w[j];
        for (index_t r = j; r < m; ++r) p[r] = fma(w[r], x, fma(v[r], y, p[r]));
      }
    }
    d[n - 1] = a[n * n - 1];
    e_[n - 1] = V(0);
  }

  void form_z() {
    const index_t n = n_;
    for (index_t k = 0; k < n * ld; ++k) z[k] = V(0);
    for (index_t i = 0; i < n; ++i) z[i * ld + i] = V(1);
    for (index_t i = n - 2; i >= 0; --i) apply_lane_reflector(tau_[i], a + i * n + i + 2, n - i - 2, z + (i + 1) * ld + i + 1, ld, n - i - 1);
  }

  // Each lane's window: from the first e that is not negligible to behind the next one that is. Negligible ones become zero.
  struct windows {
    V first, last, d_first, d_next, e_first, d_last;
    index_t begin, end;                // of the union
    M converged;
  };
  // `squared`: e holds squares.
  windows find_windows(bool squared) {
    const index_t n = n_;
    const V none(static_cast<R>(n));
    constexpr R u = unit_roundoff<R>;
    windows w = {none, none, V(0), V(0), V(1), V(0), 0, 0, none == none};
    for (index_t i = 0; i + 1 < n; ++i) {
      const V at(static_cast<R>(i)), e = e_[i], square = squared ? e : e * e;
      const M counts = square > fma(V(u * u), abs(d[i] * d[i + 1]), V(smallest_normal<R>));
      e_[i] = select(counts, e, V(0));
      const M begins = counts & (w.first == none), extends = begins | (counts & (w.last == at));
      w.first = select(begins, at, w.first);
      w.d_first = select(begins, d[i], w.d_first);
      w.d_next = select(begins, d[i + 1], w.d_next);
      w.e_first = select(begins, e, w.e_first);
      w.last = select(extends, at + V(1), w.last);
      w.d_last = select(extends, d[i + 1], w.d_last);
    }
    w.converged = w.first == none;
    w.begin = static_cast<index_t>(reduce_min(w.first));
    w.end = static_cast<index_t>(reduce_max(select(w.converged, V(0), w.last)));
    return w;
  }

  M iterate(index_t most) {
    const index_t n = n_;
    for (index_t sweep = 0;; ++sweep) {
      const windows w = find_windows(false);
      const bool done = all(w.converged) || sweep == most;
      if (done || turns_.full()) {
        turns_.template apply<false>(z, n, ld);
        turns_.clear();
      }
      if (done) return w.converged;
      V g = (w.d_next - w.d_first) / (V(2) * w.e_first);
      const V root = copysign(sqrt(fma(g, g, V(1))), g);
      const V start = w.d_last - w.d_first + w.e_first / (g + root);             // d_last - shift
      turns_.begin(w.begin, w.end);
      V c(1), s(1), p(0);
      for (index_t i = w.end - 1; i >= w.begin; --i) {
        const V at(static_cast<R>(i));
        const M inside = (at >= w.first) & (at < w.last), starts = at + V(1) == w.last;
        g = select(starts, start, g);
        c = select(starts, V(1), c);
        s = select(starts, V(1), s);
        p = select(starts, V(0), p);
        const V f = s * e_[i], b = c * e_[i];
        const lane_turn<R> turn(g, f);
        e_[i + 1] = select(inside & ~starts, turn.r, e_[i + 1]);
        const V high = d[i + 1] - p, r = fma(d[i] - high, turn.s, V(2) * turn.c * b), p_new = turn.s * r;
        d[i + 1] = select(inside, high + p_new, d[i + 1]);
        g = select(inside, fma(turn.c, r, -b), g);
        p = select(inside, p_new, p);
        c = select(inside, turn.c, c);
        s = select(inside, turn.s, s);
        turns_.c(i) = select(inside, turn.c, V(1));
        turns_.s(i) = select(inside, turn.s, V(0));
      }
      for (index_t i = w.begin; i < w.end; ++i) {
        const M here = V(static_cast<R>(i)) == w.first;
        d[i] = select(here, d[i] - p, d[i]);
        e_[i] = select(here, g, e_[i]);
      }
    }
  }

  M iterate_values(index_t most) {
    for (index_t i = 0; i + 1 < n_; ++i) e_[i] *= e_[i];
    for (index_t sweep = 0;; ++sweep) {
      const windows w = find_windows(true);
      if (all(w.converged) || sweep == most) return w.converged;
      const V root = sqrt(w.e_first), ratio_of = (w.d_next - w.d_first) / (V(2) * root);
      const V shift = w.d_first - root / (ratio_of + copysign(sqrt(fma(ratio_of, ratio_of, V(1))), ratio_of));
      V c(1), s(0), gamma(0), p(1);
      for (index_t i = w.end - 1; i >= w.begin; --i) {
        const V at(static_cast<R>(i));
        const M inside = (at >= w.first) & (at < w.last), starts = at + V(1) == w.last;
        c = select(starts, V(1), c);
        s = select(starts, V(0), s);
        gamma = select(starts, w.d_last - shift, gamma);
        p = select(starts, gamma * gamma, p);
        const V square = e_[i], r = p + square, inverse = V(1) / r, ratio = r / p, a_i = d[i];
        e_[i + 1] = select(inside & ~starts, s * r, e_[i + 1]);
        const V c_new = p * inverse, s_new = square * inverse, gamma_new = fma(c_new, a_i - shift, -(s_new * gamma));
        d[i + 1] = select(inside, gamma + (a_i - gamma_new), d[i + 1]);
        const V p_new = select(c_new > V(smallest_normal<R>), gamma_new * gamma_new * ratio, c * square);
        c = select(inside, c_new, c);
        s = select(inside, s_new, s);
        gamma = select(inside, gamma_new, gamma);
        p = select(inside, p_new, p);
      }
      for (index_t i = w.begin; i < w.end; ++i) {
        const M here = V(static_cast<R>(i)) == w.first;
        d[i] = select(here, shift + gamma, d[i]);
        e_[i] = select(here, s * p, e_[i]);
      }
    }
  }

 public:
  V unit;                              // A was divided by it, so that its largest entry is near 1: eigenvalues are d * unit
};

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg
