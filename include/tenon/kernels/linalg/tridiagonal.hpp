#pragma once
// Eigenvalues of a real symmetric tridiagonal matrix: sizes and workspace. (kernels/cpu/linalg/tridiagonal_*.hpp)
#include <tenon/kernels/linalg/product.hpp>

namespace tenon::inline v0::kernels::linalg {

// Divide and conquer stops here: implicit QL is faster on what is smaller.
inline constexpr index_t tridiagonal_leaf = 32;

// Memory of n elements of `bytes` each, as workspace::take gives it.
constexpr index_t room(index_t n, index_t bytes) { return (n * bytes + 63) / 64 * 64; }

// Two n x n matrices, four vectors of numbers and four of indices, and what the products take.
template <class R>
constexpr index_t tridiagonal_divide_bytes(index_t n, int threads) {
  return 2 * room(n * n, sizeof(R)) + 4 * room(n, sizeof(R)) + 4 * room(n, sizeof(index_t)) + product_bytes<R>(n, n, n, threads) +
         product_bytes<R>(n, n, n, 1) * threads;
}

}  // namespace tenon::inline v0::kernels::linalg
