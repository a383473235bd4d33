#pragma once
// Scaling a matrix so that squares of its elements neither overflow nor vanish.
#include <tenon/kernels/cpu/linalg/norm.hpp>
#include <tenon/kernels/cpu/linalg/vector.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg {

// Multiplies a by a power of two that brings its elements into the range where their squares are harmless. Answers the factor.
template <class T>
real_of<T> scale_to_safe_range(matrix<T> a) {
  using R = real_of<T>;
  constexpr R high = sizeof(R) == 4 ? R(0x1p40) : R(0x1p450), low = R(1) / high;
  const R most = largest_part<T>(a);
  if (most == 0 || (most >= low && most <= high)) return R(1);
  R factor = 1;
  constexpr R step = sizeof(R) == 4 ? R(0x1p20) : R(0x1p100);
  for (R m = most; m < low; m *= step) factor *= step;
  for (R m = most; m > high; m /= step) factor /= step;
  for (index_t j = 0; j < a.cols; ++j) scale(a.rows, factor, a.col(j));
  return factor;
}
// The way back.
template <class T>
void divide(matrix<T> a, real_of<T> factor) {
  if (factor == 1) return;
  for (index_t j = 0; j < a.cols; ++j)
    for (index_t i = 0; i < a.rows; ++i) a(i, j) = a(i, j) / factor;
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::linalg
