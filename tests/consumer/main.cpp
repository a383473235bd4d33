// The smallest program worth the name: random numbers, one op, one error.
#include <tenon/tenon.hpp>

#include <cstdio>

namespace tn = tenon;

int main() {
  const auto x = tn::randn<float>({4, 4});
  const auto y = tn::softmax(x, -1);
  if (!y) return 1;
  const auto wrong = tn::softmax(x, 7);
  if (wrong || wrong.error().code() != tn::error_code::dim_out_of_range) return 2;
  std::printf("Tenon %s: softmax of a [4, 4] tensor begins with %g\n", TENON_VERSION_STRING, double{y->data()[0]});
  return 0;
}
