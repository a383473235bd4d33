#pragma once
// Singular value decompositions by LAPACK's gesdd. Empty without TENON_WITH_LAPACK.
#if defined(TENON_WITH_LAPACK)
#include <tenon/kernels/cpu/linalg/svd.hpp>
#include <tenon/kernels/lapack/routines.hpp>

#include <utility>

namespace tenon::inline v0::kernels::lapack::inline TENON_ARCH {

// Elements of the workspaces for m >= n, at least what the routines' documentation has.
constexpr index_t svd_work(index_t m, index_t n) { return 4 * n * n + 8 * n + m + block * (m + n) + 8; }
constexpr index_t svd_real_work(index_t m, index_t n) { return 7 * n * n + 7 * n + 2 * m * n; }

// u and v may have null data. v gets conj(V), as kernels/linalg/svd.hpp says.
template <class T>
status svd_by_driver(const kernels::linalg::svd_plan& p, kernels::cpu::linalg::matrix<T> a,
                     kernels::cpu::linalg::real_of<T>* s, kernels::cpu::linalg::matrix<T> u,
                     kernels::cpu::linalg::matrix<T> v, kernels::cpu::linalg::workspace w) {
  using R = kernels::cpu::linalg::real_of<T>;
  const index_t m = a.rows, n = a.cols;
  if (!kernels::cpu::linalg::all_finite<T>(a)) return {status_code::non_finite, 0};
  if (kernels::cpu::linalg::is_diagonal<T>(a)) {
    kernels::cpu::linalg::svd_of_diagonal(a, s, u, v);  // V is real
    return {};
  }
  const char job = !u.data ? 'N' : p.u_cols == n ? 'S' : 'A';
  const integer size = as_integer(svd_work(m, n));
  T* const work = w.template take<T>(size);
  integer* const integers = w.template take<integer>(8 * n);
  const kernels::cpu::linalg::matrix<T> x = at_line(a, w), l = at_line(u, w), r = at_line(v, w);
  if (x.data != a.data) kernels::cpu::linalg::copy<T>(a, x);
  T* const left = u.data ? l.data : work;
  T* const right = v.data ? r.data : work;
  integer info = 0;
  if constexpr (kernels::cpu::linalg::is_cplx<T>) {
    R* const real_work = w.template take<R>(svd_real_work(m, n));
    gesdd(job, as_integer(m), as_integer(n), x.data, leading(m), s, left, leading(m), right, leading(n), work, size,
          real_work, integers, info, 1);
  } else {
    gesdd(job, as_integer(m), as_integer(n), x.data, leading(m), s, left, leading(m), right, leading(n), work, size,
          integers, info, 1);
  }
  if (info != 0) return {status_code::no_convergence, n};    // gesdd leaves none
  if (l.data != u.data) kernels::cpu::linalg::copy<T>(l, u);
  if (r.data != v.data) kernels::cpu::linalg::copy<T>(r, v);
  for (index_t j = 0; v.data && j < n; ++j)  // V^H by columns is conj(V) by rows
    for (index_t i = 0; i < j; ++i) std::swap(v(i, j), v(j, i));
  return {};
}

template <class E>
void run_svd(const context& ctx, const kernels::linalg::svd_plan& p, E* a_data, real_t<E>* s_data, E* u_data, E* v_data,
             status* outcomes, std::byte* memory) {
  using T = kernels::cpu::linalg::kernel_t<E>;
  using kernels::cpu::linalg::as_scalars;
  const index_t m = p.m, n = p.n;
  // Jacobi, and a cap that LAPACK cannot be told of, are the CPU's own with LAPACK as well.
  if (p.jacobi || p.sweeps != kernels::linalg::usual_sweeps || !fits(m, svd_work(m, n)))
    return kernels::cpu::linalg::run_svd<E>(ctx, p, a_data, s_data, u_data, v_data, outcomes, memory);
  kernels::cpu::linalg::for_each_matrix(ctx, p.batch, memory, [&](index_t i, const kernels::cpu::linalg::workspace& w) {
    kernels::cpu::linalg::matrix<T> u, v;
    if (p.vectors) {
      u = {as_scalars(u_data) + i * m * p.u_cols, m, p.u_cols, m};
      v = {as_scalars(v_data) + i * n * n, n, n, n};
    }
    outcomes[i] = svd_by_driver(p, kernels::cpu::linalg::matrix<T>{as_scalars(a_data) + i * m * n, m, n, m},
                                s_data + i * n, u, v, w);
  });
}

template <class E>
constexpr typename kernels::linalg::svd_kernel<E>::function function_of(kernels::linalg::svd_kernel<E>, here) {
  return &run_svd<E>;
}
template <class E>
constexpr index_t bytes_of(kernels::linalg::svd_kernel<E>, const kernels::linalg::svd_plan& p, here) {
  using kernels::linalg::lines;
  const index_t item = sizeof(E);
  const index_t vectors = p.vectors ? lines(item * p.m * p.u_cols) + lines(item * p.n * p.n) : 0;
  return lines(item * p.m * p.n) + vectors + lines(item * svd_work(p.m, p.n)) + lines(32 * p.n) +
         (complex_type<E> ? lines(static_cast<index_t>(sizeof(real_t<E>)) * svd_real_work(p.m, p.n)) : 0);
}

}  // namespace tenon::inline v0::kernels::lapack::inline TENON_ARCH
#endif
