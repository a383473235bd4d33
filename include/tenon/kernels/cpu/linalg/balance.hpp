#pragma once
// Balancing: a similarity by a permutation and a diagonal matrix that isolates eigenvalues and evens out norms.
//
//   B = D^-1 P^T A P D,      B = ( T1 X  Y )
//                                ( 0  M  Z )       T1, T2 upper triangular, M the window [low, high]
//                                ( 0  0  T2)
//
// Method     Parlett & Reinsch, "Balancing a matrix for calculation of eigenvalues and eigenvectors", Numer. Math. 13 (1969),
//            with the 2-norms of James, Langou & Lowery, "On matrix balancing and eigenvector computation",
//            arXiv:1401.5766 (2014): by 1-norms a matrix that is nearly Hessenberg can be scaled into a much worse one.
// Precision  D holds powers of two: scaling rounds nothing (barring underflow).
#include <tenon/kernels/cpu/linalg/norm.hpp>
#include <tenon/kernels/cpu/linalg/vector.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg {

// What undoes the balancing of an n x n matrix. `scale` has n entries: inside the window the diagonal of D; outside, the index that
// row and column i were exchanged with.
template <class R>
struct balancing {
  index_t low = 0, high = -1;                // the window, inclusive
  R* scale = nullptr;
};

template <class T>
void exchange_rows_and_columns(matrix<T> a, index_t i, index_t j, index_t low, index_t high) {
  if (i == j) return;
  swap_columns(a.top(high + 1), i, j);
  for (index_t k = low; k < a.cols; ++k) {
    const T t = a(i, k);
    a(i, k) = a(j, k);
    a(j, k) = t;
  }
}

// Rows whose only element within the window is on the diagonal go to its end, columns of that kind to its front.
template <class T>
void isolate_eigenvalues(matrix<T> a, balancing<real_of<T>>& b) {
  const auto row_is_alone = [&](index_t i) {
    for (index_t j = 0; j <= b.high; ++j)
      if (j != i && !is_zero(a(i, j))) return false;
    return true;
  };
  const auto column_is_alone = [&](index_t j) {
    for (index_t i = b.low; i <= b.high; ++i)
      if (i != j && !is_zero(a(i, j))) return false;
    return true;
  };
  for (bool again = true; again;) {
    again = false;
    for (index_t i = b.high; i >= 0; --i) {
      if (!row_is_alone(i)) continue;
      if (b.high == 0) return;               // everything was triangular: the window is the one element left
      b.scale[b.high] = static_cast<real_of<T>>(i);
      exchange_rows_and_columns(a, i, b.high, 0, b.high);
      --b.high;
      again = true;
    }
  }
  for (bool again = true; again;) {
    again = false;
    for (index_t j = b.low; j <= b.high; ++j) {
      if (!column_is_alone(j)) continue;
      b.scale[b.low] = static_cast<real_of<T>>(j);
      exchange_rows_and_columns(a, j, b.low, b.low, b.high);
      ++b.low;
      again = true;
    }
  }
}

// Scales rows and columns of the window until no factor of two brings the sum of a row's and its column's norm down by 5 %.
template <class T>
void equalize_norms(matrix<T> a, const balancing<real_of<T>>& b) {
  using R = real_of<T>;
  constexpr R least = smallest_normal<R> / epsilon<R> * 2, most = 1 / least;      // beyond, a factor could overflow or lose bits
  const index_t size = b.high - b.low + 1;
  const auto row_norm = [&](index_t i, R& largest_element) {
    R top = 0;
    for (index_t j = b.low; j < a.cols; ++j) {
      const R m = magnitude1(a(i, j));
      top = m > top ? m : top;
    }
    largest_element = top;
    if (top == 0) return R(0);
    R sum = 0;
    const R unit = R(1) / top;
    const bool plain = unit <= std::numeric_limits<R>::max();
    for (index_t j = b.low; j <= b.high; ++j) {
      const R x = plain ? magnitude1(a(i, j)) * unit : magnitude1(a(i, j)) / top;
      sum += x * x;
    }
    return top * square_root(sum);
  };
  for (bool again = true; again;) {
    again = false;
    for (index_t i = b.low; i <= b.high; ++i) {
      R row_top;
      R r = row_norm(i, row_top), c = norm2(size, a.col(i) + b.low);
      R column_top = largest_part(b.high + 1, a.col(i));
      if (c == 0 || r == 0) continue;
      R f = 1;
      const R sum = c + r;
      while (c < r / 2 && f < most && c < most && column_top < most && r > least && row_top > least) {
        f *= 2, c *= 2, column_top *= 2;
        r /= 2, row_top /= 2;
      }
      while (c / 2 >= r && r < most && row_top < most && f > least && c > least && column_top > least) {
        f /= 2, c /= 2, column_top /= 2;
        r *= 2, row_top *= 2;
      }
      if (c + r >= R(0.95) * sum) continue;
      if ((f < 1 && b.scale[i] < 1 && f * b.scale[i] <= least) || (f > 1 && b.scale[i] > 1 && b.scale[i] >= most / f)) continue;
      b.scale[i] *= f;
      again = true;
      for (index_t j = b.low; j < a.cols; ++j) a(i, j) = a(i, j) / f;
      scale(b.high + 1, f, a.col(i));
    }
  }
}

// a <- its balanced form. `scale` has room for a.rows numbers.
template <class T>
balancing<real_of<T>> balance(matrix<T> a, real_of<T>* scale, bool isolate = true) {
  balancing<real_of<T>> b{0, a.rows - 1, scale};
  for (index_t i = 0; i < a.rows; ++i) scale[i] = 1;
  if (a.rows == 0) return b;
  if (isolate) isolate_eigenvalues(a, b);
  equalize_norms(a, b);
  return b;
}

// v <- P D v: the balanced matrix's eigenvectors become the matrix's own.
template <class T>
void undo_balance(const balancing<real_of<T>>& b, matrix<T> v) {
  const index_t n = v.rows;
  for (index_t j = 0; j < v.cols; ++j) {
    T* x = v.col(j);
    for (index_t i = b.low; i <= b.high; ++i) x[i] = x[i] * b.scale[i];
    const auto exchange = [&](index_t i) {
      const auto k = static_cast<index_t>(b.scale[i]);
      const T t = x[i];
      x[i] = x[k];
      x[k] = t;
    };
    for (index_t i = b.low - 1; i >= 0; --i) exchange(i);
    for (index_t i = b.high + 1; i < n; ++i) exchange(i);
  }
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg
