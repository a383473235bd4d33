#pragma once
// The matrix exponential: what is computed.        a (n, n) becomes exp(A); column-major and dense, one matrix after the other
#include <tenon/kernels/linalg/lu.hpp>

namespace tenon::inline v0::kernels::linalg {

struct matrix_exp_plan {
  index_t n = 0;
  batch_plan batch;
};

template <class T>
constexpr matrix_exp_plan plan_matrix_exp(index_t count, index_t n, int threads) {
  matrix_exp_plan p{n, {}};
  const double size = static_cast<double>(n), flops = 20 * size * size * size * (complex_type<T> ? 4 : 1);
  const index_t item = sizeof(T);
  p.batch = plan_batch(count, 500 + flops / 10, threads, [&](int t) {
    return 7 * lines(item * n * n) + 2 * lines(item * n) + lines(4 * n) + product_bytes<T>(n, n, n, t);
  });
  return p;
}

template <class T>
struct matrix_exp_kernel {
  using function = void (*)(const context&, const matrix_exp_plan&, T* a, std::byte* workspace);
};

}  // namespace tenon::inline v0::kernels::linalg
