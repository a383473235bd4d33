#pragma once
// A multishift QR sweep: many small bulges, chased down a Hessenberg matrix close behind one another.
//
// Method     Braman, Byers & Mathias, "The multishift QR algorithm. Part I: maintaining well-focused shifts and level 3
//            performance", SIAM J. Matrix Anal. Appl. 23 (2002); bulges two rows apart, the closest that works: Karlsson, Kressner &
//            Lang, "Optimally packed chains of bulges in multishift QR algorithms", ACM TOMS 40 (2014).
//
//            A chain of b bulges fills 2b + 1 rows. It moves 2b rows within a diagonal window of 4b; only the window is transformed
//            on the way, in a copy that stays in the cache, and the reflectors gather in U. Then the rest of H, and Z, take U
//            by products of matrices, and the window moves on:
//
//                 ( x x x x x x x x )     D: the window        D is chased
//                 ( x D D D D R R R )     R: <- U^H R          C, Z: <- C U, Z U
//                 (   D D D D R R R )
//                 (   . ... )
// Deflation  Subdiagonal elements that turn negligible behind a bulge are set to zero at once ("vigilant", Part I, section 2.5).
//            A bulge that has collapsed is made anew from its shifts where that fits what is there.
#include <tenon/kernels/cpu/linalg/far_update.hpp>
#include <tenon/kernels/cpu/linalg/schur_small.hpp>
#include <tenon/kernels/linalg/schur.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg {

// A multiple of the first column of (H - s1)(H - s2) of the leading 3x3 (or 2x2) block of h. Of real h: two real shifts, or a pair.
template <class T>
void first_column(matrix<T> h, index_t n, cplx<real_of<T>> s1, cplx<real_of<T>> s2, T (&v)[3]) {
  using R = real_of<T>;
  v[0] = v[1] = v[2] = T(0);
  if constexpr (is_cplx<T>) {
    const T a = h(0, 0) - T(s2.re, s2.im);
    const R s = magnitude1(a) + magnitude1(h(1, 0)) + (n == 3 ? magnitude1(h(2, 0)) : R(0));
    if (s == 0) return;
    const T below = h(1, 0) / s, last = n == 3 ? h(2, 0) / s : T(0), first(s1.re, s1.im), second(s2.re, s2.im);
    v[0] = (h(0, 0) - first) * (a / s) + h(0, 1) * below;
    v[1] = below * (h(0, 0) + h(1, 1) - first - second);
    if (n == 3) {
      v[0] += h(0, 2) * last;
      v[1] += h(1, 2) * last;
      v[2] = last * (h(0, 0) + h(2, 2) - first - second) + below * h(2, 1);
    }
  } else {
    const R s = absolute(h(0, 0) - s2.re) + absolute(s2.im) + absolute(h(1, 0)) + (n == 3 ? absolute(h(2, 0)) : R(0));
    if (s == 0) return;
    const R below = h(1, 0) / s, last = n == 3 ? h(2, 0) / s : R(0);
    v[0] = (h(0, 0) - s1.re) * ((h(0, 0) - s2.re) / s) - s1.im * (s2.im / s) + h(0, 1) * below;
    v[1] = below * (h(0, 0) + h(1, 1) - s1.re - s2.re);
    if (n == 3) {
      v[0] += h(0, 2) * last;
      v[1] += h(1, 2) * last;
      v[2] = last * (h(0, 0) + h(2, 2) - s1.re - s2.re) + below * h(2, 1);
    }
  }
}

template <class T>
struct multishift_sweep {
  using R = real_of<T>;
  bool whole;                                // transform all of h, not only the active block
  matrix<T> h, z;
  index_t top, bottom;                       // the active block, at least 4 rows
  const cplx<R>* shifts;                     // pairs of them: of real h, conjugates or two real ones
  index_t bulges;                            // half as many

  multishift_sweep(bool all, matrix<T> a, matrix<T> basis, index_t first, index_t last, const cplx<R>* values, index_t count)
      : whole(all), h(a), z(basis), top(first), bottom(last), shifts(values), bulges(count) {}

  void run(workspace w) {
    const index_t most = kernels::linalg::chain_window(bulges);
    window_data_ = w.take<T>(most * most);
    u_data_ = w.take<T>(most * most);
    reflectors_ = w.take<small_reflector<T>>(bulges + 1);
    if (top + 2 <= bottom) h(top + 2, top) = T(0);
    // The chain comes in from above the block, bulge by bulge, and leaves it at the end in the same way.
    for (index_t column = top - 2 * bulges + 1; column <= bottom - 2; column += 2 * bulges) move_chain(column, w);
  }

 private:
  T *window_data_ = nullptr, *u_data_ = nullptr;
  small_reflector<T>* reflectors_ = nullptr;
  index_t column_ = 0, origin_ = 0, size_ = 0;       // where the chain began; the window's first row in h, and its rows
  matrix<T> d_, u_;                          // the window; U, of its size

  // From `column`, where the last bulge's first column stands, 2 b columns on.
  void move_chain(index_t column, workspace w) {
    column_ = column;
    origin_ = larger(top, column);
    const index_t end = smaller(column + 4 * bulges, bottom);    // inclusive
    size_ = end - origin_ + 1;
    d_ = {window_data_, size_, size_, size_};
    u_ = {u_data_, size_, size_, size_};
    copy<T>(h.block(origin_, origin_, size_, size_), d_);
    set_identity(u_);
    const index_t last = smaller(column + 2 * bulges - 1, bottom - 2);
    for (index_t first = column; first <= last; ++first) step(first);
    copy<T>(d_, h.block(origin_, origin_, size_, size_));
    // Row and column `column` themselves are no part of U: they only fed the first reflectors.
    const index_t skip = column >= top ? 1 : 0;
    const matrix<T> u = u_.from(skip, skip);
    const index_t begin = origin_ + skip;
    const index_t first_row = whole ? 0 : top, end_column = whole ? h.cols : bottom + 1;
    far_update<T>{h, z, u, begin, first_row, origin_, end + 1, end_column}.run(w);
  }

  // All bulges one column on. The first bulge of the chain (m = 0) is the one highest up, at column `first`.
  void step(index_t first) {
    const index_t b = bottom - origin_, t = top - origin_, f = first - origin_;      // in the window's coordinates
    const index_t begin = larger(0, (top - first) / 2), end = smaller(bulges, (bottom - first - 1) / 2);
    const bool small_one = end < bulges && first + 2 * end == bottom - 2;            // a bulge that is leaving has 2 rows
    const index_t last_row = smaller(size_ - 1, b);
    if (small_one) leave(end, f + 2 * end, t, b);
    for (index_t m = end - 1; m >= begin; --m) chase(m, f + 2 * m, t, b);
    for (index_t m = end - 1; m >= begin; --m) {
      const index_t k = f + 2 * m, from = larger(t, f + 2 * (m + 1));
      if (from <= last_row) reflect_rows3(last_row - from + 1, &d_(k + 1, from), d_.ld, reflectors_[m]);
    }
    // U: rows beyond those that any reflector has reached are still those of the identity.
    const index_t reached = smaller(size_ - 1, f + 2 * (small_one ? end : end - 1) + 3);
    const auto untouched = [&](index_t m) { return larger(0, column_ + 2 * m + 1 - origin_); };      // by bulge m and those below it
    if (small_one) {
      const index_t k = f + 2 * end, i = untouched(end);
      reflect_columns(reached + 1 - i, u_.col(k + 1) + i, u_.col(k + 2) + i, reflectors_[end]);
    }
    for (index_t m = end - 1; m >= begin; --m) {
      const index_t k = f + 2 * m, i = untouched(m);
      reflect_columns(reached + 1 - i, u_.col(k + 1) + i, u_.col(k + 2) + i, u_.col(k + 3) + i, reflectors_[m]);
    }
  }

  small_reflector<T> introduce(index_t m, index_t row, index_t n, T& beta) const {
    T v[3];
    first_column(d_.from(row, row), n, shifts[2 * m], shifts[2 * m + 1], v);
    return make_small_reflector(v[0], v[1], v[2], beta);
  }

  // Bulge m, whose column is k: the reflector that moves it, from the right, and from the left in the next column. The other
  // columns follow together.
  void chase(index_t m, index_t k, index_t t, index_t b) {
    small_reflector<T>& r = reflectors_[m];
    if (k == t - 1) {
      T alpha;
      r = introduce(m, t, 3, alpha);
    } else {
      // The row below the bulge takes the previous reflector only now: two of its elements were zero.
      const T sum = r.tau * (r.v2 * d_(k + 3, k + 2));
      d_(k + 3, k) = -sum;
      d_(k + 3, k + 1) = -(sum * conj(r.v1));
      d_(k + 3, k + 2) -= sum * conj(r.v2);
      T beta;
      r = make_small_reflector(d_(k + 1, k), d_(k + 2, k), d_(k + 3, k), beta);
      const bool collapsed = is_zero(d_(k + 3, k)) && is_zero(d_(k + 3, k + 1)) && !is_zero(d_(k + 3, k + 2));
      bool again = false;
      if (collapsed) {
        T alpha;
        const auto anew = introduce(m, k + 1, 3, alpha);
        const T x = conj(anew.tau) * (d_(k + 1, k) + conj(anew.v1) * d_(k + 2, k));
        const R fill = magnitude1(d_(k + 2, k) - x * anew.v1) + magnitude1(x * anew.v2);
        if (fill <= epsilon<R> * (magnitude1(d_(k, k)) + magnitude1(d_(k + 1, k + 1)) + magnitude1(d_(k + 2, k + 2)))) {
          d_(k + 1, k) -= x;
          r = anew;
          again = true;
        }
      }
      if (!again) d_(k + 1, k) = beta;
      d_(k + 2, k) = T(0);
      d_(k + 3, k) = T(0);
    }
    reflect_columns(smaller(b, k + 3) + 1, d_.col(k + 1), d_.col(k + 2), d_.col(k + 3), r);
    reflect_rows3(1, &d_(k + 1, k + 1), d_.ld, r);
    if (k >= t) deflate_behind(k, t, b);
  }

  // The last two rows.
  void leave(index_t m, index_t k, index_t t, index_t b) {
    small_reflector<T>& r = reflectors_[m];
    T beta;
    if (k == t - 1) {
      r = introduce(m, k + 1, 2, beta);
    } else {
      r = make_small_reflector(d_(k + 1, k), d_(k + 2, k), T(0), beta);
      d_(k + 1, k) = beta;
      d_(k + 2, k) = T(0);
    }
    reflect_columns(smaller(b, k + 3) + 1, d_.col(k + 1), d_.col(k + 2), r);
    reflect_rows2(smaller(size_ - 1, b) - k, &d_(k + 1, k + 1), d_.ld, r);
    if (k >= t) deflate_behind(k, t, b);
  }

  void deflate_behind(index_t k, index_t t, index_t b) {
    if (is_zero(d_(k + 1, k))) return;
    if (is_negligible(d_, k + 1, larger(t, 0), b)) d_(k + 1, k) = T(0);
  }
};

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg
