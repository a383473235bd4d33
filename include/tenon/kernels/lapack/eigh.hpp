#pragma once
// Eigenvalues and eigenvectors of Hermitian matrices by LAPACK's syevd (heevd). Empty without TENON_WITH_LAPACK.
#if defined(TENON_WITH_LAPACK)
#include <tenon/kernels/cpu/linalg/eigh.hpp>
#include <tenon/kernels/lapack/routines.hpp>

namespace tenon::inline v0::kernels::lapack::inline TENON_ARCH {

// Elements of the three workspaces, as the routines' documentation has them.
struct eigh_room {
  index_t work, real_work, integers;
  template <class T>
  static constexpr eigh_room of(index_t n, bool vectors) {
    if constexpr (kernels::cpu::linalg::is_cplx<T>)
      return {vectors ? (block + 2) * n + n * n : (block + 1) * n + 1, vectors ? 1 + 5 * n + 2 * n * n : n + 1,
              vectors ? 3 + 5 * n : 1};
    else
      return {vectors ? 1 + (block + 6) * n + 2 * n * n : (block + 2) * n + 1, 0, vectors ? 3 + 5 * n : 1};
  }
};

// a: lower triangle. z may have null data.
template <class T>
status eigh_by_driver(kernels::cpu::linalg::matrix<T> a, kernels::cpu::linalg::real_of<T>* d,
                      kernels::cpu::linalg::matrix<T> z, kernels::cpu::linalg::workspace w) {
  using R = kernels::cpu::linalg::real_of<T>;
  const index_t n = a.rows;
  const kernels::cpu::linalg::lower_facts<T> facts(a);
  if (!facts.finite || facts.diagonal)  // refused, or sorted
    return kernels::cpu::linalg::eigh(a, d, z, w, kernels::linalg::usual_sweeps);
  const auto room = eigh_room::of<T>(n, z.data != nullptr);
  const kernels::cpu::linalg::matrix<T> x = at_line(a, w);
  if (x.data != a.data) kernels::cpu::linalg::copy<T>(a, x);
  T* const work = w.template take<T>(room.work);
  R* const real_work = w.template take<R>(room.real_work);
  integer* const integers = w.template take<integer>(room.integers);
  const char job = z.data ? 'V' : 'N';
  integer info = 0;
  if constexpr (kernels::cpu::linalg::is_cplx<T>)
    heevd(job, 'L', as_integer(n), x.data, leading(n), d, work, as_integer(room.work), real_work,
          as_integer(room.real_work), integers, as_integer(room.integers), info, 1, 1);
  else
    heevd(job, 'L', as_integer(n), x.data, leading(n), d, work, as_integer(room.work), integers,
          as_integer(room.integers), info, 1, 1);
  if (info != 0) return {status_code::no_convergence, n};  // what info says is of a submatrix
  if (z.data) kernels::cpu::linalg::copy<T>(x, z);
  return {};
}

template <class E>
void run_eigh(const context& ctx, const kernels::linalg::eigh_plan& p, E* a_data, real_t<E>* w_data, E* z_data,
              status* outcomes, std::byte* memory) {
  using T = kernels::cpu::linalg::kernel_t<E>;
  using kernels::cpu::linalg::as_scalars;
  const index_t n = p.n;
  // A cap that LAPACK cannot be told of is the CPU's own with LAPACK as well.
  if (p.sweeps != kernels::linalg::usual_sweeps || !fits(n, eigh_room::of<T>(n, p.vectors).work))
    return kernels::cpu::linalg::run_eigh<E>(ctx, p, a_data, w_data, z_data, outcomes, memory);
  kernels::cpu::linalg::for_each_matrix(ctx, p.batch, memory, [&](index_t i, const kernels::cpu::linalg::workspace& w) {
    const kernels::cpu::linalg::matrix<T> a = {as_scalars(a_data) + i * n * n, n, n, n};
    if (p.upper) kernels::cpu::linalg::mirror_upper(a);
    kernels::cpu::linalg::matrix<T> z;
    if (p.vectors) z = {as_scalars(z_data) + i * n * n, n, n, n};
    outcomes[i] = eigh_by_driver(a, w_data + i * n, z, w);
  });
}

template <class E>
constexpr typename kernels::linalg::eigh_kernel<E>::function function_of(kernels::linalg::eigh_kernel<E>, here) {
  return &run_eigh<E>;
}
template <class E>
constexpr index_t bytes_of(kernels::linalg::eigh_kernel<E>, const kernels::linalg::eigh_plan& p, here) {
  using kernels::linalg::lines;
  const auto room = eigh_room::of<kernels::cpu::linalg::kernel_t<E>>(p.n, p.vectors);
  return lines(static_cast<index_t>(sizeof(E)) * p.n * p.n) + lines(static_cast<index_t>(sizeof(E)) * room.work) +
         lines(static_cast<index_t>(sizeof(real_t<E>)) * room.real_work) + lines(4 * room.integers);
}

}  // namespace tenon::inline v0::kernels::lapack::inline TENON_ARCH
#endif
