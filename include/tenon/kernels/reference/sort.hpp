#pragma once
// Sorting in plain loops: the specification. A sort is told by the order of the indices; the values follow.
#include <tenon/core/build.hpp>

namespace tenon::inline v0::kernels::reference {

// The order of numbers: NaN behind everything, -0 equal to +0.
template <class R>
bool before(R a, R b) {
  return a < b || (b != b && a == a);
}

// order = 0 .. n - 1, so that less(order[i + 1], order[i]) never holds; equals keep their order. Merge sort from the bottom up
// (Knuth, The Art of Computer Programming 3, 5.2.4): runs of 1, 2, 4 ... are merged by twos. scratch: n indices.
template <class Less>
void stable_order(index_t* order, index_t* scratch, index_t n, Less less) {
  for (index_t i = 0; i < n; ++i) order[i] = i;
  for (index_t run = 1; run < n; run *= 2) {
    for (index_t begin = 0; begin < n; begin += 2 * run) {
      const index_t middle = begin + run < n ? begin + run : n, end = middle + run < n ? middle + run : n;
      for (index_t a = begin, b = middle, k = begin; k < end; ++k) {
        const bool left = b == end || (a < middle && !less(order[b], order[a]));
        scratch[k] = left ? order[a++] : order[b++];
      }
    }
    for (index_t k = 0; k < n; ++k) order[k] = scratch[k];
  }
}

// sort and argsort of a line of n numbers, `stride` apart; topk is its first k. Descending is not ascending backwards: equals
// keep their order in both.
template <class R>
void sort(index_t* order, index_t* scratch, const R* x, index_t n, index_t stride, bool descending) {
  stable_order(order, scratch, n, [&](index_t a, index_t b) {
    return descending ? before(x[b * stride], x[a * stride]) : before(x[a * stride], x[b * stride]);
  });
}

// The index of the k-th smallest, k from 1; behind a sort in ascending order.
inline index_t kthvalue(const index_t* order, index_t k) { return order[k - 1]; }

// The index of the median, of an even number the lower one; of a line that holds NaN, the first NaN.
template <class R>
index_t median(const index_t* order, const R* x, index_t n, index_t stride) {
  for (index_t i = 0; i < n; ++i)
    if (x[i * stride] != x[i * stride]) return i;
  return order[(n - 1) / 2];
}

// Where x belongs in a line of n numbers in ascending order: before its equals, or (right) behind them.
template <class R>
index_t searchsorted(const R* sequence, index_t n, R x, bool right) {
  index_t i = 0;
  while (i < n && (right ? !before(x, sequence[i]) : before(sequence[i], x))) ++i;
  return i;
}

}  // namespace tenon::inline v0::kernels::reference
