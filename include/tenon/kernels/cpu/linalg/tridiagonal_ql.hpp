#pragma once
// Eigenvalues, and eigenvectors if wanted, of a real symmetric tridiagonal matrix by the implicit QL method.
//
//   T = tridiag(e, d, e),  d (n), e (n-1)  ->  d = eigenvalues;   Z (rows, n) <- Z Q,   T = Q diag(d) Q^T
//
// Method     Dubrulle, Martin & Wilkinson, "The implicit QL algorithm", Numer. Math. 12 (1968), with Wilkinson's shift. The
//            matrix is taken apart wherever an off-diagonal entry is negligible; within each piece, and afresh for each active
//            window, the chase runs from the larger end of the diagonal to the smaller one (Parlett, "The symmetric eigenvalue
//            problem", 8.13): on graded matrices the small eigenvalues then keep their digits. The other direction is the same
//            code on the reversed matrix: T(i) counts from the other end.
// Window     [first, last] is what is left of the piece. Entries before `first` are eigenvalues already found.
// Entry      |e_i| <= u sqrt(|d_i d_{i+1}|) is negligible; so is what is below the square root of the smallest normal
//            number. The caller scales T to a norm near 1.
// Cap        30 sweeps for each eigenvalue; two or three are usual. A status without convergence says how many eigenvalues are missing.
#include <tenon/kernels/cpu/linalg/matrix.hpp>
#include <tenon/kernels/cpu/linalg/rotation.hpp>
#include <tenon/kernels/status.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg {

// Eigenvalues of ( a b ; b c ), the one of larger magnitude first, and (cosine, sine), the unit eigenvector of the first.
template <class R>
struct symmetric_2x2 {
  R first, second, cosine, sine;

  symmetric_2x2(R a, R b, R c) {
    const R sum = a + c, difference = a - c, twice = b + b, root = hypotenuse(difference, twice);
    const R big = magnitude(a) > magnitude(c) ? a : c, small = magnitude(a) > magnitude(c) ? c : a;
    const bool negative = sum < 0;
    if (sum == 0) {
      first = root / 2;
      second = -root / 2;
    } else {
      first = (sum + (negative ? -root : root)) / 2;
      second = (big / first) * small - (b / first) * b;           // the product of both, in an order that cancels least
    }
    // (T - second I)'s larger column is the eigenvector of `first`.
    const R t = difference + with_sign(root, difference);
    R along, across;
    if (magnitude(t) > magnitude(twice)) {
      const R q = -twice / t;
      across = 1 / square_root(1 + q * q);
      along = q * across;
    } else if (twice == 0) {
      along = 1;
      across = 0;
    } else {
      const R q = -t / twice;
      along = 1 / square_root(1 + q * q);
      across = q * along;
    }
    const bool other = negative == (difference < 0);
    cosine = other ? -across : along;
    sine = other ? along : across;
  }
};

template <class R>
class tridiagonal_ql {
 public:
  // z may have null data. `work` holds 2 n numbers.
  tridiagonal_ql(index_t n, R* d, R* e, matrix<R> z, R* work, index_t sweeps)
      : n_(n), d_(d), e_(e), z_(z), cosine_(work), sine_(work + n), sweeps_left_(sweeps * n) {}

  status run() {
    for (index_t begin = 0, end; begin < n_; begin = end + 1) {
      end = begin;
      while (end < n_ - 1 && !negligible(d_[end], e_[end], d_[end + 1])) ++end;
      if (end < n_ - 1) e_[end] = 0;
      if (const index_t missing = solve_piece(begin, end)) return {status_code::no_convergence, n_ - 1 - end + missing};
    }
    return {};
  }

 private:
  index_t n_;
  R *d_, *e_;
  matrix<R> z_;
  R *cosine_, *sine_;
  index_t sweeps_left_;
  index_t begin_ = 0, end_ = 0;
  bool reversed_ = false;

  static bool negligible(R a, R e, R b) {
    constexpr R floor = sizeof(R) == 4 ? R(0x1p-63) : R(0x1p-511);
    return magnitude(e) <= unit_roundoff<R> * square_root(magnitude(a)) * square_root(magnitude(b)) + floor;
  }

  // The piece [begin_, end_], counted from the end that the chase runs to.
  R& diagonal(index_t i) { return d_[reversed_ ? end_ - i : begin_ + i]; }
  R& beside(index_t i) { return e_[reversed_ ? end_ - 1 - i : begin_ + i]; }
  R* column(index_t i) { return z_.col(reversed_ ? end_ - i : begin_ + i); }

  // Answers how many of its eigenvalues are missing.
  index_t solve_piece(index_t begin, index_t end) {
    begin_ = begin;
    end_ = end;
    reversed_ = magnitude(d_[end]) < magnitude(d_[begin]);
    const index_t last = end - begin;
    for (index_t first = 0; first <= last;) {
      index_t m = first;
      while (m < last && !negligible(diagonal(m), beside(m), diagonal(m + 1))) ++m;
      if (m < last) beside(m) = 0;
      if (m == first) {
        ++first;
      } else if (m == first + 1) {
        solve_pair(first);
        first += 2;
      } else {
        if (sweeps_left_-- == 0) return last + 1 - first;
        sweep(first, m);
      }
    }
    return 0;
  }

  void solve_pair(index_t i) {
    const symmetric_2x2<R> pair(diagonal(i), beside(i), diagonal(i + 1));
    diagonal(i) = pair.first;
    diagonal(i + 1) = pair.second;
    beside(i) = 0;
    if (z_.data) rotate(column(i), column(i + 1), z_.rows, pair.cosine, pair.sine);
  }

  // One implicit QL step on [first, m]: the bulge enters at m and leaves at `first`.
  void sweep(index_t first, index_t m) {
    const R e0 = beside(first);
    R g = (diagonal(first + 1) - diagonal(first)) / (2 * e0);
    R r = hypotenuse(g, R(1));
    g = diagonal(m) - diagonal(first) + e0 / (g + with_sign(r, g));       // d_m - shift
    R c = 1, s = 1, p = 0;
    for (index_t i = m - 1; i >= first; --i) {
      const R f = s * beside(i), b = c * beside(i);
      const rotation<R> turn = make_rotation(g, f, r);
      c = turn.c;
      s = turn.s;
      if (i != m - 1) beside(i + 1) = r;
      g = diagonal(i + 1) - p;
      r = (diagonal(i) - g) * s + 2 * c * b;
      p = s * r;
      diagonal(i + 1) = g + p;
      g = c * r - b;
      cosine_[i] = c;
      sine_[i] = s;
    }
    diagonal(first) -= p;
    beside(first) = g;
    if (z_.data)
      for (index_t i = m - 1; i >= first; --i) rotate(column(i), column(i + 1), z_.rows, cosine_[i], -sine_[i]);
  }
};

// d ascending; the columns of z (which may have null data) go with it. Selection: each column moves at most twice.
template <class R, class T>
void sort_ascending(index_t n, R* d, matrix<T> z) {
  for (index_t i = 0; i + 1 < n; ++i) {
    index_t least = i;
    for (index_t j = i + 1; j < n; ++j)
      if (d[j] < d[least]) least = j;
    if (least == i) continue;
    exchange(d[i], d[least]);
    if (z.data) swap_columns(z, i, least);
  }
}

// w ascending: heap sort (Williams & Floyd, CACM 7, 1964).
template <class R>
void sort_values(index_t n, R* w) {
  const auto sink = [w](index_t at, index_t end) {
    for (index_t child; (child = 2 * at + 1) < end; at = child) {
      if (child + 1 < end && w[child] < w[child + 1]) ++child;
      if (!(w[at] < w[child])) return;
      exchange(w[at], w[child]);
    }
  };
  for (index_t i = n / 2 - 1; i >= 0; --i) sink(i, n);
  for (index_t end = n - 1; end > 0; --end) {
    exchange(w[0], w[end]);
    sink(0, end);
  }
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg
