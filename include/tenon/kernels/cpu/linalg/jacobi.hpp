#pragma once
// Singular value decomposition by one-sided Jacobi: each singular value to its own last digits, where the columns' sizes are all that makes
// A ill conditioned.
//
//   A P = Q R                              pivoted_qr.hpp: rows of R descend, however unlike A's columns are
//   L diag(w) = R^H                        w_j powers of two; the columns of L have a largest entry in [1, 2)
//   (L diag(w)) W = X diag(s)              W a product of plane rotations       =>   A = (Q W) diag(s) (P X)^H
//
// Method     Hestenes (J. SIAM 6(1), 1958), cyclic by rows; a rotation also sorts its two columns (de Rijk, SIAM J. Sci. Stat. Comput.
//            10(2), 1989). Of R^H and not of A: Drmac & Veselic, "New fast and accurate Jacobi SVD algorithm", SIAM J. Matrix Anal. Appl.
//            29(4), 2008. It takes fewer sweeps, U comes out complete, and a matrix of low rank does not hold up the iteration with columns
//            of rounding errors of rounding errors. jacobi_lanes.hpp has the rotation's formulas.
// Scaling    A by a power of two, its largest entry near the largest number: then it is the far end of the range where digits are lost.
// Accuracy   Demmel & Veselic, "Jacobi's method is more accurate than QR", SIAM J. Matrix Anal. Appl. 13(4), 1992: QR and each rotation change a
//            column by a small multiple of its own length, so that  |ds_i| <= c n u kappa s_i  for every i, kappa the condition number of A with
//            its columns scaled to length 1: within a factor sqrt(n) of the least that any scaling of them has (van der Sluis, Numer. Math. 14,
//            1969). L adds its own, which for the R of a pivoted QR is some n whatever A is.
// Cost       12 n^3 operations for each sweep, 8 n^3 without vectors. Measured with vectors, one thread: 2.3 times what svd.hpp takes for order 40, four
//            to five times for 100 and 300.
#include <tenon/kernels/cpu/linalg/bidiagonal_qr.hpp>
#include <tenon/kernels/cpu/linalg/jacobi_rule.hpp>
#include <tenon/kernels/cpu/linalg/pivoted_qr.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg {

template <class T>
class jacobi {
 public:
  using R = real_of<T>;

  // a (m, n), m >= n, finite; destroyed. u and v may have null data; v gets V. Workspace: kernels::linalg::jacobi_bytes.
  jacobi(matrix<T> a, R* s, matrix<T> u, matrix<T> v, workspace w, index_t sweeps)
      : n_(a.cols), sweeps_(sweeps), a_(a), s_(s), u_(u), v_(v), unit_(w.template take<R>(n_)), order_(w.template take<index_t>(n_)), tau_(w.template take<T>(n_)),
        l_{w.template take<T>(n_ * n_), n_, n_, n_}, turns_{w.template take<T>(n_ * n_), n_, n_, n_}, w_(w) {}

  status run() {
    const R lift = raise();
    factor_pivoted_qr(a_, order_, tau_, w_);
    for (index_t j = 0; j < n_; ++j) {
      for (index_t i = 0; i < n_; ++i) l_(i, j) = i < j ? T(0) : conj(a_(j, i));
      unit_[j] = 1;
      lengthen(j);
    }
    if (u_.data) set_identity(turns_);
    const index_t missing = iterate();
    for (index_t j = 0; j < n_; ++j) {
      const R length = norm2(n_, l_.col(j));
      s_[j] = length * unit_[j] / lift;                            // in two steps: unit / lift may overflow where s does not
      for (index_t i = 0; length > 0 && i < n_; ++i) l_(i, j) = l_(i, j) / length;
    }
    if (u_.data) form_vectors();
    else sort_descending<R, T>(n_, s_, {}, {});
    return {missing == 0 ? status_code::ok : status_code::no_convergence, missing};
  }

 private:
  using rule = jacobi_rule<R>;
  index_t n_, sweeps_;
  matrix<T> a_;
  R* s_;
  matrix<T> u_, v_;
  R* unit_;                                                      // w
  index_t* order_;                                               // column j of A P is column order[j] of A
  T* tau_;
  matrix<T> l_, turns_;                                          // turns: W
  workspace w_;

  R raise() {
    constexpr int top = std::numeric_limits<R>::max_exponent - 24;         // a column's length stays in range
    const int size = __builtin_ilogb(static_cast<double>(largest_part<T>(a_)));        // A is not zero: it would be diagonal
    const R lift = static_cast<R>(__builtin_ldexp(1.0, size < 0 ? top : top - size));
    for (index_t j = 0; j < n_; ++j) scale(a_.rows, lift, a_.col(j));
    return lift;
  }
  // Divides column j of L by the power of two below its largest part, which goes to w. Answers whether it is not zero.
  bool lengthen(index_t j) {
    const R most = largest_part(n_, l_.col(j));
    if (most == 0) return false;
    const R power = power_of_two_below(most);
    for (index_t i = 0; i < n_; ++i) l_(i, j) = l_(i, j) / power;            // 1 / power may overflow
    unit_[j] *= power;
    return true;
  }

  // Answers how many columns the last sweep still had to turn, if that is the last one allowed.
  index_t iterate() {
    index_t turned = n_;
    for (index_t sweep = 0; turned > 0 && sweep < sweeps_; ++sweep) {
      for (index_t i = 0; i < n_; ++i) s_[i] = 0;                  // 1: column i has been turned
      for (index_t i = 0; i + 1 < n_; ++i)
        for (index_t j = i + 1; j < n_; ++j)
          if (turn(i, j)) s_[i] = s_[j] = 1;
      turned = 0;
      for (index_t i = 0; i < n_; ++i) turned += s_[i] != 0;
    }
    return turned;
  }

  // Makes columns i and j orthogonal, and i the longer one. Answers whether they were not orthogonal.
  bool turn(index_t i, index_t j) {
    T *const first = l_.col(i), *const second = l_.col(j);
    products p = multiply(n_, first, second);
    if (smaller_of(p.xx, p.yy) < rule::least_square) {
      if (p.xx < rule::least_square && !lengthen(i)) return false;
      if (p.yy < rule::least_square && !lengthen(j)) return false;
      p = multiply(n_, first, second);
    }
    const R g = magnitude(p.xy);
    if (g <= rule::tolerance(n_) * square_root(p.xx * p.yy)) return false;
    const R ratio = unit_[i] == unit_[j] ? R(1) : unit_[j] / unit_[i];
    const bool in_order = p.xx >= ratio * ratio * p.yy;
    const R r = in_order ? ratio : 1 / ratio, xx = in_order ? p.xx : p.yy, yy = in_order ? p.yy : p.xx;
    const R d = xx - r * r * yy, h = 2 * r * g, e = d + square_root(d * d + h * h), length = square_root(e * e + h * h);
    const R c = e / length, s = h / length;
    // y turned by its product's phase is what a real rotation takes; y itself turns back.
    const T phase = (in_order ? p.xy : conj(p.xy)) / g;
    const T *const x = in_order ? first : second, *const y = in_order ? second : first;
    rotate(n_, x, y, first, second, c, conj(phase) * (s * r), -(phase * (2 * g / length)));
    if (u_.data) {
      T *const left = turns_.col(i), *const right = turns_.col(j);
      rotate(n_, in_order ? left : right, in_order ? right : left, left, right, c, conj(phase) * s, -(phase * s));
    }
    if (!in_order) exchange(unit_[i], unit_[j]);
    return true;
  }

  struct products {
    R xx, yy;
    T xy;                                                        // x^H y
  };
  static products multiply(index_t n, const T* x, const T* y) {
    using V = vec_of<T>;
    using S = vec<R>;
    constexpr index_t N = lanes_of<T>;
    S xx[2] = {S(R(0)), S(R(0))}, yy[2] = {S(R(0)), S(R(0))};
    V xy[2] = {V(element_t<T>{}), V(element_t<T>{})};
    const auto add = [&](const V& p, const V& q, int h) TENON_INLINE_LAMBDA {
      xx[h] = add_square(p, xx[h]);
      yy[h] = add_square(q, yy[h]);
      xy[h] = conj_multiply_add(p, q, xy[h]);
    };
    index_t i = 0;
    for (; i + 2 * N <= n; i += 2 * N) {
      add(load(x + i), load(y + i), 0);
      add(load(x + i + N), load(y + i + N), 1);
    }
    for (; i < n; i += N) add(load(x + i, n - i), load(y + i, n - i), 0);
    return {reduce_add(xx[0] + xx[1]), reduce_add(yy[0] + yy[1]), sum_of_lanes<T>(xy[0] + xy[1])};
  }
  template <class V>
  TENON_INLINE static vec<R> add_square(const V& x, vec<R> sum) {
    if constexpr (is_cplx<T>) return fma(x.re, x.re, fma(x.im, x.im, sum));
    else return fma(x, x, sum);
  }

  // to_x <- c x + f y,   to_y <- c y + g x;  (to_x, to_y) may be (x, y) or (y, x).
  static void rotate(index_t n, const T* x, const T* y, T* to_x, T* to_y, R c, T f, T g) {
    using V = vec_of<T>;
    constexpr index_t N = lanes_of<T>;
    const vec<R> cosine(c);
    const V from_y = broadcast(f), from_x = broadcast(g);
    const auto times_c = [&](const V& p) TENON_INLINE_LAMBDA {
      if constexpr (is_cplx<T>) return V(cosine * p.re, cosine * p.im);
      else return cosine * p;
    };
    index_t i = 0;
    for (; i + N <= n; i += N) {
      const V p = load(x + i), q = load(y + i);
      store(to_x + i, multiply_add(from_y, q, times_c(p)));
      store(to_y + i, multiply_add(from_x, p, times_c(q)));
    }
    if (i < n) {
      const V p = load(x + i, n - i), q = load(y + i, n - i);
      store(to_x + i, multiply_add(from_y, q, times_c(p)), n - i);
      store(to_y + i, multiply_add(from_x, p, times_c(q)), n - i);
    }
  }

  void form_vectors() {
    sort_descending<R, T>(n_, s_, turns_, l_);
    fill(u_, T(0));
    copy<T>(turns_, u_.block(0, 0, n_, n_));
    for (index_t j = n_; j < u_.cols; ++j) u_(j, j) = T(1);
    apply_q_left<T>(a_, tau_, false, u_, w_);
    complete_columns();
    for (index_t j = 0; j < n_; ++j)
      for (index_t i = 0; i < n_; ++i) v_(order_[i], j) = l_(i, j);
  }
  // Columns of X that are zero become ones that are orthogonal to the others: the last ones of a Q whose first ones span those.
  void complete_columns() {
    const matrix<T> basis = turns_;                              // W has been copied
    index_t rank = 0;
    for (index_t j = 0; j < n_; ++j)
      if (largest_part(n_, l_.col(j)) != 0) copy<T>(l_.columns(j, 1), basis.columns(rank++, 1));
    if (rank == n_) return;
    factor_qr(basis.columns(0, rank), tau_, w_);
    form_q(basis, rank, tau_, w_);
    for (index_t j = 0; j < n_; ++j)
      if (largest_part(n_, l_.col(j)) == 0) copy<T>(basis.columns(rank++, 1), l_.columns(j, 1));
  }
};

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg
