#pragma once
// Singular values of a real bidiagonal matrix: sizes and workspace. (kernels/cpu/linalg/bidiagonal_*.hpp)
#include <tenon/kernels/linalg/product.hpp>
#include <tenon/kernels/linalg/tridiagonal.hpp>

namespace tenon::inline v0::kernels::linalg {

// Divide and conquer stops here: implicit QR is faster on what is smaller.
inline constexpr index_t bidiagonal_leaf = 32;

template <class R>
constexpr index_t bidiagonal_divide_bytes(index_t n, int threads) {
  return 3 * room((n + 1) * (n + 1), sizeof(R)) + 4 * room(n, sizeof(R)) + 4 * room(n, sizeof(index_t)) +
         product_bytes<R>(n, n, n, threads) + product_bytes<R>(n, n, n, 1) * threads;
}

}  // namespace tenon::inline v0::kernels::linalg
