#pragma once
// supports: whether an op has a kernel for a dtype on a device, without calling it.
//
//   supports<op::softmax>(dtype::float16)                          true
//   supports<functions::bitwise_and>(dtype::float32)               false
//   supports<op::softmax>(dtype::float32, device::cuda)            false in a build without CUDA
//
// Op is the struct behind a public function: op::softmax for softmax(), functions::relu for relu(). The dtype is that of
// the first operand, or for an elementwise op of the promoted operands.
#include <tenon/core/device.hpp>
#include <tenon/core/expression.hpp>

namespace tenon::inline v0::inline TENON_BUILD {

template <class Op>
constexpr bool supports(dtype type, device where = device::cpu) {
  return where == device::cpu && functions::dtypes_of<Op>().contains(type);
}

}  // namespace tenon::inline v0::inline TENON_BUILD
