#pragma once
// Products of matrices inside a decomposition:
//
//   product_into(c, a, b, w)        C  = op(A) op(B)
//   add_product(c, a, b, w)         C += op(A) op(B)
//   subtract_product(c, a, b, w)    C -= op(A) op(B)                 a, b: plain(A), transposed(A) or adjoint(A)
//
// C overlaps neither factor. The workspace needs product_bytes<T>(m, n, k, threads). The work is shared between the threads
// of w.ctx where that pays.
#include <tenon/kernels/cpu/linalg/matrix.hpp>
#include <tenon/kernels/cpu/linalg/workspace.hpp>
#include <tenon/kernels/cpu/matmul.hpp>
#include <tenon/kernels/linalg/product.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg {

using kernels::linalg::transposition;

// A matrix as it stands in a product.
template <class T>
struct factor {
  matrix<const T> m;
  transposition op;
  index_t rows() const { return op == transposition::none ? m.rows : m.cols; }
  index_t cols() const { return op == transposition::none ? m.cols : m.rows; }
};
template <class T>
factor<std::remove_const_t<T>> plain(matrix<T> a) { return {{a.data, a.rows, a.cols, a.ld}, transposition::none}; }
template <class T>
factor<std::remove_const_t<T>> transposed(matrix<T> a) { return {{a.data, a.rows, a.cols, a.ld}, transposition::transpose}; }
template <class T>
factor<std::remove_const_t<T>> adjoint(matrix<T> a) { return {{a.data, a.rows, a.cols, a.ld}, transposition::adjoint}; }

template <class T>
void product(matmul_update update, matrix<T> c, factor<T> a, factor<T> b, workspace w) {
  using E = element_t<T>;
  const index_t m = c.rows, n = c.cols, k = a.cols();
  if (m == 0 || n == 0 || (k == 0 && update != matmul_update::assign)) return;
  constexpr index_t depth = kernels::detail::matmul::facts_of<E>().depth;
  // Small real products need no plan: nothing would be packed, and there is one tile.
  if constexpr (!is_cplx<T>) {
    if (a.op == transposition::none && k <= depth && m * n * k < 64 * 64 * 64) {
      const gemm::block_strides s = {k, b.op == transposition::none ? b.m.ld : 1, b.op == transposition::none ? 1 : b.m.ld, a.m.ld, c.ld, update};
      return gemm::multiply_by_columns(b.m.data, a.m.data, c.data, n, m, s, false);
    }
  }
  const auto plan = kernels::linalg::plan_product<E>(update, {m, n, k, a.m.ld, b.m.ld, c.ld, a.op, b.op}, w.ctx.threads);
  const gemm::epilogue<E> nothing((matmul_epilogue<E>()));
  const gemm::matrices<E> x = {as_elements(c.data), as_elements(b.m.data), as_elements(a.m.data), nullptr};
  if (plan.slots == 1) return gemm::compute_tiles(plan, nothing, x, 0, plan.tiles, w.data);
  index_t next = 0;                                          // threads take tiles as they get done with others
  w.ctx.parallel(plan.slots, [&](index_t slot) {
    for (;;) {
      const index_t first = __atomic_fetch_add(&next, plan.tiles_at_once, __ATOMIC_RELAXED);
      if (first >= plan.tiles) break;
      gemm::compute_tiles(plan, nothing, x, first, smaller(first + plan.tiles_at_once, plan.tiles), w.data + slot * plan.slot_bytes);
    }
  });
}

template <class T>
void product_into(matrix<T> c, factor<T> a, factor<T> b, const workspace& w) { product(matmul_update::assign, c, a, b, w); }
template <class T>
void add_product(matrix<T> c, factor<T> a, factor<T> b, const workspace& w) { product(matmul_update::add, c, a, b, w); }
template <class T>
void subtract_product(matrix<T> c, factor<T> a, factor<T> b, const workspace& w) { product(matmul_update::subtract, c, a, b, w); }

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg
