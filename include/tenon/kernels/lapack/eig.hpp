#pragma once
// Eigenvalues and eigenvectors of general matrices by LAPACK's geev. Empty without TENON_WITH_LAPACK.
#if defined(TENON_WITH_LAPACK)
#include <tenon/kernels/cpu/linalg/eig.hpp>
#include <tenon/kernels/lapack/routines.hpp>

namespace tenon::inline v0::kernels::lapack::inline TENON_ARCH {

using kernels::cpu::linalg::matrix;
using kernels::cpu::linalg::workspace;

constexpr index_t eig_work(index_t n) { return (block + 4) * n; }

// How many eigenvalues are missing.
template <class R>
index_t eig_by_driver(matrix<R> a, cplx<R>* w, cplx<R>* v, workspace memory) {
  const index_t n = a.rows;
  R *const re = memory.template take<R>(n), *const im = memory.template take<R>(n),
           *const work = memory.template take<R>(eig_work(n));
  const matrix<R> vectors = {v ? memory.template take<R>(n * n) : nullptr, n, n, n};
  const matrix<R> x = at_line(a, memory);
  if (x.data != a.data) kernels::cpu::linalg::copy<R>(a, x);
  integer info = 0;
  R none[1];
  geev('N', v ? 'V' : 'N', as_integer(n), x.data, leading(n), re, im, none, 1, v ? vectors.data : none, leading(n),
       work, as_integer(eig_work(n)), info, 1, 1);
  if (info > 0) return info;
  for (index_t i = 0; i < n; ++i) w[i] = {re[i], im[i]};
  if (v) kernels::cpu::linalg::write_vectors(vectors, w, matrix<cplx<R>>{v, n, n, n});
  return 0;
}
template <class R>
index_t eig_by_driver(matrix<cplx<R>> a, cplx<R>* w, cplx<R>* v, workspace memory) {
  const index_t n = a.rows;
  cplx<R>* const work = memory.template take<cplx<R>>(eig_work(n));
  R* const rwork = memory.template take<R>(2 * n);
  const matrix<cplx<R>> all = {v, n, n, n}, x = at_line(a, memory), vectors = at_line(all, memory);
  if (x.data != a.data) kernels::cpu::linalg::copy<cplx<R>>(a, x);
  integer info = 0;
  cplx<R> none[1];
  geev('N', v ? 'V' : 'N', as_integer(n), x.data, leading(n), w, none, 1, v ? vectors.data : none, leading(n), work,
       as_integer(eig_work(n)), rwork, info, 1, 1);
  if (vectors.data != v) kernels::cpu::linalg::copy<cplx<R>>(vectors, all);
  return info > 0 ? info : 0;
}

template <class E>
kernels::linalg::batch_status run_eig(const context& ctx, const kernels::linalg::eig_plan& p, E* a,
                                      kernels::linalg::complex_of<E>* w, kernels::linalg::complex_of<E>* v,
                                      std::byte* memory) {
  using kernels::cpu::linalg::as_scalars;
  using T = kernels::cpu::linalg::kernel_t<E>;
  const index_t n = p.n;
  // A cap that LAPACK cannot be told of is the CPU's own with LAPACK as well.
  if (p.sweeps != kernels::linalg::usual_sweeps || !fits(n, eig_work(n)))
    return kernels::cpu::linalg::run_eig<E>(ctx, p, a, w, v, memory);
  kernels::cpu::linalg::first_failure failure;
  kernels::cpu::linalg::for_each_matrix(ctx, p.batch, memory, [&](index_t i, const workspace& work) {
    auto* const vectors = p.vectors ? as_scalars(v) + i * n * n : nullptr;
    failure.note(i, eig_by_driver(matrix<T>{as_scalars(a) + i * n * n, n, n, n}, as_scalars(w) + i * n, vectors, work));
  });
  return failure.outcome();
}

template <class E>
constexpr typename kernels::linalg::eig_kernel<E>::function function_of(kernels::linalg::eig_kernel<E>, here) {
  return &run_eig<E>;
}
template <class E>
constexpr index_t bytes_of(kernels::linalg::eig_kernel<E>, const kernels::linalg::eig_plan& p, here) {
  using kernels::linalg::lines;
  const index_t item = sizeof(E);
  return lines(item * eig_work(p.n)) + (p.vectors ? 2 : 1) * lines(item * p.n * p.n) + 2 * lines(item * p.n);
}

}  // namespace tenon::inline v0::kernels::lapack::inline TENON_ARCH
#endif
