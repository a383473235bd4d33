#pragma once
// Sorting along a dimension: what is computed, and how rows are cut into tasks.
//
//   order     ascending or descending; NaN is greater than every number, -0 equals +0
//   stable    equal elements (all NaNs are equal here) keep their order, in both directions
//
// An element becomes a record: an unsigned key that compares as the element does, and its index. Records are sorted; nothing
// of that depends on the element type but the width of the key. Keys of up to 32 bits share a word of 64 with the index
// (narrow records); others, and rows of 2^32 elements or more, take two words.
#include <tenon/core/build.hpp>

namespace tenon::inline v0::kernels {

struct sort_plan {
  index_t n = 0;                          // length of a row
  index_t rows = 0;
  index_t keep = 0;                       // how many of the sorted elements are wanted
  bool descending = false;
  bool last_only = false;                 // of these, only the last: the k-th value
  bool nan_wins = false;                  // a row that holds NaN answers with its first NaN: the median
  bool wide = false;                      // records of two words
  index_t key_bytes = 0;
  index_t capacity = 0;                   // records in each of a task's two buffers
  index_t rows_per_task = 1;
  index_t tasks = 0;
  index_t task_bytes = 0;
  index_t workspace_bytes = 0;

  constexpr index_t outputs() const { return last_only ? 1 : keep; }     // per row
};

constexpr sort_plan plan_sort(index_t rows, index_t n, index_t keep, index_t key_bytes, bool descending, int threads) {
  sort_plan p;
  p.n = n;
  p.rows = n == 0 ? 0 : rows;
  p.keep = keep;
  p.descending = descending;
  p.wide = key_bytes > 4 || n > (index_t{1} << 32);
  p.key_bytes = key_bytes;
  // A few of many are found with a buffer that is emptied of the worse half whenever it is full.
  p.capacity = keep > n / 4 ? n : 2 * keep + 256 < n ? 2 * keep + 256 : n;
  // Long rows: no more tasks than threads, because each has buffers of its own.
  const index_t most = threads <= 1 ? 1 : p.capacity < 64 * 1024 ? 4 * static_cast<index_t>(threads) : threads;
  p.tasks = p.rows < most ? p.rows : most;
  if (p.tasks > 0) {
    p.rows_per_task = (p.rows + p.tasks - 1) / p.tasks;
    p.tasks = (p.rows + p.rows_per_task - 1) / p.rows_per_task;
  }
  p.task_bytes = 2 * p.capacity * (p.wide ? 16 : 8);
  p.workspace_bytes = p.tasks * p.task_bytes;
  return p;
}

}  // namespace tenon::inline v0::kernels
