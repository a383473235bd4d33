#pragma once
// Sorting and selecting along rows on the CPU.         x (rows, n), values and indices (rows, outputs), all dense
//
// Sorting    records of the whole row, sorted (sort/record.hpp).
// Selecting  the first `keep` of the sorted row, for keep far below n: a buffer of little more than 2 keep records. Once it is full it
//            is sorted and its worse half dropped; from then on only elements below its last key get in, and blocks without any
//            are passed over at the speed of a comparison. At worst (a row in the wrong order) every element gets in once, which
//            costs a sort of 2 keep records for each keep of them: n log keep.
//            Of equal elements the one with the lower index comes first.
// Values are made from the keys; only those of NaN and of zeros, which have several forms, are looked up in x.
#include <tenon/kernels/context.hpp>
#include <tenon/kernels/cpu/sort/key.hpp>
#include <tenon/kernels/cpu/sort/record.hpp>
#include <tenon/kernels/sort.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH {

namespace detail {

template <class T, class R>
struct row_sorter {
  using key = sort_key<T>;
  using word = typename key::word;

  const sort_plan& plan;
  R *buffer, *scratch;
  word turn;                                             // all ones for descending: the order of the keys is reversed

  row_sorter(const sort_plan& p, std::byte* workspace)
      : plan(p), buffer(reinterpret_cast<R*>(workspace)), scratch(buffer + p.capacity), turn(p.descending ? key::all : word{0}) {}

  TENON_INLINE word key_of(T x) const { return static_cast<word>(key::of(x) ^ turn); }
  TENON_INLINE T value_of(R r, const T* x) const {
    const auto k = static_cast<word>(static_cast<word>(r.key()) ^ turn);
    return key::unique(k) ? key::value(k) : x[r.index()];
  }

  R* sorted(const T* x) const {
    for (index_t i = 0; i < plan.n; ++i) buffer[i] = R::make(key_of(x[i]), i);
    return sort_records(buffer, scratch, plan.n, static_cast<int>(plan.key_bytes));
  }

  // At least the first `keep` records of the sorted row.
  R* selected(const T* x) {
    constexpr index_t block = 256;
    word keys[block], last = key::all;
    bool full = false;                                   // then only keys below `last` get in
    index_t count = 0;
    for (index_t begin = 0; begin < plan.n; begin += block) {
      const index_t size = plan.n - begin < block ? plan.n - begin : block;
      word least = key::all;
      for (index_t i = 0; i < size; ++i) keys[i] = key_of(x[begin + i]);
      for (index_t i = 0; i < size; ++i) least = keys[i] < least ? keys[i] : least;
      if (full && least >= last) continue;
      for (index_t i = 0; i < size; ++i) {
        if (full && keys[i] >= last) continue;
        buffer[count++] = R::make(keys[i], begin + i);
        if (count == plan.capacity && begin + i + 1 < plan.n) {
          best_first(count);
          count = plan.keep;
          last = static_cast<word>(buffer[count - 1].key());
          full = true;
        }
      }
    }
    best_first(count);
    return buffer;
  }

  void row(T* values, index_t* indices, const T* x) {
    index_t at = 0, first = plan.last_only ? plan.keep - 1 : 0;
    if constexpr (key::has_nan)
      if (plan.nan_wins)
        for (index_t i = 0; i < plan.n; ++i)
          if (key::of(x[i]) == key::nan) {
            if (values) values[0] = x[i];
            if (indices) indices[0] = i;
            return;
          }
    const R* const r = plan.capacity < plan.n ? selected(x) : sorted(x);
    for (; first < plan.keep; ++first, ++at) {
      if (values) values[at] = value_of(r[first], x);
      if (indices) indices[at] = r[first].index();
    }
  }

 private:
  void best_first(index_t count) {
    R* const done = sort_records(buffer, scratch, count, static_cast<int>(plan.key_bytes));
    if (done == buffer) return;
    scratch = buffer;
    buffer = done;
  }
};

}  // namespace detail

// values or indices may be null.
template <class T>
void sort_rows(const context& ctx, const sort_plan& p, T* values, index_t* indices, const T* x, std::byte* workspace) {
  if (p.keep == 0) return;
  ctx.parallel(p.tasks, [&](index_t task) {
    const index_t begin = task * p.rows_per_task, end = begin + p.rows_per_task < p.rows ? begin + p.rows_per_task : p.rows;
    const auto rows = [&](auto sorter) {
      for (index_t row = begin; row < end; ++row)
        sorter.row(values ? values + row * p.outputs() : nullptr, indices ? indices + row * p.outputs() : nullptr, x + row * p.n);
    };
    std::byte* const work = workspace + task * p.task_bytes;
    if (p.wide)
      rows(detail::row_sorter<T, wide_record>(p, work));
    else if constexpr (sizeof(T) <= 4)
      rows(detail::row_sorter<T, narrow_record>(p, work));
  });
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH
