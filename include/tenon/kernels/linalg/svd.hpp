#pragma once
// Singular value decomposition: what is computed.        A (m, n) = U diag(s) V^H,  m >= n,  s descending
//
//   a   (m, n)       on entry A; destroyed
//   s   (n)          real
//   u   (m, u_cols)  u_cols = n, or m for all of U; null: not wanted
//   v   (n, n)       conj(V): as a row-major matrix that is V^H; null: not wanted
// All are column-major and dense, one matrix after the other. A wide matrix comes in transposed: A^T = U diag(s) V^H is
// A = conj(V) diag(s) U^T.
#include <tenon/kernels/linalg/batch.hpp>
#include <tenon/kernels/linalg/bidiagonal.hpp>
#include <tenon/kernels/linalg/lanes.hpp>
#include <tenon/kernels/linalg/qr.hpp>

#include <cstdint>

namespace tenon::inline v0::kernels::linalg {

// Columns that are reduced before the rest of the matrix sees them.
inline constexpr index_t bidiagonalize_block = 32;

template <class T>
constexpr index_t bidiagonalize_bytes(index_t m, index_t n, int threads) {
  const index_t item = sizeof(T);
  return room(2 * bidiagonalize_block * m, item) + room(2 * bidiagonalize_block * n, item) + room(bidiagonalize_block, item) +
         product_bytes<T>(m, n, 2 * bidiagonalize_block, threads);
}

enum class svd_driver : std::uint8_t {
  automatic,
  bidiagonal,                          // Householder's bidiagonal form, then implicit QR, or divide and conquer
  jacobi,                              // one-sided: each singular value to its own last digits
};

// Batches of real matrices of no more columns go by Jacobi in lanes where no driver is asked for. QR's time over Jacobi's, double, values | with
// vectors: 1.26 | 1.22 for order 4, 1.15 | 1.07 for 5, 0.95 | 0.95 for 6 (docs/architecture.md has the others).
inline constexpr index_t jacobi_order = 4;

struct svd_plan {
  index_t count = 0, m = 0, n = 0, u_cols = 0;
  bool vectors = false;
  bool jacobi = false;                 // else by bidiagonal form
  bool jacobi_in_lanes = false;        // where the plan has groups
  bool qr_first = false;               // so tall that the bidiagonal form of R costs less, QR included (Chan, ACM TOMS 8(1), 1982)
  index_t group = 1;                   // matrices that are computed at once, one in each lane; batch counts such groups
  batch_plan batch;
  index_t sweeps = usual_sweeps;
};

// Vectors of memory that a group takes.
constexpr index_t jacobi_lanes_room(index_t m, index_t n, index_t u_cols) { return m * n + (m + 1) * u_cols + n * (n + 1) + 4 * n; }
constexpr index_t svd_lanes_room(index_t m, index_t n, index_t u_cols) { return m * n + (m + 1) * u_cols + n * (n + 1) + n * n + 4 * n + m + 4 * lane_sweeps * n; }

template <class T>
constexpr index_t jacobi_bytes(index_t m, index_t n, index_t u_cols, int threads) {
  return room(n, sizeof(real_t<T>)) + room(n, sizeof(index_t)) + room(n, sizeof(T)) + 2 * room(n * n, sizeof(T)) + qr_bytes<T>(m, u_cols, n, threads);
}

template <class T>
constexpr index_t svd_bytes(const svd_plan& p, int threads) {
  using R = real_t<T>;
  const index_t m = p.m, n = p.n;
  if (p.jacobi) return jacobi_bytes<T>(m, n, p.u_cols, threads);
  const auto more = [](index_t a, index_t b) { return a > b ? a : b; };
  index_t inner = more(bidiagonalize_bytes<T>(p.qr_first ? n : m, n, threads), room(5 * n, sizeof(R)));
  inner = more(inner, qr_bytes<T>(m, p.u_cols > n ? p.u_cols : n, n, threads));
  if (p.vectors) {
    inner = more(inner, bidiagonal_divide_bytes<R>(n, threads));
    if (complex_type<T>) inner += 2 * room(n * n, sizeof(R));
  }
  const index_t triangle = p.qr_first ? room(n * n, sizeof(T)) : 0;
  return 2 * room(n, sizeof(R)) + 3 * room(n, sizeof(T)) + room(n * n, sizeof(T)) + triangle + inner;
}

// `lanes`: how many numbers a vector of the kernel's holds; 1: each matrix by itself.
template <class T>
constexpr svd_plan plan_svd(index_t count, index_t m, index_t n, index_t u_cols, bool vectors, svd_driver driver, index_t lanes, int threads) {
  const bool jacobi = driver == svd_driver::jacobi;
  const bool in_lanes = jacobi || (driver == svd_driver::automatic && n <= jacobi_order);
  svd_plan p{count, m, n, u_cols, vectors, jacobi, in_lanes, 5 * m >= 8 * n && m > n + 4, 1, {}};
  const double flops = (jacobi ? vectors ? 80.0 : 50.0 : vectors ? 14.0 : 2.7) * static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(n) * (complex_type<T> ? 4 : 1);
  if (lanes > 1 && fits_lanes<T>(count, m, n)) {
    p.group = lanes;
    p.batch = plan_batch((count + lanes - 1) / lanes, 2000 + 500.0 * static_cast<double>(n) + flops / 3, threads, [&](int t) {
      const index_t alone = svd_bytes<T>(p, t), together = widest_vector * (p.jacobi_in_lanes ? jacobi_lanes_room(m, n, u_cols) : svd_lanes_room(m, n, u_cols));
      return alone > together ? alone : together;
    });
    return p;
  }
  p.batch = plan_batch(count, 500 + 100.0 * static_cast<double>(n) + flops / 10, threads, [&](int t) { return svd_bytes<T>(p, t); });
  return p;
}

// outcomes: one for each matrix; ok, non_finite or no_convergence.
template <class T>
struct svd_kernel {
  using function = void (*)(const context&, const svd_plan&, T* a, real_t<T>* s, T* u, T* v, status* outcomes, std::byte* workspace);
};

}  // namespace tenon::inline v0::kernels::linalg
