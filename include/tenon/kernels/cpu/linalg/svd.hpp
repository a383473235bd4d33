#pragma once
// Singular value decomposition.
//
//   A = Q R                 where A is tall (plan.qr_first)                  qr.hpp
//   R or A = Qb B Pb^H      bidiagonalize.hpp                                8/3 n^3 operations for n x n
//   B = X diag(s) Y^T       values: bidiagonal_values.hpp, O(n^2), each with full relative accuracy as singular values of B
//                           vectors: bidiagonal_divide.hpp
//   U = Q Qb X, V = Pb Y    blocks of reflectors
//
// Scaling    By powers of two, exact: A where its largest entry is so large or small that products could overflow or lose
//            digits; B always, to a largest entry in [1, 2).
// Precision  Backward stable: the values move by no more than c n u ||A||; U and V are orthogonal to c n u, for any rank. A diagonal
//            matrix is only sorted, and its singular values are exact.
#include <tenon/kernels/cpu/arch.hpp>
#include <tenon/kernels/cpu/linalg/batch.hpp>
#include <tenon/kernels/cpu/linalg/bidiagonal_divide.hpp>
#include <tenon/kernels/cpu/linalg/bidiagonal_values.hpp>
#include <tenon/kernels/cpu/linalg/bidiagonalize.hpp>
#include <tenon/kernels/cpu/linalg/jacobi.hpp>
#include <tenon/kernels/cpu/linalg/jacobi_lanes.hpp>
#include <tenon/kernels/cpu/linalg/qr.hpp>
#include <tenon/kernels/cpu/linalg/scaling.hpp>
#include <tenon/kernels/cpu/linalg/svd_lanes.hpp>
#include <tenon/kernels/linalg/svd.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH {

namespace linalg {

// Whether all entries are on the diagonal, or on it and `above` diagonals above it.
template <class T>
bool is_diagonal(matrix<const T> a, index_t above = 0) {
  for (index_t j = 0; j < a.cols; ++j) {
    const T* const column = a.col(j);
    if (largest_part(larger(j - above, 0), column) != 0 || largest_part(a.rows - j - 1, column + j + 1) != 0) return false;
  }
  return true;
}

// A is diagonal: its entries' magnitudes, sorted; U holds their phases.
template <class T>
void svd_of_diagonal(matrix<T> a, real_of<T>* s, matrix<T> u, matrix<T> v) {
  if (u.data) {
    set_identity(u);
    set_identity(v);
  }
  for (index_t i = 0; i < a.cols; ++i) {
    s[i] = magnitude(a(i, i));
    if (u.data && s[i] != 0) u(i, i) = a(i, i) / s[i];
  }
  if (u.data) sort_descending(a.cols, s, u, v);
  else sort_descending<real_of<T>, T>(a.cols, s, {}, {});
}

// u and v may have null data; v gets V. Workspace: svd_bytes.
template <class T>
status svd(const kernels::linalg::svd_plan& p, matrix<T> a, real_of<T>* s, matrix<T> u, matrix<T> v, workspace w) {
  using R = real_of<T>;
  const index_t n = a.cols;
  if (!all_finite<T>(a)) return {status_code::non_finite, 0};
  if (is_diagonal<T>(a)) {
    svd_of_diagonal(a, s, u, v);
    return {};
  }
  if (p.jacobi) return jacobi<T>(a, s, u, v, w, p.sweeps).run();
  const R lift = safe_factor(largest_part<T>(a));
  if (lift != 1)
    for (index_t j = 0; j < n; ++j) scale(a.rows, lift, a.col(j));

  R* const e = w.template take<R>(n);
  T* const tau = w.template take<T>(n);
  T* const tauq = w.template take<T>(n);
  T* const taup = w.template take<T>(n);
  const matrix<T> right = {w.template take<T>(n * n), n, n, n};
  matrix<T> square = a;
  if (p.qr_first) {
    factor_qr(a, tau, w);
    square = {w.template take<T>(n * n), n, n, n};
    copy<T>(a.top(n), square);
    clear_lower(square);
  }
  bidiagonalize(square, s, e, tauq, taup, right, w);

  const R size = larger_of(largest_part(n, s), largest_part(n - 1, e));
  const R unit = size == 0 ? R(1) : power_of_two_below(size);
  scale(n, 1 / unit, s);
  scale(n - 1, 1 / unit, e);
  status outcome;
  if (!u.data) {
    outcome = bidiagonal_values<R>(n, s, e, w.template take<R>(5 * n), p.sweeps).run();
    sort_descending<R, R>(n, s, {}, {});
  } else {
    const matrix<T> top = u.block(0, 0, n, n);
    if constexpr (is_cplx<T>) {
      const matrix<R> x = {w.template take<R>(n * n), n, n, n}, y = {w.template take<R>(n * n), n, n, n};
      outcome = bidiagonal_divide<R>(n, s, e, x, y, w, p.sweeps).run();
      for (index_t j = 0; j < n; ++j)
        for (index_t i = 0; i < n; ++i) {
          top(i, j) = T(x(i, j));
          v(i, j) = T(y(i, j));
        }
    } else {
      outcome = bidiagonal_divide<R>(n, s, e, top, v, w, p.sweeps).run();
    }
    // The rest of U starts as that of the identity.
    fill(u.block(n, 0, u.rows - n, n), T(0));
    if (u.cols > n) {
      fill(u.block(0, n, n, u.cols - n), T(0));
      set_identity(u.from(n, n));
    }
    if (p.qr_first) {
      apply_q_left<T>(square, tauq, false, top, w);
      apply_q_left<T>(a, tau, false, u, w);
    } else {
      apply_q_left<T>(a, tauq, false, u, w);
    }
    apply_q_left<T>(right.block(1, 0, n - 1, n - 1), taup, false, v.from(1, 0), w);
  }
  for (index_t i = 0; i < n; ++i) s[i] = s[i] * unit / lift;     // in two steps: unit / lift may overflow where s does not
  return outcome;
}

// Up to a vector's lanes of matrices at once, by svd_lanes or jacobi_lanes. What the lanes are not made for (not finite; of extreme size, by QR;
// bidiagonal, whose values deserve better, unless Jacobi was asked for), and what does not converge there, is computed alone.
template <class Lanes, class R>
void svd_group(const kernels::linalg::svd_plan& p, index_t count, R* a_data, R* s_data, R* u_data, R* v_data, status* outcomes, const workspace& w) {
  constexpr index_t N = lanes<R>;
  const index_t m = p.m, n = p.n;
  const R* from[N];
  R *to_u[N] = {}, *to_v[N] = {};
  bool together[N] = {};
  const auto matrix_of = [&](index_t l) { return matrix<R>{a_data + l * m * n, m, n, m}; };
  const auto alone = [&](index_t l) {
    matrix<R> u, v;
    if (u_data) {
      u = {u_data + l * m * p.u_cols, m, p.u_cols, m};
      v = {v_data + l * n * n, n, n, n};
    }
    outcomes[l] = svd(p, matrix_of(l), s_data + l * n, u, v, w);
  };
  index_t joined = 0;
  for (index_t l = 0; l < N; ++l) {
    from[l] = a_data + (l < count ? l : 0) * m * n;
    if (l >= count) continue;
    const matrix<R> a = matrix_of(l);
    together[l] = all_finite<R>(a) && !is_diagonal<R>(a, p.jacobi ? 0 : 1) && (p.jacobi_in_lanes || safe_factor(largest_part<R>(a)) == 1);
    if (together[l]) {
      ++joined;
      continue;
    }
    alone(l);
    fill(a, R(0));
  }
  if (joined == 0) return;
  Lanes group(m, n, p.u_cols, reinterpret_cast<vec<R>*>(w.data));
  pack_lanes(from, m * n, group.a);
  const auto converged = group.run(u_data != nullptr, p.sweeps);
  unsigned char place[N][lane_order];
  for (index_t l = 0; l < count; ++l) {
    if (!together[l] || !converged[static_cast<int>(l)]) continue;
    R value[lane_order];
    for (index_t i = 0; i < n; ++i) value[i] = group.value(i)[static_cast<int>(l)];
    rank_keys(value, n, place[l], [](R x, R y) { return x > y; });
    for (index_t i = 0; i < n; ++i) s_data[l * n + place[l][i]] = value[i];
    for (index_t i = n; i < p.u_cols; ++i) place[l][i] = static_cast<unsigned char>(i);
    outcomes[l] = {};
    if (u_data) {
      to_u[l] = u_data + l * m * p.u_cols;
      to_v[l] = v_data + l * n * n;
    }
  }
  if (u_data) {
    unpack_columns(group.u, group.u_ld, m, p.u_cols, to_u, count, place);
    unpack_columns(group.v, group.v_ld, n, n, to_v, count, place);
  }
  for (index_t l = 0; l < count; ++l)
    if (together[l] && !converged[static_cast<int>(l)]) alone(l);
}

template <class E>
void run_svd(const context& ctx, const kernels::linalg::svd_plan& p, E* a_data, real_t<E>* s_data, E* u_data, E* v_data, status* outcomes,
             std::byte* memory) {
  using T = kernel_t<E>;
  const index_t m = p.m, n = p.n;
  if constexpr (!is_cplx<T>) {
    if (p.group > 1) {
      for_each_matrix(ctx, p.batch, memory, [&](index_t g, const workspace& w) {
        const index_t i = g * p.group;
        const auto compute = p.jacobi_in_lanes ? &svd_group<jacobi_lanes<T>, T> : &svd_group<svd_lanes<T>, T>;
        compute(p, smaller(p.group, p.count - i), a_data + i * m * n, s_data + i * n, p.vectors ? u_data + i * m * p.u_cols : nullptr,
                p.vectors ? v_data + i * n * n : nullptr, outcomes + i, w);
      });
      return;
    }
  }
  for_each_matrix(ctx, p.batch, memory, [&](index_t i, const workspace& w) {
    matrix<T> u, v;
    if (p.vectors) {
      u = {as_scalars(u_data) + i * m * p.u_cols, m, p.u_cols, m};
      v = {as_scalars(v_data) + i * n * n, n, n, n};
    }
    outcomes[i] = svd(p, matrix<T>{as_scalars(a_data) + i * m * n, m, n, m}, s_data + i * n, u, v, w);
    if constexpr (is_cplx<T>) {
      if (p.vectors)
        for (index_t k = 0; k < n * n; ++k) v.data[k] = conj(v.data[k]);
    }
  });
}

}  // namespace linalg

template <class T>
constexpr typename kernels::linalg::svd_kernel<T>::function function_of(kernels::linalg::svd_kernel<T>, this_arch) {
  return &linalg::run_svd<T>;
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH
