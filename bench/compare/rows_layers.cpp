// Pooling, convolution in one and three dimensions, losses, einsum.
#include "rows.hpp"

namespace compare {

namespace {

// N C H=W K stride padding; adaptive: N C H=W and the side of the result.
void pooling(list& rows) {
  const auto add = [&](const char* op, std::vector<std::int64_t> n, form result) {
    const auto side = n.size() == 4 ? n[3] : (n[2] + 2 * n[5] - n[3]) / n[4] + 1, out = n[0] * n[1] * side * side;
    auto& p = rows.add(op, n, 1, out);
    p.bytes = 4.0 * static_cast<double>(n[0] * n[1] * n[2] * n[2] + out);
    p.result = result;
    p.against = "torch";
  };
  add("max_pool2d", {1, 64, 112, 3, 2, 1}, form::fresh);
  add("max_pool2d", {4, 64, 112, 2, 2, 0}, form::fresh);
  add("avg_pool2d", {1, 64, 112, 3, 2, 1}, form::kept);
  add("adaptive_avg_pool2d", {4, 256, 28, 7}, form::fresh);
}

// N C L O K stride padding, in one dimension or, the same along each, in three.
void convolutions(list& rows) {
  const auto add = [&](const char* op, int dims, std::vector<std::int64_t> n) {
    const auto side = (n[2] + 2 * n[6] - n[4]) / n[5] + 1;
    const auto out = n[0] * n[3] * (dims == 1 ? side : side * side * side);
    auto& p = rows.add(op, n, 2, out);
    p.flops = 2 * static_cast<double>(out) * static_cast<double>(n[1] * (dims == 1 ? n[4] : n[4] * n[4] * n[4]));
    p.result = form::fresh;
    p.tolerance = 1e-4;
    p.floor = 0.6;
    p.against = "torch";
  };
  add("conv1d", 1, {1, 80, 3000, 384, 3, 1, 1});
  add("conv1d", 1, {16, 64, 1024, 128, 5, 1, 2});
  add("conv3d", 3, {1, 3, 64, 32, 3, 2, 1});
  add("conv3d", 3, {1, 16, 32, 32, 3, 1, 1});
}

// The mean over all. cross_entropy: rows, classes.
void losses(list& rows) {
  const auto add = [&](const char* op, std::vector<std::int64_t> n, double read) {
    auto& p = rows.add(op, std::move(n), 2, 1);
    p.bytes = read;
    p.result = form::fresh;
    p.against = "torch";
    p.tolerance = 1e-3;                          // Eigen adds up one by one
  };
  add("cross_entropy", {128, 1000}, 4.0 * 128 * 1000);
  add("cross_entropy", {4096, 1000}, 4.0 * 4096 * 1000);
  for (const auto size : {small, large / 4})
    for (const char* op : {"mse_loss", "bce_with_logits"}) add(op, {size}, 8.0 * static_cast<double>(size));
}

// bhqd,bhkd->bhqk (the scores of attention): b h q k d. bhwc,hkc->bhwk (relative positions in images): b h w k c.
void einsums(list& rows) {
  const auto add = [&](const char* op, std::vector<std::int64_t> n) {
    auto& p = rows.add(op, n, 2, n[0] * n[1] * n[2] * n[3]);
    p.flops = 2 * product(n);
    p.result = form::fresh;
    p.against = "torch";
    p.tolerance = 1e-4;
  };
  add("einsum_scores", {4, 12, 128, 128, 64});
  add("einsum_positions", {25, 14, 14, 14, 64});
}

}  // namespace

void layers(list& rows) {
  pooling(rows);
  convolutions(rows);
  losses(rows);
  einsums(rows);
}

}  // namespace compare
