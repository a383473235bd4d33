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
constexpr typename kernels::linalg::qr_kernel<E>::function function_of(kernels::linalg::qr_kernel<E>, here) {
  return &run_qr<E>;
}
template <class E>
constexpr index_t bytes_of(kernels::linalg::qr_kernel<E>, const kernels::linalg::qr_plan& p, here) {
  const index_t widest = p.n > p.q_cols ? p.n : p.q_cols, item = sizeof(E);
  return kernels::linalg::lines(item * p.k) + kernels::linalg::lines(item * block * widest);
}

}  // namespace tenon::inline v0::kernels::lapack::inline TENON_ARCH
#endif
