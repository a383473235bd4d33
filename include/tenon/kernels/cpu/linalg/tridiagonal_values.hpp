#pragma once
// The eigenvalues alone of a real symmetric tridiagonal matrix.
//
//   T = tridiag(e, d, e),  d (n), e (n-1), |T| near 1  ->  d = eigenvalues, unsorted
//
// Method     The root-free QL method of Pal, Walker & Kahan (Parlett, "The symmetric eigenvalue problem", section 8.15; LAPACK's xSTERF):
//            the chase of tridiagonal_ql.hpp on the squares of e, in which no rotation's sine or cosine is needed, only their squares.
//            Window, direction, shift and criterion as there.
// Speed      A step is one chain of dependent operations, so its latency is all that counts. The recurrence has two divisions in a
//            row, c = p / r and then gamma^2 / c; the second is written gamma^2 (r / p), and both start at the same time.
#include <tenon/kernels/cpu/linalg/tridiagonal_ql.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg {

template <class R>
class tridiagonal_values {
 public:
  // e becomes its squares.
  tridiagonal_values(index_t n, R* d, R* e, index_t sweeps) : n_(n), d_(d), e_(e), sweeps_left_(sweeps * n) {}

  status run() {
    for (index_t i = 0; i + 1 < n_; ++i) e_[i] *= e_[i];
    for (index_t begin = 0, end; begin < n_; begin = end + 1) {
      end = begin;
      while (end < n_ - 1 && !negligible(d_[end], e_[end], d_[end + 1])) ++end;
      if (end < n_ - 1) e_[end] = 0;
      // From the larger end to the smaller: for the other direction the piece is turned round.
      if (magnitude(d_[end]) < magnitude(d_[begin])) {
        reverse(d_ + begin, end - begin + 1);
        reverse(e_ + begin, end - begin);
      }
      for (index_t first = begin; first <= end;) {
        index_t m = first;
        while (m < end && !negligible(d_[m], e_[m], d_[m + 1])) ++m;
        if (m < end) e_[m] = 0;
        if (m == first) {
          ++first;
        } else if (m == first + 1) {
          const symmetric_2x2<R> pair(d_[first], square_root(e_[first]), d_[m]);
          d_[first] = pair.first;
          d_[m] = pair.second;
          e_[first] = 0;
          first += 2;
        } else {
          if (sweeps_left_-- == 0) return {status_code::no_convergence, n_ - first};
          sweep(first, m);
        }
      }
    }
    return {};
  }

 private:
  index_t n_;
  R *d_, *e_;
  index_t sweeps_left_;

  static bool negligible(R a, R square, R b) {
    constexpr R u = unit_roundoff<R>;
    return square <= u * u * magnitude(a * b) + smallest_normal<R>;
  }
  static void reverse(R* x, index_t n) {
    for (index_t i = 0; i < n / 2; ++i) exchange(x[i], x[n - 1 - i]);
  }

  void sweep(index_t first, index_t m) {
    const R root = square_root(e_[first]);
    R shift = (d_[first + 1] - d_[first]) / (2 * root);
    shift = d_[first] - root / (shift + with_sign(hypotenuse(shift, R(1)), shift));
    R c = 1, s = 0, gamma = d_[m] - shift, p = gamma * gamma;
    for (index_t i = m - 1; i >= first; --i) {
      const R square = e_[i], r = p + square, inverse = 1 / r, ratio = r / p;
      if (i != m - 1) e_[i + 1] = s * r;
      const R before = c, gamma_before = gamma, a = d_[i];
      c = p * inverse;
      s = square * inverse;
      gamma = c * (a - shift) - s * gamma_before;
      d_[i + 1] = gamma_before + (a - gamma);
      p = c > smallest_normal<R> ? gamma * gamma * ratio : before * square;
    }
    e_[first] = s * p;
    d_[first] = shift + gamma;
  }
};

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg
