#pragma once
// Eigenvalues and eigenvectors of a Hermitian matrix.
//
//   A = Q T Q^H      tridiagonalize.hpp                           4/3 n^3 operations
//   T = S diag(w) S^T                                             values: tridiagonal_values.hpp,  O(n^2)
//                                                                 vectors: tridiagonal_divide.hpp,  4/3 n^3 to 8/3 n^3 at most
//   Z = Q S          blocks of reflectors                         2 n^3
//
// Scaling    By powers of two, exact: A where its largest entry is so large or small that products could overflow or lose
//            digits, T always, to a largest entry in [1, 2).
// Precision  Backward stable: w and Z are those of A + E with ||E|| <= c n u ||A||; Z is orthogonal to c n u. A diagonal matrix is
//            only sorted, and its eigenvalues are exact.
#include <tenon/kernels/cpu/arch.hpp>
#include <tenon/kernels/cpu/linalg/batch.hpp>
#include <tenon/kernels/cpu/linalg/eigh_lanes.hpp>
#include <tenon/kernels/cpu/linalg/qr.hpp>
#include <tenon/kernels/cpu/linalg/scaling.hpp>
#include <tenon/kernels/cpu/linalg/tridiagonal_divide.hpp>
#include <tenon/kernels/cpu/linalg/tridiagonal_values.hpp>
#include <tenon/kernels/cpu/linalg/tridiagonalize.hpp>
#include <tenon/kernels/linalg/eigh.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH {

namespace linalg {

// What a look at the lower triangle tells. The imaginary parts of the diagonal are not read.
template <class T>
struct lower_facts {
  real_of<T> largest = 0;              // of the entries' parts
  bool finite = true, diagonal = false;

  explicit lower_facts(matrix<const T> a) {
    real_of<T> beside = 0;
    for (index_t j = 0; j < a.cols; ++j) {
      const real_of<T> x = real_part(a(j, j));
      const index_t below = a.rows - j - 1;
      finite = finite && is_finite(x) && all_finite(below, a.col(j) + j + 1);
      largest = larger_of(largest, absolute(x));
      beside = larger_of(beside, largest_part(below, a.col(j) + j + 1));
    }
    diagonal = beside == 0;
    largest = larger_of(largest, beside);
  }
};

// a: lower triangle. z may have null data. Workspace: eigh_bytes.
template <class T>
status eigh(matrix<T> a, real_of<T>* d, matrix<T> z, workspace w, index_t sweeps) {
  using R = real_of<T>;
  const index_t n = a.rows;
  if (n == 0) return {};
  const lower_facts<T> facts(a);
  if (!facts.finite) return {status_code::non_finite, 0};
  if (facts.diagonal) {
    for (index_t i = 0; i < n; ++i) d[i] = real_part(a(i, i));
    if (!z.data) {
      sort_values(n, d);
    } else {
      set_identity(z);
      sort_ascending(n, d, z);
    }
    return {};
  }
  const R lift = safe_factor(facts.largest);
  if (lift != 1)
    for (index_t j = 0; j < n; ++j) scale(n - j, lift, a.col(j) + j);
  R* const e = w.template take<R>(n);
  T* const tau = w.template take<T>(n);
  tridiagonalize(a, d, e, tau, w);

  const R size = larger_of(largest_part(n, d), largest_part(n - 1, e));
  const R unit = size == 0 ? R(1) : power_of_two_below(size);
  scale(n, 1 / unit, d);
  scale(n - 1, 1 / unit, e);
  status outcome;
  if (!z.data) {
    outcome = tridiagonal_values<R>(n, d, e, sweeps).run();
    sort_values(n, d);
  } else {
    matrix<R> s;
    if constexpr (is_cplx<T>) s = {w.template take<R>(n * n), n, n, n};
    else s = z;
    outcome = tridiagonal_divide<R>(n, d, e, s, w, sweeps).run();
    if constexpr (is_cplx<T>) {
      for (index_t j = 0; j < n; ++j)
        for (index_t i = 0; i < n; ++i) z(i, j) = T(s(i, j));
    }
    if (outcome) apply_q_left<T>(a.block(1, 0, n - 1, n - 1), tau, false, z.from(1, 0), w);
  }
  // In two steps: their product may overflow where a value does not.
  for (index_t i = 0; i < n; ++i) d[i] = d[i] * unit / lift;
  return outcome;
}

// Up to a vector's lanes of matrices at once. What the lanes are not made for (diagonal, of extreme size, not finite), and what does not
// converge there, is computed alone.
template <class R>
void eigh_group(index_t n, index_t count, R* a_data, R* w_data, R* z_data, status* outcomes, const workspace& w, index_t sweeps) {
  constexpr index_t N = lanes<R>;
  const index_t size = n * n;
  const R* from[N];
  R* to[N] = {};
  bool together[N] = {};
  const auto alone = [&](index_t l) {
    matrix<R> z;
    if (z_data) z = {z_data + l * size, n, n, n};
    outcomes[l] = eigh(matrix<R>{a_data + l * size, n, n, n}, w_data + l * n, z, w, sweeps);
  };
  index_t joined = 0;
  for (index_t l = 0; l < N; ++l) {
    from[l] = a_data + (l < count ? l : 0) * size;
    if (l >= count) continue;
    const matrix<R> a = {a_data + l * size, n, n, n};
    const lower_facts<R> facts(a);
    together[l] = facts.finite && !facts.diagonal && safe_factor(facts.largest) == 1;
    if (together[l]) {
      ++joined;
      continue;
    }
    alone(l);
    fill(a, R(0));
  }
  if (joined == 0) return;
  eigh_lanes<R> group(n, reinterpret_cast<vec<R>*>(w.data));
  pack_lanes(from, size, group.a);
  const auto converged = group.run(z_data != nullptr, sweeps);
  unsigned char place[N][lane_order];
  for (index_t l = 0; l < count; ++l) {
    if (!together[l]) continue;
    if (!converged[static_cast<int>(l)]) {
      together[l] = false;
      continue;
    }
    R value[lane_order];
    for (index_t i = 0; i < n; ++i) value[i] = (group.d[i] * group.unit)[static_cast<int>(l)];
    rank_keys(value, n, place[l], [](R x, R y) { return x < y; });
    for (index_t i = 0; i < n; ++i) w_data[l * n + place[l][i]] = value[i];
    outcomes[l] = {};
    if (z_data) to[l] = z_data + l * size;
  }
  if (z_data) unpack_columns(group.z, group.ld, n, n, to, count, place);
  for (index_t l = 0; l < count; ++l)
    if (!together[l] && !converged[static_cast<int>(l)]) alone(l);
}

// The lower triangle from the upper one.
template <class T>
void mirror_upper(matrix<T> a) {
  for (index_t c = 0; c < a.cols; ++c)
    for (index_t r = c + 1; r < a.rows; ++r) a(r, c) = conj(a(c, r));
}

template <class E>
void run_eigh(const context& ctx, const kernels::linalg::eigh_plan& p, E* a_data, real_t<E>* w_data, E* z_data, status* outcomes,
              std::byte* memory) {
  using T = kernel_t<E>;
  const index_t n = p.n;
  if constexpr (!is_cplx<T>) {
    if (p.group > 1) {
      for_each_matrix(ctx, p.batch, memory, [&](index_t g, const workspace& w) {
        const index_t first = g * p.group, some = smaller(p.group, p.count - first);
        for (index_t i = first; p.upper && i < first + some; ++i) mirror_upper(matrix<T>{a_data + i * n * n, n, n, n});
        eigh_group(n, some, a_data + first * n * n, w_data + first * n, p.vectors ? z_data + first * n * n : nullptr, outcomes + first, w, p.sweeps);
      });
      return;
    }
  }
  for_each_matrix(ctx, p.batch, memory, [&](index_t i, const workspace& w) {
    const matrix<T> a = {as_scalars(a_data) + i * n * n, n, n, n};
    if (p.upper) mirror_upper(a);
    matrix<T> z;
    if (p.vectors) z = {as_scalars(z_data) + i * n * n, n, n, n};
    outcomes[i] = eigh(a, w_data + i * n, z, w, p.sweeps);
  });
}

}  // namespace linalg

template <class T>
constexpr typename kernels::linalg::eigh_kernel<T>::function function_of(kernels::linalg::eigh_kernel<T>, this_arch) {
  return &linalg::run_eigh<T>;
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH
