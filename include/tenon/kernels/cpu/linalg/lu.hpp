#pragma once
// LU decomposition with partial pivoting, A = P L U; systems, inverses and determinants by it.
//
// Method     Recursion on halves of the columns (Toledo, "Locality of reference in LU decomposition with partial pivoting", SIAM J.
//            Matrix Anal. Appl. 18(4), 1997): factor the left half, exchange and eliminate in the right half, factor what remains of
//            it. All but panels of 8 columns is products of matrices, on every level of cache, with no block size to choose. A large
//            matrix goes by panels that are factored so, for the sake of threads (panelled_lu).
// Pivots     LAPACK's: the first of the largest |re| + |im|. A column of zeros is left as it is, and its number reported.
// Precision  Backward stable but for growth, which is small in practice: ||P L U - A|| <= c n^2 u g ||A|| (Higham, section 9.3).
// Structure  solve and the inverse look first whether A is triangular (no elimination) or Hermitian with a positive diagonal
//            (Cholesky, half the work; if it fails, or a pivot is of the size of rounding errors, A is taken back from its upper
//            triangle, and LU decides whether it is singular). Looking ends at the first element that says no.
#include <tenon/kernels/cpu/linalg/cholesky.hpp>
#include <tenon/kernels/linalg/lu.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH {

namespace linalg {

// The first of the largest |re| + |im|.
template <class T>
index_t largest_element(index_t n, const T* x) {
  using V = vec<real_of<T>>;
  constexpr index_t N = lanes_of<T>;
  V most(real_of<T>(0));
  const auto size = [](const vec_of<T>& v) {
    if constexpr (is_cplx<T>) return abs(v.re) + abs(v.im);
    else return abs(v);
  };
  index_t i = 0;
  for (; i + N <= n; i += N) most = at_least(size(load(x + i)), most);
  if (i < n) most = at_least(size(load(x + i, n - i)), most);
  const real_of<T> largest = reduce_max(most);
  for (index_t k = 0; k < n; ++k)
    if (magnitude1(x[k]) == largest) return k;
  return 0;
}

// Rows i and pivots[i] - 1 of `a` exchanged, for i in [first, last), in turn or backwards.
template <class T>
void swap_rows(matrix<T> a, const std::int32_t* pivots, index_t first, index_t last, bool backwards = false) {
  for (index_t j = 0; j < a.cols; ++j) {
    T* const column = a.col(j);
    for (index_t s = first; s < last; ++s) {
      const index_t i = backwards ? last - 1 - (s - first) : s, k = pivots[i] - 1;
      const T x = column[i];
      column[i] = column[k];
      column[k] = x;
    }
  }
}
template <class T>
void swap_columns_by(matrix<T> a, const std::int32_t* pivots, index_t n, bool backwards) {
  for (index_t s = 0; s < n; ++s) {
    const index_t i = backwards ? n - 1 - s : s, k = pivots[i] - 1;
    if (k != i) swap_columns(a, i, k);
  }
}

// a (m, n), m >= n, column by column. pivots count from 1 and from a's first row. Answers 0, or the first zero pivot.
template <class T>
index_t factor_lu_columns(matrix<T> a, std::int32_t* pivots) {
  index_t singular = 0;
  for (index_t j = 0; j < a.cols; ++j) {
    T* const column = a.col(j);
    const index_t p = j + largest_element(a.rows - j, column + j);
    pivots[j] = static_cast<std::int32_t>(p + 1);
    if (is_zero(column[p])) {
      if (singular == 0) singular = j + 1;
      continue;
    }
    if (p != j)
      for (index_t k = 0; k < a.cols; ++k) {
        const T x = a(j, k);
        a(j, k) = a(p, k);
        a(p, k) = x;
      }
    const T pivot = column[j];
    if (magnitude1(pivot) >= 4 * smallest_normal<real_of<T>>) {
      scale(a.rows - j - 1, T(1) / pivot, column + j + 1);
    } else {
      for (index_t i = j + 1; i < a.rows; ++i) column[i] = column[i] / pivot;
    }
    const matrix<T> rest = a.from(j + 1, j + 1);
    for (index_t k = 0; k < rest.cols; ++k) add_scaled<T>(rest.rows, -a(j, j + 1 + k), column + j + 1, rest.col(k));
  }
  return singular;
}

// a (m, n), m >= n. Workspace: product_bytes(m, n, n).
template <class T>
index_t factor_lu_tall(matrix<T> a, std::int32_t* pivots, const workspace& w) {
  constexpr index_t narrow = 8;
  // What lanes are made for goes by columns, because there it does: then both find the same pivots, to the bit (lu_lanes.hpp).
  if (a.cols <= narrow || a.rows <= kernels::linalg::lane_order) return factor_lu_columns(a, pivots);
  const index_t h = (a.cols / 2 + narrow - 1) / narrow * narrow;
  const matrix<T> left = a.columns(0, h), right = a.from(0, h), rest = a.from(h, h), side = a.block(0, h, h, a.cols - h);
  const index_t first = factor_lu_tall(left, pivots, w);
  swap_rows(right, pivots, 0, h);
  solve_left(lower_triangle(a.block(0, 0, h, h), transposition::none, true), side, w);
  subtract_product(rest, plain(a.block(h, 0, a.rows - h, h)), plain(side), w);
  const index_t second = factor_lu_tall(rest, pivots + h, w);
  for (index_t i = h; i < a.cols; ++i) pivots[i] += static_cast<std::int32_t>(h);
  swap_rows(left, pivots, h, a.cols);
  return first ? first : second ? h + second : 0;
}

// The same for large matrices: panels of lu_panel columns by the recursion, and each is eliminated from the columns on its right. Of these
// the next panel comes first, and while one thread factors it the others go on with the rest (look-ahead; Strazdins, "A comparison of
// lookahead and algorithmic blocking techniques for parallel matrix factorization", 1998).
template <class T>
class panelled_lu {
 public:
  // w: what factor_lu was given
  panelled_lu(matrix<T> a, std::int32_t* pivots, const workspace& w)
      : a_(a), pivots_(pivots), w_(w), slot_bytes_(kernels::linalg::product_bytes<element_t<T>>(a.rows, a.cols, smaller(a.rows, a.cols), 1)) {}

  // The first zero pivot, or 0.
  index_t run() {
    const index_t k = smaller(a_.rows, a_.cols);
    factor({0, smaller(width, k)}, w_);
    for (index_t j = 0; j < k; j += width) {
      const columns panel = {j, smaller(width, k - j)}, next = {panel.end(), smaller(width, k - panel.end())};
      if (panel.end() < a_.cols) step(panel, next);
    }
    w_.ctx.parallel((k + width - 1) / width, [&](index_t b) {          // the exchanges that came after each panel
      const index_t end = smaller((b + 1) * width, k);
      swap_rows(a_.columns(b * width, end - b * width), pivots_, end, k);
    });
    return singular_;
  }

 private:
  static constexpr index_t width = kernels::linalg::lu_panel;
  struct columns {
    index_t first, count;
    index_t end() const { return first + count; }
  };
  matrix<T> a_;
  std::int32_t* pivots_;
  workspace w_;
  index_t slot_bytes_, singular_ = 0;

  void factor(columns panel, const workspace& w) {
    const index_t at = factor_lu_tall(a_.block(panel.first, panel.first, a_.rows - panel.first, panel.count), pivots_ + panel.first, w);
    for (index_t i = panel.first; i < panel.end(); ++i) pivots_[i] += static_cast<std::int32_t>(panel.first);
    if (at != 0 && singular_ == 0) singular_ = panel.first + at;
  }
  void eliminate(columns panel, columns from, const workspace& w) {
    const index_t j = panel.first, below = panel.end();
    const matrix<T> top = a_.block(j, from.first, panel.count, from.count);
    swap_rows(a_.columns(from.first, from.count), pivots_, j, below);
    solve_left(lower_triangle(a_.block(j, j, panel.count, panel.count), transposition::none, true), top, w);
    subtract_product(a_.block(below, from.first, a_.rows - below, from.count), plain(a_.block(below, j, a_.rows - below, panel.count)), plain(top), w);
  }
  void step(columns panel, columns next) {
    const columns rest = {next.end(), a_.cols - next.end()};
    // Pieces small enough that threads end together. One thread takes all at once: an element comes out the same in any piece.
    const index_t some = (rest.count / (4 * w_.ctx.threads) + 31) / 16 * 16, pieces = w_.ctx.threads == 1 || rest.count < 2 * some ? 1 : rest.count / some;
    index_t taken = 0;
    w_.ctx.parallel(smaller(w_.ctx.threads, pieces + 1), [&](index_t slot) {
      const workspace own = {{}, w_.data + slot * slot_bytes_, slot_bytes_};
      if (slot == 0 && next.count > 0) {
        eliminate(panel, next, own);
        factor(next, own);
      }
      for (index_t i; (i = __atomic_fetch_add(&taken, 1, __ATOMIC_RELAXED)) < pieces;) {
        const index_t first = i * some, last = i + 1 == pieces ? rest.count : first + some;
        if (last > first) eliminate(panel, {rest.first + first, last - first}, own);
      }
    });
  }
};

template <class T>
index_t factor_lu(matrix<T> a, std::int32_t* pivots, const workspace& w) {
  const index_t k = smaller(a.rows, a.cols);
  if (a.cols >= kernels::linalg::lu_panelled && k >= 2 * kernels::linalg::lu_panel) return panelled_lu<T>(a, pivots, w).run();
  const index_t singular = factor_lu_tall(a.columns(0, k), pivots, w);
  if (a.cols > k) {
    const matrix<T> right = a.from(0, k);
    swap_rows(right, pivots, 0, k);
    solve_left(lower_triangle(a.block(0, 0, k, k), transposition::none, true), right, w);
  }
  return singular;
}

// op(A)^-1 B, or B op(A)^-1, from the factors.
template <class T>
void solve_by_lu(matrix<const std::type_identity_t<T>> lu, const std::int32_t* pivots, transposition op, bool on_left, matrix<T> b, const workspace& w) {
  const index_t n = lu.rows;
  const triangular<T> l = lower_triangle(lu, op, true), u = upper_triangle(lu, op);
  if (on_left && op == transposition::none) {
    swap_rows(b, pivots, 0, n);
    solve_left(l, b, w);
    solve_left(u, b, w);
  } else if (on_left) {
    solve_left(u, b, w);
    solve_left(l, b, w);
    swap_rows(b, pivots, 0, n, true);
  } else if (op == transposition::none) {
    solve_right(b, u, w);
    solve_right(b, l, w);
    swap_columns_by(b, pivots, n, true);
  } else {
    swap_columns_by(b, pivots, n, false);
    solve_right(b, l, w);
    solve_right(b, u, w);
  }
}

enum class structure : std::uint8_t { general, lower, upper, definite };

// What can be seen of a square matrix by looking. `definite`: Hermitian with a positive diagonal, so it may be.
template <class T>
structure structure_of(matrix<const T> a) {
  const index_t n = a.rows;
  bool lower = true, upper = true, hermitian = true;
  for (index_t j = 0; j < n && (lower || upper || hermitian); ++j) {
    hermitian = hermitian && real_part(a(j, j)) > 0 && imag_part(a(j, j)) == 0;
    for (index_t i = 0; i < j && lower; ++i) lower = is_zero(a(i, j));
    for (index_t i = j + 1; i < n && upper; ++i) upper = is_zero(a(i, j));
    for (index_t i = j + 1; i < n && hermitian; ++i) hermitian = a(i, j) == conj(a(j, i));
  }
  return upper ? structure::upper : lower ? structure::lower : hermitian ? structure::definite : structure::general;
}

// Whether each pivot l_jj^2 tells A from a singular matrix: it is above 4 n eps a_jj.
//
// What is computed is L of A + E with |e_ij| <= (n + 1) u sqrt(a_ii a_jj) (Higham, theorem 10.3). A pivot is a_jj - a_j1 A_11^-1 a_1j, so E moves
// it by x^H E x, x = (-A_11^-1 a_1j, 1). Where row j is another row, or a sum of others whose coefficients (times sqrt(a_ii / a_jj)) add up to at
// most 1 in magnitude, that is at most 4 (n + 1) u a_jj <= 4 n eps a_jj: the pivot of a singular matrix may be anything below. LU with pivoting
// decides about such a matrix, as it does about all others.
template <class T>
bool clearly_definite(matrix<const std::type_identity_t<T>> l, const real_of<T>* diagonal) {
  using R = real_of<T>;
  const R least = square_root(4 * static_cast<R>(l.rows) * epsilon<R>);       // of roots, which do not vanish where pivots do
  for (index_t j = 0; j < l.rows; ++j)
    if (!(real_part(l(j, j)) > least * square_root(diagonal[j]))) return false;
  return true;
}

// Cholesky on the lower triangle; where it fails or says nothing, A again from the upper one and `diagonal`, room for n.
template <class T>
bool try_cholesky(matrix<T> a, real_of<T>* diagonal, const workspace& w) {
  for (index_t i = 0; i < a.rows; ++i) diagonal[i] = real_part(a(i, i));
  if (factor_cholesky(a, w) == 0 && clearly_definite<T>(a, diagonal)) return true;
  for (index_t j = 0; j < a.cols; ++j) {
    a(j, j) = T(diagonal[j]);
    for (index_t i = j + 1; i < a.rows; ++i) a(i, j) = conj(a(j, i));
  }
  return false;
}

// B = A^-1 B or B A^-1; a is used up. Answers 0 or the first zero pivot; b is then as it was. w: see plan_solve.
template <class T>
index_t solve_system(matrix<T> a, bool on_left, matrix<T> b, workspace w) {
  const index_t n = a.rows;
  std::int32_t* const pivots = w.template take<std::int32_t>(n);
  real_of<T>* const diagonal = w.template take<real_of<T>>(n);
  const structure kind = structure_of<T>(a);
  const auto solve = [&](const triangular<T>& t) { return on_left ? solve_left(t, b, w) : solve_right(b, t, w); };
  if (kind == structure::lower || kind == structure::upper) {
    if (const index_t pivot = zero_pivot<T>(a)) return pivot;
    solve(kind == structure::lower ? lower_triangle(a) : upper_triangle(a));
    return 0;
  }
  if (kind == structure::definite && try_cholesky(a, diagonal, w)) {
    const triangular<T> l = lower_triangle(a), lh = lower_triangle(a, transposition::adjoint);
    solve(on_left ? l : lh);
    solve(on_left ? lh : l);
    return 0;
  }
  if (const index_t pivot = factor_lu(a, pivots, w)) return pivot;
  solve_by_lu<T>(a, pivots, transposition::none, on_left, b, w);
  return 0;
}

// a becomes its inverse. By LU: U^-1, then X L = U^-1 (Higham, section 14.3, method B), then P.
template <class T>
index_t invert(matrix<T> a, workspace w) {
  const index_t n = a.rows;
  std::int32_t* const pivots = w.template take<std::int32_t>(n);
  real_of<T>* const diagonal = w.template take<real_of<T>>(n);
  const matrix<T> l = {w.template take<T>(n * n), n, n, n};
  const structure kind = structure_of<T>(a);
  if (kind == structure::lower || kind == structure::upper) {
    if (const index_t pivot = zero_pivot<T>(a)) return pivot;
    invert_triangle(a, kind == structure::lower ? triangle::lower : triangle::upper, false, w);
    return 0;
  }
  if (kind == structure::definite && try_cholesky(a, diagonal, w)) {
    invert_by_cholesky(a, w);
    return 0;
  }
  if (const index_t pivot = factor_lu(a, pivots, w)) return pivot;
  copy<T>(a, l);
  clear_lower(a);
  invert_triangle(a, triangle::upper, false, w);
  solve_right(a, lower_triangle(l, transposition::none, true), w);
  swap_columns_by(a, pivots, n, true);
  return 0;
}

// A product of many numbers, as x 2^exponent with x in a middle range: it neither overflows nor vanishes on the way.
template <class T>
struct scaled_product {
  using R = real_of<T>;
  T x = T(1);
  index_t exponent = 0;

  void multiply(T factor) {
    normalise(factor);
    x = x * factor;
    normalise(x);
  }
  void negate() { x = -x; }
  T value() const {
    const int e = exponent > 5000 ? 5000 : exponent < -5000 ? -5000 : static_cast<int>(exponent);
    if constexpr (is_cplx<T>) return {scaled(x.re, e), scaled(x.im, e)};
    else return scaled(x, e);
  }
  T sign() const { return is_zero(x) ? T(0) : x / magnitude(x); }
  R log() const {
    if (is_zero(x)) return -std::numeric_limits<R>::infinity();
    const double e = static_cast<double>(exponent) * 0.6931471805599453094;
    return static_cast<R>(__builtin_log(static_cast<double>(magnitude(x))) + e);
  }

 private:
  static R scaled(R v, int e) { return static_cast<R>(__builtin_ldexp(static_cast<double>(v), e)); }
  void normalise(T& v) {
    constexpr R low = sizeof(R) == 4 ? R(0x1p-30) : R(0x1p-250), high = R(1) / low;
    const R size = magnitude1(v);
    if (size == 0 || (size >= low && size <= high)) return;
    const int e = __builtin_ilogb(static_cast<double>(size));
    exponent += e;
    if constexpr (is_cplx<T>) v = {scaled(v.re, -e), scaled(v.im, -e)};
    else v = scaled(v, -e);
  }
};

// The determinant of a, which is used up. factor(a, pivots, w) decomposes it. w: see plan_determinant.
template <class T, class Factor>
scaled_product<T> determinant(matrix<T> a, workspace w, Factor factor) {
  std::int32_t* const pivots = w.template take<std::int32_t>(a.rows);
  scaled_product<T> product;
  const structure kind = structure_of<T>(a);
  if (kind == structure::general || kind == structure::definite) {
    factor(a, pivots, w);
    for (index_t i = 0; i < a.rows; ++i)
      if (pivots[i] != i + 1) product.negate();
  }
  for (index_t i = 0; i < a.rows; ++i) product.multiply(a(i, i));
  return product;
}

template <class E>
void run_lu_factor(const context& ctx, const kernels::linalg::lu_plan& p, E* data, std::int32_t* pivots, std::int32_t* info, std::byte* memory) {
  using T = kernel_t<E>;
  for_each_matrix(ctx, p.batch, memory, [&](index_t i, const workspace& w) {
    info[i] = static_cast<std::int32_t>(factor_lu(matrix<T>{as_scalars(data) + i * p.m * p.n, p.m, p.n, p.m}, pivots + i * p.k, w));
  });
}
template <class E>
void run_lu_unpack(const context& ctx, const kernels::linalg::lu_plan& p, const E* factors, const std::int32_t* pivots, E* p_data, E* l_data,
                   E* u_data, std::byte* memory) {
  using T = kernel_t<E>;
  for_each_matrix(ctx, p.batch, memory, [&](index_t i, workspace w) {
    const matrix<const T> a = {as_scalars(factors) + i * p.m * p.n, p.m, p.n, p.m};
    const matrix<T> l = {as_scalars(l_data) + i * p.m * p.k, p.m, p.k, p.m}, u = {as_scalars(u_data) + i * p.k * p.n, p.k, p.n, p.k};
    copy<T>(a.columns(0, p.k), l);
    clear_upper(l);
    for (index_t j = 0; j < p.k; ++j) l(j, j) = T(1);
    copy<T>(a.top(p.k), u);
    clear_lower(u);
    const matrix<T> permutation = {as_scalars(p_data) + i * p.m * p.m, p.m, p.m, p.m};
    index_t* const row = w.template take<index_t>(p.m);          // of A, that became row j
    for (index_t j = 0; j < p.m; ++j) row[j] = j;
    for (index_t j = 0; j < p.k; ++j) {
      const index_t k = pivots[i * p.k + j] - 1, x = row[j];
      row[j] = row[k];
      row[k] = x;
    }
    fill(permutation, T(0));
    for (index_t j = 0; j < p.m; ++j) permutation(row[j], j) = T(1);
  });
}
template <class E>
void run_lu_solve(const context& ctx, const kernels::linalg::lu_plan& p, const E* factors, const std::int32_t* pivots, E* right, std::int32_t* info,
                  std::byte* memory) {
  using T = kernel_t<E>;
  for_each_matrix(ctx, p.batch, memory, [&](index_t i, const workspace& w) {
    const matrix<const T> lu = {as_scalars(factors) + i * p.n * p.n, p.n, p.n, p.n};
    info[i] = static_cast<std::int32_t>(zero_pivot(lu));
    if (info[i] != 0) return;
    const index_t rows = p.on_left ? p.n : p.right, cols = p.on_left ? p.right : p.n;
    solve_by_lu<T>(lu, pivots + i * p.n, p.op, p.on_left, matrix<T>{as_scalars(right) + i * rows * cols, rows, cols, rows}, w);
  });
}
template <class E>
void run_solve(const context& ctx, const kernels::linalg::lu_plan& p, E* data, E* right, std::int32_t* info, std::byte* memory) {
  using T = kernel_t<E>;
  for_each_matrix(ctx, p.batch, memory, [&](index_t i, const workspace& w) {
    const index_t rows = p.on_left ? p.n : p.right, cols = p.on_left ? p.right : p.n;
    const matrix<T> a = {as_scalars(data) + i * p.n * p.n, p.n, p.n, p.n}, b = {as_scalars(right) + i * rows * cols, rows, cols, rows};
    info[i] = static_cast<std::int32_t>(solve_system(a, p.on_left, b, w));
  });
}
template <class E>
void run_inverse(const context& ctx, const kernels::linalg::lu_plan& p, E* data, std::int32_t* info, std::byte* memory) {
  using T = kernel_t<E>;
  for_each_matrix(ctx, p.batch, memory, [&](index_t i, const workspace& w) {
    info[i] = static_cast<std::int32_t>(invert(matrix<T>{as_scalars(data) + i * p.n * p.n, p.n, p.n, p.n}, w));
  });
}
template <class E, class Factor>
void for_each_determinant(const context& ctx, const kernels::linalg::lu_plan& p, E* data, E* det, E* sign, real_t<E>* log, std::byte* memory, Factor factor) {
  using T = kernel_t<E>;
  for_each_matrix(ctx, p.batch, memory, [&](index_t i, const workspace& w) {
    const auto d = determinant(matrix<T>{as_scalars(data) + i * p.n * p.n, p.n, p.n, p.n}, w, factor);
    if (det) as_scalars(det)[i] = d.value();
    if (sign) as_scalars(sign)[i] = d.sign();
    if (log) log[i] = d.log();
  });
}
template <class E>
void run_determinant(const context& ctx, const kernels::linalg::lu_plan& p, E* data, E* det, E* sign, real_t<E>* log, std::byte* memory) {
  for_each_determinant(ctx, p, data, det, sign, log, memory, [](auto a, std::int32_t* pivots, const workspace& w) { factor_lu(a, pivots, w); });
}

}  // namespace linalg

template <class T>
constexpr typename kernels::linalg::lu_factor_kernel<T>::function function_of(kernels::linalg::lu_factor_kernel<T>, this_arch) {
  return &linalg::run_lu_factor<T>;
}
template <class T>
constexpr typename kernels::linalg::lu_unpack_kernel<T>::function function_of(kernels::linalg::lu_unpack_kernel<T>, this_arch) {
  return &linalg::run_lu_unpack<T>;
}
template <class T>
constexpr typename kernels::linalg::lu_solve_kernel<T>::function function_of(kernels::linalg::lu_solve_kernel<T>, this_arch) {
  return &linalg::run_lu_solve<T>;
}
template <class T>
constexpr typename kernels::linalg::solve_kernel<T>::function function_of(kernels::linalg::solve_kernel<T>, this_arch) {
  return &linalg::run_solve<T>;
}
template <class T>
constexpr typename kernels::linalg::inverse_kernel<T>::function function_of(kernels::linalg::inverse_kernel<T>, this_arch) {
  return &linalg::run_inverse<T>;
}
template <class T>
constexpr typename kernels::linalg::determinant_kernel<T>::function function_of(kernels::linalg::determinant_kernel<T>, this_arch) {
  return &linalg::run_determinant<T>;
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH
