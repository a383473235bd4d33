#pragma once
// Triangular systems: what is computed.        A X = B  (left),  or  X A = B
//
//   a     (n, n)  one triangle of it is read; with `unit` not the diagonal either
//   b     (n, right), or (right, n) where the system stands on the right; becomes X
//   info          0, or the number (from 1) of the first zero on the diagonal: b is then as it was
// All column-major and dense, one matrix after the other.
#include <tenon/kernels/linalg/batch.hpp>

#include <cstdint>

namespace tenon::inline v0::kernels::linalg {

struct triangular_plan {
  index_t n = 0, right = 0;
  bool upper = false, on_left = true, unit = false;
  batch_plan batch;
};

template <class T>
constexpr triangular_plan plan_triangular(index_t count, index_t n, index_t right, bool upper, bool on_left, bool unit, int threads) {
  triangular_plan p{n, right, upper, on_left, unit, {}};
  const double flops = static_cast<double>(n) * static_cast<double>(n) * static_cast<double>(right) * (complex_type<T> ? 4 : 1);
  const index_t most = n > right ? n : right;
  p.batch = plan_batch(count, 50 + flops / 10, threads, [&](int t) { return product_bytes<T>(most, most, n, t); });
  return p;
}

template <class T>
struct solve_triangular_kernel {
  using function = void (*)(const context&, const triangular_plan&, const T* a, T* b, std::int32_t* info, std::byte* workspace);
};

}  // namespace tenon::inline v0::kernels::linalg
