// A tensor is a handle on memory; a view is another handle on the same memory.
#include <tenon/ops/copy.hpp>
#include <tenon/ops/factory.hpp>
#include <tenon/ops/operators.hpp>

#include <cstdio>
#include <vector>

namespace tn = tenon;

int main() {
  auto x = tn::unwrap(tn::from_list<float>({{0, 1, 2, 3}, {4, 5, 6, 7}, {8, 9, 10, 11}}));

  const auto columns = tn::unwrap(x.transpose(0, 1));            // no element is copied
  const auto every_second = tn::unwrap(x.slice(1, {.step = 2}));
  const auto backwards = tn::unwrap(x.slice(0, {.step = -1}));
  std::printf("x(1, 2) = %g, as columns(2, 1) = %g\n", static_cast<double>(*x.at(1, 2)), static_cast<double>(*columns.at(2, 1)));
  std::printf("every second column of row 2: %g %g\n", static_cast<double>(*every_second.at(2, 0)), static_cast<double>(*every_second.at(2, 1)));
  std::printf("the last row first: %g\n", static_cast<double>(*backwards.at(0, 0)));

  auto diagonal = tn::unwrap(x.diagonal());                      // writing to a view changes the tensor
  tn::unwrap(diagonal += 100.0F);
  std::printf("x(1, 1) = %g\n", static_cast<double>(*x.at(1, 1)));

  const auto copy = tn::unwrap(tn::clone(x));                    // clone copies; a handle shares
  const auto same = x;
  std::printf("shares memory: %d, clone shares: %d\n", x.data() == same.data(), x.data() == copy.data());

  std::vector<float> mine = {1, 2, 3, 4};                        // foreign memory: from_span copies, wrap borrows
  const auto borrowed = tn::unwrap(tn::wrap(mine.data(), {2, 2}));
  std::printf("borrowed: %d, sum of a row: %g\n", borrowed.data() == mine.data(), static_cast<double>(*borrowed.at(0, 0) + *borrowed.at(0, 1)));

  const auto dense = tn::unwrap(tn::contiguous(columns));        // a dense tensor has a std::span
  for (const float v : tn::unwrap(dense.span())) std::printf("%g ", static_cast<double>(v));
  std::printf("\n");
}
