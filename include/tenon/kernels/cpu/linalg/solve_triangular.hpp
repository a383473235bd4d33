#pragma once
// Triangular systems in batches: the loop around linalg/triangular.hpp.
#include <tenon/kernels/cpu/arch.hpp>
#include <tenon/kernels/cpu/linalg/batch.hpp>
#include <tenon/kernels/cpu/linalg/triangular.hpp>
#include <tenon/kernels/linalg/triangular.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH {

namespace linalg {

// The first exact zero on the diagonal (from 1), or 0.
template <class T>
index_t zero_pivot(matrix<const T> a) {
  for (index_t i = 0; i < smaller(a.rows, a.cols); ++i)
    if (is_zero(a(i, i))) return i + 1;
  return 0;
}

template <class E>
void run_solve_triangular(const context& ctx, const kernels::linalg::triangular_plan& p, const E* data, E* right, std::int32_t* info,
                          std::byte* memory) {
  using T = kernel_t<E>;
  for_each_matrix(ctx, p.batch, memory, [&](index_t i, const workspace& w) {
    const matrix<const T> a = {as_scalars(data) + i * p.n * p.n, p.n, p.n, p.n};
    info[i] = p.unit ? 0 : static_cast<std::int32_t>(zero_pivot(a));
    if (info[i] != 0) return;
    const index_t rows = p.on_left ? p.n : p.right, cols = p.on_left ? p.right : p.n;
    const matrix<T> b = {as_scalars(right) + i * rows * cols, rows, cols, rows};
    const triangular<T> t = {a, p.upper ? triangle::upper : triangle::lower, transposition::none, p.unit};
    if (p.on_left) solve_left(t, b, w);
    else solve_right(b, t, w);
  });
}

}  // namespace linalg

template <class T>
constexpr typename kernels::linalg::solve_triangular_kernel<T>::function function_of(kernels::linalg::solve_triangular_kernel<T>, this_arch) {
  return &linalg::run_solve_triangular<T>;
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH
