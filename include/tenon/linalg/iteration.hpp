#pragma once
// The outcome of iterations on a batch of matrices, one code for each, as an error.
#include <tenon/linalg/call.hpp>

namespace tenon::inline v0::inline TENON_BUILD::calls {

// Memory for `count` codes, all ok.
inline result<storage_ptr> iteration_codes(const char* op, index_t count) {
  using kernels::status_code;
  TENON_TRY(storage_ptr memory, workspace(op, count * static_cast<index_t>(sizeof(status_code))));
  for (index_t i = 0; i < count; ++i) reinterpret_cast<status_code*>(data_of(memory))[i] = status_code::ok;
  return memory;
}
inline kernels::status_code* codes_of(const storage_ptr& memory) { return reinterpret_cast<kernels::status_code*>(data_of(memory)); }

// The first matrix that failed, with the reason. `effort` says what was tried: "30 sweeps for each eigenvalue".
inline result<void> finish_iterations(const char* op, const shape& batch, const storage_ptr& codes, const char* effort) {
  using kernels::status_code;
  const index_t count = batch.numel();
  for (index_t i = 0; i < count; ++i) {
    const status_code code = codes_of(codes)[i];
    if (code == status_code::ok) continue;
    const bool finite = code != status_code::non_finite;
    text why;
    if (finite) why << "has not converged after " << effort;
    else why << "holds NaN or infinity";
    return matrix_error(finite ? error_code::no_convergence : error_code::non_finite_input, op, batch, i, why);
  }
  return {};
}

}  // namespace tenon::inline v0::inline TENON_BUILD::calls
