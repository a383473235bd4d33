#pragma once
// Classification losses: minus the log-probability of the right class, weighted and smoothed.
//
//   log_p (N, C, S): log-probabilities of C classes at N * S positions, dense
//   loss at a position with class c:   -(1 - e) w_c log_p[c] - e / C sum_j w_j log_p[j]          e: label smoothing
//   with probabilities q instead of a class:   -sum_j w_j ((1 - e) q_j + e / C) log_p[j]
#include <tenon/core/build.hpp>
#include <tenon/kernels/status.hpp>

namespace tenon::inline v0::kernels {

template <class C>                             // float or double
struct class_loss {
  const C* log_p = nullptr;
  const std::int64_t* target = nullptr;        // (N, S) classes; or null, and
  const C* probabilities = nullptr;            // (N, C, S)
  const C* weight = nullptr;                   // (C), or null: 1
  C* loss = nullptr;                           // (N, S) one loss a position
  C* weights = nullptr;                        // (N, S) the weight of each position in the mean
  index_t batch = 0, classes = 0, pixels = 0;
  index_t ignore_index = -100;                 // positions of this class cost nothing and do not count
  double smoothing = 0;
};

}  // namespace tenon::inline v0::kernels
