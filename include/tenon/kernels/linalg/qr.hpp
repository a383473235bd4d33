#pragma once
// QR decomposition: what is computed.        A (m, n) = Q R,  k = min(m, n)
//
//   a     (m, n)      on entry A; on exit R above, and the reflectors of Q below the diagonal
//   tau   (k)         their factors                      Q = H_1 ... H_k,  H_i = I - tau_i v_i v_i^H
//   q     (m, q_cols) Q's first columns, k <= q_cols <= m; null: not wanted. May be `a` itself where q_cols >= n
//   r     (r_rows, n) null: not wanted. May be `a` itself where r_rows = m
// All are column-major and dense, one matrix after the other.
#include <tenon/kernels/linalg/batch.hpp>
#include <tenon/kernels/linalg/lanes.hpp>

#include <cstdint>

namespace tenon::inline v0::kernels::linalg {

struct qr_plan {
  index_t m = 0, n = 0, k = 0;         // k: the number of reflectors
  index_t q_cols = 0, r_rows = 0;
  batch_plan batch;
  index_t count = 0;                   // of matrices
};

// Columns that are reflected as a block: wide enough for the products, narrow enough for a panel to stay in the second cache.
inline constexpr index_t qr_block = 32;

template <class T>
constexpr index_t qr_bytes(index_t m, index_t n, index_t k, int threads) {
  const index_t block = qr_block < k ? qr_block : k, item = sizeof(T);
  const index_t wide = m > n ? m : n;
  return lines(item * n) + lines(item * k) + lines(item * m * block) + lines(item * block * block) + 2 * lines(item * block * n) +
         product_bytes<T>(wide, wide, wide, threads);
}

template <class T>
constexpr qr_plan plan_qr(index_t count, index_t m, index_t n, index_t k, index_t q_cols, index_t r_rows, int threads) {
  qr_plan p{m, n, k, q_cols, r_rows, {}, count};
  const double flops = 2.0 * static_cast<double>(m) * static_cast<double>(n + q_cols) * static_cast<double>(k) * (complex_type<T> ? 4 : 1);
  p.batch = plan_batch(count, 200 + flops / 10, threads, [&](int t) { return qr_bytes<T>(m, n > q_cols ? n : q_cols, k, t); });
  return p;
}

// a -> a, tau, and what else is wanted. tau may be null as well.
template <class T>
struct qr_kernel {
  using function = void (*)(const context&, const qr_plan&, T* a, T* tau, T* q, T* r, std::byte* workspace);
};

// The reduced decomposition of many small matrices, m >= n, one in each lane of a vector: q (m, n), r (n, n). info is -1 where a matrix
// holds NaN or infinity, else 0. plan.batch counts groups.
template <class T>
constexpr qr_plan plan_qr_lanes(index_t count, index_t m, index_t n, index_t lanes, int threads) {
  qr_plan p{m, n, n, n, n, {}, count};
  const double flops = 2.0 * static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(n);
  p.batch = plan_batch((count + lanes - 1) / lanes, 300 + 100.0 * static_cast<double>(n) + flops / 3, threads, [&](int) { return ((m + 1) * n + n * n + n) * widest_vector; });
  return p;
}
template <class T>
struct qr_lanes_kernel {
  using function = void (*)(const context&, const qr_plan&, const lane_source<T>& a, T* q, T* r, std::int32_t* info, std::byte* workspace);
};

// The first n columns of Q, in place of the k reflectors in a (m, n), k <= n <= m.
template <class T>
struct householder_product_kernel {
  using function = void (*)(const context&, const qr_plan&, T* a, const T* tau, std::byte* workspace);
};

}  // namespace tenon::inline v0::kernels::linalg
