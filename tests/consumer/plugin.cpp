// A shared library that holds Tenon's compiled kernels. It offers one C function; the kernels stay its own affair.
#include <tenon/tenon.hpp>

extern "C" int softmax_rows_sum_to_one() {
  const auto y = tenon::softmax(tenon::randn<float>({64, 100}), -1);
  if (!y) return 0;
  for (tenon::index_t row = 0; row < 64; ++row) {
    double sum = 0;
    for (tenon::index_t i = 0; i < 100; ++i) sum += double{y->data()[row * 100 + i]};
    if (sum < 1 - 1e-5 || sum > 1 + 1e-5) return 0;          // 100 roundings of numbers below 1: 100 * 6e-8
  }
  return 1;
}
