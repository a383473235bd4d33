#pragma once
// tril, triu: a matrix, or each matrix of a batch, with zeros above or below a diagonal.        (.., m, n) -> (.., m, n)
//
// Diagonal  0 is the main one, positive numbers lie above it, negative ones below. Any number is allowed.
// Dtypes    all. What is kept keeps its bits; what is not becomes 0, be it NaN.
// Layout    any strides; rows of x that are not dense cost a copy of x first.
// Errors    shape_mismatch (rank below 2), out_of_memory; _into and _ also not_writable and overlapping_memory.
#include <tenon/kernels/cpu/triangle.hpp>
#include <tenon/ops/calls/call.hpp>

namespace tenon::inline v0::inline TENON_BUILD {

namespace op {

template <bool Lower>
struct triangle {
  static constexpr const char* name = Lower ? "tril" : "triu";
  static constexpr dtype_set dtypes = all_dtypes;
  static constexpr bool in_place = true;
  index_t diagonal;

  result<shape> check(const any_tensor& x) const {
    if (x.rank() < 2) return error(error_code::shape_mismatch, name, make_text("a matrix or a batch of them is needed, got shape ", x.shape()));
    return x.shape();
  }
  template <class T>
  result<void> run(any_tensor& out, const any_tensor& x) const {
    run_bytes(out, x);
    return {};
  }

 private:
  void run_bytes(any_tensor& out, const any_tensor& x) const {
    const index_t item = size_of(x.dtype()), rows = x.size(-2), columns = x.size(-1);
    bool inside = calls::same_view(out, x);
    if (!inside && columns > 1 && x.stride(-1) != 1) {
      calls::copy(x, out);
      inside = true;
    }
    kernels::triangle_plan p;
    p.lower = Lower;
    p.diagonal = diagonal < -rows ? -rows : diagonal > columns ? columns : diagonal;
    p.rows = rows;
    p.columns = columns;
    p.item = item;
    p.out_column = columns > 1 ? out.stride(-1) * item : item;
    for (int d = 0; d < x.rank() - 1; ++d) {
      p.loop[p.loops++] = {x.size(d), out.stride(d) * item, (inside ? out : x).stride(d) * item};
      p.units *= x.size(d);
    }
    const auto context = kernels::cpu::make_context(0.1 * static_cast<double>(x.numel() * item));
    kernels::cpu::triangle(context, p, out.bytes(), inside ? out.bytes() : x.bytes());
  }
};
using tril = triangle<true>;
using triu = triangle<false>;

}  // namespace op

/// The lower triangle: zeros above the diagonal.
template <operand X>
[[nodiscard]] auto tril(X&& x, index_t diagonal = 0) {
  return calls::allocate(op::tril{diagonal}, x);
}
template <target O, operand X>
result<void> tril_into(O&& out, X&& x, index_t diagonal = 0) {
  return calls::into(op::tril{diagonal}, out, x);
}
template <target X>
result<void> tril_(X&& x, index_t diagonal = 0) {
  return calls::into(op::tril{diagonal}, x, x);
}

/// The upper triangle: zeros below the diagonal.
template <operand X>
[[nodiscard]] auto triu(X&& x, index_t diagonal = 0) {
  return calls::allocate(op::triu{diagonal}, x);
}
template <target O, operand X>
result<void> triu_into(O&& out, X&& x, index_t diagonal = 0) {
  return calls::into(op::triu{diagonal}, out, x);
}
template <target X>
result<void> triu_(X&& x, index_t diagonal = 0) {
  return calls::into(op::triu{diagonal}, x, x);
}

}  // namespace tenon::inline v0::inline TENON_BUILD
