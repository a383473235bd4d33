#pragma once
// Triangular systems and products, in place:
//
//   solve_left(a, b, w)        B = op(A)^-1 B             multiply_left(a, b, w)        B = op(A) B
//   solve_right(b, a, w)       B = B op(A)^-1             multiply_right(b, a, w)       B = B op(A)
//
// Method     Recursion on halves of A, so that nearly all work is a product of matrices (Elmroth, Gustavson, Jonsson & Kagstrom,
//            SIAM Review 46(1), 2004). A block of 32 at the end of it is brought into one form: all eight cases are forward
//            substitution with a lower triangle, read backwards, transposed and conjugated as the case may be.
//            Each lane of a vector is another right-hand side; a system with few of them goes down the columns instead.
// Precision  Substitution, componentwise backward stable (Higham, "Accuracy and Stability of Numerical Algorithms", section 8.1).
//            Dividing by the diagonal is multiplying by its reciprocal, one rounding more, unless that could overflow.
// Workspace  product_bytes<T>(n, columns of B, n, threads) (of a right-hand case: (rows of B, n, n)).
//            No zero on the diagonal is looked for: the result is then infinite or NaN.
#include <tenon/kernels/cpu/linalg/product.hpp>
#include <tenon/kernels/cpu/linalg/vector.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg {

enum class triangle : bool { lower, upper };

// One triangle of a square matrix; what is beyond it is not read, nor the diagonal where it is known to be 1.
template <class T>
struct triangular {
  matrix<const T> m;
  triangle part;
  transposition op = transposition::none;
  bool unit = false;

  index_t size() const { return m.cols; }
  bool lower() const { return (part == triangle::lower) == (op == transposition::none); }        // op(A) is
  triangular diagonal_block(index_t i, index_t n) const { return {m.block(i, i, n, n), part, op, unit}; }
  // Rows [i, i + r) and columns [j, j + c) of op(A)
  factor<T> block(index_t i, index_t j, index_t r, index_t c) const {
    return op == transposition::none ? factor<T>{m.block(i, j, r, c), op} : factor<T>{m.block(j, i, c, r), op};
  }
};
template <class T>
triangular<std::remove_const_t<T>> lower_triangle(matrix<T> a, transposition op = transposition::none, bool unit = false) {
  return {{a.data, a.rows, a.cols, a.ld}, triangle::lower, op, unit};
}
template <class T>
triangular<std::remove_const_t<T>> upper_triangle(matrix<T> a, transposition op = transposition::none, bool unit = false) {
  return {{a.data, a.rows, a.cols, a.ld}, triangle::upper, op, unit};
}

inline constexpr index_t triangle_block = 32;

// A block as the substitution wants it: lower, rows dense, in the order of substitution.
template <class T>
struct canonical_triangle {
  index_t n;
  bool backwards;                              // index i of the substitution is row n - 1 - i
  bool unit, reciprocal;                       // diagonal is 1; it holds 1 / a_ii, else a_ii
  T l[triangle_block][triangle_block];
  T diagonal[triangle_block];

  // Of op(A), or with `across` of op(A)^T: x op(A) = b is op(A)^T x^T = b^T. `invert` the diagonal, if all of it can be.
  canonical_triangle(const triangular<T>& a, bool across, bool invert) : n(a.size()), backwards(a.lower() == across), unit(a.unit), reciprocal(invert) {
    const bool by_rows = (a.op != transposition::none) != across, conjugate = a.op == transposition::adjoint;
    const matrix<const T>& m = a.m;
    for (index_t i = 0; i < n; ++i) {
      const index_t y = at(i);
      for (index_t j = 0; j < i; ++j) l[i][j] = conj_if(conjugate, by_rows ? m(at(j), y) : m(y, at(j)));
      diagonal[i] = unit ? T(1) : conj_if(conjugate, m(y, y));
      reciprocal = reciprocal && magnitude1(diagonal[i]) >= 4 * smallest_normal<real_of<T>>;
    }
    if (reciprocal && !unit)
      for (index_t i = 0; i < n; ++i) diagonal[i] = T(1) / diagonal[i];
  }
  TENON_INLINE index_t at(index_t i) const { return backwards ? n - 1 - i : i; }

  // x = L^-1 x, eight unknowns at a time: what the earlier ones contribute is a product with eight independent sums.
  template <class V>
  void solve(V* x) const {
    index_t i = 0;
    for (; i + 8 <= n; i += 8) {
      V sum[8];
      TENON_UNROLL(8)
      for (int r = 0; r < 8; ++r) sum[r] = x[i + r];
      for (index_t k = 0; k < i; ++k) {
        const V known = -x[k];
        TENON_UNROLL(8)
        for (int r = 0; r < 8; ++r) sum[r] = multiply_add(broadcast(l[i + r][k]), known, sum[r]);
      }
      TENON_UNROLL(8)
      for (int r = 0; r < 8; ++r) {
        const V found = divide(sum[r], i + r);
        x[i + r] = found;
        TENON_UNROLL(8)
        for (int q = r + 1; q < 8; ++q) sum[q] = multiply_add(broadcast(l[i + q][i + r]), -found, sum[q]);
      }
    }
    for (; i < n; ++i) {
      V sum = x[i];
      for (index_t k = 0; k < i; ++k) sum = multiply_add(broadcast(l[i][k]), -x[k], sum);
      x[i] = divide(sum, i);
    }
  }
  // x = L x
  template <class V>
  void multiply(V* x) const {
    for (index_t i = n - 1; i >= 0; --i) {
      V sum = x[i] * broadcast(diagonal[i]);
      for (index_t k = 0; k < i; ++k) sum = multiply_add(broadcast(l[i][k]), x[k], sum);
      x[i] = sum;
    }
  }

 private:
  template <class V>
  TENON_INLINE V divide(V x, index_t i) const {
    if (unit) return x;
    return reciprocal ? x * broadcast(diagonal[i]) : x / broadcast(diagonal[i]);
  }
};

// A square of values, one column in each vector, to one row in each vector.
template <class V, int N>
TENON_INLINE void transpose_scalars(V (&block)[N]) {
  if constexpr (requires { block[0].im; }) {
    decltype(block[0].re) re[N], im[N];
    for (int i = 0; i < N; ++i) re[i] = block[i].re, im[i] = block[i].im;
    transpose(re);
    transpose(im);
    for (int i = 0; i < N; ++i) block[i] = V(re[i], im[i]);
  } else {
    transpose(block);
  }
}

// f(x) for each group of right-hand sides: x[i] holds unknown number i of the substitution, a right-hand side in each lane.
// The right-hand sides are the columns of b; or `across`, its rows.
template <class T, class F>
void for_each_group(const canonical_triangle<T>& a, matrix<T> b, bool across, F f) {
  using V = vec_of<T>;
  constexpr index_t N = lanes_of<T>;
  V x[triangle_block + N];
  if (across) {
    for (index_t r = 0; r < b.rows; r += N) {
      const index_t count = smaller(b.rows - r, N);
      for (index_t i = 0; i < a.n; ++i) x[i] = load(b.col(a.at(i)) + r, count);
      f(x);
      for (index_t i = 0; i < a.n; ++i) store(b.col(a.at(i)) + r, x[i], count);
    }
    return;
  }
  V block[N];
  for (index_t j = 0; j < b.cols; j += N) {
    const index_t count = smaller(b.cols - j, N);
    for (index_t i = 0; i < a.n; i += N) {
      const index_t rows = smaller(a.n - i, N);
      for (index_t c = 0; c < N; ++c) block[c] = c < count ? load(b.col(j + c) + i, rows) : V(element_t<T>{});
      transpose_scalars(block);
      for (index_t r = 0; r < rows; ++r) x[a.at(i + r)] = block[r];
    }
    f(x);
    for (index_t i = 0; i < a.n; i += N) {
      const index_t rows = smaller(a.n - i, N);
      for (index_t r = 0; r < N; ++r) block[r] = r < rows ? x[a.at(i + r)] : V(element_t<T>{});
      transpose_scalars(block);
      for (index_t c = 0; c < count; ++c) store(b.col(j + c) + i, block[c], rows);
    }
  }
}

// x = op(A)^-1 x for one vector: down the columns of A where op(A) is A, along them where it is transposed.
template <class T>
void solve_vector(const triangular<T>& a, T* x) {
  constexpr index_t block = 64;
  const index_t n = a.size();
  const bool lower = a.lower(), columns = a.op == transposition::none, conjugate = a.op == transposition::adjoint;
  const auto& m = a.m;
  for (index_t done = 0; done < n; done += block) {
    const index_t size = smaller(block, n - done), i0 = lower ? done : n - done - size, i1 = i0 + size;
    if (!columns && done > 0) {                                                // what is known goes out of this block
      const index_t from = lower ? 0 : i1;
      T known[block];
      const matrix<const T> side = m.block(from, i0, done, size);
      if (conjugate || !is_cplx<T>) {
        adjoint_times_vector<T>(side, x + from, known);
      } else {
        for (index_t j = 0; j < size; ++j) {
          known[j] = T(0);
          for (index_t i = 0; i < done; ++i) known[j] += side(i, j) * x[from + i];
        }
      }
      for (index_t j = 0; j < size; ++j) x[i0 + j] -= known[j];
    }
    for (index_t s = 0; s < size; ++s) {
      const index_t i = lower ? i0 + s : i1 - 1 - s, from = lower ? i0 : i + 1, count = lower ? s : i1 - 1 - i;
      if (!columns)
        for (index_t k = from; k < from + count; ++k) x[i] -= conj_if(conjugate, m(k, i)) * x[k];
      if (!a.unit) x[i] = x[i] / conj_if(conjugate, m(i, i));
      if (columns) {
        if (lower) add_scaled<T>(i1 - i - 1, -x[i], m.col(i) + i + 1, x + i + 1);
        else add_scaled<T>(i - i0, -x[i], m.col(i) + i0, x + i0);
      }
    }
    if (columns && done + size < n) {                                          // what is known goes out of the rest
      const index_t to = lower ? i1 : 0, count = lower ? n - i1 : i0;
      add_times_vector<T>(T(-1), m.block(to, i0, count, size), x + i0, x + to);
    }
  }
}

// The halves of the recursion: a multiple of the block.
TENON_INLINE index_t first_half(index_t n) { return (n / 2 + triangle_block - 1) / triangle_block * triangle_block; }

template <class T>
void solve_left(const triangular<T>& a, matrix<T> b, const workspace& w) {
  const index_t n = a.size();
  if (b.cols == 0 || n == 0) return;
  if (b.cols < (is_cplx<T> ? 3 : 4)) {
    for (index_t j = 0; j < b.cols; ++j) solve_vector(a, b.col(j));
    return;
  }
  if (n <= triangle_block) {
    const canonical_triangle<T> small(a, false, true);
    return for_each_group(small, b, false, [&](vec_of<T>* x) { small.solve(x); });
  }
  const index_t h = first_half(n);
  const matrix<T> upper = b.top(h), lower = b.from(h, 0);
  if (a.lower()) {
    solve_left(a.diagonal_block(0, h), upper, w);
    subtract_product(lower, a.block(h, 0, n - h, h), plain(upper), w);
    solve_left(a.diagonal_block(h, n - h), lower, w);
  } else {
    solve_left(a.diagonal_block(h, n - h), lower, w);
    subtract_product(upper, a.block(0, h, h, n - h), plain(lower), w);
    solve_left(a.diagonal_block(0, h), upper, w);
  }
}

template <class T>
void solve_right(matrix<T> b, const triangular<T>& a, const workspace& w) {
  const index_t n = a.size();
  if (b.rows == 0 || n == 0) return;
  if (n <= triangle_block) {
    const canonical_triangle<T> small(a, true, true);
    return for_each_group(small, b, true, [&](vec_of<T>* x) { small.solve(x); });
  }
  const index_t h = first_half(n);
  const matrix<T> left = b.columns(0, h), right = b.from(0, h);
  if (a.lower()) {
    solve_right(right, a.diagonal_block(h, n - h), w);
    subtract_product(left, plain(right), a.block(h, 0, n - h, h), w);
    solve_right(left, a.diagonal_block(0, h), w);
  } else {
    solve_right(left, a.diagonal_block(0, h), w);
    subtract_product(right, plain(left), a.block(0, h, h, n - h), w);
    solve_right(right, a.diagonal_block(h, n - h), w);
  }
}

template <class T>
void multiply_left(const triangular<T>& a, matrix<T> b, const workspace& w) {
  const index_t n = a.size();
  if (b.cols == 0 || n == 0) return;
  if (n <= triangle_block) {
    const canonical_triangle<T> small(a, false, false);
    return for_each_group(small, b, false, [&](vec_of<T>* x) { small.multiply(x); });
  }
  const index_t h = first_half(n);
  const matrix<T> upper = b.top(h), lower = b.from(h, 0);
  if (a.lower()) {
    multiply_left(a.diagonal_block(h, n - h), lower, w);
    add_product(lower, a.block(h, 0, n - h, h), plain(upper), w);
    multiply_left(a.diagonal_block(0, h), upper, w);
  } else {
    multiply_left(a.diagonal_block(0, h), upper, w);
    add_product(upper, a.block(0, h, h, n - h), plain(lower), w);
    multiply_left(a.diagonal_block(h, n - h), lower, w);
  }
}

template <class T>
void multiply_right(matrix<T> b, const triangular<T>& a, const workspace& w) {
  const index_t n = a.size();
  if (b.rows == 0 || n == 0) return;
  if (n <= triangle_block) {
    const canonical_triangle<T> small(a, true, false);
    return for_each_group(small, b, true, [&](vec_of<T>* x) { small.multiply(x); });
  }
  const index_t h = first_half(n);
  const matrix<T> left = b.columns(0, h), right = b.from(0, h);
  if (a.lower()) {
    multiply_right(left, a.diagonal_block(0, h), w);
    add_product(left, plain(right), a.block(h, 0, n - h, h), w);
    multiply_right(right, a.diagonal_block(h, n - h), w);
  } else {
    multiply_right(right, a.diagonal_block(h, n - h), w);
    add_product(right, plain(left), a.block(0, h, h, n - h), w);
    multiply_right(left, a.diagonal_block(0, h), w);
  }
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg
