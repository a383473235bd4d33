#pragma once
// Hessenberg and Schur forms: what is computed, and the sizes of the blocks, windows and chains that do it.
//
//   hessenberg   A = Q H Q^H     H zero below the first subdiagonal
//   schur        A = Z T Z^H     T upper triangular; for real A quasi-triangular, its 2x2 blocks in standard form
//
//   a     (n, n)   on entry A; on exit H or T
//   q, z  (n, n)   Q, Z
// All are column-major and dense, one matrix after the other.
#include <tenon/kernels/linalg/batch.hpp>

namespace tenon::inline v0::kernels::linalg {

inline constexpr index_t hessenberg_block = 32;              // columns that are reduced before the rest of the matrix follows
inline constexpr index_t hessenberg_crossover = 96;          // below, one by one
inline constexpr index_t schur_crossover = 75;               // up to here one bulge at a time
inline constexpr index_t schur_strip = 128;                  // rows or columns of the far products at a time

// How many shifts at once, and the rows of the deflation window, for an active block of n rows. They grow with n.
constexpr index_t recommended_shifts(index_t n) {
  return n < 60 ? 4 : n < 150 ? 10 : n < 300 ? 24 : n < 590 ? 36 : n < 3000 ? 64 : n < 6000 ? 128 : 256;
}
constexpr index_t recommended_window(index_t n) { return n <= 500 ? recommended_shifts(n) : 3 * recommended_shifts(n) / 2; }
constexpr index_t most_window(index_t n) { return (n - 1) / 3; }
constexpr index_t most_shifts(index_t n) {
  const index_t s = (n - 3) / 6 / 2 * 2;
  return s < 2 ? 2 : s < recommended_shifts(n) ? s : recommended_shifts(n);
}

namespace detail {
template <class T>
constexpr index_t lined(index_t n) { return (n * static_cast<index_t>(sizeof(T)) + 63) / 64 * 64; }
constexpr index_t greater(index_t a, index_t b) { return a > b ? a : b; }
}  // namespace detail

template <class T>
constexpr index_t hessenberg_bytes(index_t n, int threads) {
  const index_t b = hessenberg_block;
  return 4 * detail::lined<T>(n * b) + detail::lined<T>(b * b) + 2 * detail::lined<T>(n) + product_bytes<T>(n, n, n, threads);
}
// What one thread needs to carry a block of `rows` to the rest of the matrix, strip by strip.
template <class T>
constexpr index_t far_slot_bytes(index_t rows) {
  const index_t wide = detail::greater(rows, schur_strip);
  return detail::lined<T>(rows * schur_strip) + detail::lined<std::byte>(product_bytes<T>(wide, wide, rows, 1));
}
// A chain of `bulges`.
constexpr index_t chain_window(index_t bulges) { return 4 * bulges + 1; }
template <class T>
constexpr index_t sweep_bytes(index_t bulges, int threads) {
  const index_t w = chain_window(bulges);
  return 2 * detail::lined<T>(w * w) + detail::lined<T>(3 * (bulges + 1)) + threads * far_slot_bytes<T>(w);
}
template <class T>
constexpr index_t deflation_bytes(index_t window, int threads) {
  const index_t inner = detail::greater(hessenberg_bytes<T>(window, threads), threads * far_slot_bytes<T>(window));
  return 2 * detail::lined<T>(window * window) + 2 * detail::lined<T>(window) + inner;
}
// The Schur form of a Hessenberg matrix.
template <class T>
constexpr index_t schur_bytes(index_t n, int threads) {
  if (n <= schur_crossover) return 0;
  const index_t window = most_window(n), bulges = most_shifts(n) / 2;
  const index_t within = 2 * detail::lined<T>(window * window) + schur_bytes<T>(window, threads);
  const index_t deflation = detail::greater(within, deflation_bytes<T>(window, threads));
  return detail::lined<T>(window * window) + detail::greater(sweep_bytes<T>(bulges, threads), deflation);
}

// Where the first matrix without a result stands in the batch, and why.
struct batch_status {
  status s;
  index_t matrix = 0;
};

struct schur_plan {
  index_t n = 0;
  batch_plan batch;
  index_t sweeps = usual_sweeps;
};
template <class T>
constexpr schur_plan plan_hessenberg(index_t count, index_t n, int threads) {
  schur_plan p{n, {}};
  const double size = static_cast<double>(n), flops = 5.0 * size * size * size * (complex_type<T> ? 4 : 1);
  p.batch = plan_batch(count, 300 + flops / 5, threads, [&](int t) { return detail::lined<T>(n) + hessenberg_bytes<T>(n, t); });
  return p;
}
template <class T>
constexpr schur_plan plan_schur(index_t count, index_t n, int threads) {
  schur_plan p{n, {}};
  const double size = static_cast<double>(n), flops = 25.0 * size * size * size * (complex_type<T> ? 4 : 1);
  p.batch = plan_batch(count, 500 + flops / 4, threads, [&](int t) {
    return 2 * detail::lined<T>(n) + detail::lined<std::complex<real_t<T>>>(n) + detail::greater(hessenberg_bytes<T>(n, t), schur_bytes<T>(n, t));
  });
  return p;
}

template <class T>
struct hessenberg_kernel {
  using function = void (*)(const context&, const schur_plan&, T* a, T* q, std::byte* workspace);
};
template <class T>
struct schur_kernel {
  using function = batch_status (*)(const context&, const schur_plan&, T* a, T* z, std::byte* workspace);
};

}  // namespace tenon::inline v0::kernels::linalg
