#pragma once
// QR decompositions by LAPACK's geqrf and orgqr (ungqr). Empty without TENON_WITH_LAPACK.
#if defined(TENON_WITH_LAPACK)
#include <tenon/kernels/cpu/linalg/qr.hpp>
#include <tenon/kernels/lapack/routines.hpp>

namespace tenon::inline v0::kernels::lapack::inline TENON_ARCH {

template <class E>
void run_qr(const context& ctx, const kernels::linalg::qr_plan& p, E* a_data, E* tau_data, E* q_data, E* r_data,
            std::byte* memory) {
  const index_t widest = p.n > p.q_cols ? p.n : p.q_cols, size = block * widest;
  if (p.k == 0 || !fits(p.m, size)) return kernels::cpu::linalg::run_qr<E>(ctx, p, a_data, tau_data, q_data, r_data, memory);
  kernels::cpu::linalg::for_each_qr(
      ctx, p, a_data, tau_data, q_data, r_data, memory,
      [&](auto a, auto* tau, auto w) {
        auto* const work = w.template take<kernels::cpu::linalg::kernel_t<E>>(size);
        integer info = 0;
        kernels::cpu::linalg::factor_safely(a, [&] {
          geqrf(as_integer(a.rows), as_integer(a.cols), a.data, leading(a.ld), tau, work, leading(size), info);
        });
      },
      [&](auto q, auto* tau, auto w) {
        auto* const work = w.template take<kernels::cpu::linalg::kernel_t<E>>(size);
        integer info = 0;
        orgqr(as_integer(q.rows), as_integer(q.cols), as_integer(p.k), q.data, leading(q.ld), tau, work, leading(size),
              info);
      });
}

template <class E>
void run_householder_product(const context& ctx, const kernels::linalg::qr_plan& p, E* data, const E* tau,
                             std::byte* memory) {
  using T = kernels::cpu::linalg::kernel_t<E>;
  using kernels::cpu::linalg::as_scalars;
  const index_t size = block * p.n;
  if (p.k == 0 || !fits(p.m, size)) return kernels::cpu::linalg::run_householder_product<E>(ctx, p, data, tau, memory);
  kernels::cpu::linalg::for_each_matrix(ctx, p.batch, memory, [&](index_t i, kernels::cpu::linalg::workspace w) {
    T* const work = w.template take<T>(size);
    integer info = 0;
    orgqr(as_integer(p.m), as_integer(p.n), as_integer(p.k), as_scalars(data) + i * p.m * p.n, leading(p.m),
          as_scalars(tau) + i * p.k, work, leading(size), info);
  });
}

template <class E>
constexpr typename kernels::linalg::qr_kernel<E>::function function_of(kernels::linalg::qr_kernel<E>, here) {
  return &run_qr<E>;
}
template <class E>
constexpr index_t bytes_of(kernels::linalg::qr_kernel<E>, const kernels::linalg::qr_plan& p, here) {
  const index_t widest = p.n > p.q_cols ? p.n : p.q_cols, item = sizeof(E);
  return kernels::linalg::lines(item * p.k) + kernels::linalg::lines(item * block * widest);
}
template <class E>
constexpr typename kernels::linalg::householder_product_kernel<E>::function function_of(
    kernels::linalg::householder_product_kernel<E>, here) {
  return &run_householder_product<E>;
}
template <class E>
constexpr index_t bytes_of(kernels::linalg::householder_product_kernel<E>, const kernels::linalg::qr_plan& p, here) {
  return kernels::linalg::lines(static_cast<index_t>(sizeof(E)) * block * p.n);
}

}  // namespace tenon::inline v0::kernels::lapack::inline TENON_ARCH
#endif
