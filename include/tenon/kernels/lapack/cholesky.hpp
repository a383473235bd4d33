#pragma once
// Cholesky decompositions by LAPACK's potrf. Empty without TENON_WITH_LAPACK.
#if defined(TENON_WITH_LAPACK)
#include <tenon/kernels/cpu/linalg/cholesky.hpp>
#include <tenon/kernels/lapack/routines.hpp>

namespace tenon::inline v0::kernels::lapack::inline TENON_ARCH {

template <class E>
void run_cholesky(const context& ctx, const kernels::linalg::cholesky_plan& p, E* data, std::int32_t* info,
                  std::byte* memory) {
  using T = kernels::cpu::linalg::kernel_t<E>;
  if (!fits(p.n, p.n)) return kernels::cpu::linalg::run_cholesky<E>(ctx, p, data, info, memory);
  kernels::cpu::linalg::for_each_matrix(ctx, p.batch, memory, [&](index_t i, const kernels::cpu::linalg::workspace&) {
    const kernels::cpu::linalg::matrix<T> a = {kernels::cpu::linalg::as_scalars(data) + i * p.n * p.n, p.n, p.n, p.n};
    if (kernels::cpu::linalg::lower_is_finite<T>(a)) potrf('L', as_integer(p.n), a.data, leading(p.n), info[i], 1);
    else info[i] = -1;
    kernels::cpu::linalg::clear_upper(a);
  });
}

template <class E>
constexpr typename kernels::linalg::cholesky_kernel<E>::function function_of(kernels::linalg::cholesky_kernel<E>,
                                                                             here) {
  return &run_cholesky<E>;
}
template <class E>
constexpr index_t bytes_of(kernels::linalg::cholesky_kernel<E>, const kernels::linalg::cholesky_plan&, here) {
  return 0;
}

}  // namespace tenon::inline v0::kernels::lapack::inline TENON_ARCH
#endif
