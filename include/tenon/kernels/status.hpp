#pragma once
// status: the outcome of a kernel. A plain code and a number; the op turns it into an error with names and shapes.
#include <tenon/core/build.hpp>

namespace tenon::inline v0::kernels {

enum class status_code : int {
  ok,
  index_out_of_range,   // detail: the offending index
  no_convergence,       // detail: the values that are missing
  singular,             // detail: the pivot, counted from 1
  non_finite,           // an input holds NaN or infinity where the algorithm needs numbers
  out_of_memory,        // the device had no room for the kernel's own needs
  unsupported,          // the algorithm that was asked for does not take these operands
  launch_failed,        // detail: the device's own error code
};

struct [[nodiscard]] status {
  status_code code = status_code::ok;
  index_t detail = 0;
  constexpr explicit operator bool() const { return code == status_code::ok; }
};

}  // namespace tenon::inline v0::kernels
