#pragma once
// Aggressive early deflation: finds eigenvalues that have converged long before a subdiagonal element says so.
//
// Method     Braman, Byers & Mathias, "The multishift QR algorithm. Part II: aggressive early deflation", SIAM J. Matrix Anal. Appl.
//            23 (2002). The window W at the end of the active block is brought to Schur form by itself, W = V T V^H. What ties it to
//            the rest, the element s before it, becomes a spike, s times the first row of V:
//
//                ( x x x x x x x )        ( x x x x x x x )
//                ( x x x x x x x )        ( x x x x x x x )
//                (   s W W W W W )   ->   (   s T T T T T )        An eigenvalue at the end of T whose element of the
//                (     W W W W W )        (   s   T T T T )        spike is negligible is deflated. One that is not moves
//                (       W W W W )        (   s     T T T )        up to the front, out of the way of the others.
//                (         W W W )        (   s       T T )
//                (           W W )        (   0         T )
//
//            What remains returns to Hessenberg form, and its eigenvalues are the next shifts.
#include <tenon/kernels/cpu/linalg/far_update.hpp>
#include <tenon/kernels/cpu/linalg/hessenberg.hpp>
#include <tenon/kernels/cpu/linalg/schur_reorder.hpp>
#include <tenon/kernels/cpu/linalg/schur_small.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg {

template <class T>
struct early_deflation {
  using R = real_of<T>;
  bool whole;                                // transform all of h, not only the active block
  matrix<T> h, z;
  index_t top, bottom;                       // the active block
  index_t size;                              // of the window
  cplx<R>* w;                                // eigenvalues: w[bottom + 1 - size ... bottom]

  early_deflation(bool all, matrix<T> a, matrix<T> basis, index_t first, index_t last, index_t window, cplx<R>* values)
      : whole(all), h(a), z(basis), top(first), bottom(last), size(smaller(window, last - first + 1)), w(values), first_(last - size + 1) {}

  index_t deflated = 0;                      // eigenvalues found, at the end of the block
  index_t shifts = 0;                        // others that are good shifts, in w before those

  // schur(t, v, w, workspace): t <- its Schur form, v <- its basis, w <- the eigenvalues; answers how many leading ones are missing.
  template <class Schur>
  void run(Schur schur, workspace work) {
    const T s = first_ == top ? T(0) : h(first_, first_ - 1);
    if (size == 1) return single(s);

    const matrix<T> t{work.take<T>(size * size), size, size, size}, v{work.take<T>(size * size), size, size, size};
    copy<T>(h.block(first_, first_, size, size), t);
    clear_below_subdiagonal(t);                                  // there may be reflectors
    set_identity(v);
    const index_t missing = schur(t, v, w + first_, work);
    const index_t kept = find_deflatable(t, v, s, missing);
    read_eigenvalues(t, missing);
    if (kept < size || is_zero(s)) put_back(t, v, is_zero(s) ? 0 : kept, s, work);
    deflated = size - kept;
    shifts = kept - missing;
  }

 private:
  index_t first_;                            // the window's first row in h

  void single(T s) {
    w[bottom] = {real_part(h(bottom, bottom)), imag_part(h(bottom, bottom))};
    const R limit = epsilon<R> * magnitude1(h(bottom, bottom));
    if (magnitude1(s) <= (limit > negligible<R> ? limit : negligible<R>)) {
      deflated = 1;
      if (first_ > top) h(first_, first_ - 1) = T(0);
    } else {
      shifts = 1;
    }
  }

  // Whether the block that ends at row k of t can be deflated.
  static bool deflatable(matrix<T> t, matrix<T> v, T s, index_t k, bool pair) {
    R scale = magnitude1(t(k, k)), spike = magnitude1(s * v(0, k));
    if (pair) {
      scale += square_root(magnitude1(t(k, k - 1))) * square_root(magnitude1(t(k - 1, k)));
      const R other = magnitude1(s * v(0, k - 1));
      spike = other > spike ? other : spike;
    }
    if (scale == 0) scale = magnitude1(s);
    const R limit = epsilon<R> * scale;
    return spike <= (limit > negligible<R> ? limit : negligible<R>);
  }

  // How many rows of t stay; those behind are deflated.
  static index_t find_deflatable(matrix<T> t, matrix<T> v, T s, index_t missing) {
    index_t kept = t.rows, front = missing;                      // rows before `front` are known to stay
    while (front < kept) {
      const bool pair = pair_ends(t, kept - 1);
      const index_t n = pair ? 2 : 1;
      if (deflatable(t, v, s, kept - 1, pair)) {
        kept -= n;
      } else {
        front = move_block_up(t, v, kept - n, front) + n;
      }
    }
    return kept;
  }

  void read_eigenvalues(matrix<T> t, index_t missing) const {
    for (index_t i = missing; i < size; ++i) {
      w[first_ + i] = {real_part(t(i, i)), imag_part(t(i, i))};
      if constexpr (!is_cplx<T>) {
        if (!pair_begins(t, i)) continue;
        const standard_block<R> s(t(i, i), t(i, i + 1), t(i + 1, i), t(i + 1, i + 1));
        w[first_ + i] = s.first;
        w[first_ + ++i] = s.second;
      }
    }
  }

  // The window as V T V^H would leave it, with its first `kept` rows Hessenberg again.
  void put_back(matrix<T> t, matrix<T> v, index_t kept, T s, workspace work) {
    T* const tau = work.take<T>(size);
    T* const spike = work.take<T>(size);
    if (kept > 1) {
      // One reflector folds the spike (s conj v_0i) into its first element.
      for (index_t i = 0; i < kept; ++i) spike[i] = conj(v(0, i));
      const T q = make_reflector(kept, spike[0], spike + 1);
      T* const buffer = tau;
      apply_reflector_left(conj(q), spike + 1, t.top(kept), buffer);
      apply_reflector_right(q, spike + 1, t.block(0, 0, kept, kept), buffer);
      apply_reflector_right(q, spike + 1, v.columns(0, kept), buffer);
      reduce_to_hessenberg(t, 0, kept - 1, tau, work);
      apply_from_right(t, kept, tau, v, spike);
      clear_below_subdiagonal(t);
    }
    if (first_ > top) h(first_, first_ - 1) = kept == 0 ? T(0) : s * conj(v(0, 0));
    copy<T>(t, h.block(first_, first_, size, size));

    const index_t first_row = whole ? 0 : top, end_column = whole ? h.cols : bottom + 1;
    far_update<T>{h, z, v, first_, first_row, first_, bottom + 1, end_column}.run(work);
  }
  // v <- v H_0 H_1 ..., the reflectors of t's Hessenberg form.
  static void apply_from_right(matrix<T> t, index_t kept, const T* tau, matrix<T> v, T* buffer) {
    for (index_t k = 0; k + 1 < kept; ++k)
      apply_reflector_right(tau[k], t.col(k) + smaller(k + 2, t.rows - 1), v.block(0, k + 1, v.rows, kept - k - 1), buffer);
  }
};

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg
