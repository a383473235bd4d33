#pragma once
// One value into every element of a tensor or view, of whatever dtype.
#include <tenon/kernels/cpu/fill.hpp>
#include <tenon/ops/calls/elementwise_run.hpp>

namespace tenon::inline v0::inline TENON_BUILD::calls {

// `value` points to one element of out's dtype.
inline void fill(any_tensor& out, const void* value) {
  if (out.device() != device::cpu) [[unlikely]] return move_elsewhere<kernels::strided_fill_kernel>(out, nullptr, value);
  const kernels::cpu::fill_pattern pattern(value, size_of(out.dtype()));
  run_elementwise({"fill", nullptr, 0, out.dtype(), &kernels::cpu::fill_run, movers_for<kernels::all_item_sizes>(), &pattern, 0.0}, out);
}

}  // namespace tenon::inline v0::inline TENON_BUILD::calls
