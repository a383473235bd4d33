#include <tenon/ops/matmul.hpp>

#include "ours.hpp"

namespace compare {

solver matmul_solver(const problem& p, float* data) {
  const auto& n = p.n;
  if (p.op == "gemm")                            // M N K
    return kept([a = in(p, 0, {n[0], n[2]}), b = in(p, 1, {n[2], n[1]}), out = out_of(data, {n[0], n[1]})]() mutable {
      return tn::matmul_into(out, a, b);
    });
  if (p.op == "bmm")                             // batch M N K
    return kept([a = in(p, 0, {n[0], n[1], n[3]}), b = in(p, 1, {n[0], n[3], n[2]}), out = out_of(data, {n[0], n[1], n[2]})]() mutable {
      return tn::matmul_into(out, a, b);
    });
  return {};
}

}  // namespace compare
