#pragma once
// Groups of equal elements, or of equal rows, CPU.
//
// The answer of each function is an order: the positions of the elements, group by group, the first of a group marked by its
// complement (~position < 0). `write_groups` makes the results of it, and knows no type.
//
//   group_sorted        groups in ascending order; positions ascend inside a group
//   group_rows          the same for rows of a matrix, compared element by element: their keys, written with the highest byte
//                       first, compare as rows of bytes do
//   group_consecutive   runs of equal neighbours, in the order of x
// A NaN equals nothing, so that it is a group of its own, as in PyTorch; so is a row that holds one.
#include <tenon/kernels/cpu/sort.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH {

struct grouping {
  const index_t* order = nullptr;
  index_t groups = 0;
};

// `plan` is that of sorting one row of all elements; the order stands in the workspace.
template <class T>
grouping group_sorted(const sort_plan& plan, const T* x, std::byte* workspace) {
  const auto run = [&]<class R>(detail::row_sorter<T, R> sorter) {
    const R* const r = sorter.sorted(x);
    auto* const order = reinterpret_cast<index_t*>(r == sorter.buffer ? sorter.scratch : sorter.buffer);
    grouping g{order, 0};
    for (index_t i = 0; i < plan.n; ++i) {
      const bool first = i == 0 || r[i].key() != r[i - 1].key() || (sort_key<T>::has_nan && r[i].key() == sort_key<T>::nan);
      order[i] = first ? ~r[i].index() : r[i].index();
      g.groups += first;
    }
    return g;
  };
  if constexpr (sizeof(T) <= 4)
    if (!plan.wide) return run(detail::row_sorter<T, narrow_record>(plan, workspace));
  return run(detail::row_sorter<T, wide_record>(plan, workspace));
}

// x (rows, n), rows `row_stride` elements apart; order has room for `rows` positions.
template <class T>
grouping group_consecutive(const T* x, index_t row_stride, index_t rows, index_t n, index_t* order) {
  grouping g{order, 0};
  for (index_t row = 0; row < rows; ++row) {
    bool first = row == 0;
    const T *a = x + row * row_stride, *b = first ? a : a - row_stride;
    for (index_t i = 0; i < n && !first; ++i) first = !(a[i] == b[i]);
    order[row] = first ? ~row : row;
    g.groups += first;
  }
  return g;
}

namespace detail {

struct row_record {
  const std::byte* keys;
  std::size_t bytes;
  friend bool operator<(row_record a, row_record b) { return __builtin_memcmp(a.keys, b.keys, a.bytes) < 0; }
};

template <class W>
TENON_INLINE W highest_byte_first(W x) {
  if constexpr (sizeof(W) == 2) return __builtin_bswap16(x);
  if constexpr (sizeof(W) == 4) return __builtin_bswap32(x);
  if constexpr (sizeof(W) == 8) return __builtin_bswap64(x);
  return x;
}

}  // namespace detail

// Workspace of group_rows.
constexpr index_t group_rows_bytes(index_t rows, index_t n, index_t item) {
  const index_t records = 2 * rows * static_cast<index_t>(sizeof(detail::row_record));
  return records + rows * static_cast<index_t>(sizeof(index_t)) + rows * n * item + rows;
}
// x (rows, n) dense, n > 0.
template <class T>
grouping group_rows(const T* x, index_t rows, index_t n, std::byte* workspace) {
  using key = sort_key<T>;
  using word = typename key::word;
  auto* const records = reinterpret_cast<detail::row_record*>(workspace);
  auto* const order = reinterpret_cast<index_t*>(records + 2 * rows);
  auto* const keys = reinterpret_cast<std::byte*>(order + rows);
  auto* const has_nan = keys + rows * n * static_cast<index_t>(sizeof(T));
  const auto bytes = static_cast<std::size_t>(n) * sizeof(T);
  for (index_t row = 0; row < rows; ++row) {
    std::byte* const to = keys + static_cast<std::size_t>(row) * bytes;
    bool nan = false;
    for (index_t i = 0; i < n; ++i) {
      const word k = key::of(x[row * n + i]), stored = detail::highest_byte_first(k);
      nan = nan || (key::has_nan && k == key::nan);
      __builtin_memcpy(to + static_cast<std::size_t>(i) * sizeof(T), &stored, sizeof(T));
    }
    has_nan[row] = std::byte{nan};
    records[row] = {to, bytes};
  }
  const detail::row_record* const r = detail::merge_sort(records, records + rows, rows);
  grouping g{order, 0};
  for (index_t i = 0; i < rows; ++i) {
    const auto row = static_cast<index_t>(static_cast<std::size_t>(r[i].keys - keys) / bytes);
    const bool first = i == 0 || has_nan[row] != std::byte{0} || __builtin_memcmp(r[i].keys, r[i - 1].keys, bytes) != 0;
    order[i] = first ? ~row : row;
    g.groups += first;
  }
  return g;
}

// first[g]: the position of group g's first element; inverse[position]: its group; counts[g]. The last two may be null.
inline void write_groups(grouping g, index_t n, index_t* first, index_t* inverse, index_t* counts) {
  index_t group = -1, start = 0;
  for (index_t i = 0; i < n; ++i) {
    index_t position = g.order[i];
    if (position < 0) {
      position = ~position;
      if (counts && group >= 0) counts[group] = i - start;
      start = i;
      first[++group] = position;
    }
    if (inverse) inverse[position] = group;
  }
  if (counts && group >= 0) counts[group] = n - start;
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH
