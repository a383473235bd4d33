#pragma once
// Eigenvectors from a Schur form A = Z T Z^H:     T X = X diag(w),  V = Z X
//
// Method     Back substitution for a block of eigenvalues at once. Within a diagonal block of T every eigenvalue has a system of its own,
//            (T_bb - w_j) x_b = r_b; what it means for the rows above is one product of matrices for all of them:
//
//                ( T_aa T_ab )     x_b,  then  r_a -= T_ab x_b
//                (      T_bb )
//
//            (Schwarz, Kjelgaard Mikkelsen & Karlsson, "Robust parallel eigenvector computation for the non-symmetric eigenvalue
//            problem", Parallel Computing 100 (2020).) A pair of a real matrix takes two columns of X, real and imaginary part.
// Overflow   Defective matrices have divisors w_i - w_j near 0. Divisors below eps |w_j| are replaced by that; and before an element
//            of X could exceed `limit`, all of its column is scaled down: a sum of n products with |T| < 1 / limit stays finite.
#include <tenon/kernels/cpu/linalg/product.hpp>
#include <tenon/kernels/cpu/linalg/schur_reorder.hpp>
#include <tenon/kernels/cpu/linalg/schur_small.hpp>
#include <tenon/kernels/cpu/linalg/vector.hpp>
#include <tenon/kernels/linalg/eig.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg {

template <class T>
struct eigenvectors {
  using R = real_of<T>;
  using C = cplx<R>;
  static constexpr index_t block = kernels::linalg::eigenvector_block;
  static constexpr R limit = sizeof(R) == 4 ? R(0x1p40) : R(0x1p400);

  matrix<T> t;                               // the Schur form
  matrix<T> z, v;                            // V = Z X; not the same memory
  const C* w;

  void run(workspace work) {
    const index_t n = t.rows;
    T* const x_data = work.take<T>(n * (block + 1));
    for (index_t end = n; end > 0;) {
      index_t begin = larger(0, end - block);
      if (pair_ends(t, begin)) --begin;
      const matrix<T> x{x_data, end, end - begin, end};
      fill(x, T(0));
      solve(x, begin, end, work);
      for (index_t j = 0; j < x.cols;) {
        const index_t columns = is_pair(w[begin + j]) ? 2 : 1;
        bring_to_unit_size(x, j, columns);
        j += columns;
      }
      product_into(v.block(0, begin, v.rows, end - begin), plain(z.columns(0, end)), plain(x), work);
      end = begin;
    }
  }

 private:
  static bool is_pair(const C& x) { return !is_cplx<T> && x.im != 0; }

  // Columns of X for the eigenvalues [begin, end).
  void solve(matrix<T> x, index_t begin, index_t end, const workspace& work) const {
    for (index_t e = begin; e < end; ++e) {
      const index_t j = e - begin;
      if (!is_pair(w[e])) {
        x(e, j) = T(1);
        continue;
      }
      if constexpr (!is_cplx<T>) {                             // (a - w) x1 + b x2 = 0 with w - a = i im
        const R b = t(e, e + 1), c = t(e + 1, e), im = absolute(w[e].im);
        if (absolute(b) >= absolute(c)) {
          x(e, j) = 1;
          x(e + 1, j + 1) = im / b;
        } else {
          x(e, j) = -im / c;
          x(e + 1, j + 1) = 1;
        }
        ++e;
      }
    }
    for (index_t bottom = end; bottom > 0;) {
      index_t top = larger(0, bottom - block);
      if (pair_ends(t, top)) --top;
      for (index_t e = larger(begin, top); e < end;) {
        const column c(*this, x, e - begin, e);
        c.solve(top, bottom);
        e += c.columns;
      }
      subtract_product(x.block(0, 0, top, x.cols), plain(t.block(0, top, top, bottom - top)), plain(x.block(top, 0, bottom - top, x.cols)), work);
      bottom = top;
    }
  }

  // One eigenvector in the making: column j of X, and for a pair of a real matrix j + 1, the imaginary part.
  struct column {
    const eigenvectors& all;
    matrix<T> x;
    index_t j, e;                              // the eigenvalue stands at row e of T, or at rows e and e + 1
    index_t columns;
    C value;
    R least;                                   // divisors are at least this large

    column(const eigenvectors& from, matrix<T> to, index_t at, index_t row)
        : all(from), x(to), j(at), e(row), columns(is_pair(from.w[row]) ? 2 : 1), value(from.w[row]) {
      if (columns == 2) value.im = absolute(value.im);
      const R relative = epsilon<R> * (absolute(value.re) + absolute(value.im)), floor = negligible<R> * static_cast<R>(all.t.rows);
      least = relative > floor ? relative : floor;
    }

    // Rows [top, bottom), given that those below are known and have been subtracted.
    void solve(index_t top, index_t bottom) const {
      index_t i = smaller(bottom, e + columns) - 1;
      if (i == e + columns - 1) {                // its own rows are given
        for (; i >= e; --i) subtract(i, top, e);
      }
      while (i >= top) {
        if (pair_ends(all.t, i)) {
          solve_pair(i - 1);
          subtract(i, top, i - 1);
          subtract(i - 1, top, i - 1);
          i -= 2;
        } else {
          set(i, quotient(get(i), difference(i)));
          subtract(i, top, i);
          i -= 1;
        }
      }
    }

   private:
    C get(index_t i) const {
      if constexpr (is_cplx<T>) return x(i, j);
      else return {x(i, j), columns == 2 ? x(i, j + 1) : R(0)};
    }
    void set(index_t i, C y) const {
      if constexpr (is_cplx<T>) {
        x(i, j) = y;
      } else {
        x(i, j) = y.re;
        if (columns == 2) x(i, j + 1) = y.im;
      }
    }
    C difference(index_t i) const { return C(real_part(all.t(i, i)), imag_part(all.t(i, i))) - value; }
    C at_least(C d) const { return magnitude1(d) < least ? C(least) : d; }
    // Rows [top, end) -= (column i of T) x_i
    void subtract(index_t i, index_t top, index_t end) const {
      for (index_t c = 0; c < columns; ++c) add_scaled<T>(end - top, -x(i, j + c), all.t.col(i) + top, x.col(j + c) + top);
    }
    void shrink(R factor) const {
      for (index_t c = 0; c < columns; ++c) scale(x.rows, factor, x.col(j + c));
    }
    // b / d, after the whole eigenvector has been scaled down where that would be too large.
    C quotient(C b, C d) const {
      d = at_least(d);
      const R size = magnitude1(b);
      if (size > limit * magnitude1(d)) {
        const R factor = magnitude1(d) / size;
        shrink(factor);
        b = b * factor;
      }
      return b / d;
    }
    // The rows k, k + 1 of a 2x2 block of T, by elimination with complete pivoting.
    void solve_pair(index_t k) const {
      C m[2][2] = {{difference(k), C(real_part(all.t(k, k + 1)))}, {C(real_part(all.t(k + 1, k))), difference(k + 1)}};
      index_t row = 0, col = 0;
      for (index_t r = 0; r < 2; ++r)
        for (index_t c = 0; c < 2; ++c)
          if (magnitude1(m[r][c]) > magnitude1(m[row][col])) row = r, col = c;
      const C pivot = at_least(m[row][col]), upper = m[row][1 - col], factor = m[1 - row][col] / pivot;
      const C last = m[1 - row][1 - col] - factor * upper;
      // Unknown `col` is eliminated; the one left is stored in place of its right-hand side, so that shrinking takes it along.
      C first = get(k + row), second = get(k + 1 - row) - factor * first;
      set(k, first);
      set(k + 1, C(0));
      second = quotient(second, last);
      first = get(k);
      set(k + 1, second);
      first = quotient(first - upper * second, pivot);
      second = get(k + 1);
      set(k + col, first);
      set(k + 1 - col, second);
    }
  };

  static void bring_to_unit_size(matrix<T> x, index_t j, index_t columns) {
    R most = 0;
    for (index_t c = 0; c < columns; ++c) {
      const R m = largest_part(x.rows, x.col(j + c));
      most = m > most ? m : most;
    }
    for (index_t c = 0; c < columns; ++c) scale(x.rows, R(1) / most, x.col(j + c));
  }
};

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg
