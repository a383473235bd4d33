#pragma once
// The softmax family: what is computed, and how a tensor is cut into rows.
//
//   softmax_i     = exp(x_i - m) / l          m = max_j x_j,   l = sum_j exp(x_j - m)
//   log_softmax_i = (x_i - m) - log l
//   logsumexp     = m + log l
//
// A row is everything along one dimension. `plan_softmax` sees a tensor as (outer, n, inner): the rows are the n elements
// along the dimension, one for each place outside it.
#include <tenon/core/strided.hpp>
#include <tenon/kernels/context.hpp>
#include <tenon/kernels/status.hpp>

namespace tenon::inline v0::kernels {

enum class softmax_kind : std::uint8_t { softmax, log_softmax };

struct softmax_plan {
  softmax_kind kind = softmax_kind::softmax;
  index_t n = 0;                          // length of a row
  index_t rows = 0;
  index_t rows_per_task = 1;              // a task keeps one row in its piece of the workspace
  index_t tasks = 0;
  index_t row_bytes = 0;                  // workspace of one task: a row in the type of the arithmetic
  index_t workspace_bytes = 0;
  bool stream = false;                    // write around the caches
};

// x has `numel` elements, n of them along the dimension. A task is about `grain` elements; tasks never split a row.
// On a GPU a block takes a row, and needs no workspace.
constexpr softmax_plan plan_softmax(softmax_kind kind, index_t numel, index_t n, index_t item_bytes, index_t compute_bytes, const context& ctx) {
  const int threads = ctx.threads;
  softmax_plan p;
  p.kind = kind;
  p.n = n;
  p.rows = n == 0 ? 0 : numel / n;
  const index_t grain = 16 * 1024;
  const index_t pieces = numel / grain + 1, most = static_cast<index_t>(threads) * 4;
  p.tasks = threads <= 1 ? 1 : pieces < most ? pieces : most;
  if (p.tasks > p.rows) p.tasks = p.rows;
  if (p.tasks > 0) {
    p.rows_per_task = (p.rows + p.tasks - 1) / p.tasks;
    p.tasks = (p.rows + p.rows_per_task - 1) / p.rows_per_task;
  }
  p.row_bytes = ctx.queue ? 0 : (n * compute_bytes + 127) / 64 * 64;
  p.workspace_bytes = p.tasks * p.row_bytes;
  p.stream = 2 * numel * item_bytes >= index_t{8} << 20;
  return p;
}

// The signature that every device implements. `dim` is the row's dimension; out and x have one shape; out may be x.
template <class T>
struct softmax_kernel {
  static constexpr bool dispatched = true;
  using function = status (*)(const context&, const softmax_plan&, int dim, strided<T> out, strided<const T> x, std::byte* workspace);
};

}  // namespace tenon::inline v0::kernels
