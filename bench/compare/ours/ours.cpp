// Tenon's side of each row, by families, so that each compiles alone.
#include "ours.hpp"

namespace compare {

solver tenon_solver(const problem& p, float* out) {
  for (const auto family : {matmul_solver, convolution_solver, attention_solver, row_solver, reduction_solver, elementwise_solver})
    if (auto s = family(p, out)) return s;
  return {};
}

}  // namespace compare
