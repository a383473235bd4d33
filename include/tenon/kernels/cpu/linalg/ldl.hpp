#pragma once
// LDL decomposition of symmetric or Hermitian indefinite matrices.
//
// Method     Diagonal pivoting with 1 x 1 and 2 x 2 blocks after Bunch & Kaufman, "Some stable methods for calculating inertia and solving
//            symmetric linear systems", Math. Comp. 31, 1977, algorithm A: one column, and sometimes one row, is searched at each step.
//            Pivots and storage are those of LAPACK's xSYTF2 and xHETF2 for the lower triangle.
// Precision  Backward stable for normwise errors; L's elements are not bounded (Higham, section 11.1).
#include <tenon/kernels/cpu/arch.hpp>
#include <tenon/kernels/cpu/linalg/batch.hpp>
#include <tenon/kernels/cpu/linalg/vector.hpp>
#include <tenon/kernels/linalg/ldl.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH {

namespace linalg {

// The inverse of a 2 x 2 block D = (d11 conj(d21); d21 d22), divided by d21, which the pivoting makes the largest: applied to (x, y).
// `hermitian` decides about the conjugate.
template <class T>
struct block_inverse {
  T d21, d11, d22, factor;

  block_inverse(T a, T side, T b, bool hermitian) : d21(side), d11(b / side), d22(a / conj_if(hermitian, side)) {
    factor = T(1) / (d11 * d22 - T(1));
  }
  // D^-1 (x, y)
  void solve(T& x, T& y, bool hermitian) const {
    const T p = x / conj_if(hermitian, d21), q = y / d21;
    x = factor * (d11 * p - q);
    y = factor * (d22 * q - p);
  }
};

// The first of the largest |re| + |im| among n elements `step` apart.
template <class T>
index_t largest_of(index_t n, const T* x, index_t step) {
  index_t best = 0;
  for (index_t i = 1; i < n; ++i)
    if (magnitude1(x[i * step]) > magnitude1(x[best * step])) best = i;
  return best;
}

// Rows and columns i < j of the lower triangle, from column i on, exchanged.
template <class T>
void swap_symmetric(matrix<T> a, index_t i, index_t j, bool hermitian) {
  const auto exchange = [](T& x, T& y) {
    const T t = x;
    x = y;
    y = t;
  };
  for (index_t k = j + 1; k < a.rows; ++k) exchange(a(k, i), a(k, j));
  for (index_t k = i + 1; k < j; ++k) {
    exchange(a(k, i), a(j, k));
    a(k, i) = conj_if(hermitian, a(k, i));
    a(j, k) = conj_if(hermitian, a(j, k));
  }
  a(j, i) = conj_if(hermitian, a(j, i));
  exchange(a(i, i), a(j, j));
}

// Answers 0, or the first block (from 1) that is zero.
template <class T>
index_t factor_ldl(matrix<T> a, std::int32_t* pivots, bool hermitian) {
  using R = real_of<T>;
  const R alpha = R(0.6403882032022076);                     // (1 + sqrt 17) / 8
  const index_t n = a.rows;
  index_t singular = 0;
  const auto diagonal = [&](index_t i) {
    if (hermitian) a(i, i) = T(real_part(a(i, i)));
    return magnitude1(a(i, i));
  };
  for (index_t k = 0, step; k < n; k += step) {
    step = 1;
    index_t p = k;
    const R here = diagonal(k);
    const index_t below = k + 1 < n ? k + 1 + largest_of(n - k - 1, a.col(k) + k + 1, 1) : k;
    const R column = k + 1 < n ? magnitude1(a(below, k)) : R(0);
    if (!(here > 0 || column > 0)) {
      if (singular == 0) singular = k + 1;
      pivots[k] = static_cast<std::int32_t>(k + 1);
      continue;
    }
    if (here < alpha * column) {
      R row = magnitude1(a(below, k + largest_of(below - k, &a(below, k), a.ld)));
      if (below + 1 < n) row = larger(row, magnitude1(a.col(below)[below + 1 + largest_of(n - below - 1, a.col(below) + below + 1, 1)]));
      if (here >= alpha * column * (column / row)) {
        p = k;
      } else if (diagonal(below) >= alpha * row) {
        p = below;
      } else {
        p = below;
        step = 2;
      }
    }
    const index_t moved = k + step - 1;                      // the row that takes part in the exchange
    if (p != moved) {
      swap_symmetric(a, moved, p, hermitian);
      if (step == 2) {
        const T t = a(k + 1, k);
        a(k + 1, k) = a(p, k);
        a(p, k) = t;
      }
    }
    if (step == 1) {
      pivots[k] = static_cast<std::int32_t>(p + 1);
      diagonal(k);
      const T d = a(k, k);
      T* const x = a.col(k);
      for (index_t j = k + 1; j < n; ++j) {
        const T f = conj_if(hermitian, x[j]) / d;            // A22 - x d^-1 x^T, its lower triangle
        add_scaled<T>(n - j, -f, x + j, a.col(j) + j);
        diagonal(j);
      }
      for (index_t j = k + 1; j < n; ++j) x[j] = x[j] / d;
    } else {
      pivots[k] = pivots[k + 1] = -static_cast<std::int32_t>(p + 1);
      diagonal(k);
      diagonal(k + 1);
      T *const x = a.col(k), *const y = a.col(k + 1);
      const block_inverse<T> inverse(a(k, k), a(k + 1, k), a(k + 1, k + 1), hermitian);
      for (index_t j = k + 2; j < n; ++j) {
        T u = conj_if(hermitian, x[j]), v = conj_if(hermitian, y[j]);
        inverse.solve(u, v, hermitian);                      // column j of D^-1 (x y)^H
        add_scaled<T>(n - j, -u, x + j, a.col(j) + j);
        add_scaled<T>(n - j, -v, y + j, a.col(j) + j);
        diagonal(j);
        x[j] = conj_if(hermitian, u);                        // row j of L: not read by later columns' updates, which start at j + 1
        y[j] = conj_if(hermitian, v);
      }
    }
  }
  return singular;
}

// The first 1 x 1 or 2 x 2 block (from 1) that cannot be divided by, or 0.
template <class T>
index_t singular_block(matrix<const T> a, const std::int32_t* pivots, bool hermitian) {
  for (index_t k = 0; k < a.rows; ++k) {
    if (pivots[k] > 0) {
      if (is_zero(a(k, k))) return k + 1;
    } else {
      const T side = a(k + 1, k);
      if (is_zero(side) || is_zero((a(k + 1, k + 1) / side) * (a(k, k) / conj_if(hermitian, side)) - T(1))) return k + 1;
      ++k;
    }
  }
  return 0;
}

// x = A^-1 x for one vector.
template <class T>
void solve_by_ldl(matrix<const T> a, const std::int32_t* pivots, T* x, bool hermitian) {
  const index_t n = a.rows;
  const auto exchange = [x](index_t i, index_t j) {
    const T t = x[i];
    x[i] = x[j];
    x[j] = t;
  };
  const auto along = [&](index_t k, index_t from) {          // column k of L, transposed, times what is known
    if (hermitian || !is_cplx<T>) return dot(n - from, a.col(k) + from, x + from);
    T sum = T(0);
    for (index_t i = from; i < n; ++i) sum += a(i, k) * x[i];
    return sum;
  };
  for (index_t k = 0; k < n; ++k) {                          // D^-1 L^-1 P
    if (pivots[k] > 0) {
      exchange(k, pivots[k] - 1);
      add_scaled<T>(n - k - 1, -x[k], a.col(k) + k + 1, x + k + 1);
      x[k] = x[k] / a(k, k);
    } else {
      exchange(k + 1, -pivots[k] - 1);
      add_scaled<T>(n - k - 2, -x[k], a.col(k) + k + 2, x + k + 2);
      add_scaled<T>(n - k - 2, -x[k + 1], a.col(k + 1) + k + 2, x + k + 2);
      block_inverse<T>(a(k, k), a(k + 1, k), a(k + 1, k + 1), hermitian).solve(x[k], x[k + 1], hermitian);
      ++k;
    }
  }
  for (index_t k = n - 1; k >= 0; --k) {                     // P^T L^-T
    if (pivots[k] > 0) {
      x[k] -= along(k, k + 1);
      exchange(k, pivots[k] - 1);
    } else {
      x[k] -= along(k, k + 1);
      x[k - 1] -= along(k - 1, k + 1);
      exchange(k, -pivots[k] - 1);
      --k;
    }
  }
}

template <class E>
void run_ldl_factor(const context& ctx, const kernels::linalg::ldl_plan& p, E* data, std::int32_t* pivots, std::int32_t* info, std::byte* memory) {
  using T = kernel_t<E>;
  for_each_matrix(ctx, p.batch, memory, [&](index_t i, const workspace&) {
    const matrix<T> a = {as_scalars(data) + i * p.n * p.n, p.n, p.n, p.n};
    info[i] = static_cast<std::int32_t>(factor_ldl(a, pivots + i * p.n, p.hermitian));
    clear_upper(a);
  });
}
template <class E>
void run_ldl_solve(const context& ctx, const kernels::linalg::ldl_plan& p, const E* data, const std::int32_t* pivots, E* right, std::int32_t* info,
                   std::byte* memory) {
  using T = kernel_t<E>;
  for_each_matrix(ctx, p.batch, memory, [&](index_t i, const workspace&) {
    const matrix<const T> a = {as_scalars(data) + i * p.n * p.n, p.n, p.n, p.n};
    info[i] = static_cast<std::int32_t>(singular_block(a, pivots + i * p.n, p.hermitian));
    if (info[i] != 0) return;
    for (index_t j = 0; j < p.right; ++j) solve_by_ldl(a, pivots + i * p.n, as_scalars(right) + (i * p.right + j) * p.n, p.hermitian);
  });
}

}  // namespace linalg

template <class T>
constexpr typename kernels::linalg::ldl_factor_kernel<T>::function function_of(kernels::linalg::ldl_factor_kernel<T>, this_arch) {
  return &linalg::run_ldl_factor<T>;
}
template <class T>
constexpr typename kernels::linalg::ldl_solve_kernel<T>::function function_of(kernels::linalg::ldl_solve_kernel<T>, this_arch) {
  return &linalg::run_ldl_solve<T>;
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH
