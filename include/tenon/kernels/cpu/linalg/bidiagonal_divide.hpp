#pragma once
// Singular values and vectors of a real upper bidiagonal matrix by divide and conquer.
//
//   B (n, n): d on the diagonal, e above it, |B| near 1  ->  d descending, U (n, n), V (n, n): B = U diag(d) V^T
//
// Method     Gu & Eisenstat, "A divide-and-conquer algorithm for the bidiagonal SVD", SIAM J. Matrix Anal. Appl. 16 (1995);
//            organised as LAPACK's dlasd1-3. Row c = (alpha, beta at columns c, c + 1) divides B into B1 above, which is one column
//            wider than high, and B2 below:
//
//                ( B1          )      B1 = U1 (D1 0) (V1 q1)^T
//            B = ( alpha  beta )      B2 = U2 (D2 0) (V2 q2)^T       (without q2 at the lower end of the whole matrix)
//                (         B2  )
//
//            In these bases what is left is diag(0, D1, D2) with its first row replaced by z = (z_0, alpha * last row of V1, beta *
//            first row of V2); z_0 belongs to the mixture of q1 and q2 that sees all of the row. Its squared singular
//            values are the roots of the secular equation with poles d_i^2 (secular.hpp), rho = 1.
// Vectors    right: z_i / (d_i^2 - s^2);   left: d_i z_i / (d_i^2 - s^2), and -1 for the row itself. From z computed anew
//            out of the roots (secular_vectors.hpp), which makes both orthogonal to working precision.
// Accuracy   Absolute: singular values to some u times the largest. (bidiagonal_qr.hpp is the one with relative accuracy.)
// Pieces     Piece i of a level is rows [b(i), b(i+1) - 1), b(i) = (n + 1) i / 2^level; the row b(i+1) - 1 divides it from the next.
//            Its columns are the same and, except for the last piece, one more. Column c of V holds q1.
// The rest   Deflation, grouping of columns, threads: as in tridiagonal_divide.hpp.
#include <tenon/kernels/cpu/linalg/bidiagonal_qr.hpp>
#include <tenon/kernels/cpu/linalg/norm.hpp>
#include <tenon/kernels/cpu/linalg/product.hpp>
#include <tenon/kernels/cpu/linalg/secular_vectors.hpp>
#include <tenon/kernels/linalg/bidiagonal.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg {

using kernels::linalg::bidiagonal_leaf;

// Makes an upper bidiagonal matrix with a column more than rows square: the last column of V then is its null vector.
// e (n). From the right to lower bidiagonal, from the left back to upper.
template <class R>
void drop_last_column(index_t n, R* d, R* e, matrix<R> u, matrix<R> v) {
  for (index_t i = 0; i < n; ++i) {
    R r;
    const rotation<R> turn = make_rotation(d[i], e[i], r);
    d[i] = r;
    e[i] = 0;
    if (i + 1 < n) {
      e[i] = turn.s * d[i + 1];
      d[i + 1] = turn.c * d[i + 1];
    }
    rotate(v.col(i), v.col(i + 1), v.rows, turn.c, turn.s);
  }
  for (index_t i = 0; i + 1 < n; ++i) {
    R r;
    const rotation<R> turn = make_rotation(d[i], e[i], r);
    d[i] = r;
    e[i] = turn.s * d[i + 1];
    d[i + 1] = turn.c * d[i + 1];
    rotate(u.col(i), u.col(i + 1), u.rows, turn.c, turn.s);
  }
}

template <class R>
class bidiagonal_divide {
 public:
  // The workspace holds bidiagonal_divide_bytes<R>(n, threads).
  bidiagonal_divide(index_t n, R* d, R* e, matrix<R> u, matrix<R> v, workspace w, index_t sweeps)
      : n_(n), sweeps_(sweeps), d_(d), e_(e), u_(u), v_(v), u_columns_(w.take<R>((n + 1) * (n + 1))), v_columns_(w.take<R>((n + 1) * (n + 1))),
        vectors_(w.take<R>((n + 1) * (n + 1))), z_(w.take<R>(n)), poles_(w.take<R>(n)), weights_(w.take<R>(n)), roots_(w.take<R>(n)),
        order_(w.take<index_t>(n)), slot_(w.take<index_t>(n)), list_(w.take<index_t>(n)), type_(w.take<index_t>(n)), work_(w) {}

  // Without convergence: how many values of the pieces are missing.
  status run() {
    int levels = 0;
    while (((n_ + 1) >> levels) > bidiagonal_leaf) ++levels;
    const index_t leaves = index_t{1} << levels;
    set_identity(u_);
    set_identity(v_);
    norm_ = larger_of(largest_part(n_, d_), largest_part(n_ - 1, e_));
    if (norm_ == 0) return {};
    const context& ctx = work_.ctx;
    index_t missing = 0;
    ctx.parallel(leaves, [&](index_t i) {
      __atomic_fetch_add(&missing, solve_leaf(bound(levels, i), bound(levels, i + 1) - 1), __ATOMIC_RELAXED);
    });
    if (missing > 0) return {status_code::no_convergence, missing};
    for (int level = levels - 1; level >= 0; --level) {
      const index_t nodes = index_t{1} << level, threads = ctx.threads;
      const auto merge_node = [&](const workspace& w, index_t i) {
        merge(w, bound(level + 1, 2 * i), bound(level + 1, 2 * i + 1) - 1, bound(level + 1, 2 * i + 2) - 1);
      };
      if (nodes < threads || threads == 1) {
        for (index_t i = 0; i < nodes; ++i) merge_node(work_, i);
        continue;
      }
      const index_t share = kernels::linalg::product_bytes<R>(n_, n_, n_, 1);
      ctx.parallel(threads, [&](index_t t) {
        const workspace own = {context{}, work_.data + t * share, share};
        for (index_t i = nodes * t / threads; i < nodes * (t + 1) / threads; ++i) merge_node(own, i);
      });
    }
    descend(levels > 0);
    return {};
  }

 private:
  index_t n_, sweeps_;
  R *d_, *e_;
  matrix<R> u_, v_;
  R *u_columns_, *v_columns_, *vectors_;
  R *z_, *poles_, *weights_, *roots_;
  index_t *order_;                     // d_[begin + order_[begin + i]] ascends within each solved piece
  index_t *slot_, *list_, *type_;
  workspace work_;
  R norm_ = 0;                         // the largest entry of B

  index_t bound(int level, index_t i) const { return ((n_ + 1) * i) >> level; }

  static void copy_column(const R* from, R* to, index_t n) {
    for (index_t i = 0; i < n; ++i) to[i] = from[i];
  }

  // Answers how many of its values are missing.
  index_t solve_leaf(index_t begin, index_t end) {
    const index_t n = end - begin, wider = end < n_ ? 1 : 0;
    const matrix<R> u = u_.block(begin, begin, n, n), v = v_.block(begin, begin, n + wider, n + wider);
    if (wider) drop_last_column(n, d_ + begin, e_ + begin, u, v);
    const status s = bidiagonal_qr<R>(n, d_ + begin, e_ + begin, u, v, u_columns_ + begin * (n_ + 1), sweeps_).run();
    sort_descending(n, d_ + begin, u, v);
    for (index_t i = 0; i < n; ++i) order_[begin + i] = n - 1 - i;
    return s ? 0 : s.detail;
  }

  enum : index_t { upper, mixed, lower, final };                 // which half of the columns is not zero; or they are final

  // Rows [begin, end), solved above and below row `centre`.
  void merge(const workspace& w, index_t begin, index_t centre, index_t end) {
    const index_t n = end - begin, c = centre - begin, wider = end < n_ ? 1 : 0, m = n + wider;
    const R alpha = d_[centre], beta = e_[centre];
    const matrix<R> u = u_.block(begin, begin, n, n), v = v_.block(begin, begin, m, m);
    R *const d = d_ + begin, *const z = z_ + begin, *const pole = poles_ + begin, *const weight = weights_ + begin, *const root = roots_ + begin;
    index_t *const order = order_ + begin, *const slot = slot_ + begin, *const list = list_ + begin, *const type = type_ + begin;

    for (index_t i = 0; i < n; ++i)
      if (i != c) {
        z[i] = i < c ? alpha * v(c, i) : beta * v(c + 1, i);
        type[i] = i < c ? upper : lower;
      }
    // Measured by the whole matrix, not by this piece of it: no square of a pole then vanishes.
    const R negligible = 8 * unit_roundoff<R> * norm_;
    // z_0: q1 turned towards q2, so that the rest of both is orthogonal to the row.
    z[c] = alpha * v(c, c);
    if (wider) {
      const R other = beta * v(c + 1, n), size = hypotenuse(z[c], other);
      if (size > negligible) rotate(v.col(c), v.col(n), m, z[c] / size, other / size);
      z[c] = size;
    }
    if (magnitude(z[c]) <= negligible) z[c] = with_sign(negligible, z[c]);
    merge_order(c, n, d, order, list);

    // Deflation, in ascending order of d. Row c is the pole at 0, which stays: no other pole comes nearer to it than half of
    // what is negligible. What stays is list[0 .. k), the final ones are put behind it.
    index_t k = 0, finals = 0, waiting = -1;
    for (index_t t = 0; t < n - 1; ++t) {
      const index_t j = list[t];
      if (magnitude(z[j]) <= negligible) {
        type[j] = final;
        slot[finals++] = j;
        continue;
      }
      if (waiting < 0) {
        d[j] = larger_of(d[j], negligible / 2);
      } else if (d[j] - d[waiting] <= negligible) {
        const R size = hypotenuse(z[j], z[waiting]), cosine = z[j] / size, sine = -z[waiting] / size;
        z[j] = size;
        z[waiting] = 0;
        if (type[j] != type[waiting]) type[j] = mixed;
        rotate(u.col(waiting), u.col(j), n, cosine, sine);
        rotate(v.col(waiting), v.col(j), m, cosine, sine);
        type[waiting] = final;
        slot[finals++] = waiting;
      } else {
        list[k++] = waiting;
      }
      waiting = j;
    }
    if (waiting >= 0) list[k++] = waiting;
    for (index_t i = 0; i < finals; ++i) list[k + i] = slot[i];
    sort_by(d, list + k, finals);

    // Columns in groups, row c's between the upper and the mixed ones: upper parts of U and V, lower parts, then the final ones.
    index_t count[3] = {0, 0, 0};
    for (index_t i = 0; i < k; ++i) ++count[type[list[i]]];
    const index_t in_upper = count[upper] + 1 + count[mixed], in_lower = count[mixed] + count[lower], below = n - 1 - c;
    const index_t v_first = wider ? count[upper] : count[upper] + 1, v_lower = k + 1 - v_first;       // q1 alone ends at row c
    R *const u_top = u_columns_ + begin * (n_ + 1), *const u_bottom = u_top + c * in_upper, *const u_rest = u_bottom + below * in_lower;
    R *const v_top = v_columns_ + begin * (n_ + 1), *const v_bottom = v_top + (c + 1) * in_upper;
    R *const v_rest = v_bottom + (m - c - 1) * v_lower;
    const auto put = [&](index_t j, index_t to) {
      if (to < in_upper) {
        copy_column(u.col(j), u_top + to * c, c);
        copy_column(v.col(j), v_top + to * (c + 1), c + 1);
      }
      if (to > count[upper]) copy_column(u.col(j) + c + 1, u_bottom + (to - count[upper] - 1) * below, below);
      if (to >= v_first) copy_column(v.col(j) + c + 1, v_bottom + (to - v_first) * (m - c - 1), m - c - 1);
    };
    index_t next[3] = {0, count[upper] + 1, in_upper};
    put(c, count[upper]);
    pole[0] = 0;
    weight[0] = z[c];
    slot[0] = count[upper];
    for (index_t i = 0; i < k; ++i) {
      const index_t j = list[i], to = next[type[j]]++;
      put(j, to);
      slot[i + 1] = to;
      pole[i + 1] = d[j];
      weight[i + 1] = z[j];
    }
    for (index_t i = 0; i < finals; ++i) {
      copy_column(u.col(list[k + i]), u_rest + i * n, n);
      copy_column(v.col(list[k + i]), v_rest + i * m, m);
    }
    for (index_t i = 0; i < finals; ++i) root[i] = d[list[k + i]];
    ++k;
    for (index_t i = 0; i < finals; ++i) z[k + i] = root[i];

    const matrix<R> difference = u.block(0, 0, k, k);
    solve_secular(w.ctx, k, R(1), squared_poles<R>{pole}, weight, root, difference,
                  [=](index_t j, index_t origin, R offset) TENON_INLINE_LAMBDA { z[j] = square_root(pole[origin] * pole[origin] + offset); });
    const matrix<R> vectors = {vectors_ + begin * (n_ + 1), k, k, k};
    in_pieces(w.ctx, k, 32, [&](index_t first, index_t last) {
      for (index_t j = first; j < last; ++j) right_vector(k, weight, difference.col(j), slot, vectors.col(j));
    });
    product_into(v.block(0, 0, c + 1, k), plain(matrix<R>{v_top, c + 1, in_upper, c + 1}), plain(vectors.top(in_upper)), w);
    product_into(v.block(c + 1, 0, m - c - 1, k), plain(matrix<R>{v_bottom, m - c - 1, v_lower, m - c - 1}),
                 plain(vectors.block(v_first, 0, v_lower, k)), w);
    in_pieces(w.ctx, k, 32, [&](index_t first, index_t last) {
      for (index_t j = first; j < last; ++j) left_vector(k, pole, difference.col(j), slot, vectors.col(j));
    });
    product_into(u.block(0, 0, c, k), plain(matrix<R>{u_top, c, in_upper, c}), plain(vectors.top(in_upper)), w);
    for (index_t j = 0; j < k; ++j) u(c, j) = vectors(slot[0], j);
    product_into(u.block(c + 1, 0, below, k), plain(matrix<R>{u_bottom, below, in_lower, below}),
                 plain(vectors.block(count[upper] + 1, 0, in_lower, k)), w);
    for (index_t i = 0; i < finals; ++i) {
      copy_column(u_rest + i * n, u.col(k + i), n);
      copy_column(v_rest + i * m, v.col(k + i), m);
    }

    for (index_t i = 0; i < n; ++i) d[i] = z[i];
    index_t a = 0, b = k;
    for (index_t t = 0; t < n; ++t) order[t] = b == n || (a < k && d[a] <= d[b]) ? a++ : b++;
  }

  // to = z_i / (d_i^2 - s^2), of norm 1, with the rows in the order of the columns' groups. `difference` becomes it, unscaled.
  static void right_vector(index_t k, const R* z, R* difference, const index_t* slot, R* to) {
    using V = vec<R>;
    constexpr index_t N = lanes<R>;
    for (index_t i = 0; i < k; i += N) {
      const index_t count = smaller(k - i, N);
      V gap = V::load(difference + i, count);
      if (count < N) gap = select(mask<R, static_cast<int>(N)>::first(count), gap, V(1));
      (V::load(z + i, count) / gap).store(difference + i, count);
    }
    const R size = norm2(k, difference);
    for (index_t i = 0; i < k; ++i) to[slot[i]] = difference[i] / size;
  }
  // to = d_i z_i / (d_i^2 - s^2), and -1 for the row between the halves, of norm 1. From the unscaled right vector.
  static void left_vector(index_t k, const R* d, R* right, const index_t* slot, R* to) {
    right[0] = -1;
    for (index_t i = 1; i < k; ++i) right[i] *= d[i];
    const R size = norm2(k, right);
    for (index_t i = 0; i < k; ++i) to[slot[i]] = right[i] / size;
  }

  // list = all indices but c, in ascending order of d. order[0 .. c) and order[c + 1 .. n) are each sorted; the latter count
  // from c + 1.
  static void merge_order(index_t c, index_t n, const R* d, const index_t* order, index_t* list) {
    index_t a = 0, b = c + 1;
    for (index_t t = 0; t < n - 1; ++t) {
      const bool first = b == n || (a < c && d[order[a]] <= d[order[b] + c + 1]);
      list[t] = first ? order[a++] : order[b++] + c + 1;
    }
  }

  // Insertion: the list is nearly in order.
  static void sort_by(const R* d, index_t* list, index_t n) {
    for (index_t i = 1; i < n; ++i) {
      const index_t moved = list[i];
      index_t at = i;
      for (; at > 0 && d[list[at - 1]] > d[moved]; --at) list[at] = list[at - 1];
      list[at] = moved;
    }
  }

  // Everything into descending order.
  void descend(bool moved) {
    if (!moved) return;                                          // a leaf sorts itself
    for (index_t j = 0; j < n_; ++j) {
      const index_t from = order_[n_ - 1 - j];
      z_[j] = d_[from];
      copy_column(u_.col(from), u_columns_ + j * n_, n_);
      copy_column(v_.col(from), v_columns_ + j * n_, n_);
    }
    for (index_t j = 0; j < n_; ++j) {
      d_[j] = z_[j];
      copy_column(u_columns_ + j * n_, u_.col(j), n_);
      copy_column(v_columns_ + j * n_, v_.col(j), n_);
    }
  }
};

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg
