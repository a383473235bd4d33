#pragma once
// unique and unique_consecutive in plain loops: the specification. x is n rows of m numbers; of a tensor's elements, m = 1.
#include <tenon/kernels/reference/sort.hpp>

namespace tenon::inline v0::kernels::reference {

// Lexicographic order of rows, by `before`.
template <class R>
bool row_before(const R* a, const R* b, index_t m) {
  for (index_t i = 0; i < m; ++i)
    if (before(a[i], b[i]) || before(b[i], a[i])) return before(a[i], b[i]);
  return false;
}
// By ==: a row with NaN equals no row, not even itself.
template <class R>
bool rows_equal(const R* a, const R* b, index_t m) {
  for (index_t i = 0; i < m; ++i)
    if (!(a[i] == b[i])) return false;
  return true;
}

// Equal rows that follow each other in `order` form a group. For group g: the row that comes first, and how many there are;
// for each row, its group. Answers with the number of groups.
template <class R>
index_t group(index_t* first, index_t* inverse, index_t* counts, const index_t* order, const R* x, index_t n, index_t m) {
  index_t groups = 0;
  for (index_t k = 0; k < n; ++k) {
    if (k == 0 || !rows_equal(x + order[k] * m, x + order[k - 1] * m, m)) {
      first[groups] = order[k];
      counts[groups++] = 0;
    }
    inverse[order[k]] = groups - 1;
    ++counts[groups - 1];
  }
  return groups;
}

// All of these: n indices; order and scratch are left over.
template <class R>
index_t unique(index_t* first, index_t* inverse, index_t* counts, index_t* order, index_t* scratch, const R* x, index_t n, index_t m) {
  stable_order(order, scratch, n, [&](index_t a, index_t b) { return row_before(x + a * m, x + b * m, m); });
  return group(first, inverse, counts, order, x, n, m);
}
template <class R>
index_t unique_consecutive(index_t* first, index_t* inverse, index_t* counts, index_t* order, const R* x, index_t n, index_t m) {
  for (index_t i = 0; i < n; ++i) order[i] = i;
  return group(first, inverse, counts, order, x, n, m);
}

}  // namespace tenon::inline v0::kernels::reference
