#pragma once
// Moving an eigenvalue up the diagonal of a Schur form, by exchanges of neighbouring blocks.
//
// Method     Bai & Demmel, "On swapping diagonal blocks in real Schur form", Linear Algebra Appl. 186 (1993): the orthogonal Q that
//            exchanges A11 and A22 comes from the solution of A11 X - X A22 = A12; an exchange that would not be backward
//            stable is not done, and the caller told.
#include <tenon/kernels/cpu/linalg/norm.hpp>
#include <tenon/kernels/cpu/linalg/schur_block.hpp>
#include <tenon/kernels/cpu/linalg/small_reflector.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg {

// Brings the block at (k, k), (k+1, k+1) of a real Schur form into standard form. w: both eigenvalues, if not null.
template <class R>
void standardize(matrix<R> t, matrix<R> z, index_t k, cplx<R>* w = nullptr) {
  const index_t l = k + 1;
  const standard_block<R> s(t(k, k), t(k, l), t(l, k), t(l, l));
  t(k, k) = s.a;
  t(k, l) = s.b;
  t(l, k) = s.c;
  t(l, l) = s.d;
  if (w != nullptr) {
    w[0] = s.first;
    w[1] = s.second;
  }
  if (l + 1 < t.cols) rotate_rows(t.cols - l - 1, &t(k, l + 1), t.ld, s.cosine, s.sine);
  rotate_columns(k, t.col(k), t.col(l), s.cosine, s.sine);
  rotate_columns(z.rows, z.col(k), z.col(l), s.cosine, s.sine);
}

// A11 X - X A22 = A12 for blocks of order p and q at most 2: its 4 equations by elimination with complete pivoting. A pivot that
// has vanished is replaced by a tiny one: the blocks then share an eigenvalue, and the residual decides.
template <class R>
struct small_sylvester {
  R x[4] = {};                               // X by columns

  template <class A>
  small_sylvester(A a11, A a22, A a12, index_t p, index_t q) {
    const index_t n = p * q;
    R m[4][4] = {}, b[4] = {}, most = 0;
    for (index_t j = 0; j < q; ++j)
      for (index_t i = 0; i < p; ++i) {
        const index_t row = i + j * p;
        for (index_t k = 0; k < p; ++k) m[row][k + j * p] += a11(i, k);
        for (index_t k = 0; k < q; ++k) m[row][i + k * p] -= a22(k, j);
        b[row] = a12(i, j);
      }
    for (index_t i = 0; i < n; ++i)
      for (index_t j = 0; j < n; ++j) most = absolute(m[i][j]) > most ? absolute(m[i][j]) : most;
    const R least = epsilon<R> * most > smallest_normal<R> / epsilon<R> ? epsilon<R> * most : smallest_normal<R> / epsilon<R>;
    index_t order[4] = {0, 1, 2, 3};
    for (index_t k = 0; k < n; ++k) {
      index_t row = k, column = k;
      for (index_t i = k; i < n; ++i)
        for (index_t j = k; j < n; ++j)
          if (absolute(m[i][j]) > absolute(m[row][column])) row = i, column = j;
      for (index_t j = 0; j < n; ++j) exchange(m[k][j], m[row][j]);
      exchange(b[k], b[row]);
      for (index_t i = 0; i < n; ++i) exchange(m[i][k], m[i][column]);
      exchange(order[k], order[column]);
      if (absolute(m[k][k]) < least) m[k][k] = least;
      for (index_t i = k + 1; i < n; ++i) {
        const R f = m[i][k] / m[k][k];
        for (index_t j = k + 1; j < n; ++j) m[i][j] -= f * m[k][j];
        b[i] -= f * b[k];
      }
    }
    for (index_t k = n - 1; k >= 0; --k) {
      for (index_t j = k + 1; j < n; ++j) b[k] -= m[k][j] * x[order[j]];
      x[order[k]] = b[k] / m[k][k];
    }
  }

 private:
  template <class S>
  static void exchange(S& a, S& b) {
    const S t = a;
    a = b;
    b = t;
  }
};

// An orthogonal matrix of order n <= 4, as a product of at most two reflectors.
template <class R>
struct small_orthogonal {
  index_t n;
  R q[4][4] = {};

  // The first c columns span those of a (n x c), which has full rank.
  small_orthogonal(R (&a)[4][2], index_t rows, index_t c) : n(rows) {
    for (index_t i = 0; i < n; ++i) q[i][i] = 1;
    for (index_t k = 0; k < c; ++k) {
      R most = 0, sum = 0;
      for (index_t i = k; i < n; ++i) most = absolute(a[i][k]) > most ? absolute(a[i][k]) : most;
      if (most == 0) continue;
      R v[4] = {};
      for (index_t i = k; i < n; ++i) {
        v[i] = a[i][k] / most;
        sum += v[i] * v[i];
      }
      v[k] += with_sign(square_root(sum), v[k]);
      sum = 0;
      for (index_t i = k; i < n; ++i) sum += v[i] * v[i];
      const R tau = 2 / sum;
      for (index_t j = k; j < c; ++j) {
        R d = 0;
        for (index_t i = k; i < n; ++i) d += v[i] * a[i][j];
        for (index_t i = k; i < n; ++i) a[i][j] -= tau * d * v[i];
      }
      for (index_t i = 0; i < n; ++i) {
        R d = 0;
        for (index_t j = k; j < n; ++j) d += q[i][j] * v[j];
        for (index_t j = k; j < n; ++j) q[i][j] -= tau * d * v[j];
      }
    }
  }
  // columns [k, k + n) of a, `rows` of them <- times Q;  rows [k, k + n), columns [j, end) <- Q^T times
  void to_columns(matrix<R> a, index_t k, index_t rows) const {
    using V = vec<R>;
    constexpr index_t N = lanes<R>;
    for (index_t i = 0; i < rows; i += N) {
      const index_t some = smaller(N, rows - i);
      V x[4];
      for (index_t j = 0; j < n; ++j) x[j] = V::load(a.col(k + j) + i, some);
      for (index_t j = 0; j < n; ++j) {
        V sum = x[0] * V(q[0][j]);
        for (index_t l = 1; l < n; ++l) sum = fma(x[l], V(q[l][j]), sum);
        sum.store(a.col(k + j) + i, some);
      }
    }
  }
  void to_rows(matrix<R> a, index_t k, index_t from, index_t end) const {
    for (index_t j = from; j < end; ++j) {
      R x[4];
      for (index_t i = 0; i < n; ++i) x[i] = a(k + i, j);
      for (index_t i = 0; i < n; ++i) {
        R sum = 0;
        for (index_t l = 0; l < n; ++l) sum += q[l][i] * x[l];
        a(k + i, j) = sum;
      }
    }
  }
};

// Exchanges the blocks of order p at k and of order q at k + p. False: not done, it would not be stable.
template <class T>
bool exchange_blocks(matrix<T> t, matrix<T> z, index_t k, index_t p, index_t q) {
  using R = real_of<T>;
  if (p == 1 && q == 1) {
    // (t12, t22 - t11) is the eigenvector for t22: it becomes the first basis vector.
    const T first = t(k, k), second = t(k + 1, k + 1);
    T beta;
    const auto r = make_small_reflector(t(k, k + 1), second - first, T(0), beta);
    reflect_rows2(t.cols - k, &t(k, k), t.ld, r);
    reflect_columns(k + 2, t.col(k), t.col(k + 1), r);
    t(k, k) = second;
    t(k + 1, k + 1) = first;
    t(k + 1, k) = T(0);
    if (z.rows > 0) reflect_columns(z.rows, z.col(k), z.col(k + 1), r);
    return true;
  }
  if constexpr (!is_cplx<T>) {
    const index_t n = p + q;
    R copy_data[16] = {};
    const matrix<R> d{copy_data, n, n, 4};
    copy<R>(t.block(k, k, n, n), d);
    const R most = largest_part<R>(d);
    const small_sylvester<R> s(d.block(0, 0, p, p), d.block(p, p, q, q), d.block(0, p, p, q), p, q);
    // A (-X; I) = (-X; I) A22
    R basis[4][2] = {};
    for (index_t j = 0; j < q; ++j) {
      for (index_t i = 0; i < p; ++i) basis[i][j] = -s.x[i + j * p];
      basis[p + j][j] = 1;
    }
    const small_orthogonal<R> o(basis, n, q);
    o.to_rows(d, 0, 0, n);
    o.to_columns(d, 0, n);
    const R limit = 10 * epsilon<R> * most > smallest_normal<R> / epsilon<R> ? 10 * epsilon<R> * most : smallest_normal<R> / epsilon<R>;
    for (index_t j = 0; j < q; ++j)
      for (index_t i = q; i < n; ++i)
        if (!(absolute(d(i, j)) <= limit)) return false;
    o.to_rows(t, k, k, t.cols);
    o.to_columns(t, k, k + n);
    o.to_columns(z, k, z.rows);
    for (index_t j = 0; j < q; ++j)
      for (index_t i = q; i < n; ++i) t(k + i, k + j) = 0;
    if (q == 2) standardize(t, z, k);
    if (p == 2) standardize(t, z, k + q);
    return true;
  } else {
    return false;
  }
}
template <class T>
bool pair_begins(matrix<T> t, index_t k) {
  if constexpr (is_cplx<T>) return false;
  else return k + 1 < t.rows && !is_zero(t(k + 1, k));
}
template <class T>
bool pair_ends(matrix<T> t, index_t k) { return k > 0 && pair_begins(t, k - 1); }

// Moves the block that begins at row `from` up to row `to`. Answers the row where it stands then: `to`, or further down where
// an exchange was refused (a row lower, too, where `to` was within a block).
template <class T>
index_t move_block_up(matrix<T> t, matrix<T> z, index_t from, index_t to) {
  const index_t size = pair_begins(t, from) ? 2 : 1;
  index_t here = from;
  while (here > to) {
    const index_t above = pair_ends(t, here - 1) ? 2 : 1;
    if (here - above < to || !exchange_blocks(t, z, here - above, above, size)) return here;
    here -= above;
    if (size == 2 && !pair_begins(t, here)) {                  // rounding has split the pair: two real eigenvalues
      const index_t first = move_block_up(t, z, here, to);
      move_block_up(t, z, here + 1, first + 1);
      return first;
    }
  }
  return here;
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg
