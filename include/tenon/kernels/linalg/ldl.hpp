#pragma once
// LDL decomposition: what is computed.        A (n, n) symmetric, or Hermitian:  P^T A P = L D L^T,  or L D L^H
//
//   a       (n, n)  on entry A's lower triangle; on exit D, whose blocks are 1 x 1 and 2 x 2, and L below them; zeros above
//   pivots  (n)     LAPACK's xSYTRF with 'L': p > 0: a 1 x 1 block, row and column k were exchanged with p (from 1). Two equal p < 0: a
//                   2 x 2 block, row and column k + 1 were exchanged with -p
//   info            0, or the number (from 1) of the first block that is exactly zero
// All column-major and dense, one matrix after the other.
#include <tenon/kernels/linalg/batch.hpp>

#include <cstdint>

namespace tenon::inline v0::kernels::linalg {

struct ldl_plan {
  index_t n = 0, right = 0;
  bool hermitian = false;
  batch_plan batch;
};

template <class T>
constexpr ldl_plan plan_ldl(index_t count, index_t n, index_t right, bool hermitian, int threads) {
  ldl_plan p{n, right, hermitian, {}};
  const double size = static_cast<double>(n), flops = (right > 0 ? 2.0 * static_cast<double>(right) : size / 3) * size * size * (complex_type<T> ? 4 : 1);
  p.batch = plan_batch(count, 100 + flops / 4, threads, [](int) { return index_t{0}; });
  p.batch.threads = 1;                   // there is no product of matrices inside
  return p;
}

template <class T>
struct ldl_factor_kernel {
  using function = void (*)(const context&, const ldl_plan&, T* a, std::int32_t* pivots, std::int32_t* info, std::byte* workspace);
};
// b (n, right) = A^-1 b; info: the first singular block
template <class T>
struct ldl_solve_kernel {
  using function = void (*)(const context&, const ldl_plan&, const T* a, const std::int32_t* pivots, T* b, std::int32_t* info, std::byte* workspace);
};

}  // namespace tenon::inline v0::kernels::linalg
