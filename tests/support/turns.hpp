#pragma once
// Which of a table's layouts a case runs with.
#include "cases.hpp"

#include <numeric>

namespace tenon_test {

// All of 0 .. count - 1. In the reduced set a GPU's kernels, which run on the CPU there, take one of them, each time the next: every
// case runs, every layout occurs, in another pairing for each element type.
inline std::vector<std::size_t> turns(std::size_t count) {
#if defined(TENON_TEST_REDUCED)
  static std::size_t turn = 0;
  if (test_device != tn::device::cpu) return {turn++ % count};
#endif
  std::vector<std::size_t> all(count);
  std::iota(all.begin(), all.end(), std::size_t{0});
  return all;
}

}  // namespace tenon_test
