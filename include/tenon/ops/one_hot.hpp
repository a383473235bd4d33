#pragma once
// one_hot and bincount: numbers of classes as rows of zeros and a one, and how often each occurs.
#include <tenon/ops/calls/fill.hpp>
#include <tenon/ops/calls/index.hpp>

namespace tenon::inline v0::inline TENON_BUILD {

namespace calls {

// 1 more than the largest index; 0 of none.
inline result<index_t> count_classes(const char* op, const any_tensor& index) {
  if (index.numel() == 0) return index_t{0};
  TENON_TRY_VOID(check_on_cpu(op, index.where()));
  TENON_TRY(const any_tensor x, dense(op, index));
  const auto e = kernels::cpu::extremes_of(x.kernel_view<index_t>().data, x.numel());
  return e.greatest == INT64_MAX ? INT64_MAX : e.greatest < 0 ? 0 : e.greatest + 1;
}

}  // namespace calls

namespace op {

struct one_hot {
  static constexpr const char* name = "one_hot";
  static constexpr dtype_set dtypes = integer_dtypes;
  template <class...>
  using result_type = index_t;
  index_t classes;

  result<shape> check(const any_tensor& x) const {
    index_t n = classes;
    if (classes == -1) {
      if (x.numel() == 0)
        return error(error_code::invalid_argument, name, make_text("the number of classes cannot be told from a tensor without elements; name it"));
      TENON_TRY(n, calls::count_classes(name, x));
    } else if (classes < 1) {
      return error(error_code::invalid_argument, name, make_text("the number of classes must be 1 or more, or -1 for the largest plus one, got ", classes));
    }
    shape s = x.shape();
    if (!s.push_back(n)) return error(error_code::unsupported, name, make_text("a tensor has at most ", max_rank, " dimensions"));
    return s;
  }
  template <class...>
  result<void> run(any_tensor& out, const any_tensor& x) const {
    const int d = x.rank();
    TENON_TRY(const any_tensor checked, calls::checked_index(name, x, 0, out.size(d) - 1, make_text(out.size(d), " classes")));
    const index_t zero = 0;
    calls::fill(out, &zero);
    TENON_TRY(const auto one, calls::one_index(name, 1));
    TENON_TRY(const auto ones, one.expand(x.shape()));
    TENON_TRY(const any_tensor source, ones.any().unsqueeze(d));
    TENON_TRY(const any_tensor index, checked.unsqueeze(d));
    if (x.numel() == 0) return {};
    const auto plan = calls::plan_index(index.shape(), source, out, index, d, true);
    kernels::cpu::scatter(calls::index_context(plan, x.numel()), plan, out.bytes(), source.bytes(), index.bytes());
    return {};
  }
};

struct bincount {
  static constexpr const char* name = "bincount";
  static constexpr dtype_set dtypes = integer_dtypes;
  template <class...>
  using result_type = index_t;
  index_t minlength;

  result<shape> check(const any_tensor& x) const {
    if (x.rank() != 1) return error(error_code::shape_mismatch, name, make_text("a vector is needed, got shape ", x.shape()));
    if (minlength < 0) return error(error_code::invalid_argument, name, make_text("minlength must be 0 or more, got ", minlength));
    TENON_TRY_VOID(calls::checked_index(name, x, 0, INT64_MAX, make_text("counting")));
    TENON_TRY(const index_t n, calls::count_classes(name, x));
    return shape(n < minlength ? minlength : n);
  }
  template <class...>
  result<void> run(any_tensor& out, const any_tensor& x) const {
    TENON_TRY(const any_tensor checked, calls::checked_index(name, x, out.shape(), 0));
    const index_t zero = 0;
    calls::fill(out, &zero);
    TENON_TRY(const auto one, calls::one_index(name, 1));
    TENON_TRY(const auto ones, one.expand(x.shape()));
    if (x.numel() == 0) return {};
    const auto plan = calls::plan_index(x.shape(), ones.any(), out, checked, 0, true);
    kernels::cpu::scatter_add<index_t>(calls::index_context(plan, x.numel()), plan, out.bytes(), ones.any().bytes(), checked.bytes());
    return {};
  }
};

}  // namespace op

/// Each class number as a row of zeros with a one at its place.            (..) -> (.., classes), int64
///
/// Operands  integers, every number in 0 .. classes - 1. classes -1: the largest number plus one.
/// Errors    index_out_of_range, invalid_argument (a number of classes that is not one, or cannot be told), unsupported (more than eight
///           dimensions), out_of_memory; _into as everywhere.
template <operand X>
[[nodiscard]] auto one_hot(X&& x, index_t classes = -1) {
  return calls::allocate(op::one_hot{classes}, calls::indices(op::one_hot::name, x));
}
template <target O, operand X>
result<void> one_hot_into(O&& out, X&& x, index_t classes = -1) {
  return calls::into(op::one_hot{classes}, out, calls::indices(op::one_hot::name, x));
}

/// How often each number occurs in a vector: y[v] is the count of v.            (n) -> (largest + 1, or minlength if that is more), int64
/// Operands integers, 0 or more. Errors as one_hot. Weighted counts are scatter_add(zeros, 0, x, weights).
template <operand X>
[[nodiscard]] auto bincount(X&& x, index_t minlength = 0) {
  return calls::allocate(op::bincount{minlength}, calls::indices(op::bincount::name, x));
}

}  // namespace tenon::inline v0::inline TENON_BUILD
