#pragma once
// Evenly spaced numbers: what arange and linspace compute.
//
//   y_i = start + i * step                    for i < turn
//   y_i = end + (i - (n - 1)) * step          for i >= turn, so that linspace ends exactly at `end`
//
// in double, product and sum each rounded by itself, then converted to the element type; integers are exact (modulo 2^64).
// y_i depends on i alone, not on how the range is cut.
#include <tenon/core/build.hpp>

namespace tenon::inline v0::kernels {

struct range_plan {
  index_t n = 0;
  double start = 0, step = 0, end = 0;
  index_t turn = 0;                          // arange: n
};

// Integers: from a start and a step.
struct integer_range_plan {
  index_t n = 0;
  std::uint64_t start = 0, step = 0;
};

}  // namespace tenon::inline v0::kernels
