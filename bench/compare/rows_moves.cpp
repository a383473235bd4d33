// Scans, sorting, gathering, copies, random numbers.
#include <cmath>

#include "rows.hpp"

namespace compare {

namespace {

using sizes = std::vector<std::int64_t>;

// rows, columns; column_ down the columns.
void scans(list& rows) {
  const auto add = [&](const char* op, const sizes& n) {
    auto& p = rows.add(op, n, 1, n[0] * n[1]);
    p.bytes = 8 * product(n);
    p.tolerance = 1e-4;
    p.against = "torch";
  };
  add("cumsum", {64, 1024});
  add("cumsum", {4096, 4096});
  add("column_cumsum", {1024, 4096});
  add("cumprod", {1024, 4096});
  add("logcumsumexp", {256, 1024});
}

// rows, columns, and for topk k.
void sorting(list& rows) {
  const auto add = [&](const char* op, const sizes& n, std::int64_t out_size) {
    auto& p = rows.add(op, n, 1, out_size);
    p.bytes = 4.0 * static_cast<double>(n[0] * n[1] + 3 * out_size);             // a value and an index for each
    p.result = form::fresh;
    p.against = "torch";
    p.tolerance = 0;
  };
  add("sort", {1, 65536}, 65536);
  add("sort", {256, 1024}, 256 * 1024);
  add("argsort", {1, 256 * 1024}, 256 * 1024);
  add("topk", {64, 32000, 50}, 64 * 50);
}

// gather: rows, columns, an index for each. index_select, embedding: rows, columns, rows of the result.
void gathering(list& rows) {
  const auto add = [&](const char* op, const sizes& n, std::int64_t out_size, std::int64_t places, form result) {
    auto& p = rows.add(op, n, 2, out_size);
    p.bytes = 8.0 * static_cast<double>(out_size + places);
    p.result = result;
    p.against = "torch";
    p.tolerance = 0;
  };
  for (const auto& n : {sizes{64, 1024}, {1024, 4096}}) add("gather", n, n[0] * n[1], n[0] * n[1], form::kept);
  for (const auto& n : {sizes{1024, 64, 4096}, {32768, 512, 8192}}) add("index_select", n, n[1] * n[2], n[2], form::kept);
  add("embedding", {32000, 512, 512}, 512 * 512, 512, form::fresh);
}

// transpose: of rows and columns, made contiguous. cat: two of rows and columns, side by side. pad: N C H=W and its width.
void copies(list& rows) {
  const auto add = [&](const char* op, const sizes& n, std::int64_t out_size, form result) {
    auto& p = rows.add(op, n, 2, out_size);
    p.bytes = 8.0 * static_cast<double>(out_size);
    p.result = result;
    p.against = "torch";
    p.tolerance = 0;
  };
  add("transpose", {256, 256}, small, form::kept);
  add("transpose", {2048, 2048}, 2048 * 2048, form::kept);
  add("cat", {4096, 1024}, 4096 * 2048, form::kept);
  add("pad", {1, 64, 56, 1}, 64 * 58 * 58, form::fresh);
}

// Elements. Contenders draw other numbers: their mean and variance are compared, to six deviations of the difference.
void random_numbers(list& rows) {
  const auto add = [&](const char* op, std::int64_t size, form result) {
    auto& p = rows.add(op, {size}, 1, size);
    p.bytes = 4.0 * static_cast<double>(size);
    p.result = result;
    p.against = "torch";
    p.compared = 2;
    // The largest is a mean or variance m. Over n numbers a variance v deviates by at most v sqrt(2 / n), a mean by sqrt(v / n): both at most m sqrt(2 / n).
    p.tolerance = 6 * std::sqrt(2.0) * std::sqrt(2.0 / static_cast<double>(size));
  };
  for (const std::int64_t size : {std::int64_t{small}, std::int64_t{1 << 20}}) add("uniform_", size, form::kept);
  add("normal_", 1 << 20, form::kept);
  add("bernoulli_", 1 << 20, form::kept);
  add("dropout", 1 << 20, form::fresh);
}

}  // namespace

void moves(list& rows) {
  scans(rows);
  sorting(rows);
  gathering(rows);
  copies(rows);
  random_numbers(rows);
}

}  // namespace compare
