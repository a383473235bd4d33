#pragma once
// The loop over a batch of matrices, and the search for numbers that are none.
#include <tenon/kernels/cpu/arch.hpp>
#include <tenon/kernels/cpu/linalg/norm.hpp>
#include <tenon/kernels/cpu/linalg/workspace.hpp>
#include <tenon/kernels/linalg/batch.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH {

namespace linalg {

using kernels::linalg::batch_plan;

// f(i, workspace) for each matrix i of the batch.
template <class F>
void for_each_matrix(const context& ctx, const batch_plan& p, std::byte* memory, F f) {
  if (p.slots == 1) {
    context inner = ctx;
    inner.threads = p.threads;
    for (index_t i = 0; i < p.count; ++i) f(i, workspace{inner, memory, p.slot_bytes});
    return;
  }
  index_t next = 0;
  ctx.parallel(p.slots, [&](index_t slot) {
    const workspace w{{}, memory + slot * p.slot_bytes, p.slot_bytes};
    for (;;) {
      const index_t first = __atomic_fetch_add(&next, p.at_once, __ATOMIC_RELAXED);
      if (first >= p.count) break;
      for (index_t i = first; i < smaller(first + p.at_once, p.count); ++i) f(i, w);
    }
  });
}

template <class T>
index_t run_finite(const context& ctx, const T* data, index_t count, index_t n, index_t step) {
  const kernel_t<T>* const x = as_scalars(data);
  if (n == 0) return -1;
  const index_t length = step == n ? count * n : n, rows = step == n ? 1 : count;      // without gaps it is one long row
  constexpr index_t piece = 16384;                           // elements that a thread looks at in a turn
  const index_t pieces = (length + piece - 1) / piece;
  bool good = true;
  ctx.parallel(pieces * rows, [&](index_t i) {
    const index_t begin = i % pieces * piece;
    if (!all_finite(smaller(piece, length - begin), x + i / pieces * step + begin)) __atomic_store_n(&good, false, __ATOMIC_RELAXED);
  });
  for (index_t i = 0; !good && i < count; ++i)
    if (!all_finite(n, x + i * step)) return i;
  return -1;
}

}  // namespace linalg

template <class T>
constexpr typename kernels::linalg::finite_kernel<T>::function function_of(kernels::linalg::finite_kernel<T>, this_arch) {
  return &linalg::run_finite<T>;
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH
