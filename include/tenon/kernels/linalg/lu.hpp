#pragma once
// LU decomposition with partial pivoting, and what is computed from it.        A (m, n) = P L U,  k = min(m, n)
//
//   a       (m, n)  on entry A; on exit U on and above the diagonal, L below it (its diagonal is 1)
//   pivots  (k)     row i was exchanged with row pivots[i] (counted from 1), i = 1, 2, ..., k in turn, as LAPACK has it
//   info            0, or the number (from 1) of the first pivot that is exactly zero
// All column-major and dense, one matrix after the other.
#include <tenon/kernels/linalg/cholesky.hpp>
#include <tenon/kernels/linalg/lanes.hpp>

#include <cstdint>

namespace tenon::inline v0::kernels::linalg {

inline constexpr index_t lu_panel = 64;                      // columns that are factored before the rest of a large matrix follows
inline constexpr index_t lu_panelled = 200;                  // from so many columns on

struct lu_plan {
  index_t m = 0, n = 0, k = 0;
  index_t right = 0;                   // right-hand sides, or rows of b where the system stands on the right
  bool on_left = true;                 // op(A) X = B, else X op(A) = B
  transposition op = transposition::none;
  batch_plan batch;
};

template <class T>
constexpr lu_plan plan_lu(index_t count, index_t m, index_t n, int threads) {
  lu_plan p;
  p.m = m;
  p.n = n;
  p.k = m < n ? m : n;
  const double flops = static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(p.k) * (complex_type<T> ? 4 : 1);
  p.batch = plan_batch(count, 100 + flops / 10, threads, [&](int t) { return product_bytes<T>(m, n, p.k, t) + lines(8 * m); });
  return p;
}

// a (m, n) -> a, pivots, info
template <class T>
struct lu_factor_kernel {
  using function = void (*)(const context&, const lu_plan&, T* a, std::int32_t* pivots, std::int32_t* info, std::byte* workspace);
};

// The factors apart: p (m, m), l (m, k), u (k, n).
template <class T>
struct lu_unpack_kernel {
  using function = void (*)(const context&, const lu_plan&, const T* factors, const std::int32_t* pivots, T* p, T* l, T* u, std::byte* workspace);
};

// op(A) X = B or X op(A) = B, for factors of A (n, n): b becomes X.
template <class T>
constexpr lu_plan plan_lu_solve(index_t count, index_t n, index_t right, bool on_left, transposition op, int threads) {
  lu_plan p;
  p.m = p.n = p.k = n;
  p.right = right;
  p.on_left = on_left;
  p.op = op;
  const double flops = 2.0 * static_cast<double>(n) * static_cast<double>(n) * static_cast<double>(right) * (complex_type<T> ? 4 : 1);
  p.batch = plan_batch(count, 100 + flops / 10, threads, [&](int t) { return product_bytes<T>(n > right ? n : right, n > right ? n : right, n, t); });
  return p;
}
template <class T>
struct lu_solve_kernel {
  using function = void (*)(const context&, const lu_plan&, const T* factors, const std::int32_t* pivots, T* b, std::int32_t* info, std::byte* workspace);
};

// a (n, n) X = b (n, right): a is used up, b becomes X; of a singular matrix, what it was.
template <class T>
constexpr lu_plan plan_solve(index_t count, index_t n, index_t right, bool on_left, int threads) {
  lu_plan p = plan_lu_solve<T>(count, n, right, on_left, transposition::none, threads);
  const double size = static_cast<double>(n);
  const double flops = size * size * (0.7 * size + 2.0 * static_cast<double>(right)) * (complex_type<T> ? 4 : 1);
  const index_t most = n > right ? n : right;
  p.batch = plan_batch(count, 200 + flops / 10, threads, [&](int t) {
    return cholesky_bytes<T>(most, t) + lines(4 * n) + lines(static_cast<index_t>(sizeof(T)) * n);
  });
  return p;
}
template <class T>
struct solve_kernel {
  using function = void (*)(const context&, const lu_plan&, T* a, T* b, std::int32_t* info, std::byte* workspace);
};

// a (n, n) becomes its inverse.
template <class T>
constexpr lu_plan plan_inverse(index_t count, index_t n, int threads) {
  lu_plan p;
  p.m = p.n = p.k = n;
  const double size = static_cast<double>(n), flops = 2 * size * size * size * (complex_type<T> ? 4 : 1);
  const index_t item = sizeof(T);
  p.batch = plan_batch(count, 200 + flops / 10, threads, [&](int t) {
    return cholesky_bytes<T>(n, t) + lines(4 * n) + lines(item * n * n) + lines(item * n);
  });
  return p;
}
template <class T>
struct inverse_kernel {
  using function = void (*)(const context&, const lu_plan&, T* a, std::int32_t* info, std::byte* workspace);
};

// The same for many small matrices, one in each lane of a vector: x (n, right) of a X = b, or, where b is null, the inverse. A matrix
// that the lanes are not made for is solved alone. info is -1 where a matrix or right-hand side holds NaN or infinity.
struct lane_plan {
  index_t count = 0, n = 0, right = 0;
  batch_plan batch;                    // of groups
};
template <class T>
constexpr lane_plan plan_solve_lanes(index_t count, index_t n, index_t right, index_t lanes, int threads) {
  lane_plan p{count, n, right, {}};
  const double size = static_cast<double>(n), products = size * size * (size / 3 + static_cast<double>(right));
  const lu_plan alone = plan_inverse<T>(1, n, 1);
  p.batch = plan_batch((count + lanes - 1) / lanes, 300 + products / 2, threads, [&](int) {
    return (n + 1) * (n + right + 1) * widest_vector + lines(static_cast<index_t>(sizeof(T)) * n * n) + alone.batch.slot_bytes + plan_solve<T>(1, n, right, true, 1).batch.slot_bytes;
  });
  return p;
}
template <class T>
struct solve_lanes_kernel {
  using function = void (*)(const context&, const lane_plan&, const lane_source<T>& a, const lane_source<T>& b, T* x, std::int32_t* info,
                            std::byte* workspace);
};

// The determinant as sign * exp(log) and as a number, from the factors; each may be null.
template <class T>
struct determinant_kernel {
  using function = void (*)(const context&, const lu_plan&, T* a, T* determinant, T* sign, real_t<T>* log, std::byte* workspace);
};
template <class T>
constexpr lu_plan plan_determinant(index_t count, index_t n, int threads) {
  lu_plan p = plan_lu<T>(count, n, n, threads);
  p.batch = plan_batch(count, 100 + 0.07 * static_cast<double>(n) * static_cast<double>(n) * static_cast<double>(n) * (complex_type<T> ? 4 : 1), threads,
                       [&](int t) { return product_bytes<T>(n, n, n, t) + lines(4 * n); });
  return p;
}

}  // namespace tenon::inline v0::kernels::linalg
