#pragma once
// Batches of matrices: how they are shared between threads.
//
// Many matrices: each thread takes a few at a time and works on them alone. Few large ones: one after the other, and the
// products inside are shared. Either way a matrix is computed by the same steps, and the bits of its result do not depend on the
// number of threads.
#include <tenon/core/dtype.hpp>
#include <tenon/kernels/context.hpp>
#include <tenon/kernels/linalg/product.hpp>
#include <tenon/kernels/status.hpp>

namespace tenon::inline v0::kernels::linalg {

// Whole cache lines: what a part of a workspace takes.
constexpr index_t lines(index_t bytes) { return (bytes + 63) / 64 * 64; }

// An iteration's cap: so many sweeps for each value that is looked for. Two or three are usual.
inline constexpr index_t usual_sweeps = 30;

struct batch_plan {
  index_t count = 0;                       // of matrices
  index_t slots = 1, at_once = 1;          // threads that work on different matrices, and how many each takes at a time
  int threads = 1;                         // within one matrix
  index_t slot_bytes = 0, workspace_bytes = 0;
};

// `nanoseconds`: of work on one matrix, roughly. bytes(threads): the workspace of one matrix on so many threads.
template <class Bytes>
constexpr batch_plan plan_batch(index_t count, double nanoseconds, int threads, Bytes bytes) {
  batch_plan p;
  p.count = count;
  const double work = static_cast<double>(count) * nanoseconds;
  if (threads > 1 && work > 15000.0) {
    const bool uneven = count < 4 * threads && count % threads != 0;
    if (count > 1 && !(uneven && nanoseconds > 1e6)) {
      const double worth = work / 7500.0;
      p.slots = count < threads ? count : threads;
      if (worth < static_cast<double>(p.slots)) p.slots = static_cast<index_t>(worth);
      const index_t share = count / (p.slots * 8);
      p.at_once = share > 1 ? share : 1;
    } else {
      p.threads = threads;
    }
  }
  if (p.slots == 1) p.at_once = count;
  p.slot_bytes = lines(bytes(p.threads));
  p.workspace_bytes = p.slots * p.slot_bytes;
  return p;
}

// The number of the first of `count` blocks of n elements, `step` apart, that holds NaN or infinity, or -1.
template <class T>
struct finite_kernel {
  using function = index_t (*)(const context&, const T* data, index_t count, index_t n, index_t step);
};

}  // namespace tenon::inline v0::kernels::linalg
