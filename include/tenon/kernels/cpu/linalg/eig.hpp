#pragma once
// Eigenvalues and eigenvectors of general matrices on the CPU:
//
//   scale        only where squares of elements would overflow or vanish
//   balance      P, D:  isolated eigenvalues to the ends, norms evened out           (balance.hpp)
//   Hessenberg   Q^H B Q = H                                                          (hessenberg.hpp)
//   Schur        H = Z T Z^H by shifted QR; w is T's diagonal                         (schur.hpp)
//   vectors      T X = X diag(w) by back substitution,  V = P D Q Z X, normalised     (eigenvectors.hpp)
//
// Of a pair of a real matrix, the vector of the second is the conjugate of the first's.
#include <tenon/kernels/cpu/linalg/balance.hpp>
#include <tenon/kernels/cpu/linalg/batch.hpp>
#include <tenon/kernels/cpu/linalg/eig_lanes.hpp>
#include <tenon/kernels/cpu/linalg/eigenvectors.hpp>
#include <tenon/kernels/cpu/linalg/schur.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH {

namespace linalg {

// Norm 1, and the largest element real. Columns j and j + 1 of v hold the real and imaginary part of a pair's vector.
template <class R>
void write_vectors(matrix<R> v, const cplx<R>* w, matrix<cplx<R>> out) {
  const index_t n = v.rows;
  for (index_t j = 0; j < n; ++j) {
    const R* const re = v.col(j);
    if (w[j].im == 0) {
      const R factor = R(1) / norm2(n, re);
      for (index_t i = 0; i < n; ++i) out(i, j) = {re[i] * factor, R(0)};
      continue;
    }
    const R* const im = v.col(j + 1);
    const R norm = hypotenuse(norm2(n, re), norm2(n, im));
    index_t largest = 0;
    R most = -1;
    for (index_t i = 0; i < n; ++i) {
      const R x = re[i] / norm, y = im[i] / norm, size = x * x + y * y;
      if (size > most) most = size, largest = i;
    }
    const R length = hypotenuse(re[largest], im[largest]), sign = re[largest] < 0 ? R(-1) : R(1);
    const R c = sign * (re[largest] / length) / norm, s = sign * (im[largest] / length) / norm;
    for (index_t i = 0; i < n; ++i) {
      const cplx<R> x = {re[i] * c + im[i] * s, i == largest ? R(0) : im[i] * c - re[i] * s};
      out(i, j) = x;
      out(i, j + 1) = {x.re, -x.im};
    }
    ++j;
  }
}
template <class R>
void write_vectors(matrix<cplx<R>> v, const cplx<R>*, matrix<cplx<R>> out) {
  const index_t n = v.rows;
  for (index_t j = 0; j < n; ++j) {
    const cplx<R>* const x = v.col(j);
    const R norm = norm2(n, x);
    index_t largest = 0;
    R most = -1;
    for (index_t i = 0; i < n; ++i) {
      const R size = square_magnitude(x[i] / norm);
      if (size > most) most = size, largest = i;
    }
    const R length = magnitude(x[largest]);
    const cplx<R> turn = conj(x[largest]) / length / norm;
    for (index_t i = 0; i < n; ++i) out(i, j) = x[i] * turn;
    out(largest, j).im = 0;
  }
}

// How many eigenvalues are missing.
template <class T>
index_t eig(matrix<T> a, cplx<real_of<T>>* w, cplx<real_of<T>>* v, workspace work, index_t sweeps) {
  using R = real_of<T>;
  const index_t n = a.rows;
  if (n == 0) return 0;
  const R factor = scale_to_safe_range(a);
  const auto b = balance(a, work.take<R>(n));
  T* const tau = work.take<T>(n);
  reduce_to_hessenberg(a, b.low, b.high, tau, work);
  matrix<T> z{};
  T* other = nullptr;
  if (v != nullptr) {
    z = {work.take<T>(n * n), n, n, n};
    other = work.take<T>(n * n);
    form_hessenberg_q<T>(a, b.low, b.high, tau, z, work);
  }
  for (index_t i = 0; i < n; ++i)
    if (i < b.low || i > b.high) w[i] = {real_part(a(i, i)), imag_part(a(i, i))};
  clear_below_subdiagonal(a);
  const index_t missing = multishift_schur<T>::schur_form(v != nullptr, b.low, b.high, a, w, z, work, sweeps);
  if (missing > 0) return missing - b.low;                   // those before are on the diagonal
  if (v != nullptr) {
    const matrix<T> x{other, n, n, n};
    eigenvectors<T>{a, z, x, w}.run(work);
    undo_balance(b, x);
    write_vectors(x, w, matrix<cplx<R>>{v, n, n, n});
  }
  if (factor != 1)
    for (index_t i = 0; i < n; ++i) w[i] = w[i] / factor;
  return 0;
}

// Up to a vector's lanes of matrices at once; those that do not fit, or do not converge, by themselves.
template <class R>
void eig_group(index_t n, index_t first, index_t count, R* a, cplx<R>* w, cplx<R>* v, first_failure& failure,
               const workspace& work, index_t sweeps) {
  constexpr index_t N = lanes<R>;
  const R* from[N];
  cplx<R>*to[N] = {}, *vectors[N] = {};
  auto* const memory = reinterpret_cast<vec<R>*>(work.data);
  const auto pack = [&](std::uint64_t chosen) {              // a lane without a matrix of its own repeats another
    for (index_t l = 0; l < N; ++l) from[l] = a + ((chosen >> l) & 1 ? l : __builtin_ctzll(chosen)) * n * n;
    for (index_t j = 0; j < n; ++j) pack_run(from, j * n, n, memory + j * lane_ld(n), 1);
  };
  const std::uint64_t all = (std::uint64_t{1} << count) - 1;
  pack(all);
  const std::uint64_t joined = to_bits(fits_schur_lanes(n, memory, lane_ld(n))) & all;
  std::uint64_t converged = 0;
  if (joined != 0) {
    if (joined != all) pack(joined);
    for (index_t l = 0; l < count; ++l) {
      if (((joined >> l) & 1) == 0) continue;
      to[l] = w + l * n;
      if (v) vectors[l] = v + l * n * n;
    }
    converged = to_bits(eig_lanes<R>(n, memory).run(to, v ? vectors : nullptr, sweeps));
  }
  for (index_t l = 0; l < count; ++l) {
    if (to[l] && ((converged >> l) & 1) != 0) continue;
    failure.note(first + l, eig<R>({a + l * n * n, n, n, n}, w + l * n, v ? v + l * n * n : nullptr, work, sweeps));
  }
}

template <class T>
kernels::linalg::batch_status run_eig(const context& ctx, const kernels::linalg::eig_plan& plan, T* a, kernels::linalg::complex_of<T>* w,
                                      kernels::linalg::complex_of<T>* v, std::byte* memory) {
  const index_t n = plan.n;
  first_failure failure;
  if constexpr (!complex_type<T>) {
    if (plan.group > 1) {
      for_each_matrix(ctx, plan.batch, memory, [&](index_t g, const workspace& work) {
        const index_t first = g * plan.group, some = smaller(plan.group, plan.count - first);
        auto* const vectors = plan.vectors ? as_scalars(v) + first * n * n : nullptr;
        eig_group<T>(n, first, some, a + first * n * n, as_scalars(w) + first * n, vectors, failure, work, plan.sweeps);
      });
      return failure.outcome();
    }
  }
  for_each_matrix(ctx, plan.batch, memory, [&](index_t i, workspace work) {
    auto* const vectors = plan.vectors ? as_scalars(v) + i * n * n : nullptr;
    failure.note(i, eig<kernel_t<T>>({as_scalars(a) + i * n * n, n, n, n}, as_scalars(w) + i * n, vectors, work, plan.sweeps));
  });
  return failure.outcome();
}

}  // namespace linalg

template <class T>
constexpr typename kernels::linalg::eig_kernel<T>::function function_of(kernels::linalg::eig_kernel<T>, this_arch) {
  return &linalg::run_eig<T>;
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH
