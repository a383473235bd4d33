#pragma once
// The forms of an op that answers with two tensors of one shape, such as values and where they were found:
//
//   struct max {
//     name, dtypes                                                  // as in calls/call.hpp
//     template <class T> using first_type = T;                      // the element types of the two, from the operand's
//     template <class> using second_type = index_t;
//     result<shape> check(const any_tensor& x) const;               // all checks; the shape of both
//     template <class T> result<void> run(any_tensor& first, any_tensor& second, const any_tensor& x) const;
//   };
#include <tenon/ops/calls/call.hpp>

namespace tenon::inline v0 {

// For ops that leave a dimension out: whether it stays, with extent 1.
struct reduce_options {
  bool keepdim = false;
};

// Values along a dimension, and where they were found: positions along it.
template <class T>
struct values_and_indices {
  tensor<T> values;
  tensor<index_t> indices;
};

}  // namespace tenon::inline v0

namespace tenon::inline v0::inline TENON_BUILD::calls {

// Into new memory. Result is an aggregate of the two tensors.
template <class Result, class Op, operand X>
result<Result> allocate_two(const Op& op, const X& x) {
  check_dtypes<Op, X>();
  using T = value_t<X>;
  using A = typename Op::template first_type<T>;
  using B = typename Op::template second_type<T>;
  return with_tensors<true>(
      Op::name,
      [&](const any_tensor& in) -> result<Result> {
        TENON_TRY(const shape s, op.check(in));
        TENON_TRY_VOID(check_device<Op>(in.where()));
        TENON_TRY(any_tensor first, allocate_tensor(Op::name, s, dtype_of<A>, in.where()));
        TENON_TRY(any_tensor second, allocate_tensor(Op::name, s, dtype_of<B>, in.where()));
        TENON_TRY_VOID(op.template run<T>(first, second, in));
        return Result{tensor<A>::unchecked(std::move(first)), tensor<B>::unchecked(std::move(second))};
      },
      x);
}

inline result<void> check_apart(const char* op, const any_tensor& a, const any_tensor& b) {
  if (may_overlap(a, b)) return error(error_code::overlapping_memory, op, make_text("the two outputs share memory; clone one first"));
  return {};
}

// Where an output overlaps x, both are computed apart and copied.
template <class Op, target A, target B, operand X>
result<void> into_two(const Op& op, A&& out_first, B&& out_second, const X& x) {
  check_dtypes<Op, X>();
  using T = value_t<X>;
  static_assert(std::is_same_v<value_t<A>, typename Op::template first_type<T>> && std::is_same_v<value_t<B>, typename Op::template second_type<T>>,
                "the outputs must have the results' element types");
  return with_tensors<true>(
      Op::name,
      [&](any_tensor first, any_tensor second, const any_tensor& in) -> result<void> {
        TENON_TRY(const shape s, op.check(in));
        TENON_TRY_VOID(check_device<Op>(in.where()));
        TENON_TRY_VOID(check_target(Op::name, first, s));
        TENON_TRY_VOID(check_target(Op::name, second, s));
        TENON_TRY_VOID(check_apart(Op::name, first, second));
        if (!may_overlap(in, first) && !may_overlap(in, second)) {
          TENON_TRY_VOID(op.template run<T>(first, second, in));
        } else {
          TENON_TRY(any_tensor a, allocate_tensor(Op::name, s, first.dtype(), in.where()));
          TENON_TRY(any_tensor b, allocate_tensor(Op::name, s, second.dtype(), in.where()));
          TENON_TRY_VOID(op.template run<T>(a, b, in));
          copy(a, first);
          copy(b, second);
        }
        first.written();
        second.written();
        return {};
      },
      out_first, out_second, x);
}

}  // namespace tenon::inline v0::inline TENON_BUILD::calls
