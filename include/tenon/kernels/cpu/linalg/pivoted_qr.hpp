#pragma once
// QR decomposition with column pivoting,  A P = Q R,  and the numerical rank that it shows.
//
// Method     At each step the column whose remaining part is longest comes next (Businger & Golub, Numer. Math. 7, 1965). The lengths
//            are kept up to date by subtracting, and computed anew where that has lost half of the digits (Drmac & Bujanovic, ACM
//            TOMS 35(2), 2008).
// Rank       Incremental condition estimation (Bischof, SIAM J. Matrix Anal. Appl. 11(2), 1990): R grows column by column, and with it
//            estimates of its largest and smallest singular value with their vectors. It sees what R's diagonal hides (Kahan's matrix).
#include <tenon/kernels/cpu/linalg/qr.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg {

// R above and the reflectors below the diagonal of a; column j of A P is column order[j] of A. Workspace: 3 n elements.
template <class T>
void factor_pivoted_qr(matrix<T> a, index_t* order, T* tau, workspace w) {
  using R = real_of<T>;
  const index_t m = a.rows, n = a.cols;
  R* const length = w.template take<R>(n);                  // of what remains of each column
  R* const exact = w.template take<R>(n);                   // when it was last computed
  T* const row = w.template take<T>(n);
  for (index_t j = 0; j < n; ++j) {
    order[j] = j;
    length[j] = exact[j] = norm2(m, a.col(j));
  }
  const R lost = square_root(epsilon<R>);
  for (index_t j = 0; j < smaller(m, n); ++j) {
    index_t best = j;
    for (index_t i = j + 1; i < n; ++i)
      if (length[i] > length[best]) best = i;
    if (best != j) {
      swap_columns(a, j, best);
      length[best] = length[j];
      exact[best] = exact[j];
      const index_t o = order[j];
      order[j] = order[best];
      order[best] = o;
    }
    T* const tail = a.col(j) + j + 1;
    tau[j] = make_reflector(m - j, a(j, j), tail);
    apply_reflector_left(conj(tau[j]), tail, a.from(j, j + 1), row);
    for (index_t i = j + 1; i < n; ++i) {
      if (length[i] == 0) continue;
      const R ratio = magnitude(a(j, i)) / length[i];
      const R left = larger(R(0), (1 + ratio) * (1 - ratio)), since = length[i] / exact[i];
      if (left * since * since <= lost) {
        length[i] = exact[i] = norm2(m - j - 1, a.col(i) + j + 1);
      } else {
        length[i] *= square_root(left);
      }
    }
  }
}

// An estimate of the largest or the smallest singular value of a growing upper triangular matrix, with its left vector x:
// ||x^H R|| = value.
template <class T>
struct singular_estimate {
  using R = real_of<T>;
  bool largest;
  R value = 0;
  T* x;                                                      // room for n elements
  index_t n = 0;

  // What becomes of it with one more column (w, gamma): of the vectors (s x, c), |s|^2 + |c|^2 = 1, the best one.
  // ||(s x, c)^H R'||^2 = |s value|^2 + |conj(s) alpha + conj(c) gamma|^2 with alpha = x^H w: that of (s, c)^H times the 2 x 2 matrix
  // M = (value alpha; 0 gamma).
  struct step {
    R value;
    T s, c;
  };
  step extended(const T* w, T gamma) const {
    const T alpha = dot(n, x, w);
    const R scale = larger(larger(value, magnitude1(alpha)), magnitude1(gamma));
    if (scale == 0) return {R(0), T(largest ? 1 : 0), T(largest ? 0 : 1)};
    const R e = value / scale;
    const T a = alpha / scale, g = gamma / scale;
    // Eigenvalues of M M^H = (p, a conj(g); conj(a) g, q): the larger one, and the smaller one from the determinant.
    const R p = e * e + square_magnitude(a), q = square_magnitude(g), half = (p - q) / 2, side = magnitude(a) * magnitude(g);
    const R most = (p + q) / 2 + hypotenuse(half, side), root = square_root(most);
    const R least = e * magnitude(g) / root;
    // The vector of the larger one, by the row that loses no digits.
    T s, c;
    if (half >= 0) {
      s = T(most - q);
      c = conj(a) * g;
    } else {
      s = a * conj(g);
      c = T(most - p);
    }
    if (is_zero(s) && is_zero(c)) half >= 0 ? s = T(1) : c = T(1);
    const R length = hypotenuse(magnitude(s), magnitude(c));
    s = s / length;
    c = c / length;
    if (largest) return {root * scale, s, c};
    return {least * scale, -conj(c), conj(s)};
  }
  void take(const step& t) {
    scale(n, t.s, x);
    x[n++] = t.c;
    value = t.value;
  }
};

// The rank of R (k, n), k <= n, see kernels/linalg/lstsq.hpp. Workspace: 2 k elements.
template <class T>
index_t rank_of_triangle(matrix<const T> r, real_of<T> rcond, workspace w) {
  const index_t k = smaller(r.rows, r.cols);
  if (k == 0 || is_zero(r(0, 0))) return 0;
  singular_estimate<T> most{true, magnitude(r(0, 0)), w.template take<T>(k), 1}, least{false, magnitude(r(0, 0)), w.template take<T>(k), 1};
  most.x[0] = least.x[0] = T(1);
  for (index_t i = 1; i < k; ++i) {
    const auto up = most.extended(r.col(i), r(i, i)), down = least.extended(r.col(i), r(i, i));
    if (!(up.value * rcond < down.value)) return i;
    most.take(up);
    least.take(down);
  }
  return k;
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg
