#pragma once
// Which singular values count.
#include <tenon/linalg/call.hpp>
#include <tenon/ops/arithmetic.hpp>
#include <tenon/ops/comparison.hpp>
#include <tenon/ops/extremes.hpp>
#include <tenon/ops/reduction/extremum.hpp>

#include <limits>

namespace tenon::inline v0::linalg {

// A singular value counts if it is above max(atol, rtol * the largest one). A negative rtol stands for the default:
// max(m, n) eps, or 0 where an atol above 0 is given.
struct rank_options {
  double atol = 0, rtol = -1;
  bool hermitian = false;              // A is Hermitian: by eigenvalues, of the lower triangle, in less time
};

}  // namespace tenon::inline v0::linalg

namespace tenon::inline v0::linalg::inline TENON_BUILD::detail {

// Which of the values s (..., k) >= 0 count, for matrices m x n.
template <class R>
result<tensor<bool>> counts(const tensor<R>& s, index_t m, index_t n, const rank_options& o) {
  const double usual = o.atol > 0 ? 0 : static_cast<double>(m > n ? m : n) * static_cast<double>(std::numeric_limits<R>::epsilon());
  const R rtol = static_cast<R>(o.rtol < 0 ? usual : o.rtol), atol = static_cast<R>(o.atol);
  return gt(s, clamp_min(mul(amax(s, {-1}, {.keepdim = true}), rtol), atol));
}

}  // namespace tenon::inline v0::linalg::inline TENON_BUILD::detail
