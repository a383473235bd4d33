#pragma once
// Iterations on a batch of matrices: their cap, and what is said where it was reached.
#include <tenon/linalg/call.hpp>

#include <atomic>

namespace tenon::inline v0::linalg {

namespace detail {
inline std::atomic<index_t> sweep_limit{kernels::linalg::usual_sweeps};
}  // namespace detail

/// For tests of what a program does where an iteration (of eig, eigh, schur, svd, and of what is built on them) does not converge: calls
/// that begin from now on, on any thread, stop after n sweeps for each eigenvalue, singular value or pair of columns. The usual 30 where n
/// is negative or more than that.
inline void limit_sweeps(index_t n) noexcept {
  constexpr index_t usual = kernels::linalg::usual_sweeps;
  detail::sweep_limit.store(n < 0 || n > usual ? usual : n, std::memory_order_relaxed);
}

}  // namespace tenon::inline v0::linalg

namespace tenon::inline v0::inline TENON_BUILD::calls {

inline index_t most_sweeps() { return linalg::detail::sweep_limit.load(std::memory_order_relaxed); }

// "matrix [3] of the batch has not converged after 30 sweeps for each singular value: 17 of 32 are found". Where divide and conquer
// has begun with pieces of the matrix, it is their values that are found.
inline error not_converged(const char* op, const shape& batch, index_t matrix, index_t sweeps, const char* for_what, index_t found, index_t n) {
  return matrix_error(error_code::no_convergence, op, batch, matrix,
                      make_text("has not converged after ", sweeps, " sweeps ", for_what, ": ", found, " of ", n, " are found"));
}

// Memory for the outcome of each of `count` matrices, all ok.
inline result<storage_ptr> iteration_outcomes(const char* op, index_t count) {
  using kernels::status;
  TENON_TRY(storage_ptr memory, workspace(op, count * static_cast<index_t>(sizeof(status))));
  for (index_t i = 0; i < count; ++i) reinterpret_cast<status*>(data_of(memory))[i] = {};
  return memory;
}
inline kernels::status* outcomes_of(const storage_ptr& memory) { return reinterpret_cast<kernels::status*>(data_of(memory)); }

// The first matrix that failed, with the reason. n: the values that each has.
inline result<void> finish_iterations(const char* op, const shape& batch, const storage_ptr& outcomes, index_t sweeps, const char* for_what, index_t n) {
  using kernels::status_code;
  const index_t count = batch.numel();
  for (index_t i = 0; i < count; ++i) {
    const kernels::status s = outcomes_of(outcomes)[i];
    if (s.code == status_code::ok) continue;
    if (s.code == status_code::non_finite) return non_finite(op, batch, i);
    return not_converged(op, batch, i, sweeps, for_what, n - s.detail, n);
  }
  return {};
}

}  // namespace tenon::inline v0::inline TENON_BUILD::calls
