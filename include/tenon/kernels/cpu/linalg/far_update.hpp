#pragma once
// What a transformation of a diagonal block, D <- U^H D U, does to the rest of the matrix and to the basis:
//
//       ( . C . )       C: columns above the block   C <- C U         Z <- Z U, the block's columns
//       (   D R )       R: rows right of it          R <- U^H R
//
// by strips, each the work of one thread. A strip's product is the same whoever computes it.
#include <tenon/kernels/cpu/linalg/product.hpp>
#include <tenon/kernels/linalg/schur.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg {

template <class T>
struct far_update {
  static constexpr index_t strip = kernels::linalg::schur_strip;

  matrix<T> h, z, u;
  index_t begin;                             // D's first row and column
  index_t first_row;                         // C is rows [first_row, begin_above)
  index_t begin_above;
  index_t first_column, end_column;          // R is these columns

  void run(workspace w) const {
    const index_t rights = strips(end_column - first_column), aboves = strips(begin_above - first_row), bases = strips(z.rows);
    const index_t tasks = rights + aboves + bases, length = (end_column - first_column) + (begin_above - first_row) + z.rows;
    const index_t worth = u.rows * u.rows * length / 500000;           // 30 us for each thread, about
    const index_t slots = larger(1, smaller(smaller(w.ctx.threads, tasks), worth));
    const index_t each = kernels::linalg::far_slot_bytes<element_t<T>>(u.rows);
    index_t next = 0;
    w.ctx.parallel(slots, [&](index_t slot) {
      workspace mine{{}, w.data + slot * each, each};
      T* const buffer = mine.template take<T>(u.rows * strip);
      for (;;) {
        const index_t i = __atomic_fetch_add(&next, 1, __ATOMIC_RELAXED);
        if (i >= tasks) break;
        if (i < rights) from_left(first_column + i * strip, buffer, mine);
        else if (i < rights + aboves) from_right(h.block(first_row, begin, begin_above - first_row, u.rows), i - rights, buffer, mine);
        else from_right(z.block(0, begin, z.rows, u.rows), i - rights - aboves, buffer, mine);
      }
    });
  }

 private:
  static index_t strips(index_t n) { return n > 0 ? (n + strip - 1) / strip : 0; }
  void from_left(index_t column, T* buffer, const workspace& w) const {
    const index_t n = smaller(strip, end_column - column);
    const matrix<T> out{buffer, u.rows, n, u.rows}, block = h.block(begin, column, u.rows, n);
    product_into(out, adjoint(u), plain(block), w);
    copy<T>(out, block);
  }
  void from_right(matrix<T> a, index_t number, T* buffer, const workspace& w) const {
    const index_t m = smaller(strip, a.rows - number * strip);
    const matrix<T> out{buffer, m, a.cols, m}, block = a.block(number * strip, 0, m, a.cols);
    product_into(out, plain(block), plain(u), w);
    copy<T>(out, block);
  }
};

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg
