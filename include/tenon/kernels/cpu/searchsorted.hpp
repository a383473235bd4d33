#pragma once
// Binary search on the CPU.             sequence (rows, n) or (n), ascending; values and out (rows, m); all dense
//
// A search halves its range without a branch that depends on data. The order is that of sorting: NaN is the greatest.
// Whatever the sequence holds, sorted or not, the answer is between 0 and n.
#include <tenon/core/dtype.hpp>
#include <tenon/kernels/context.hpp>
#include <tenon/kernels/cpu/arch.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH {

namespace detail {

template <class T>
TENON_INLINE bool sorts_before(T a, T b) {
  if constexpr (floating<T>) {
    const auto x = static_cast<compute_t<T>>(a), y = static_cast<compute_t<T>>(b);
    return x < y || (y != y && x == x);
  } else {
    return a < b;
  }
}

// How many elements of the sequence come before v, or (right) do not come after it.
template <bool Right, class T>
TENON_INLINE index_t search(const T* sequence, index_t n, T v) {
  const T* base = sequence;
  const auto passed = [v](T e) TENON_INLINE_LAMBDA { return Right ? !sorts_before(v, e) : sorts_before(e, v); };
  for (; n > 1; n -= n / 2) base += passed(base[n / 2 - 1]) ? n / 2 : 0;
  return base - sequence + (n == 1 && passed(*base) ? 1 : 0);
}

}  // namespace detail

// row_stride: n, or 0 where all rows share one sequence.
template <class T>
void searchsorted(const context& ctx, bool right, const T* sequence, index_t n, index_t row_stride, const T* values, index_t m, index_t total,
                  index_t* out) {
  const index_t piece = 4096;
  ctx.parallel((total + piece - 1) / piece, [&](index_t task) {
    const index_t end = (task + 1) * piece < total ? (task + 1) * piece : total;
    for (index_t i = task * piece; i < end;) {
      const index_t row = i / m, row_end = (row + 1) * m < end ? (row + 1) * m : end;
      const T* s = sequence + row * row_stride;
      if (right)
        for (; i < row_end; ++i) out[i] = detail::search<true>(s, n, values[i]);
      else
        for (; i < row_end; ++i) out[i] = detail::search<false>(s, n, values[i]);
    }
  });
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH
