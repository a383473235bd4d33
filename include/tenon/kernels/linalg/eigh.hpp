#pragma once
// Eigenvalues and eigenvectors of Hermitian matrices: what is computed.        A (n, n) = Z diag(w) Z^H,  w ascending
//
//   a   (n, n)   on entry A, of which the lower triangle is read (the upper one, where `upper`); destroyed
//   w   (n)      real
//   z   (n, n)   null: not wanted
// All are column-major and dense, one matrix after the other.
#include <tenon/kernels/linalg/batch.hpp>
#include <tenon/kernels/linalg/lanes.hpp>
#include <tenon/kernels/linalg/qr.hpp>
#include <tenon/kernels/linalg/tridiagonal.hpp>

namespace tenon::inline v0::kernels::linalg {

// Columns that are reduced before the rest of the matrix sees them.
inline constexpr index_t tridiagonalize_block = 32;

template <class T>
constexpr index_t tridiagonalize_bytes(index_t n, int threads) {
  const index_t item = sizeof(T);
  return room(3 * tridiagonalize_block * n, item) + room(tridiagonalize_block, item) + room(7 * n, item) +
         product_bytes<T>(n, n, 2 * tridiagonalize_block, threads);
}

template <class T>
constexpr index_t eigh_bytes(index_t n, bool vectors, int threads) {
  using R = real_t<T>;
  const auto more = [](index_t a, index_t b) { return a > b ? a : b; };
  index_t inner = more(tridiagonalize_bytes<T>(n, threads), 2 * room(2 * n, sizeof(R)));
  if (vectors) {
    inner = more(inner, tridiagonal_divide_bytes<R>(n, threads));
    inner = more(inner, qr_bytes<T>(n, n, n, threads));
    if (complex_type<T>) inner += room(n * n, sizeof(R));
  }
  return 2 * room(n, sizeof(R)) + room(n, sizeof(T)) + inner;
}

// Vectors of memory that a group takes.
constexpr index_t eigh_lanes_room(index_t n) { return n * n + n * (n + 1) + 4 * n + 2 * lane_sweeps * n; }

struct eigh_plan {
  index_t n = 0, count = 0;
  bool upper = false, vectors = false;
  index_t group = 1;                   // matrices that are computed at once, one in each lane; batch counts such groups
  batch_plan batch;
  index_t sweeps = usual_sweeps;
};

// `lanes`: how many numbers a vector of the kernel's holds; 1: each matrix by itself.
template <class T>
constexpr eigh_plan plan_eigh(index_t count, index_t n, bool upper, bool vectors, index_t lanes, int threads) {
  eigh_plan p{n, count, upper, vectors, 1, {}};
  const double flops = (vectors ? 6.0 : 1.4) * static_cast<double>(n) * static_cast<double>(n) * static_cast<double>(n) * (complex_type<T> ? 4 : 1);
  if (lanes > 1 && fits_lanes<T>(count, n, n)) {
    p.group = lanes;
    p.batch = plan_batch((count + lanes - 1) / lanes, 1000 + 200.0 * static_cast<double>(n) + flops / 3, threads, [&](int t) {
      const index_t alone = eigh_bytes<T>(n, vectors, t), together = widest_vector * eigh_lanes_room(n);
      return alone > together ? alone : together;
    });
    return p;
  }
  p.batch = plan_batch(count, 500 + 50.0 * static_cast<double>(n) + flops / 10, threads, [&](int t) { return eigh_bytes<T>(n, vectors, t); });
  return p;
}

// outcomes: one for each matrix; ok, non_finite or no_convergence.
template <class T>
struct eigh_kernel {
  using function = void (*)(const context&, const eigh_plan&, T* a, real_t<T>* w, T* z, status* outcomes, std::byte* workspace);
};

}  // namespace tenon::inline v0::kernels::linalg
