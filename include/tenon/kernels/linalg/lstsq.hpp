#pragma once
// Least squares: what is computed.        X (n, right) of least norm among those that minimise ||A X - B||,  A (m, n),  B (m, right)
//
//   a          (m, n)      used up
//   b          (m, right)  used up
//   x          (n, right)
//   residuals  (right)     ||A x - b||^2 for each column, where m > n and the rank is n; else untouched
//   rank                   the number of columns of A that count: the largest r for which the leading r x r part of the pivoted R
//                          is estimated to have a condition number below 1 / rcond
// All column-major and dense, one matrix after the other.
#include <tenon/kernels/linalg/qr.hpp>

namespace tenon::inline v0::kernels::linalg {

struct lstsq_plan {
  index_t m = 0, n = 0, right = 0;
  double rcond = 0;
  batch_plan batch;
};

template <class T>
constexpr lstsq_plan plan_lstsq(index_t count, index_t m, index_t n, index_t right, double rcond, int threads) {
  lstsq_plan p{m, n, right, rcond, {}};
  const index_t k = m < n ? m : n, most = m > n ? m : n, wide = most > right ? most : right, item = sizeof(T);
  const double flops = 2.0 * static_cast<double>(k) * static_cast<double>(m) * static_cast<double>(n + right) * (complex_type<T> ? 4 : 1);
  p.batch = plan_batch(count, 300 + flops / 5, threads, [&](int t) {
    return lines(8 * n) + 2 * lines(item * n) + 5 * lines(item * most) + (m > n ? lines(item * n * n) : 0) + lines(item * n * k) + lines(item * n * right) + qr_bytes<T>(most, wide, k, t);
  });
  return p;
}

template <class T>
struct lstsq_kernel {
  using function = void (*)(const context&, const lstsq_plan&, T* a, T* b, T* x, real_t<T>* residuals, std::int64_t* rank, std::byte* workspace);
};

}  // namespace tenon::inline v0::kernels::linalg
