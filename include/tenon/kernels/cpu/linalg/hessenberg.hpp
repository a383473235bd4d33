#pragma once
// Reduction to Hessenberg form:     Q^H A Q = H,  zero below the first subdiagonal,  Q = H_0 H_1 ... a product of reflectors
//
// Method     Dongarra, Sorensen & Hammarling, "Block reduction of matrices to condensed forms for eigenvalue computations", J. Comput.
//            Appl. Math. 27 (1989). Of `block` columns the reflectors are found one by one; each needs A v with the matrix as it was
//            before the block, one product with a vector that reads all of A, and corrections by the few columns of V and Y:
//
//                A after the block  =  (I - V T V^H)^H (A - Y V^H),      Y = A V T
//
//            The rest of A takes the block by products of matrices. Nearly all time is in those products with a vector, at
//            the speed of memory; their rows are shared between threads.
// Storage    v_k (without its leading 1) stays below the subdiagonal of column k, as in LAPACK.
#include <tenon/kernels/cpu/linalg/batch.hpp>
#include <tenon/kernels/cpu/linalg/householder.hpp>
#include <tenon/kernels/cpu/linalg/safe_range.hpp>
#include <tenon/kernels/linalg/schur.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH {

namespace linalg {

using kernels::linalg::hessenberg_block;
using kernels::linalg::hessenberg_crossover;

// y = A x, with the rows shared between threads.
template <class T>
void times_vector(const context& ctx, matrix<const std::type_identity_t<T>> a, const T* x, T* y) {
  constexpr index_t line = 64 / static_cast<index_t>(sizeof(T)) > 0 ? 64 / static_cast<index_t>(sizeof(T)) : 1;
  const index_t worth = a.rows * a.cols / 32768;               // elements that pay for waking a thread
  const index_t parts = larger(1, smaller(ctx.threads, worth)), each = (a.rows / parts + line) / line * line;
  ctx.parallel(parts, [&](index_t part) {
    const index_t first = part * each, rows = smaller(each, a.rows - first);
    if (rows <= 0) return;
    for (index_t i = 0; i < rows; ++i) y[first + i] = T(0);
    add_times_vector<T>(T(1), a.block(first, 0, rows, a.cols), x, y + first);
  });
}

// Columns [first, last) one by one, within rows and columns [0, high].
template <class T>
void reduce_columns(matrix<T> a, index_t first, index_t last, index_t high, T* tau, T* buffer) {
  for (index_t k = first; k < last; ++k) {
    T* const tail = a.col(k) + smaller(k + 2, a.rows - 1);
    tau[k] = make_reflector(high - k, a(k + 1, k), tail);
    apply_reflector_right(tau[k], tail, a.block(0, k + 1, high + 1, high - k), buffer);
    apply_reflector_left(conj(tau[k]), tail, a.block(k + 1, k + 1, high - k, a.cols - k - 1), buffer);
  }
}

// A block of columns [k, k + b): reflectors, and all that they do to the matrix.
template <class T>
void reduce_block(matrix<T> a, index_t k, index_t b, index_t high, T* tau, workspace w) {
  const index_t n = high + 1, rows = n - k - 1;                // v and the rows that H changes: [k + 1, n)
  const matrix<T> v{w.take<T>(rows * b), rows, b, rows}, y{w.take<T>(n * b), n, b, n}, t{w.take<T>(b * b), b, b, b};
  T* const u = w.take<T>(n);
  T* const x = w.take<T>(n);
  const T one = T(1), minus = T(-1);
  fill(t, T(0));
  for (index_t j = 0; j < b; ++j) {
    T* const column = a.col(k + j) + k + 1;                    // rows [k + 1, n) of the column that is next
    if (j > 0) {
      // What the reflectors so far do to it: from the right  - Y V^H,  from the left  (I - V T V^H)^H.
      for (index_t i = 0; i < j; ++i) u[i] = conj(v(j - 1, i));
      add_times_vector<T>(minus, y.block(k + 1, 0, rows, j), u, column);
      adjoint_times_vector<T>(v.columns(0, j), column, u);
      for (index_t i = 0; i < j; ++i) {
        T sum = T(0);
        for (index_t l = 0; l <= i; ++l) sum += conj(t(l, i)) * u[l];
        x[i] = sum;
      }
      add_times_vector<T>(minus, v.columns(0, j), x, column);
    }
    T* const tail = column + smaller(j + 1, rows - 1);
    tau[k + j] = make_reflector(rows - j, column[j], tail);
    T* const vj = v.col(j);
    for (index_t i = 0; i < j; ++i) vj[i] = T(0);
    vj[j] = one;
    for (index_t i = j + 1; i < rows; ++i) vj[i] = column[i];
    // Column j of Y and of T.
    times_vector<T>(w.ctx, a.block(0, k + j + 1, n, rows - j), vj + j, y.col(j));
    adjoint_times_vector<T>(v.columns(0, j), vj, u);
    add_times_vector<T>(minus, y.columns(0, j), u, y.col(j));
    scale(n, tau[k + j], y.col(j));
    for (index_t i = 0; i < j; ++i) {
      T sum = T(0);
      for (index_t l = i; l < j; ++l) sum += t(i, l) * u[l];
      t(i, j) = -(tau[k + j] * sum);
    }
    t(j, j) = tau[k + j];
  }
  // The columns of the block have been changed in rows [k + 1, n) only, and those to its right not at all.
  subtract_product(a.block(0, k + 1, k + 1, b - 1), plain(y.block(0, 0, k + 1, b)), adjoint(v.block(0, 0, b - 1, b)), w);
  subtract_product(a.block(0, k + b, n, n - k - b), plain(y), adjoint(v.block(b - 1, 0, rows - b + 1, b)), w);
  apply_block_left(block_reflector<T>{v, t}, true, a.block(k + 1, k + b, rows, a.cols - k - b), w);
}

// a <- H with the reflectors below it, of a matrix that is triangular already outside rows and columns [low, high].
// tau has a.cols elements; those outside [low, high) are not touched.
template <class T>
void reduce_to_hessenberg(matrix<T> a, index_t low, index_t high, T* tau, workspace w) {
  index_t k = low;
  if (high - low >= hessenberg_crossover)
    for (; high - k > hessenberg_block + hessenberg_crossover / 2; k += hessenberg_block) reduce_block(a, k, hessenberg_block, high, tau, w);
  reduce_columns(a, k, high, high, tau, w.take<T>(larger(a.rows, a.cols)));
}

// q <- Q, from what reduce_to_hessenberg left.
template <class T>
void form_hessenberg_q(matrix<const std::type_identity_t<T>> a, index_t low, index_t high, const T* tau, matrix<T> q, workspace w) {
  set_identity(q);
  const index_t count = high - low;
  if (count <= 0) return;
  // The last blocks first: Q's columns and rows beyond a block are then those of the identity, except where later ones were.
  for (index_t done = 0; done < count;) {
    const index_t b = smaller(hessenberg_block, count - done), k = high - done - b, rows = high - k;
    workspace inner = w;
    const block_reflector<T> r{{inner.take<T>(rows * b), rows, b, rows}, {inner.take<T>(b * b), b, b, b}};
    copy_reflectors<T>(a.block(k + 1, k, rows, b), r.v);
    form_block_reflector(r, tau + k, inner);
    apply_block_left(r, false, q.block(k + 1, k + 1, rows, rows), inner);
    done += b;
  }
}

// Zeros below the first subdiagonal.
template <class T>
void clear_below_subdiagonal(matrix<T> a) {
  for (index_t j = 0; j < a.cols; ++j)
    for (index_t i = j + 2; i < a.rows; ++i) a(i, j) = T(0);
}

template <class T>
void run_hessenberg(const context& ctx, const kernels::linalg::schur_plan& plan, T* a, T* q, std::byte* memory) {
  using S = kernel_t<T>;
  const index_t n = plan.n;
  for_each_matrix(ctx, plan.batch, memory, [&](index_t i, workspace work) {
    const matrix<S> h{as_scalars(a) + i * n * n, n, n, n}, basis{as_scalars(q) + i * n * n, n, n, n};
    S* const tau = work.take<S>(n);
    const auto unscaled = scale_to_safe_range(h);
    reduce_to_hessenberg(h, 0, n - 1, tau, work);
    form_hessenberg_q<S>(h, 0, n - 1, tau, basis, work);
    clear_below_subdiagonal(h);
    divide(h, unscaled);
  });
}

}  // namespace linalg

template <class T>
constexpr typename kernels::linalg::hessenberg_kernel<T>::function function_of(kernels::linalg::hessenberg_kernel<T>, this_arch) {
  return &linalg::run_hessenberg<T>;
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH
