#pragma once
// The real Schur form of small matrices, one in each lane of a vector.
//
//   a (n, n), n <= 32  ->  D^-1 A D = Z T Z^T       T in place of A, D = diag(powers of two)
//
// Method     As for one matrix (balance.hpp, hessenberg.hpp, schur_small.hpp). Each lane has its own window [top, bottom]; a sweep
//            runs over the union of all windows, and has the identity for a reflector where a lane is not concerned. The windows
//            shrink from the end at nearly the same rate, so that little is wasted. Finding the window, and bringing a 2x2 block to
//            standard form, which waits for the end, is done for each lane by itself.
// Z          is told of a few sweeps together; see schur_lane_reflectors.hpp.
// Where      The caller leaves out matrices with isolated eigenvalues or of very unequal elements (fits_schur_lanes), and computes
//            those again that have not converged.
#include <tenon/kernels/cpu/linalg/lane_groups.hpp>
#include <tenon/kernels/cpu/linalg/schur_block.hpp>
#include <tenon/kernels/cpu/linalg/schur_lane_reflectors.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg {

// The lanes in which every row and every column has an element off the diagonal, and no element is so small beside the largest that its
// square would count for nothing.
template <class R>
mask<R> fits_schur_lanes(index_t n, const vec<R>* a, index_t ld) {
  using V = vec<R>;
  constexpr R range = sizeof(R) == 4 ? R(0x1p30) : R(0x1p300), none = std::numeric_limits<R>::max();
  V least(none), most(R(0)), thinnest(none), row[lane_order];              // thinnest: row's or column's largest element off the diagonal
  for (index_t i = 0; i < n; ++i) row[i] = V(R(0));
  for (index_t j = 0; j < n; ++j) {
    V column(R(0));
    for (index_t i = 0; i < n; ++i) {
      const V x = abs(a[i + j * ld]);
      least = at_most(select(x == V(R(0)), V(none), x), least);
      most = at_least(x, most);
      if (i == j) continue;
      column = at_least(x, column);
      row[i] = at_least(x, row[i]);
    }
    thinnest = at_most(column, thinnest);
  }
  for (index_t i = 0; i < n; ++i) thinnest = at_most(row[i], thinnest);
  return (thinnest > V(R(0))) & (most < V(range)) & (least > V(R(1) / range)) & (most < least * V(range));
}

template <class R>
class schur_lanes {
 public:
  using V = vec<R>;
  using M = mask<R, lanes<R>>;
  static constexpr index_t N = lanes<R>;
  static constexpr index_t room(index_t n) { return 2 * n * lane_ld(n) + 3 * n; }          // vectors of memory

  index_t ld;                                  // of A and Z
  V *a, *z, *scale;                            // A, then T; Z; D
  V unit = V(R(1));                            // A was divided by it

  // A is at `memory` already, columns lane_ld(n) apart. kept: where Z is wanted, 2 n^2 vectors.
  schur_lanes(index_t n, V* memory, V* kept) 
      : ld(lane_ld(n)), a(memory), z(memory + n * ld), scale(z + n * ld), n_(n), tau_(scale + n), w_(tau_ + n), kept_(n, kept) {}

  // The lanes that have converged. whole: T and Z are wanted, not only the eigenvalues on T's diagonal.
  M run(bool whole, index_t sweeps) {
    whole_ = whole;
    most_rounds_ = 2 * sweeps;
    bring_to_unit_size();
    balance();
    reduce();
    iterate();
    kept_.apply(z, ld);
    for (index_t l = 0; l < N; ++l)
      for (index_t k = 0; k + 1 < n_; ++k)
        if (one(a, k + 1, k, l) != 0) standardize(l, k);
    return converged_;
  }

 private:
  index_t n_;
  V *tau_, *w_;
  schur_lane_reflectors<R> kept_;              // of the sweeps that Z has not seen
  bool whole_ = true;
  index_t top_[N], bottom_[N], rounds_[N];     // of each lane; bottom = -1: done
  index_t most_rounds_ = 0;
  M converged_ = M(true);

  V& at(index_t i, index_t j) const { return a[i + j * ld]; }
  R& one(V* m, index_t i, index_t j, index_t lane) const { return reinterpret_cast<R*>(m + i + j * ld)[lane]; }

  void bring_to_unit_size() {
    V most(smallest_normal<R>);
    for (index_t j = 0; j < n_; ++j)
      for (index_t i = 0; i < n_; ++i) most = at_least(abs(at(i, j)), most);
    unit = powers_of_two_below(most);
    const V inverse = V(R(1)) / unit;
    for (index_t j = 0; j < n_; ++j)
      for (index_t i = 0; i < n_; ++i) at(i, j) *= inverse;
  }

  void balance() {
    const index_t n = n_;
    for (index_t i = 0; i < n; ++i) scale[i] = V(R(1));
    for (index_t pass = 0; pass < 30; ++pass) {
      bool again = false;
      for (index_t i = 0; i < n; ++i) {
        V c(R(0)), r(R(0));
        for (index_t k = 0; k < n; ++k) {
          c = fma(at(k, i), at(k, i), c);
          r = fma(at(i, k), at(i, k), r);
        }
        c = sqrt(c);
        r = sqrt(r);
        const V sum = c + r;
        const M usable = (c > V(R(0))) & (r > V(R(0)));
        V f(R(1));
        for (;;) {
          const M up = usable & (c < r * V(R(0.5))), down = usable & (c * V(R(0.5)) >= r);
          if (!any(up | down)) break;
          const V factor = select(up, V(R(2)), select(down, V(R(0.5)), V(R(1))));
          f *= factor;
          c *= factor;
          r /= factor;
        }
        const M apply = usable & (c + r < V(R(0.95)) * sum) & ~(f == V(R(1)));
        if (!any(apply)) continue;
        again = true;
        f = select(apply, f, V(R(1)));
        const V inverse = V(R(1)) / f;
        for (index_t k = 0; k < n; ++k) at(i, k) *= inverse;
        for (index_t k = 0; k < n; ++k) at(k, i) *= f;
        scale[i] *= f;
      }
      if (!again) break;
    }
  }

  // To Hessenberg form, and Z of it.
  void reduce() {
    const index_t n = n_;
    for (index_t k = 0; k + 2 < n; ++k) {
      const index_t m = n - k - 2;
      V* const tail = &at(k + 2, k);
      V beta;
      tau_[k] = make_lane_reflector(m, at(k + 1, k), tail, beta);
      at(k + 1, k) = beta;
      for (index_t i = 0; i < n; ++i) w_[i] = at(i, k + 1);
      for (index_t l = 0; l < m; ++l)
        for (index_t i = 0; i < n; ++i) w_[i] = fma(tail[l], at(i, k + 2 + l), w_[i]);
      for (index_t i = 0; i < n; ++i) {
        w_[i] *= tau_[k];
        at(i, k + 1) -= w_[i];
      }
      for (index_t l = 0; l < m; ++l)
        for (index_t i = 0; i < n; ++i) at(i, k + 2 + l) = fnma(tail[l], w_[i], at(i, k + 2 + l));
      apply_lane_reflector(tau_[k], tail, m, &at(k + 1, k + 1), ld, n - k - 1);
    }
    if (whole_) {
      for (index_t k = 0; k < n * ld; ++k) z[k] = V(R(0));
      for (index_t i = 0; i < n; ++i) z[i * ld + i] = V(R(1));
      for (index_t k = n - 3; k >= 0; --k) apply_lane_reflector(tau_[k], &at(k + 2, k), n - k - 2, z + (k + 1) * ld + k + 1, ld, n - k - 1);
    }
    for (index_t k = 0; k + 2 < n; ++k)
      for (index_t i = k + 2; i < n; ++i) at(i, k) = V(R(0));
  }

  // Ahues & Tisseur's test, see is_negligible. Elements are near 1 or much smaller, so that products need no care.
  M negligible_at(index_t k) const {
    constexpr R eps = epsilon<R>, floor = negligible_element;
    const V below = abs(at(k, k - 1)), above = abs(at(k - 1, k)), corner = abs(at(k, k)), gap = abs(at(k - 1, k - 1) - at(k, k));
    V size = abs(at(k - 1, k - 1)) + corner;
    V neighbours(R(0));
    if (k > 1) neighbours += abs(at(k - 1, k - 2));
    if (k + 1 < n_) neighbours += abs(at(k + 1, k));
    size = select(size == V(R(0)), neighbours, size);
    const V ab = at_least(below, above), ba = below + above - ab, aa = at_least(corner, gap), bb = corner + gap - aa, s = aa + ab;
    const M small = ba * (ab / s) <= at_least(V(eps) * (bb * (aa / s)), V(floor));
    return (below <= V(floor)) | ((below <= V(eps) * size) & small);
  }
  static constexpr R negligible_element = smallest_normal<R> / epsilon<R> * R(lane_order);

  void iterate() {
    const index_t n = n_;
    for (index_t l = 0; l < N; ++l) {
      bottom_[l] = n - 1;
      rounds_[l] = 0;
    }
    for (;;) {
      index_t last = 0;
      for (index_t l = 0; l < N; ++l) last = bottom_[l] > last ? bottom_[l] : last;
      std::uint32_t small[N] = {};             // bit k: h(k, k-1) is negligible
      for (index_t k = 1; k <= last; ++k) {
        const std::uint64_t bits = to_bits(negligible_at(k));
        if (bits == 0) continue;
        for (index_t l = 0; l < N; ++l) small[l] |= static_cast<std::uint32_t>((bits >> l) & 1) << k;
      }
      bool active = false;
      for (index_t l = 0; l < N; ++l) {
        find_window(l, small[l]);
        active = active || bottom_[l] > 0;
      }
      if (!active) return;
      sweep();
    }
  }

  // What has converged at the end of lane l's window is finished; the window is what is left.
  void find_window(index_t l, std::uint32_t small) {
    while (bottom_[l] > 0) {
      const index_t bottom = bottom_[l];
      const std::uint32_t candidates = small & static_cast<std::uint32_t>((std::uint64_t{2} << bottom) - 1);
      const index_t top = candidates == 0 ? 0 : 31 - __builtin_clz(candidates);
      if (top > 0) one(a, top, top - 1, l) = 0;
      if (top < bottom - 1) {
        top_[l] = top;
        if (++rounds_[l] <= most_rounds_) return;
        converged_ = converged_ & ~M::from_bits(std::uint64_t{1} << l);
        bottom_[l] = -1;
        return;
      }
      bottom_[l] = top - 1;
      rounds_[l] = 0;
    }
    bottom_[l] = -1;
  }

  void standardize(index_t l, index_t k) {
    const standard_block<R> s(one(a, k, k, l), one(a, k, k + 1, l), one(a, k + 1, k, l), one(a, k + 1, k + 1, l));
    one(a, k, k, l) = s.a;
    one(a, k, k + 1, l) = s.b;
    one(a, k + 1, k, l) = s.c;
    one(a, k + 1, k + 1, l) = s.d;
    if (!whole_) return;
    const auto turn = [&](R& x, R& y) {
      const R t = x;
      x = s.cosine * t + s.sine * y;
      y = s.cosine * y - s.sine * t;
    };
    for (index_t j = k + 2; j < n_; ++j) turn(one(a, k, j, l), one(a, k + 1, j, l));
    for (index_t i = 0; i < k; ++i) turn(one(a, i, k, l), one(a, i, k + 1, l));
    for (index_t i = 0; i < n_; ++i) turn(one(z, i, k, l), one(z, i, k + 1, l));
  }

  // The first column of (H - s1)(H - s2) in each lane, for the shifts of double_sweep.
  void first_columns(V& x, V& y, V& v) const {
    alignas(64) R p[4][N], q[5][N];            // the block that the shifts come from; h00, h01, h10, h11, h21 at the window's top
    for (index_t l = 0; l < N; ++l) {
      const index_t t = top_[l], b = bottom_[l];
      if (b <= 0) {
        for (auto& r : p) r[l] = 0;
        for (auto& r : q) r[l] = 0;
        continue;
      }
      if (rounds_[l] % 10 == 0) {
        const bool at_bottom = rounds_[l] % 20 == 0;
        const index_t i = at_bottom ? b : t + 2;
        const R s = absolute(one(a, i, i - 1, l)) + absolute(one(a, i - 1, i - 2, l));
        p[0][l] = p[3][l] = R(0.75) * s + (at_bottom ? one(a, b, b, l) : one(a, t, t, l));
        p[1][l] = R(-0.4375) * s;
        p[2][l] = s;
      } else {
        p[0][l] = one(a, b - 1, b - 1, l);
        p[1][l] = one(a, b - 1, b, l);
        p[2][l] = one(a, b, b - 1, l);
        p[3][l] = one(a, b, b, l);
      }
      q[0][l] = one(a, t, t, l);
      q[1][l] = one(a, t, t + 1, l);
      q[2][l] = one(a, t + 1, t, l);
      q[3][l] = one(a, t + 1, t + 1, l);
      q[4][l] = one(a, t + 2, t + 1, l);
    }
    const V zero(R(0)), unit_one(R(1));
    V b00 = V::load(p[0]), b01 = V::load(p[1]), b10 = V::load(p[2]), b11 = V::load(p[3]);
    const V s = at_least(abs(b00) + abs(b01) + abs(b10) + abs(b11), V(smallest_normal<R>)), scale_down = unit_one / s;
    b00 *= scale_down;
    b01 *= scale_down;
    b10 *= scale_down;
    b11 *= scale_down;
    const V middle = (b00 + b11) * V(R(0.5)), discriminant = (b00 - middle) * (b11 - middle) - b01 * b10, root = sqrt(abs(discriminant));
    const M pair = discriminant >= zero;
    const V plus = middle + root, minus = middle - root;
    const V re = select(pair, middle, select(abs(plus - b11) <= abs(minus - b11), plus, minus)) * s, im = select(pair, root * s, zero);
    const V h00 = V::load(q[0]), h01 = V::load(q[1]), h10 = V::load(q[2]), h11 = V::load(q[3]), h21 = V::load(q[4]);
    const V size = at_least(abs(h00 - re) + abs(im) + abs(h10), V(smallest_normal<R>)), below = h10 / size;
    x = below * h01 + (h00 - re) * ((h00 - re) / size) + im * (im / size);
    y = below * (h00 + h11 - re - re);
    v = below * h21;
    const V sum = unit_one / at_least(abs(x) + abs(y) + abs(v), V(smallest_normal<R>));
    x *= sum;
    y *= sum;
    v *= sum;
  }

  void sweep() {
    const index_t n = n_;
    alignas(64) R tops[N], bottoms[N];
    index_t begin = n, last = 0;
    for (index_t l = 0; l < N; ++l) {
      const bool active = bottom_[l] > 0;
      tops[l] = static_cast<R>(active ? top_[l] : n);
      bottoms[l] = static_cast<R>(active ? bottom_[l] : -1);
      if (!active) continue;
      begin = top_[l] < begin ? top_[l] : begin;
      last = bottom_[l] > last ? bottom_[l] : last;
    }
    const V top = V::load(tops), bottom = V::load(bottoms), zero(R(0));
    V first_x, first_y, first_z;
    first_columns(first_x, first_y, first_z);
    const index_t first_row = whole_ ? 0 : begin, end_column = whole_ ? n : last + 1;
    if (whole_ && kept_.full()) kept_.apply(z, ld);
    V* keep = whole_ ? kept_.begin(begin, last) : nullptr;
    for (index_t k = begin; k < last; ++k) {
      const V here(static_cast<R>(k));
      const M starts = top == here, inside = (top < here) & (here < bottom), three = here + V(R(2)) <= bottom;
      const bool third = k + 2 < n;
      V x = first_x, y = first_y, v = first_z;
      if (k > 0) {
        x = select(inside, at(k, k - 1), x);
        y = select(inside, at(k + 1, k - 1), y);
        if (third) v = select(inside, at(k + 2, k - 1), v);
      }
      v = select(three, v, zero);
      const V tail = fma(y, y, v * v);
      const M idle = ~(starts | inside) | (tail < V(smallest_normal<R> / epsilon<R>));
      const V length = copysign(sqrt(fma(x, x, tail)), x);
      const V inverse = select(idle, zero, V(R(1)) / (x + length));
      const V v1 = y * inverse, v2 = v * inverse, tau = select(idle, zero, (length + x) / length);
      if (k > 0) {
        at(k, k - 1) = select(inside & ~idle, -length, at(k, k - 1));
        at(k + 1, k - 1) = select(inside, zero, at(k + 1, k - 1));
        if (third) at(k + 2, k - 1) = select(inside & three, zero, at(k + 2, k - 1));
      }
      const V t1 = tau * v1, t2 = tau * v2;
      if (whole_) {
        keep[0] = tau;
        keep[1] = v1;
        keep[2] = v2;
        keep += 3;
      }
      if (third) {
        for (index_t j = k; j < end_column; ++j) {
          V* const p = &at(k, j);
          const V sum = fma(v2, p[2], fma(v1, p[1], p[0]));
          p[0] = fnma(tau, sum, p[0]);
          p[1] = fnma(t1, sum, p[1]);
          p[2] = fnma(t2, sum, p[2]);
        }
        turn_columns(first_row, smaller(k + 3, last) + 1, &at(0, k), tau, v1, v2, t1, t2);
      } else {
        for (index_t j = k; j < end_column; ++j) {
          V* const p = &at(k, j);
          const V sum = fma(v1, p[1], p[0]);
          p[0] = fnma(tau, sum, p[0]);
          p[1] = fnma(t1, sum, p[1]);
        }
        turn_columns(first_row, last + 1, &at(0, k), tau, v1, t1);
      }
    }
  }
  // Three columns times the reflector; and two.
  void turn_columns(index_t first, index_t end, V* p, V tau, V v1, V v2, V t1, V t2) const {
    for (index_t i = first; i < end; ++i) {
      const V sum = fma(v2, p[i + 2 * ld], fma(v1, p[i + ld], p[i]));
      p[i] = fnma(tau, sum, p[i]);
      p[i + ld] = fnma(t1, sum, p[i + ld]);
      p[i + 2 * ld] = fnma(t2, sum, p[i + 2 * ld]);
    }
  }
  void turn_columns(index_t first, index_t end, V* p, V tau, V v1, V t1) const {
    for (index_t i = first; i < end; ++i) {
      const V sum = fma(v1, p[i + ld], p[i]);
      p[i] = fnma(tau, sum, p[i]);
      p[i + ld] = fnma(t1, sum, p[i + ld]);
    }
  }
};

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg
