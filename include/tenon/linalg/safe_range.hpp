#pragma once
// Matrices scaled by powers of two, for what does not depend on a factor, or only by that factor.
#include <tenon/kernels/cpu/linalg/batch.hpp>
#include <tenon/kernels/cpu/linalg/safe_range.hpp>
#include <tenon/linalg/call.hpp>

namespace tenon::inline v0::linalg::inline TENON_BUILD::detail {

template <class T>
struct scaled_matrices {
  any_tensor matrices;
  any_tensor factors;                  // (..., 1, 1), real; where something changed
  bool changed = false;
};

// x (..., m, n), its matrices multiplied by powers of two that bring what is close to overflow or subnormal into a range where products and inverses
// are numbers. Exact, but for elements that then are smaller than the largest by more than a condition number can say. x itself if there is
// nothing to do, or if it holds NaN or infinity, for the callers to report. only_lower: the upper triangles are not looked at, and may come back as zeros.
template <class T>
result<scaled_matrices<T>> to_safe_range(const char* name, const any_tensor& x, bool only_lower = false) {
  using R = real_t<T>;
  using scalar = kernels::cpu::linalg::kernel_t<T>;
  using matrix = kernels::cpu::linalg::matrix<scalar>;
  const index_t m = x.size(-2), n = x.size(-1);
  const shape batch = calls::batch_shape(x.shape());
  if (x.numel() == 0) return scaled_matrices<T>{x, {}};
  TENON_TRY(any_tensor copy, calls::copy_columns(name, x));
  TENON_TRY(any_tensor factors, allocate_tensor(name, calls::with_matrix(batch, 1, 1), dtype_of<R>, x.where()));
  bool changed = false;
  for (index_t i = 0; i < batch.numel(); ++i) {
    const matrix a = {kernels::cpu::linalg::as_scalars(calls::data_as<T>(copy)) + i * m * n, m, n, m};
    if (!kernels::cpu::linalg::all_finite<scalar>(a)) return scaled_matrices<T>{x, {}};
    if (only_lower) kernels::cpu::linalg::clear_upper(a);
    const R factor = kernels::cpu::linalg::scale_to_safe_range(a);
    calls::data_as<R>(factors)[i] = factor;
    changed = changed || factor != 1;
  }
  if (!changed) return scaled_matrices<T>{x, {}};
  return scaled_matrices<T>{std::move(copy), std::move(factors), true};
}

}  // namespace tenon::inline v0::linalg::inline TENON_BUILD::detail
