#pragma once
// Random numbers into a dense tensor: what every op that draws some does. A call that fails reserves no numbers.
#include <tenon/core/generator.hpp>
#include <tenon/kernels/cpu/random.hpp>
#include <tenon/ops/calls/device.hpp>

namespace tenon::inline v0::inline TENON_BUILD::calls {

// `what`: one of the distributions of kernels/random.hpp. Element i, in C order, takes the next position but i of the generator.
template <class T, class Numbers>
result<void> fill_random(const char* op, any_tensor& dense, generator& g, const Numbers& what) {
  const index_t n = dense.numel();
  TENON_TRY(const auto fill, kernel<kernels::random_kernel<T, Numbers>>(op, dense.where(), 2.0 * static_cast<double>(n)));
  const auto reserved = g.reserve(static_cast<std::uint64_t>(n));
  const kernels::random_plan plan{n, reserved.numbers, reserved.first};
  TENON_TRY_VOID(finish(op, fill(plan, what, reinterpret_cast<T*>(dense.bytes()))));
  dense.written();
  return {};
}

}  // namespace tenon::inline v0::inline TENON_BUILD::calls
