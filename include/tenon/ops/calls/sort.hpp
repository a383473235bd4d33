#pragma once
// What sort, topk, kthvalue and median share: from a tensor and a plan's options to the kernel.
#include <tenon/kernels/cpu/sort.hpp>
#include <tenon/ops/calls/rows.hpp>

namespace tenon::inline v0::inline TENON_BUILD::calls {

struct sort_request {
  int dim;
  index_t keep;
  bool descending = false, last_only = false, nan_wins = false;
};

// values and indices have x's shape but for `dim`; either may be null. A dimension that they lack (keepdim false) is put back.
template <class T>
result<void> sort_into(const char* op, const sort_request& request, any_tensor* values, any_tensor* indices, const any_tensor& x) {
  const int d = request.dim;
  TENON_TRY(const any_tensor from, dense_rows(op, x, d));
  const index_t n = from.size(-1), rows = n == 0 ? 0 : from.numel() / n;
  const auto context = kernels::cpu::make_context(5.0 * static_cast<double>(x.numel()));
  auto plan = kernels::plan_sort(rows, n, request.keep, sizeof(T), request.descending, context.threads);
  plan.last_only = request.last_only;
  plan.nan_wins = request.nan_wins;
  const auto target = [&](const any_tensor& out) -> result<row_target> {
    if (out.rank() == x.rank()) return row_target::make(op, out, d);
    TENON_TRY(const any_tensor view, out.unsqueeze(d));
    return row_target::make(op, view, d);
  };
  row_target to_values, to_indices;
  if (values) {
    TENON_TRY(to_values, target(*values));
  }
  if (indices) {
    TENON_TRY(to_indices, target(*indices));
  }
  TENON_TRY(const storage_ptr memory, workspace(op, plan.workspace_bytes));
  kernels::cpu::sort_rows<T>(context, plan, reinterpret_cast<T*>(to_values.bytes()), reinterpret_cast<index_t*>(to_indices.bytes()),
                             from.kernel_view<T>().data, data_of(memory));
  to_values.finish();
  to_indices.finish();
  return {};
}

}  // namespace tenon::inline v0::inline TENON_BUILD::calls
