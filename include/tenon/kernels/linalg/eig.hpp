#pragma once
// Eigenvalues and eigenvectors of general square matrices: what is computed.        A V = V diag(w)
//
//   a   (n, n)   on entry A; destroyed
//   w   (n)      complex eigenvalues, in the order of the Schur form's diagonal; of real A, pairs with the positive imaginary
//                part first
//   v   (n, n)   complex eigenvectors, of norm 1, the largest element real; null: not wanted
// All are column-major and dense, one matrix after the other.
#include <tenon/kernels/linalg/lanes.hpp>
#include <tenon/kernels/linalg/schur.hpp>

namespace tenon::inline v0::kernels::linalg {

inline constexpr index_t eigenvector_block = 64;             // eigenvalues whose vectors are computed together

template <class T>
using complex_of = std::complex<real_t<T>>;

struct eig_plan {
  index_t n = 0, count = 0;
  bool vectors = false;
  index_t group = 1;                   // matrices that are computed at once, one in each lane; batch counts such groups
  batch_plan batch;
  index_t sweeps = usual_sweeps;
};

template <class T>
constexpr index_t eigenvector_bytes(index_t n, int threads) {
  return detail::lined<T>(n * (eigenvector_block + 1)) + product_bytes<T>(n, eigenvector_block + 1, n, threads);
}
template <class T>
constexpr index_t eig_bytes(index_t n, bool vectors, int threads) {
  index_t inner = detail::greater(hessenberg_bytes<T>(n, threads), schur_bytes<T>(n, threads));
  if (vectors) inner = detail::greater(inner, eigenvector_bytes<T>(n, threads));
  return detail::lined<real_t<T>>(n) + detail::lined<T>(n) + (vectors ? 2 * detail::lined<T>(n * n) : 0) + inner;
}
// `lanes`: how many numbers a vector of the kernel's holds; 1: each matrix by itself.
template <class T>
constexpr eig_plan plan_eig(index_t count, index_t n, bool vectors, index_t lanes, int threads) {
  eig_plan p{n, count, vectors, 1, {}};
  const double size = static_cast<double>(n), flops = (vectors ? 25.0 : 10.0) * size * size * size * (complex_type<T> ? 4 : 1);
  if (lanes > 1 && fits_lanes<T>(count, n, n)) {
    p.group = lanes;
    p.batch = plan_batch((count + lanes - 1) / lanes, 2000 + 2 * flops, threads, [&](int t) {
      return detail::greater(eig_bytes<T>(n, vectors, t), widest_vector * (4 * n * n + 13 * n));
    });
    return p;
  }
  p.batch = plan_batch(count, 500 + flops / 4, threads, [&](int t) { return eig_bytes<T>(n, vectors, t); });
  return p;
}

template <class T>
struct eig_kernel {
  using function = batch_status (*)(const context&, const eig_plan&, T* a, complex_of<T>* w, complex_of<T>* v, std::byte* workspace);
};

}  // namespace tenon::inline v0::kernels::linalg
