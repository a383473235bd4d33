#pragma once
// A random permutation, in a form that every device can compute: position i gets the 64-bit key v0v1 of philox at first + i,
// and the permutation sorts the keys. (Fisher and Yates' shuffle is sequential by nature.)
//
//   out = the positions 0 .. n-1, ordered by (key, position)
//
// All orders are equally likely but for equal keys: a bias below n^2 / 2^65.
#include <tenon/kernels/random.hpp>

namespace tenon::inline v0::kernels {

struct permutation_plan {
  random_plan numbers;
  int passes = 0;                            // of a radix sort by 8 bits, from the top of the key down
  index_t workspace_bytes = 0;
};

struct keyed_position {
  std::uint64_t key;
  index_t position;
};

// So many top bits that few keys agree in them: log2 n and at least 4 more. What is left is for an insertion sort.
constexpr permutation_plan plan_permutation(const random_plan& numbers) {
  permutation_plan p{numbers, 1, 0};
  while (p.passes < 8 && (numbers.n >> (8 * p.passes - 4)) > 0) ++p.passes;
  p.workspace_bytes = numbers.n * 2 * static_cast<index_t>(sizeof(keyed_position));
  return p;
}

}  // namespace tenon::inline v0::kernels
