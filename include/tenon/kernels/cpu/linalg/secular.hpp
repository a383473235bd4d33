#pragma once
// The secular equation: one root of
//
//   f(x) = 1/rho + sum_i z_i^2 / (p_i - x) = 0,        p_0 < p_1 < ... < p_{k-1},   rho > 0,   no z_i zero
//
// There is one root between neighbouring poles, and one above the last. Divide and conquer needs p_i - x for all i to full
// relative accuracy, so x is never formed: it is given as the nearest pole, `origin`, and x's distance from it.
//
// Method     Li, "Solving secular equations stably and efficiently", LAPACK working note 89, 1993. f is interpolated by
//            c + a / (p_j - x) + b / (p_{j+1} - x): with the weight of the nearest pole kept ("fixed weight"), or each side
//            of f by its own pole ("middle way"). When a step gains less than a factor of 10, the other one has its turn.
// Safe       f increases between the poles, so every value of f shortens the bracket. A step that leaves the bracket, and every
//            second one when the fast ones have not been enough, halves it. It ends in any case when no number lies within.
// Stop       |f| below the rounding error of its own evaluation (Gu & Eisenstat 1994, 1995): this is what makes the
//            eigenvectors made from the roots orthogonal.
// Poles      For eigenvalues p_i = d_i, for singular values p_i = d_i^2. Only differences of poles are ever used.
#include <tenon/kernels/cpu/linalg/real.hpp>
#include <tenon/kernels/cpu/simd.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg {

// Poles d_i, or d_i^2 (d_i >= 0): their differences, for one i or for a vector of them.
template <class R>
struct plain_poles {
  const R* d;
  R difference(index_t i, index_t j) const { return d[i] - d[j]; }
  vec<R> differences(index_t i, index_t count, R from) const { return vec<R>::load(d + i, count) - vec<R>(from); }
};
template <class R>
struct squared_poles {
  const R* d;
  R difference(index_t i, index_t j) const { return (d[i] - d[j]) * (d[i] + d[j]); }
  vec<R> differences(index_t i, index_t count, R from) const {
    const vec<R> v = vec<R>::load(d + i, count), w(from);
    return (v - w) * (v + w);
  }
};

template <class R, class Poles>
class secular_equation {
 public:
  struct root {
    index_t origin;
    R offset;
  };

  secular_equation(index_t k, Poles poles, const R* z, R rho) : k_(k), poles_(poles), z_(z), inverse_rho_(1 / rho), rho_(rho) {}

  // Root number j, 0 <= j < k.
  root solve(index_t j) const {
    if (k_ == 1) return {0, rho_ * z_[0] * z_[0]};
    return j + 1 < k_ ? between(j) : beyond();
  }

 private:
  index_t k_;
  Poles poles_;
  const R* z_;
  R inverse_rho_, rho_;

  // f and its derivative, the terms up to pole `split` (low, <= 0 at the root) and above it (high) apart; and a bound of the
  // rounding error of f in units of u.
  struct value {
    R f, slope_low, slope_high, error;
  };

  struct sums {
    R sum, slope, partial;                                       // of z^2/gap, (z/gap)^2, and of the running sums' magnitudes
  };
  sums add_terms(index_t begin, index_t end, R origin_pole, R x) const {
    using V = vec<R>;
    constexpr index_t N = lanes<R>;
    V sum(0), slope(0), partial(0);
    for (index_t i = begin; i < end; i += N) {
      const index_t count = end - i < N ? end - i : N;
      const V gap = poles_.differences(i, count, origin_pole) - V(x), z = V::load(z_ + i, count);
      const V t = z / (count == N ? gap : select(mask<R, static_cast<int>(N)>::first(count), gap, V(1)));
      sum = fma(t, z, sum);
      slope = fma(t, t, slope);
      partial += abs(sum);
    }
    return {reduce_add(sum), reduce_add(slope), reduce_add(partial)};
  }

  value evaluate(index_t split, index_t origin, R x) const {
    const R pole = poles_.d[origin];
    const sums low = add_terms(0, split + 1, pole, x), high = add_terms(split + 1, k_, pole, x);
    value v;
    v.f = inverse_rho_ + low.sum + high.sum;
    v.slope_low = low.slope;
    v.slope_high = high.slope;
    v.error = 8 * (high.sum - low.sum) + low.partial + high.partial + 2 * inverse_rho_ + magnitude(x) * (low.slope + high.slope);
    return v;
  }

  // The root of c y^2 - a y + b nearer to zero that the interpolations need.
  static R quadratic(R a, R b, R c) {
    if (c == 0) return b / a;
    const R width = square_root(magnitude(a * a - 4 * b * c));
    return a <= 0 ? (a - width) / (2 * c) : 2 * b / (a + width);
  }

  // A step y from x, where f has the value v, in the bracket (low, high).
  template <class Step>
  root iterate(index_t split, index_t origin, R x, R low, R high, Step step) const {
    bool other = false;
    R previous = 0;
    for (int turn = 0; turn < 400; ++turn) {                                    // halving every second time: far more than there are bits
      const value v = evaluate(split, origin, x);
      if (magnitude(v.f) <= unit_roundoff<R> * v.error) break;
      if (v.f <= 0) low = larger_of(low, x);
      else high = smaller_of(high, x);
      if (turn > 0 && magnitude(v.f) > previous / 10) other = !other;
      previous = magnitude(v.f);
      R y = step(v, x, other);
      if (!(v.f * y < 0)) y = -v.f / (v.slope_low + v.slope_high);             // Newton, when rounding spoiled the quadratic
      R next = x + y;
      if (!(next > low && next < high) || (turn > 20 && turn % 2 == 0)) next = low + (high - low) / 2;
      if (next == x || next <= low || next >= high) break;                     // the bracket holds no other number
      x = next;
    }
    return {origin, x};
  }

  root between(index_t j) const {
    const R gap = poles_.difference(j + 1, j), middle = gap / 2, zj = z_[j] * z_[j], zn = z_[j + 1] * z_[j + 1];
    // f at the middle says which pole is nearer; without its two terms there, it is the constant of the first interpolation.
    const R pole = poles_.d[j];
    const R rest = inverse_rho_ + add_terms(0, j, pole, middle).sum + add_terms(j + 2, k_, pole, middle).sum;
    const R f = rest - zj / middle + zn / (gap - middle);
    const bool at_left = f > 0;
    const index_t origin = at_left ? j : j + 1;
    const R left = at_left ? R(0) : -gap, right = at_left ? gap : R(0);         // the two poles, seen from the origin
    R x, low, high;
    if (at_left) {
      x = first_guess(rest * gap + zj + zn, zj * gap, rest);
      low = 0;
      high = middle;
    } else {
      x = -first_guess(-(rest * gap - zj - zn), zn * gap, -rest);
      low = -middle;
      high = 0;
    }
    if (!(x > low && x < high)) x = low + (high - low) / 2;
    return iterate(j, origin, x, low, high, [=, this](const value& v, R at, bool other) {
      const R to_left = left - at, to_right = right - at, slope = v.slope_low + v.slope_high;
      R c;
      if (other) c = v.f - to_left * v.slope_low - to_right * v.slope_high;
      else if (at_left) c = v.f - to_right * slope + gap * (z_[j] / to_left) * (z_[j] / to_left);
      else c = v.f - to_left * slope - gap * (z_[j + 1] / to_right) * (z_[j + 1] / to_right);
      return quadratic((to_left + to_right) * v.f - to_left * to_right * slope, to_left * to_right * v.f, c);
    });
  }
  static R first_guess(R a, R b, R c) {
    const R width = square_root(magnitude(a * a - 4 * b * c));
    return a > 0 ? 2 * b / (a + width) : (a - width) / (2 * c);
  }

  // Above the last pole: between it and p_{k-1} + rho |z|^2.
  root beyond() const {
    const index_t last = k_ - 1;
    R size = 0;
    for (index_t i = 0; i < k_; ++i) size += z_[i] * z_[i];
    const R reach = rho_ * size, gap = poles_.difference(last, last - 1);
    const R bound = reach * (1 + static_cast<R>(k_) * 2 * unit_roundoff<R>);
    // First guess: the last two poles as they are, the others as at the middle of the bracket.
    const R middle = reach / 2;
    const R rest = inverse_rho_ + add_terms(0, last - 1, poles_.d[last], middle).sum;
    const R zl = z_[last] * z_[last], zp = z_[last - 1] * z_[last - 1];
    const R a = -rest * gap + zp + zl, b = zl * gap, width = square_root(a * a + 4 * b * larger_of(rest, R(0)));
    R x = rest <= 0 ? middle : a < 0 ? 2 * b / (width - a) : (a + width) / (2 * rest);
    if (!(x > 0 && x < bound)) x = middle;
    return iterate(last - 1, last, x, R(0), bound, [=](const value& v, R at, bool) {
      const R to_previous = -gap - at, to_last = -at;
      const R c = magnitude(v.f - to_previous * v.slope_low - to_last * v.slope_high);
      const R p = (to_previous + to_last) * v.f - to_previous * to_last * (v.slope_low + v.slope_high);
      const R q = to_previous * to_last * v.f;
      if (c == 0) return bound - at;
      const R spread = square_root(magnitude(p * p - 4 * q * c));
      return p >= 0 ? (p + spread) / (2 * c) : 2 * q / (p - spread);
    });
  }
};

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg
