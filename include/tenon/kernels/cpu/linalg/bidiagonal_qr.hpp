#pragma once
// Singular values, and singular vectors if wanted, of a real upper bidiagonal matrix by implicit QR, to high relative accuracy.
//
//   B (n, n): d on the diagonal, e (n-1) above it  ->  d = singular values, unsorted, >= 0
//   U (u_rows, n) <- U X,   V (v_rows, n) <- V Y,      B = X diag(d) Y^T
//
// Method     Demmel & Kahan, "Accurate singular values of bidiagonal matrices", SIAM J. Sci. Stat. Comput. 11 (1990). Every
//            singular value, however small beside the others, comes with a relative error of some n u:
//            - e_i is negligible when dropping it changes no singular value by more than a relative `tolerance` (their
//              criteria 1a to 2b, through the recurrence mu of their section 4);
//            - a shift is taken only where it cannot spoil the small ones; else the zero-shift sweep, which has no
//              subtraction at all;
//            - the chase runs from the larger end of the diagonal to the smaller.
// Direction  B reversed in both indices and transposed is upper bidiagonal again, with U and V in each other's place: a
//            chase from the bottom is the same code on that matrix.
// Cap        15 n^2 rotations (LAPACK: 6 n^2), which are 30 sweeps for each value, over n / 2 rows as an average; 2 n^2 are usual. A status without
//            convergence says how many values are missing.
#include <tenon/kernels/cpu/linalg/matrix.hpp>
#include <tenon/kernels/cpu/linalg/rotation.hpp>
#include <tenon/kernels/status.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg {

// The singular values of ( f g ; 0 h ), both >= 0, to nearly full relative accuracy.
template <class R>
struct triangular_2x2_values {
  R smaller, larger;

  triangular_2x2_values(R f, R g, R h) {
    const R a = magnitude(f), b = magnitude(g), c = magnitude(h), low = smaller_of(a, c), high = larger_of(a, c);
    if (low == 0) {
      smaller = 0;
      larger = hypotenuse(high, b);
      return;
    }
    const R sum = 1 + low / high, difference = (high - low) / high;
    if (b < high) {
      const R t = (b / high) * (b / high), scale = 2 / (square_root(sum * sum + t) + square_root(difference * difference + t));
      smaller = low * scale;
      larger = high / scale;
    } else {
      const R ratio = high / b;
      if (ratio == 0) {                                          // b is so large that high / b underflows
        smaller = (low * high) / b;
        larger = b;
        return;
      }
      const R x = sum * ratio, y = difference * ratio, scale = 1 / (square_root(1 + x * x) + square_root(1 + y * y));
      smaller = 2 * (low * scale * ratio);
      larger = b / (scale + scale);
    }
  }
};

// (  cl sl ) ( f g ) ( cr -sr )   ( larger    0    )
// ( -sl cl ) ( 0 h ) ( sr  cr ) = (   0    smaller ),   |larger| >= |smaller|; their signs are whatever comes out.
// The formulas are those of the 2x2 step in Demmel & Kahan (appendix): sums of positive terms only.
template <class R>
struct triangular_2x2_svd {
  R larger, smaller, cl, sl, cr, sr;

  triangular_2x2_svd(R f, R g, R h) {
    const bool flipped = magnitude(h) > magnitude(f);
    const R top = flipped ? h : f, low = flipped ? f : h, a = magnitude(top), c = magnitude(low), b = magnitude(g);
    R left_c = 1, left_s = 0, right_c = 1, right_s = 0;
    bool corner = false;                                         // g dominates
    if (b == 0) {
      larger = a;
      smaller = c;
    } else if (b > a && a / b < unit_roundoff<R>) {
      corner = true;
      larger = b;
      smaller = c > 1 ? a / (b / c) : (a / b) * c;
      left_s = low / g;
      right_s = 1;
      right_c = top / g;
    } else {
      corner = b > a;
      const R gap = a - c, l = gap == a ? R(1) : gap / a, m = g / top, t = 2 - l;
      const R mm = m * m, s = square_root(t * t + mm), r = l == 0 ? magnitude(m) : square_root(l * l + mm), mean = (s + r) / 2;
      smaller = c / mean;
      larger = a * mean;
      R tangent;
      if (mm != 0) tangent = (m / (s + t) + m / (r + l)) * (1 + mean);
      else if (l == 0) tangent = with_sign(R(2), top) * with_sign(R(1), g);
      else tangent = g / with_sign(gap, top) + m / t;
      const R size = square_root(tangent * tangent + 4);
      right_c = 2 / size;
      right_s = tangent / size;
      left_c = (right_c + right_s * m) / mean;
      left_s = (low / top) * right_s / mean;
    }
    cl = flipped ? right_s : left_c;
    sl = flipped ? right_c : left_s;
    cr = flipped ? left_s : right_c;
    sr = flipped ? left_c : right_s;
    const R one = 1;
    const R sign = corner ? with_sign(one, sr) * with_sign(one, cl) * with_sign(one, g)
                   : flipped ? with_sign(one, sr) * with_sign(one, sl) * with_sign(one, h)
                             : with_sign(one, cr) * with_sign(one, cl) * with_sign(one, f);
    larger = with_sign(larger, sign);
    smaller = with_sign(smaller, sign * with_sign(one, f) * with_sign(one, h));
  }
};

template <class R>
class bidiagonal_qr {
 public:
  // u and v may have null data. `work` holds 4 n numbers.
  bidiagonal_qr(index_t n, R* d, R* e, matrix<R> u, matrix<R> v, R* work, index_t sweeps)
      : n_(n), sweeps_(sweeps), d_(d), e_(e), u_(u), v_(v), right_c_(work), right_s_(work + n), left_c_(work + 2 * n), left_s_(work + 3 * n) {}

  status run() {
    set_threshold();
    index_t left = sweeps_ * n_ * (n_ + 1) / 2;                  // rotations
    for (index_t last = n_ - 1; last > 0;) {
      // The window [first, last]: the lowest piece of B without a zero on its superdiagonal.
      if (magnitude(d_[last]) <= threshold_) d_[last] = 0;
      index_t first = last;
      bool split = false;
      R largest = magnitude(d_[last]);
      while (first > 0) {
        const index_t i = first - 1;
        if (magnitude(d_[i]) <= threshold_) d_[i] = 0;
        if (magnitude(e_[i]) <= threshold_) {
          e_[i] = 0;
          split = true;
          break;
        }
        largest = larger_of(largest, larger_of(magnitude(d_[i]), magnitude(e_[i])));
        first = i;
      }
      if (first == last) {
        if (split || last > 0) --last;
        continue;
      }
      if (last == first + 1) {
        solve_pair(first);
        last -= 2;
        continue;
      }
      // A new window: choose the direction. Within the same one it stays, or two directions could undo each other's work.
      if (first > window_last_ || last < window_first_) reversed_ = magnitude(d_[first]) < magnitude(d_[last]);
      window_first_ = first;
      window_last_ = last;
      if (drop_negligible()) continue;
      left -= last - first;
      if (left < 0) return {status_code::no_convergence, last + 1};
      step(largest);
    }
    for (index_t i = 0; i < n_; ++i)
      if (d_[i] < 0 || (d_[i] == 0 && __builtin_signbit(d_[i]))) {
        d_[i] = -d_[i];
        if (v_.data)
          for (index_t k = 0; k < v_.rows; ++k) v_(k, i) = -v_(k, i);
      }
    return {};
  }

 private:
  index_t n_, sweeps_;
  R *d_, *e_;
  matrix<R> u_, v_;
  R *right_c_, *right_s_, *left_c_, *left_s_;
  R tolerance_ = 0, threshold_ = 0, smallest_ = 0;
  index_t window_first_ = -1, window_last_ = -1;
  bool reversed_ = false;

  index_t length() const { return window_last_ - window_first_ + 1; }
  R& diagonal(index_t i) { return d_[reversed_ ? window_last_ - i : window_first_ + i]; }
  R& beside(index_t i) { return e_[reversed_ ? window_last_ - 1 - i : window_first_ + i]; }

  // What may be set to zero outright: below the least singular value times the tolerance, of which
  // min over i of mu_i, mu_{i+1} = |d_{i+1}| mu_i / (mu_i + |e_i|), over sqrt(n) is a lower bound.
  void set_threshold() {
    tolerance_ = 10 * unit_roundoff<R>;                          // convergence is cubic at the end: a wider one saves nothing
    R least = n_ > 0 ? magnitude(d_[0]) : R(0), mu = least;
    for (index_t i = 1; i < n_ && least != 0; ++i) {
      mu = magnitude(d_[i]) * (mu / (mu + magnitude(e_[i - 1])));
      least = smaller_of(least, mu);
    }
    const R count = static_cast<R>(n_);
    threshold_ = larger_of(tolerance_ * least / square_root(count), 6 * count * count * smallest_normal<R>);
  }

  // Zeroes an e that no singular value will miss. True if there was one: the window is then another.
  bool drop_negligible() {
    const index_t m = length();
    if (magnitude(beside(m - 2)) <= tolerance_ * magnitude(diagonal(m - 1))) {
      beside(m - 2) = 0;
      return true;
    }
    R mu = magnitude(diagonal(0));
    smallest_ = mu;
    for (index_t i = 0; i + 1 < m; ++i) {
      if (magnitude(beside(i)) <= tolerance_ * mu) {
        beside(i) = 0;
        return true;
      }
      mu = magnitude(diagonal(i + 1)) * (mu / (mu + magnitude(beside(i))));
      smallest_ = smaller_of(smallest_, mu);
    }
    return false;
  }

  void solve_pair(index_t i) {
    const triangular_2x2_svd<R> pair(d_[i], e_[i], d_[i + 1]);
    d_[i] = pair.larger;
    d_[i + 1] = pair.smaller;
    e_[i] = 0;
    if (v_.data) rotate(v_.col(i), v_.col(i + 1), v_.rows, pair.cr, pair.sr);
    if (u_.data) rotate(u_.col(i), u_.col(i + 1), u_.rows, pair.cl, pair.sl);
  }

  void step(R largest) {
    const index_t m = length();
    R shift = 0;
    if (static_cast<R>(n_) * tolerance_ * (smallest_ / largest) > larger_of(unit_roundoff<R>, tolerance_ / 100)) {
      const R top = magnitude(diagonal(0));
      shift = triangular_2x2_values<R>(diagonal(m - 2), beside(m - 2), diagonal(m - 1)).smaller;
      if (top > 0 && (shift / top) * (shift / top) < unit_roundoff<R>) shift = 0;
    }
    if (shift == 0) zero_shift_sweep();
    else shifted_sweep(shift);
    if (magnitude(beside(m - 2)) <= threshold_) beside(m - 2) = 0;
    apply_rotations();
  }

  // Demmel & Kahan, section 3: QR with shift 0, rearranged so that nothing is subtracted.
  void zero_shift_sweep() {
    const index_t m = length();
    rotation<R> right = {1, 0}, left = {1, 0};
    for (index_t i = 0; i + 1 < m; ++i) {
      R r;
      right = make_rotation(diagonal(i) * right.c, beside(i), r);
      if (i > 0) beside(i - 1) = left.s * r;
      left = make_rotation(left.c * r, diagonal(i + 1) * right.s, diagonal(i));
      note(i, right, left);
    }
    const R h = diagonal(m - 1) * right.c;
    diagonal(m - 1) = h * left.c;
    beside(m - 2) = h * left.s;
  }

  // Golub & Kahan's step: the first rotation is that of B^T B - shift^2.
  void shifted_sweep(R shift) {
    const index_t m = length();
    const R top = diagonal(0);
    R f = (magnitude(top) - shift) * (with_sign(R(1), top) + shift / top), g = beside(0);
    for (index_t i = 0; i + 1 < m; ++i) {
      R r;
      const rotation<R> right = make_rotation(f, g, r);
      if (i > 0) beside(i - 1) = r;
      f = right.c * diagonal(i) + right.s * beside(i);
      beside(i) = right.c * beside(i) - right.s * diagonal(i);
      g = right.s * diagonal(i + 1);
      diagonal(i + 1) = right.c * diagonal(i + 1);
      const rotation<R> left = make_rotation(f, g, r);
      diagonal(i) = r;
      f = left.c * beside(i) + left.s * diagonal(i + 1);
      diagonal(i + 1) = left.c * diagonal(i + 1) - left.s * beside(i);
      if (i + 2 < m) {
        g = left.s * beside(i + 1);
        beside(i + 1) = left.c * beside(i + 1);
      }
      note(i, right, left);
    }
    beside(m - 2) = f;
  }

  void note(index_t i, rotation<R> right, rotation<R> left) {
    right_c_[i] = right.c;
    right_s_[i] = right.s;
    left_c_[i] = left.c;
    left_s_[i] = left.s;
  }

  void apply_rotations() {
    const bool swapped = reversed_;
    if (u_.data) apply(u_, swapped ? right_c_ : left_c_, swapped ? right_s_ : left_s_);
    if (v_.data) apply(v_, swapped ? left_c_ : right_c_, swapped ? left_s_ : right_s_);
  }
  void apply(matrix<R> z, const R* c, const R* s) {
    const index_t m = length();
    for (index_t i = 0; i + 1 < m; ++i)
      if (reversed_) rotate(z.col(window_last_ - i), z.col(window_last_ - i - 1), z.rows, c[i], s[i]);
      else rotate(z.col(window_first_ + i), z.col(window_first_ + i + 1), z.rows, c[i], s[i]);
  }
};

// d descending; the columns of u and v (either may be null) go with it.
template <class R, class T>
void sort_descending(index_t n, R* d, matrix<T> u, matrix<T> v) {
  for (index_t i = 0; i + 1 < n; ++i) {
    index_t most = i;
    for (index_t j = i + 1; j < n; ++j)
      if (d[j] > d[most]) most = j;
    if (most == i) continue;
    exchange(d[i], d[most]);
    if (u.data) swap_columns(u, i, most);
    if (v.data) swap_columns(v, i, most);
  }
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg
