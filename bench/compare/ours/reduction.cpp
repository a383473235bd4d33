#include <tenon/ops/reduction.hpp>

#include "ours.hpp"

namespace compare {

// op over everything, row_op along the rows, column_op down the columns.
solver reduction_solver(const problem& p, float* data) {
  if (p.n.size() != 2 || p.out_size == static_cast<std::size_t>(p.n[0] * p.n[1])) return {};
  const auto x = in(p, 0, {p.n[0], p.n[1]});
  if (p.op == "logsumexp") return kept([=, out = out_of(data, {p.n[0]})]() mutable { return tn::logsumexp_into(out, x, 1); });
  tn::dim_list dims;
  tn::shape s;
  std::string what = p.op;
  if (what.starts_with("row_")) dims = {1}, s = {p.n[0]}, what.erase(0, 4);
  if (what.starts_with("column_")) dims = {0}, s = {p.n[1]}, what.erase(0, 7);
  auto out = out_of(data, s);
  if (what == "sum") return kept([=]() mutable { return tn::sum_into(out, x, dims); });
  if (what == "mean") return kept([=]() mutable { return tn::mean_into(out, x, dims); });
  if (what == "max") return kept([=]() mutable { return tn::amax_into(out, x, dims); });
  if (what == "var") return kept([=]() mutable { return tn::var_into(out, x, dims); });
  return {};
}

}  // namespace compare
