#pragma once
// searchsorted, bucketize: where values belong in a sorted sequence.
#include <tenon/kernels/cpu/searchsorted.hpp>
#include <tenon/ops/calls/rows.hpp>

namespace tenon::inline v0::inline TENON_BUILD {

struct searchsorted_options {
  bool right = false;                // behind equal elements instead of before them
};

namespace op {

struct searchsorted {
  static constexpr const char* name = "searchsorted";
  static constexpr dtype_set dtypes = real_dtypes;
  template <class...>
  using result_type = index_t;
  bool right;

  result<shape> check(const any_tensor& sequence, const any_tensor& values) const {
    bool fits = sequence.rank() == 1 || (sequence.rank() > 1 && sequence.rank() == values.rank());
    for (int d = 0; fits && d < sequence.rank() - 1; ++d) fits = sequence.size(d) == values.size(d);
    if (!fits)
      return error(error_code::shape_mismatch, name,
                   make_text("the sequence ", sequence.shape(), " must be a vector, or have the extents of the values ", values.shape(), " but the last"));
    return values.shape();
  }
  template <class T, class>
  result<void> run(any_tensor& out, const any_tensor& sequence, const any_tensor& values) const {
    TENON_TRY(const any_tensor s, calls::dense(name, sequence));
    TENON_TRY(const any_tensor v, calls::dense(name, values));
    TENON_TRY(auto target, calls::row_target::make(name, out, values.rank() - 1));
    const index_t n = s.size(-1), m = v.rank() == 0 ? 1 : v.size(-1);
    kernels::cpu::searchsorted(kernels::cpu::make_context(20.0 * static_cast<double>(v.numel())), right, s.kernel_view<T>().data, n,
                               s.rank() == 1 ? 0 : n, v.kernel_view<T>().data, m, v.numel(), reinterpret_cast<index_t*>(target.bytes()));
    target.finish();
    return {};
  }
};

}  // namespace op

/// For each value v the index i at which it can be inserted with the sequence staying sorted:
/// sequence[i - 1] < v <= sequence[i], or with `right` sequence[i - 1] <= v < sequence[i].            values (..) -> (..), int64
///
/// Operands  the sequence is an ascending vector, or has a row for each row of values; both hold the same dtype, all but complex.
///           In a sequence that is not sorted the answer has no meaning, but is between 0 and n.
/// Special   NaN is greater than every number. -0 equals +0.
/// Layout    any strides; what is not dense goes through a copy.
/// Errors    shape_mismatch, out_of_memory; _into also not_writable and overlapping_memory.
template <operand S, operand V>
[[nodiscard]] auto searchsorted(S&& sequence, V&& values, const searchsorted_options& options = {}) {
  static_assert(std::is_same_v<value_t<S>, value_t<V>>, "the sequence and the values must have one element type; convert one with tenon::to<T>(x)");
  return calls::allocate(op::searchsorted{options.right}, sequence, values);
}
template <target O, operand S, operand V>
result<void> searchsorted_into(O&& out, S&& sequence, V&& values, const searchsorted_options& options = {}) {
  static_assert(std::is_same_v<value_t<S>, value_t<V>>, "the sequence and the values must have one element type; convert one with tenon::to<T>(x)");
  return calls::into(op::searchsorted{options.right}, out, sequence, values);
}

/// The number of the bucket that each value falls into: searchsorted with the operands exchanged, PyTorch's bucketize.
template <operand V, operand B>
[[nodiscard]] auto bucketize(V&& values, B&& boundaries, const searchsorted_options& options = {}) {
  static_assert(std::is_same_v<value_t<B>, value_t<V>>, "the values and the boundaries must have one element type; convert one with tenon::to<T>(x)");
  return calls::allocate_as("bucketize", op::searchsorted{options.right}, boundaries, values);
}
template <target O, operand V, operand B>
result<void> bucketize_into(O&& out, V&& values, B&& boundaries, const searchsorted_options& options = {}) {
  static_assert(std::is_same_v<value_t<B>, value_t<V>>, "the values and the boundaries must have one element type; convert one with tenon::to<T>(x)");
  return calls::into_as("bucketize", op::searchsorted{options.right}, out, boundaries, values);
}

}  // namespace tenon::inline v0::inline TENON_BUILD
