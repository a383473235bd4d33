// Three forms of an op: op(x) allocates, op_into(out, x) writes into memory that exists, op_(x) works in place.
#include <tenon/ops/activation.hpp>
#include <tenon/ops/factory.hpp>
#include <tenon/ops/softmax.hpp>

#include <cstdio>

namespace tn = tenon;

tn::result<void> run() {
  TENON_TRY(auto x, tn::from_list<float>({{-1, 2, -3}, {4, -5, 6}}));
  TENON_TRY(const auto view, x[1]);
  const float* const data = x.data();
  const auto allocations = tn::memory::statistics().calls;

  TENON_TRY_VOID(tn::relu_(x));                                  // truly in place: the same memory, no allocation
  std::printf("same memory: %d, allocations: %zu\n", x.data() == data, tn::memory::statistics().calls - allocations);
  std::printf("the view sees it: %g %g %g\n", static_cast<double>(*view.at(0)), static_cast<double>(*view.at(1)), static_cast<double>(*view.at(2)));

  TENON_TRY(auto out, tn::empty<float>({2, 3}));
  TENON_TRY_VOID(tn::softmax_into(out, x, -1));                  // all of out is written, or nothing and an error
  std::printf("softmax of row 0: %.3f %.3f %.3f\n", static_cast<double>(*out.at(0, 0)), static_cast<double>(*out.at(0, 1)), static_cast<double>(*out.at(0, 2)));

  TENON_TRY(auto expanded, view.expand({4, 3}));                 // one row, seen four times: no target for a write
  const auto refused = tn::relu_(expanded);
  std::printf("%s\n", refused.error().message().data());
  return {};
}

int main() {
  if (const auto outcome = run(); !outcome) {
    std::printf("%s\n", outcome.error().message().data());
    return 1;
  }
}
