#pragma once
// The roots of a secular equation all at once, and the weights whose exact roots they are.
//
//   D + rho z z^T:  poles p (k, ascending), weights z  ->  roots x_j;  difference(i, j) = p_i - x_j (k, k);  z' (k)
//
// z'_i^2 = -prod_j (p_i - x_j) / prod_{j != i} (p_i - p_j), with z's sign (Löwner 1934; Gu & Eisenstat 1994): the x_j are the
// roots for z' exactly, and z' is as near to z as rounding allows. All factors have full relative accuracy.
#include <tenon/kernels/cpu/linalg/matrix.hpp>
#include <tenon/kernels/cpu/linalg/secular.hpp>
#include <tenon/kernels/cpu/linalg/workspace.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg {

// Calls f(begin, end) for pieces of [0, n), one for each thread where n is large enough for several.
template <class F>
void in_pieces(const context& ctx, index_t n, index_t least, F f) {
  index_t pieces = n / least;
  if (pieces > 4 * ctx.threads) pieces = 4 * ctx.threads;
  if (pieces <= 1 || ctx.threads <= 1) return f(index_t{0}, n);
  ctx.parallel(pieces, [&](index_t i) { f(n * i / pieces, n * (i + 1) / pieces); });
}

// weight holds z and then z'. roots(j, origin, offset) is told each root.
template <class R, class Poles, class F>
void solve_secular(const context& ctx, index_t k, R rho, Poles poles, R* weight, R* scratch, matrix<R> difference, F roots) {
  using V = vec<R>;
  constexpr index_t N = lanes<R>;
  const secular_equation<R, Poles> equation(k, poles, weight, rho);
  in_pieces(ctx, k, 32, [&](index_t begin, index_t end) {
    for (index_t j = begin; j < end; ++j) {
      const auto root = equation.solve(j);
      const R pole = poles.d[root.origin];
      for (index_t i = 0; i < k; i += N) {
        const index_t count = smaller(k - i, N);
        (poles.differences(i, count, pole) - V(root.offset)).store(difference.col(j) + i, count);
      }
      roots(j, root.origin, root.offset);
    }
  });
  in_pieces(ctx, (k + N - 1) / N, 8, [&](index_t begin, index_t end) {
    for (index_t b = begin; b < end; ++b) {
      const index_t i = b * N, count = smaller(k - i, N);
      const V index = V::iota() + V(static_cast<R>(i));
      V product(1);
      for (index_t j = 0; j < k; ++j) {
        const V gap = V::load(difference.col(j) + i, count), spread = poles.differences(i, count, poles.d[j]);
        product *= gap / select(index == V(static_cast<R>(j)), V(1), spread);
      }
      const V z = V::load(weight + i, count);
      copysign(sqrt(abs(product)), z).store(scratch + i, count);
    }
  });
  for (index_t i = 0; i < k; ++i) weight[i] = scratch[i];
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg
