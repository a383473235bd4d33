#pragma once
// supports: whether an op has a kernel for a dtype on a device, without calling it.
//
//   supports<op::softmax>(dtype::float16)                          true
//   supports<functions::exp>(dtype::int32)                         true: integers become float
//   supports<functions::bitwise_and>(dtype::float32)               false
//   supports<op::softmax>(dtype::float32, device::cuda)            false in a build without CUDA; says nothing about whether
//                                                                  the machine has such a device
//
// Op is the struct behind a public function: op::softmax for softmax(), functions::relu for relu(). The dtype is that of the
// operands (of the first one where they differ: the indices of embedding). Where the answer is no, the call does not
// compile. docs/support.md is the table of all answers.
#include <tenon/ops/calls/device.hpp>

namespace tenon::inline v0::inline TENON_BUILD {

namespace calls {

// An elementwise function says what it has kernels for in terms of operands that its rule has converted.
template <class F, class T>
constexpr bool takes() {
  if constexpr (requires { typename F::rule; }) {
    using rule = typename F::rule;
    if constexpr (requires { typename rule::template types<T>; })
      return functions::supported<F>(typename rule::template types<T>::arguments{});
    else                                                       // where, masked_fill: a bool among the operands
      return functions::dtypes_of<F>().contains(dtype_of<T>);
  } else {
    return functions::dtypes_of<F>().contains(dtype_of<T>);
  }
}

template <class Op>
bool has_cuda_kernel(dtype type) {
  if constexpr (runs_anywhere<Op>) {
    return cuda_backend != nullptr;
  } else if constexpr (names_kernel<Op>) {
    return visit(type, []<class T>(type_tag<T>) {
      if constexpr (Op::dtypes.contains(dtype_of<T>))
        return kernels::device_entry<typename Op::template kernel<T>, device::cuda> != nullptr;
      else
        return false;
    });
  } else {
    return kernels::device_dtypes<Op, device::cuda>.contains(type);
  }
}

}  // namespace calls

template <class Op>
constexpr bool supports(dtype type, device where = device::cpu) {
  return visit(type, []<class T>(type_tag<T>) { return calls::takes<Op, T>(); }) && (where == device::cpu || calls::has_cuda_kernel<Op>(type));
}

}  // namespace tenon::inline v0::inline TENON_BUILD
