#pragma once
// The Schur form of a Hessenberg matrix by the implicitly shifted QR algorithm, one bulge at a time: for small matrices, and for
// the deflation windows and shifts of large ones (schur.hpp).
//
//   H = Q T Q^H         T upper triangular; for real H quasi-triangular: 1x1 blocks, and 2x2 blocks in standard form
//
// Method     Francis, "The QR transformation", Comput. J. 4 (1961), with double shifts for real and single shifts for complex matrices.
//            The active window [top, bottom] ends above the eigenvalues found and begins below the last negligible subdiagonal
//            element. A sweep starts within it, at `start`, where two consecutive subdiagonal elements are small.
//            An element is negligible by the conservative test of Ahues & Tisseur, "A new deflation criterion for the QR algorithm"
//            (LAPACK Working Note 122, 1997): |h_k,k-1| |h_k-1,k| <= eps |h_kk| |h_kk - h_k-1,k-1|, which keeps small eigenvalues of graded
//            matrices.
// Cap        30 sweeps for each eigenvalue, with exceptional shifts after 10 and 20 (without them, a cyclic permutation is a
//            fixed point).
#include <tenon/kernels/cpu/linalg/schur_block.hpp>
#include <tenon/kernels/cpu/linalg/small_reflector.hpp>
#include <tenon/kernels/linalg/batch.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg {

template <class R>
inline constexpr R negligible = smallest_normal<R> / epsilon<R>;        // elements below never count

// Whether h_k,k-1 can be set to zero. Columns and rows [low, high] of h are Hessenberg.
template <class T>
bool is_negligible(matrix<T> h, index_t k, index_t low, index_t high) {
  using R = real_of<T>;
  const R below = magnitude1(h(k, k - 1)), floor = negligible<R> * static_cast<R>(high - low + 1);
  if (below <= floor) return true;
  R size = magnitude1(h(k - 1, k - 1)) + magnitude1(h(k, k));
  if (size == 0) {
    if (k - 2 >= low) size += magnitude1(h(k - 1, k - 2));
    if (k + 1 <= high) size += magnitude1(h(k + 1, k));
  }
  if (below > epsilon<R> * size) return false;
  const R above = magnitude1(h(k - 1, k)), diagonal = magnitude1(h(k, k)), gap = magnitude1(h(k - 1, k - 1) - h(k, k));
  const auto greater = [](R a, R b) { return a > b ? a : b; };
  const auto lesser = [](R a, R b) { return a > b ? b : a; };
  const R ab = greater(below, above), ba = lesser(below, above), aa = greater(diagonal, gap), bb = lesser(diagonal, gap), s = aa + ab;
  return ba * (ab / s) <= greater(floor, epsilon<R> * (bb * (aa / s)));
}

template <class T>
struct small_schur {
  using R = real_of<T>;
  bool whole;                                // T itself is wanted: transform all columns and rows of h, not only the window's
  index_t low, high;                         // rows and columns outside are triangular already
  matrix<T> h;
  cplx<R>* w;                                // eigenvalues, w[low ... high]
  matrix<T> z;                               // Z <- Z Q; no rows: not wanted
  index_t top = 0, bottom = 0, start = 0;    // the active window, and where the sweep begins
  index_t first_row = 0, last_column = 0;    // what a sweep transforms
  index_t most_sweeps = kernels::linalg::usual_sweeps;       // for each eigenvalue

  // 0; or k > 0: no convergence, and only the eigenvalues from k on are right.
  index_t run() {
    if (high < low) return 0;
    clear_below_subdiagonal();
    first_row = 0;
    last_column = h.cols - 1;
    index_t sweeps = most_sweeps * larger(10, high - low + 1);
    bottom = high;
    while (bottom >= low) {
      top = low;
      for (index_t round = 0;; ++round) {
        index_t k = bottom;
        while (k > top && !is_negligible(h, k, low, high)) --k;
        top = k;
        if (top > low) h(top, top - 1) = T(0);
        if (top >= bottom - (is_cplx<T> ? 0 : 1)) break;
        if (sweeps-- == 0) return bottom + 1;
        if (!whole) {
          first_row = top;
          last_column = bottom;
        }
        sweep(round + 1);
      }
      if (top == bottom) w[bottom] = value_of(h(bottom, bottom));
      if constexpr (!is_cplx<T>)
        if (top < bottom) finish_pair();
      bottom = top - 1;
    }
    return 0;
  }

 private:
  static cplx<R> value_of(T x) { return {real_part(x), imag_part(x)}; }
  void clear_below_subdiagonal() {
    for (index_t j = low; j + 2 <= high; ++j) {
      h(j + 2, j) = T(0);
      if (j + 3 <= high) h(j + 3, j) = T(0);
    }
  }

  void finish_pair() {
    const index_t k = bottom - 1;
    const standard_block<R> s(h(k, k), h(k, bottom), h(bottom, k), h(bottom, bottom));
    h(k, k) = s.a;
    h(k, bottom) = s.b;
    h(bottom, k) = s.c;
    h(bottom, bottom) = s.d;
    w[k] = s.first;
    w[bottom] = s.second;
    if (whole) {
      if (bottom + 1 < h.cols) rotate_rows(h.cols - bottom - 1, &h(k, bottom + 1), h.ld, s.cosine, s.sine);
      rotate_columns(k, h.col(k), h.col(bottom), s.cosine, s.sine);
    }
    rotate_columns(z.rows, z.col(k), z.col(bottom), s.cosine, s.sine);
  }

  void sweep(index_t round) {
    if constexpr (is_cplx<T>) single_sweep(round);
    else double_sweep(round);
  }

  // ---- real: two shifts, a bulge of 3x3

  // The eigenvalues of the last 2x2 block, or, if real, the one nearer to its last element twice.
  void choose_shifts(index_t round, cplx<R>& first, cplx<R>& second) const {
    R a, b, c, d;
    if (round % 20 == 0 || round % 10 == 0) {
      const bool at_bottom = round % 20 == 0;
      const index_t i = at_bottom ? bottom : top + 2;
      const R s = absolute(h(i, i - 1)) + absolute(h(i - 1, i - 2));
      a = d = R(0.75) * s + (at_bottom ? h(bottom, bottom) : h(top, top));
      b = R(-0.4375) * s;
      c = s;
    } else {
      a = h(bottom - 1, bottom - 1);
      b = h(bottom - 1, bottom);
      c = h(bottom, bottom - 1);
      d = h(bottom, bottom);
    }
    const R s = absolute(a) + absolute(b) + absolute(c) + absolute(d);
    first = second = cplx<R>(R(0));
    if (s == 0) return;
    a /= s, b /= s, c /= s, d /= s;
    const R middle = (a + d) / 2, discriminant = (a - middle) * (d - middle) - b * c, root = square_root(absolute(discriminant));
    if (discriminant >= 0) {
      first = {middle * s, root * s};
      second = {middle * s, -root * s};
    } else {
      const R plus = middle + root, minus = middle - root;
      first.re = second.re = (absolute(plus - d) <= absolute(minus - d) ? plus : minus) * s;
    }
  }

  void double_sweep(index_t round) {
    cplx<R> s1, s2;
    choose_shifts(round, s1, s2);
    // The first column of (H - s1)(H - s2), from the lowest row where the subdiagonal elements above it do not feel the bulge.
    R x = 0, y = 0, v = 0;
    for (start = bottom - 2; start >= top; --start) {
      const index_t m = start;
      R below = absolute(h(m + 1, m));
      const R size = absolute(h(m, m) - s2.re) + absolute(s2.im) + below;
      below = h(m + 1, m) / size;
      x = below * h(m, m + 1) + (h(m, m) - s1.re) * ((h(m, m) - s2.re) / size) - s1.im * (s2.im / size);
      y = below * (h(m, m) + h(m + 1, m + 1) - s1.re - s2.re);
      v = below * h(m + 2, m + 1);
      const R sum = absolute(x) + absolute(y) + absolute(v);
      if (sum > 0) x /= sum, y /= sum, v /= sum;
      if (m == top) break;
      const R diagonal = absolute(h(m - 1, m - 1)) + absolute(h(m, m)) + absolute(h(m + 1, m + 1));
      if (absolute(h(m, m - 1)) * (absolute(y) + absolute(v)) <= epsilon<R> * absolute(x) * diagonal) break;
    }
    for (index_t k = start; k < bottom; ++k) {
      const bool three = k + 2 <= bottom;
      if (k > start) {
        x = h(k, k - 1);
        y = h(k + 1, k - 1);
        v = three ? h(k + 2, k - 1) : R(0);
      }
      R beta;
      const auto r = make_small_reflector(x, y, v, beta);
      if (k > start) {
        h(k, k - 1) = beta;
        h(k + 1, k - 1) = 0;
        if (three) h(k + 2, k - 1) = 0;
      } else if (start > top) {
        h(k, k - 1) *= R(1) - r.tau;             // not simply -h: y and v may have vanished
      }
      if (three) {
        reflect_rows3(last_column - k + 1, &h(k, k), h.ld, r);
        reflect_columns(smaller(k + 3, bottom) - first_row + 1, h.col(k) + first_row, h.col(k + 1) + first_row, h.col(k + 2) + first_row, r);
        if (z.rows > 0) reflect_columns(z.rows, z.col(k), z.col(k + 1), z.col(k + 2), r);
      } else {
        reflect_rows2(last_column - k + 1, &h(k, k), h.ld, r);
        reflect_columns(bottom - first_row + 1, h.col(k) + first_row, h.col(k + 1) + first_row, r);
        if (z.rows > 0) reflect_columns(z.rows, z.col(k), z.col(k + 1), r);
      }
    }
  }

  // ---- complex: one shift, a bulge of 2x2. Subdiagonal elements need not be real.

  T choose_shift(index_t round) const {
    if (round % 20 == 0) return h(bottom, bottom) + T(R(0.75) * magnitude1(h(bottom, bottom - 1)));
    if (round % 10 == 0) return h(top, top) + T(R(0.75) * magnitude1(h(top + 1, top)));
    // Wilkinson's: the eigenvalue of the last 2x2 block nearer to its last element.
    T shift = h(bottom, bottom);
    const T u = complex_root(h(bottom - 1, bottom)) * complex_root(h(bottom, bottom - 1));
    R s = magnitude1(u);
    if (s == 0) return shift;
    const T x = (h(bottom - 1, bottom - 1) - shift) * R(0.5);
    const R size = magnitude1(x);
    s = size > s ? size : s;
    const T xs = x / s, us = u / s;
    T y = complex_root(xs * xs + us * us) * s;
    if (size > 0 && real_part(x / size) * real_part(y) + imag_part(x / size) * imag_part(y) < 0) y = -y;
    return shift - u * (u / (x + y));
  }
  static T complex_root(T x) {
    if constexpr (is_cplx<T>) {
      const R size = magnitude(x);
      if (size == 0) return T(0);
      const R a = square_root((size + absolute(x.re)) / 2), b = absolute(x.im) / (2 * a);
      return x.re >= 0 ? T(a, with_sign(b, x.im)) : T(b, with_sign(a, x.im));
    } else {
      return x;
    }
  }

  void single_sweep(index_t round) {
    const T shift = choose_shift(round);
    T x = T(0), y = T(0);
    for (start = bottom - 1; start >= top; --start) {
      const index_t m = start;
      x = h(m, m) - shift;
      y = h(m + 1, m);
      const R s = magnitude1(x) + magnitude1(y);
      if (s > 0) {
        x = x / s;
        y = y / s;
      }
      if (m == top) break;
      if (magnitude1(h(m, m - 1)) * magnitude1(y) <= epsilon<R> * magnitude1(x) * (magnitude1(h(m, m)) + magnitude1(h(m + 1, m + 1)))) break;
    }
    for (index_t k = start; k < bottom; ++k) {
      if (k > start) {
        x = h(k, k - 1);
        y = h(k + 1, k - 1);
      }
      T beta;
      const auto r = make_small_reflector(x, y, T(0), beta);
      if (k > start) {
        h(k, k - 1) = beta;
        h(k + 1, k - 1) = T(0);
      } else if (start > top) {
        h(k, k - 1) = h(k, k - 1) * (T(1) - conj(r.tau));
      }
      reflect_rows2(last_column - k + 1, &h(k, k), h.ld, r);
      reflect_columns(smaller(k + 2, bottom) - first_row + 1, h.col(k) + first_row, h.col(k + 1) + first_row, r);
      if (z.rows > 0) reflect_columns(z.rows, z.col(k), z.col(k + 1), r);
    }
  }
};

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg
