#pragma once
// One row, checked and then timed.
#include "problem.hpp"

namespace compare {

struct timing {
  std::string contender;
  bool agrees = true;                            // with Tenon's result
  double seconds = 0, low = 0, high = 0;         // of one call: median and quartiles over the rounds
  double ratio = 1, ratio_low = 1, ratio_high = 1;                   // to Tenon's time in the same round: median, and what it lies between
};

// Tenon first, then each rival that does this task.
std::vector<timing> measure(const problem& p, const std::vector<const rival*>& rivals);

}  // namespace compare
