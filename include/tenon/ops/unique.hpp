#pragma once
// unique, unique_consecutive: the different elements of a tensor, or its different slices along a dimension.
//
// Equality  -0 equals +0, and the one that comes first is kept. A NaN equals nothing: each is kept, and so is each slice that holds
//           one (PyTorch's rule).
// Order     unique: ascending, NaN last; slices are compared element by element in C order. unique_consecutive: that of x.
// Dtypes    all but complex.
// Layout    any strides; what is not dense goes through a copy.
// Errors    dim_out_of_range, shape_mismatch (slices without elements), out_of_memory.
#include <tenon/kernels/cpu/unique.hpp>
#include <tenon/ops/calls/index.hpp>

namespace tenon::inline v0 {

template <class T>
struct unique_result {
  tensor<T> output;
  tensor<index_t> inverse_indices;   // where in output each element of x is: x's shape, or along dim a vector
  tensor<index_t> counts;            // how often each element of output occurs
};

}  // namespace tenon::inline v0

namespace tenon::inline v0::inline TENON_BUILD {

// inverse_indices and counts hold no tensor unless they are asked for.
struct unique_options {
  bool sorted = true;                // accepted for PyTorch's sake: the result is always sorted
  bool return_inverse = false;
  bool return_counts = false;
  index_t dim = omitted;             // omitted: all elements in C order
};
struct unique_consecutive_options {
  bool return_inverse = false;
  bool return_counts = false;
  index_t dim = omitted;
};

namespace op {

struct unique {
  static constexpr const char* name = "unique";
  static constexpr dtype_set dtypes = real_dtypes;
};
struct unique_consecutive {
  static constexpr const char* name = "unique_consecutive";
  static constexpr dtype_set dtypes = real_dtypes;
};

}  // namespace op

namespace calls {

// The slices of x along dimension d as rows of a dense matrix; of all elements (d < 0), each one is a row.
inline result<any_tensor> slices_of(const char* op, const any_tensor& x, int d) {
  if (d < 0) {
    TENON_TRY(const any_tensor whole, dense(op, x));
    return whole.view(shape(x.numel(), 1));
  }
  const index_t n = x.size(d);
  const index_t each = n == 0 ? 0 : x.numel() / n;
  if (n > 0 && each == 0)
    return error(error_code::shape_mismatch, op, make_text("the slices of shape ", x.shape(), " along dim ", d, " have no elements to compare"));
  dim_list order(d);
  for (int e = 0; e < x.rank(); ++e)
    if (e != d) order.push_back(e);
  TENON_TRY(const any_tensor view, x.permute(order));
  TENON_TRY(const any_tensor rows, dense(op, view));
  return rows.view(shape(n, each));
}

struct unique_request {
  bool sorted, inverse, counts;
  index_t dim;
};

template <class T>
result<unique_result<T>> unique(const char* op, const unique_request& request, const any_tensor& x) {
  TENON_TRY_VOID(check_on_cpu(op, x.where()));
  int d = -1;
  if (request.dim != omitted && x.rank() > 0) {
    TENON_TRY(d, normalize_dim(op, request.dim, x.shape()));
  }
  TENON_TRY(const any_tensor slices, slices_of(op, x, d));
  const index_t n = slices.size(0), each = slices.size(1);
  const T* data = slices.kernel_view<T>().data;

  kernels::cpu::grouping groups;
  storage_ptr memory;
  if (!request.sorted) {
    TENON_TRY(memory, workspace(op, n * static_cast<index_t>(sizeof(index_t))));
    groups = kernels::cpu::group_consecutive(data, each, n, each, reinterpret_cast<index_t*>(data_of(memory)));
  } else if (each == 1) {
    const auto plan = kernels::plan_sort(1, n, n, sizeof(T), false, 1);
    TENON_TRY(memory, workspace(op, plan.workspace_bytes));
    groups = kernels::cpu::group_sorted(plan, data, data_of(memory));
  } else if (n > 0) {
    TENON_TRY(memory, workspace(op, kernels::cpu::group_rows_bytes(n, each, sizeof(T))));
    groups = kernels::cpu::group_rows(data, n, each, data_of(memory));
  }

  const auto indices = [&](const shape& s) { return allocate_tensor(op, s, dtype::int64, x.where()); };
  TENON_TRY(any_tensor first, indices(shape(groups.groups)));
  any_tensor inverse = tensor<index_t>().any(), counts = inverse;
  if (request.inverse) {
    TENON_TRY(inverse, indices(d < 0 ? x.shape() : shape(n)));
  }
  if (request.counts) {
    TENON_TRY(counts, indices(shape(groups.groups)));
  }
  const auto place = [](any_tensor& t) { return reinterpret_cast<index_t*>(t.bytes()); };
  kernels::cpu::write_groups(groups, n, place(first), place(inverse), place(counts));

  shape s = d < 0 ? shape(groups.groups) : x.shape();
  s.set(d, groups.groups);
  TENON_TRY(any_tensor out, allocate_tensor(op, s, x.dtype(), x.where()));
  if (d < 0) {
    TENON_TRY(const any_tensor line, slices.view(shape(n)));
    TENON_TRY_VOID(select_indices(out, line, 0, first));
  } else {
    TENON_TRY_VOID(select_indices(out, x, d, first));
  }
  return unique_result<T>{tensor<T>::unchecked(std::move(out)), tensor<index_t>::unchecked(std::move(inverse)),
                          tensor<index_t>::unchecked(std::move(counts))};
}

template <class Op, operand X>
result<unique_result<value_t<X>>> unique(const unique_request& request, const X& x) {
  check_dtypes<Op, X>();
  return with_tensors(
      Op::name, [&](const any_tensor& t) { return unique<value_t<X>>(Op::name, request, t); }, x);
}

}  // namespace calls

/// The different elements of x in order, as a vector; or along dim, the different slices of x, which keep their shape.
/// A struct with `output`, `inverse_indices` and `counts`.
template <operand X>
[[nodiscard]] auto unique(X&& x, const unique_options& options = {}) {
  return calls::unique<op::unique>({true, options.return_inverse, options.return_counts, options.dim}, x);
}
/// Of each run of equal neighbours the first.
template <operand X>
[[nodiscard]] auto unique_consecutive(X&& x, const unique_consecutive_options& options = {}) {
  return calls::unique<op::unique_consecutive>({false, options.return_inverse, options.return_counts, options.dim}, x);
}

}  // namespace tenon::inline v0::inline TENON_BUILD
