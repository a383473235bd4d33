#pragma once
// Eigenvalues and eigenvectors of a real symmetric tridiagonal matrix by divide and conquer.
//
//   T = tridiag(e, d, e), |T| near 1  ->  d ascending, Q (n, n): T = Q diag(d) Q^T
//
// Method     Cuppen 1981; Gu & Eisenstat, "A divide-and-conquer algorithm for the symmetric tridiagonal eigenproblem", SIAM
//            J. Matrix Anal. Appl. 16 (1995); organised as Rutter's and Tisseur & Dongarra's code in LAPACK (dlaed1-3).
//            T is torn at the middle:
//
//              T = ( T1    )  + |e| (1, s)^T (1, s) at the two rows of the tear,      s = sign of e
//                  (    T2 )
//
//            With T1 = Q1 D1 Q1^T and T2 = Q2 D2 Q2^T, what is left is D + rho z z^T in the basis (Q1, Q2), where z is the last
//            row of Q1 beside the first row of Q2. Its eigenvalues are the roots of the secular equation (secular.hpp).
// Deflation  Where z_i is negligible, or two d are so close that a rotation makes one of their z negligible, the pair
//            (d_i, column i) is final. Often this is most of them, and it is why the method is fast.
// Orthogonal Gu & Eisenstat: from the computed roots, z is computed anew (Löwner's formula) so that they are its exact roots; the
//            eigenvectors of that nearby problem, z_i / (d_i - x), come out orthogonal to working precision.
// Work       The products Q * (eigenvectors of D + rho z z^T) are nearly all of it. Columns of Q are zero in one half unless a
//            rotation mixed them; they are grouped (upper, mixed, lower) so that the zeros are not multiplied.
// Threads    Leaves and small merges side by side; a large merge has its threads inside: roots, vectors, products.
#include <tenon/kernels/cpu/linalg/norm.hpp>
#include <tenon/kernels/cpu/linalg/product.hpp>
#include <tenon/kernels/cpu/linalg/secular_vectors.hpp>
#include <tenon/kernels/cpu/linalg/tridiagonal_ql.hpp>
#include <tenon/kernels/linalg/tridiagonal.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg {

using kernels::linalg::tridiagonal_leaf;

template <class R>
class tridiagonal_divide {
 public:
  // The workspace holds tridiagonal_divide_bytes<R>(n, threads).
  tridiagonal_divide(index_t n, R* d, R* e, matrix<R> q, workspace w, index_t sweeps)
      : n_(n), sweeps_(sweeps), d_(d), e_(e), q_(q), columns_(w.take<R>(n * n)), vectors_(w.take<R>(n * n)), z_(w.take<R>(n)), poles_(w.take<R>(n)),
        weights_(w.take<R>(n)), roots_(w.take<R>(n)), order_(w.take<index_t>(n)), slot_(w.take<index_t>(n)), list_(w.take<index_t>(n)),
        type_(w.take<index_t>(n)), work_(w) {}

  // Without convergence: how many eigenvalues of the pieces are missing.
  status run() {
    int levels = 0;
    while ((n_ >> levels) > tridiagonal_leaf) ++levels;
    const index_t leaves = index_t{1} << levels;
    for (index_t i = 1; i < leaves; ++i) {
      const index_t at = bound(levels, i);
      d_[at - 1] -= magnitude(e_[at - 1]);
      d_[at] -= magnitude(e_[at - 1]);
    }
    set_identity(q_);
    const context& ctx = work_.ctx;
    index_t missing = 0;
    ctx.parallel(leaves, [&](index_t i) {
      __atomic_fetch_add(&missing, solve_leaf(bound(levels, i), bound(levels, i + 1)), __ATOMIC_RELAXED);
    });
    if (missing > 0) return {status_code::no_convergence, missing};
    for (int level = levels - 1; level >= 0; --level) {
      const index_t nodes = index_t{1} << level, threads = ctx.threads;
      const auto merge_node = [&](const workspace& w, index_t i) {
        merge(w, bound(level + 1, 2 * i), bound(level + 1, 2 * i + 1), bound(level + 1, 2 * i + 2));
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
    // Into ascending order.
    if (levels > 0) {
      for (index_t j = 0; j < n_; ++j) {
        z_[j] = d_[order_[j]];
        copy_column(q_.col(order_[j]), columns_ + j * n_, n_);
      }
      for (index_t j = 0; j < n_; ++j) {
        d_[j] = z_[j];
        copy_column(columns_ + j * n_, q_.col(j), n_);
      }
    }
    return {};
  }

 private:
  index_t n_, sweeps_;
  R *d_, *e_;
  matrix<R> q_;
  R *columns_, *vectors_;              // n^2 each: Q's columns in groups, and the eigenvectors of D + rho z z^T
  R *z_, *poles_, *weights_, *roots_;
  index_t *order_;                     // d_[begin + order_[begin + i]] ascends within each solved piece
  index_t *slot_, *list_, *type_;
  workspace work_;

  // Where piece i of level `level` begins; its halves are pieces 2i and 2i + 1 of the next level.
  index_t bound(int level, index_t i) const { return (n_ * i) >> level; }

  static void copy_column(const R* from, R* to, index_t n) {
    for (index_t i = 0; i < n; ++i) to[i] = from[i];
  }

  // Answers how many of its eigenvalues are missing.
  index_t solve_leaf(index_t begin, index_t end) {
    const index_t n = end - begin;
    const matrix<R> q = q_.block(begin, begin, n, n);
    const status s = tridiagonal_ql<R>(n, d_ + begin, e_ + begin, q, columns_ + begin * n_, sweeps_).run();
    sort_ascending(n, d_ + begin, q);
    for (index_t i = 0; i < n; ++i) order_[begin + i] = i;
    return s ? 0 : s.detail;
  }

  enum : index_t { upper, mixed, lower, final };                 // which half of a column of Q is not zero; or it is final

  void merge(const workspace& w, index_t begin, index_t middle, index_t end) {
    const index_t n1 = middle - begin, n = end - begin;
    const R tear = e_[middle - 1];
    const matrix<R> q = q_.block(begin, begin, n, n);
    R *const d = d_ + begin, *const z = z_ + begin, *const pole = poles_ + begin, *const weight = weights_ + begin, *const root = roots_ + begin;
    index_t *const order = order_ + begin, *const slot = slot_ + begin, *const list = list_ + begin, *const type = type_ + begin;

    // z has norm sqrt 2; scaled to 1, rho is twice |tear|.
    const R scale = square_root(R(0.5)), rho = 2 * magnitude(tear);
    R largest_d = 0, largest_z = 0;
    for (index_t i = 0; i < n; ++i) {
      z[i] = scale * (i < n1 ? q(n1 - 1, i) : tear < 0 ? -q(n1, i) : q(n1, i));
      largest_d = larger_of(largest_d, magnitude(d[i]));
      largest_z = larger_of(largest_z, magnitude(z[i]));
      type[i] = i < n1 ? upper : lower;
    }
    merge_order(n1, n, n1, d, order, list);
    const R negligible = 8 * unit_roundoff<R> * larger_of(largest_d, largest_z);
    if (rho * largest_z <= negligible) {
      for (index_t i = 0; i < n; ++i) order[i] = list[i];
      return;
    }

    // Deflation, in ascending order of d. What stays is list[0 .. k), the final ones are put behind it.
    index_t k = 0, finals = 0, waiting = -1;
    for (index_t t = 0; t < n; ++t) {
      const index_t j = list[t];
      if (rho * magnitude(z[j]) <= negligible) {
        type[j] = final;
        slot[finals++] = j;
        continue;
      }
      if (waiting >= 0) {
        const R size = hypotenuse(z[j], z[waiting]), c = z[j] / size, s = -z[waiting] / size, gap = d[j] - d[waiting];
        if (magnitude(gap * c * s) <= negligible) {
          z[j] = size;
          z[waiting] = 0;
          if (type[j] != type[waiting]) type[j] = mixed;
          rotate(q.col(waiting), q.col(j), n, c, s);
          const R low = d[waiting], high = d[j];
          d[waiting] = low * c * c + high * s * s;
          d[j] = low * s * s + high * c * c;
          type[waiting] = final;
          slot[finals++] = waiting;
        } else {
          list[k++] = waiting;
        }
      }
      waiting = j;
    }
    if (waiting >= 0) list[k++] = waiting;
    for (index_t i = 0; i < finals; ++i) list[k + i] = slot[i];
    sort_by(d, list + k, finals);

    // Columns in groups: upper halves of the (upper, mixed) ones, lower halves of the (mixed, lower) ones, then the final ones.
    index_t count[3] = {0, 0, 0};
    for (index_t i = 0; i < k; ++i) ++count[type[list[i]]];
    const index_t n2 = n - n1, in_upper = count[upper] + count[mixed], in_lower = count[mixed] + count[lower];
    R *const top = columns_ + begin * n_, *const bottom = top + n1 * in_upper, *const rest = bottom + n2 * in_lower;
    index_t next[3] = {0, count[upper], in_upper};
    for (index_t i = 0; i < k; ++i) {
      const index_t j = list[i], to = next[type[j]]++;
      slot[i] = to;
      if (to < in_upper) copy_column(q.col(j), top + to * n1, n1);
      if (to >= count[upper]) copy_column(q.col(j) + n1, bottom + (to - count[upper]) * n2, n2);
      pole[i] = d[j];
      weight[i] = z[j];
    }
    for (index_t i = k; i < n; ++i) {
      copy_column(q.col(list[i]), rest + (i - k) * n, n);
      z[i] = d[list[i]];
    }

    solve_secular(w.ctx, k, rho, plain_poles<R>{pole}, weight, root, q.block(0, 0, k, k),
                  [=](index_t j, index_t origin, R offset) TENON_INLINE_LAMBDA { z[j] = pole[origin] + offset; });
    const matrix<R> vectors = {vectors_ + begin * n_, k, k, k};
    in_pieces(w.ctx, k, 32, [&](index_t first, index_t last) {
      for (index_t j = first; j < last; ++j) make_vector(k, weight, q.col(j), slot, vectors.col(j));
    });
    product_into(q.block(0, 0, n1, k), plain(matrix<R>{top, n1, in_upper, n1}), plain(vectors.top(in_upper)), w);
    product_into(q.block(n1, 0, n2, k), plain(matrix<R>{bottom, n2, in_lower, n2}), plain(vectors.block(count[upper], 0, in_lower, k)), w);
    for (index_t i = k; i < n; ++i) copy_column(rest + (i - k) * n, q.col(i), n);
    for (index_t i = 0; i < n; ++i) d[i] = z[i];
    for (index_t i = 0; i < n; ++i) order[i] = i;
    merge_order(k, n, 0, d, order, list);
    for (index_t i = 0; i < n; ++i) order[i] = list[i];
  }

  // Eigenvector of D + rho z z^T: z_i / (d_i - x), of norm 1, with the rows in the order of the columns' groups.
  static void make_vector(index_t k, const R* z, R* difference, const index_t* slot, R* to) {
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

  // list = the indices below n in ascending order of d. order[0 .. n1) and order[n1 .. n) are each sorted; the latter count
  // from `shift`.
  static void merge_order(index_t n1, index_t n, index_t shift, const R* d, const index_t* order, index_t* list) {
    index_t a = 0, b = n1;
    for (index_t t = 0; t < n; ++t) {
      const bool first = b == n || (a < n1 && d[order[a]] <= d[order[b] + shift]);
      list[t] = first ? order[a++] : order[b++] + shift;
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
};

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg
