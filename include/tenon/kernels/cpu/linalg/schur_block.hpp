#pragma once
// The 2x2 diagonal blocks of a real Schur form, in standard form.
//
//   either upper triangular, with two real eigenvalues,
//   or ( a b ; c a ) with b c < 0, and the pair a +- i sqrt(|b|) sqrt(|c|)
//
// Method     Bai & Demmel, "On swapping diagonal blocks in real Schur form", Linear Algebra Appl. 186 (1993), section 3; a nearly
//            double eigenvalue is taken for a pair or split by signs, never by a difference that has lost its digits.
#include <tenon/kernels/cpu/linalg/scalar.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg {

// ( a b ; c d ) = Q S Q^T with Q = ( cosine -sine ; sine cosine ): S stands in a, b, c, d afterwards.
template <class R>
struct standard_block {
  R a, b, c, d;
  R cosine = 1, sine = 0;
  cplx<R> first, second;                     // eigenvalues; of a pair, the one with positive imaginary part first

  standard_block(R a_in, R b_in, R c_in, R d_in) : a(a_in), b(b_in), c(c_in), d(d_in) {
    if (c == 0) {
    } else if (b == 0) {                     // lower triangular: exchange the two
      cosine = 0;
      sine = 1;
      const R t = d;
      d = a;
      a = t;
      b = -c;
      c = 0;
    } else if (a - d == 0 && (b < 0) != (c < 0)) {
    } else {
      reduce();
    }
    first.re = a;
    second.re = d;
    first.im = second.im = 0;
    if (c != 0) {
      first.im = square_root(absolute(b)) * square_root(absolute(c));
      second.im = -first.im;
    }
  }

 private:
  void reduce() {
    const R gap = a - d, p = gap / 2;
    const R most = absolute(b) > absolute(c) ? absolute(b) : absolute(c);
    const R least = (absolute(b) > absolute(c) ? absolute(c) : absolute(b)) * ((b < 0) != (c < 0) ? R(-1) : R(1));
    const R unit = absolute(p) > most ? absolute(p) : most;
    const R z = (p / unit) * p + (most / unit) * least;          // the discriminant, over `unit`
    if (z >= 4 * epsilon<R>) {                                   // two real eigenvalues, well apart
      const R root = p + with_sign(square_root(unit) * square_root(z), p);
      a = d + root;
      d -= (most / root) * least;
      const R length = hypotenuse(c, root);
      cosine = root / length;
      sine = c / length;
      b -= c;
      c = 0;
      return;
    }
    make_diagonal_equal(gap);
    if (c == 0) return;
    if (b == 0) {
      b = -c;
      c = 0;
      const R t = cosine;
      cosine = -sine;
      sine = t;
    } else if ((b < 0) == (c < 0)) {                             // equal after all, or real within rounding: split
      const R root_b = square_root(absolute(b)), root_c = square_root(absolute(c)), q = with_sign(root_b * root_c, c);
      const R length = R(1) / square_root(absolute(b + c)), middle = a;
      a = middle + q;
      d = middle - q;
      b -= c;
      c = 0;
      const R c1 = root_b * length, s1 = root_c * length, t = cosine * c1 - sine * s1;
      sine = cosine * s1 + sine * c1;
      cosine = t;
    }
  }
  void make_diagonal_equal(R gap) {
    const R sigma = b + c, length = hypotenuse(sigma, gap);
    cosine = square_root((R(1) + absolute(sigma) / length) / 2);
    sine = -(gap / 2 / (length * cosine)) * with_sign(R(1), sigma);
    const R aa = a * cosine + b * sine, bb = b * cosine - a * sine, cc = c * cosine + d * sine, dd = d * cosine - c * sine;
    a = aa * cosine + cc * sine;
    b = bb * cosine + dd * sine;
    c = cc * cosine - aa * sine;
    d = dd * cosine - bb * sine;
    a = d = (a + d) / 2;
  }
};

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg
