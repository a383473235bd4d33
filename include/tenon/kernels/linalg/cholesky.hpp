#pragma once
// Cholesky decomposition: what is computed.        A (n, n) = L L^H
//
//   a     (n, n)  on entry A's lower triangle; on exit L, zeros above
//   info          0, or the number (from 1) of the first pivot that is not positive, or -1 where the triangle holds NaN or infinity
// All column-major and dense, one matrix after the other.
#include <tenon/kernels/linalg/batch.hpp>
#include <tenon/kernels/linalg/lanes.hpp>

#include <cstdint>

namespace tenon::inline v0::kernels::linalg {

inline constexpr index_t cholesky_block = 32;

struct cholesky_plan {
  index_t n = 0, right = 0;
  bool upper = false;                  // of a solve: the factor is U, A = U^H U
  batch_plan batch;                    // in lanes: of groups
  index_t count = 0;                   // in lanes: of matrices
};

// The workspace of factoring, or inverting, one matrix.
template <class T>
constexpr index_t cholesky_bytes(index_t n, int threads) {
  return product_bytes<T>(n, n, n, threads) + static_cast<index_t>(sizeof(T)) * cholesky_block * cholesky_block;
}

template <class T>
constexpr cholesky_plan plan_cholesky(index_t count, index_t n, index_t right, int threads) {
  cholesky_plan p{n, right, false, {}, count};
  const double size = static_cast<double>(n);
  const double flops = (right > 0 ? 2.0 * static_cast<double>(right) : size) * size * size * (complex_type<T> ? 4 : 1);
  const index_t most = n > right ? n : right;
  p.batch = plan_batch(count, 100 + flops / 15, threads, [&](int t) { return cholesky_bytes<T>(most, t); });
  return p;
}

// The lower triangles of (n, n) matrices, one after the other; what is above means nothing.
template <class T>
struct lower_copy_kernel {
  using function = void (*)(const context&, index_t count, index_t n, const lane_source<T>& from, T* to);
};
// A -> L
template <class T>
struct cholesky_kernel {
  using function = void (*)(const context&, const cholesky_plan&, T* a, std::int32_t* info, std::byte* workspace);
};
// The same for many small matrices, one in each lane of a vector: l is L, or with plan.upper L^H. What has no positive pivots is looked at
// alone.
inline constexpr index_t widest_strip = 8;             // rows of a strip of a packed triangle, at most
inline constexpr index_t paired_order = 12;            // up to which two groups are computed at a time

template <class T>
constexpr cholesky_plan plan_cholesky_lanes(index_t count, index_t n, bool upper, index_t lanes, int threads) {
  cholesky_plan p{n, 0, upper, {}, count};
  const double size = static_cast<double>(n);
  p.batch = plan_batch((count + lanes - 1) / lanes, 200 + size * size * size / 6, threads, [&](int) {
    const index_t strips = (n + widest_strip - 1) / widest_strip;
    return (n <= paired_order ? 2 : 1) * widest_strip * widest_strip * strips * (strips + 1) / 2 * widest_vector + cholesky_bytes<T>(n, 1);
  });
  return p;
}
template <class T>
struct cholesky_lanes_kernel {
  using function = void (*)(const context&, const cholesky_plan&, const lane_source<T>& a, T* l, std::int32_t* info, std::byte* workspace);
};

// b (n, right) = (L L^H)^-1 b; info: the first zero on L's diagonal
template <class T>
struct cholesky_solve_kernel {
  using function = void (*)(const context&, const cholesky_plan&, const T* l, T* b, std::int32_t* info, std::byte* workspace);
};
// L -> (L L^H)^-1; info: the first zero on L's diagonal
template <class T>
struct cholesky_inverse_kernel {
  using function = void (*)(const context&, const cholesky_plan&, T* a, std::int32_t* info, std::byte* workspace);
};

}  // namespace tenon::inline v0::kernels::linalg
