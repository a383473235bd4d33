#pragma once
// Norms that neither overflow nor vanish unless the result does, and the check that a matrix holds numbers only.
#include <tenon/kernels/cpu/linalg/matrix.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg {

// The n complex numbers at p as 2n real ones.
template <class T>
TENON_INLINE const real_of<T>* as_reals(const T* p) { return reinterpret_cast<const real_of<T>*>(p); }
template <class T>
inline constexpr index_t reals_of = is_cplx<T> ? 2 : 1;

// Whether all are numbers, neither NaN nor infinite. x * 0 is 0 of these only.
template <class T>
bool all_finite(index_t n, const T* x) {
  using R = real_of<T>;
  using V = vec<R>;
  constexpr index_t N = lanes<R>;
  const R* p = as_reals(x);
  n *= reals_of<T>;
  V sum[2] = {V(R(0)), V(R(0))};
  index_t i = 0;
  for (; i + 2 * N <= n; i += 2 * N) {
    sum[0] = fma(V::load(p + i), V(R(0)), sum[0]);
    sum[1] = fma(V::load(p + i + N), V(R(0)), sum[1]);
  }
  for (; i < n; i += N) sum[0] = fma(V::load(p + i, n - i), V(R(0)), sum[0]);
  return all(sum[0] + sum[1] == V(R(0)));
}
template <class T>
bool all_finite(matrix<const T> a) {
  if (a.ld == a.rows) return all_finite(a.rows * a.cols, a.data);
  for (index_t j = 0; j < a.cols; ++j)
    if (!all_finite(a.rows, a.col(j))) return false;
  return true;
}

// The largest |x_i|; of complex numbers the largest |re| or |im|. NaN counts as nothing.
template <class T>
real_of<T> largest_part(index_t n, const T* x) {
  using R = real_of<T>;
  using V = vec<R>;
  constexpr index_t N = lanes<R>;
  const R* p = as_reals(x);
  n *= reals_of<T>;
  V most(R(0));
  for (index_t i = 0; i < n; i += N) most = at_least(abs(V::load(p + i, n - i)), most);
  return reduce_max(most);
}
template <class T>
real_of<T> largest_part(matrix<const T> a) {
  real_of<T> most = 0;
  for (index_t j = 0; j < a.cols; ++j) {
    const real_of<T> m = largest_part(a.rows, a.col(j));
    most = m > most ? m : most;
  }
  return most;
}

template <class T>
real_of<T> sum_of_squares(index_t n, const T* x, real_of<T> factor) {
  using R = real_of<T>;
  using V = vec<R>;
  constexpr index_t N = lanes<R>;
  const R* p = as_reals(x);
  n *= reals_of<T>;
  V sum[4] = {V(R(0)), V(R(0)), V(R(0)), V(R(0))};
  const V f(factor);
  index_t i = 0;
  for (; i + 4 * N <= n; i += 4 * N)
    TENON_UNROLL(4)
    for (int k = 0; k < 4; ++k) {
      const V v = V::load(p + i + k * N) * f;
      sum[k] = fma(v, v, sum[k]);
    }
  for (; i < n; i += N) {
    const V v = V::load(p + i, n - i) * f;
    sum[0] = fma(v, v, sum[0]);
  }
  return reduce_add((sum[0] + sum[1]) + (sum[2] + sum[3]));
}

// sqrt(sum |x_i|^2). A first pass as it is; where that overflowed, or where squares may have vanished, a second one scaled by
// a power of two after Blue, "A portable Fortran program to find the Euclidean norm of a vector", ACM TOMS 4(1), 1978. What
// vanishes below `least` is less than eps^2 of the sum for each element.
template <class T>
real_of<T> norm2(index_t n, const T* x) {
  using R = real_of<T>;
  constexpr bool wide = sizeof(R) == 8;
  constexpr R least = smallest_normal<R> / (epsilon<R> * epsilon<R>);
  const R sum = sum_of_squares(n, x, R(1));
  if (sum != sum || (sum > least && sum <= std::numeric_limits<R>::max())) return square_root(sum);
  const R factor = sum > least ? R(wide ? 0x1p-600 : 0x1p-80) : R(wide ? 0x1p600 : 0x1p100);
  return square_root(sum_of_squares(n, x, factor)) / factor;
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg
