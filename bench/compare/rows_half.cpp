// bfloat16 and half: the rows of float that networks run in them. Floors as there.
#include "rows.hpp"

namespace compare {

void half_types(list& rows) {
  const auto narrow = [](problem& p, std::size_t size) {
    p.bytes /= 2;
    p.compared = size;
    p.tolerance = p.op.ends_with("_half") ? 0x1p-10 : 0x1p-7;        // a unit in the last place: each rounds its own result
  };
  auto& product_row = rows.add("gemm_bfloat16", {1024, 1024, 1024}, 2, 1 << 20);
  product_row.flops = 2 * product(product_row.n);
  product_row.floor = 0.7;
  narrow(product_row, product_row.out_size);
  const auto add = [&](const char* op, std::vector<std::int64_t> n, std::size_t inputs, std::int64_t out_size, form result = form::kept) {
    auto& p = pass(rows, op, n, inputs, out_size, result);
    const double first = product(n);
    const bool pairs = p.op.starts_with("add");
    p.bytes = 4 * ((pairs ? 2 : 1) * first + static_cast<double>(out_size));
    narrow(p, p.out_size);
  };
  add("softmax_bfloat16", {64, 1024}, 1, small);
  add("softmax_bfloat16", {4096, 4096}, 1, large);
  add("layer_norm_bfloat16", {4096, 1024}, 3, 4 << 20, form::fresh);
  add("sum_bfloat16", {4096, 4096}, 1, 1);
  rows.all.back().tolerance = 0x1p-4;            // PyTorch's threads round their parts to bfloat16, which nearly cancel
  add("row_sum_bfloat16", {4096, 4096}, 1, 4096);
  for (const auto size : {small, large}) add("add_bfloat16", {size}, 2, size);
  add("gelu_bfloat16", {small}, 1, small);
  add("add_half", {small}, 2, small);
  add("softmax_half", {64, 1024}, 1, small);
}

}  // namespace compare
