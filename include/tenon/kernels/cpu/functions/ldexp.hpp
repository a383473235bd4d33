#pragma once
// ldexp: x 2^n, rounded once.
//
// Method     2^n = 2^a 2^b 2^c 2^f with whole a, b, c that are exponents of normal numbers and a fraction f. The factor that
//            may make the result subnormal comes last; what underflows before it is below half of the smallest number
//            after it, so that nothing is rounded twice. f is 0 unless the caller gives a fraction; then 2^f is exp2's.
#include <tenon/kernels/cpu/math/exponential.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH {

template <class T, int N>
TENON_INLINE vec<T, N> ldexp(vec<T, N> x, vec<T, N> n) {
  using V = vec<T, N>;
  const V least(sizeof(T) == 4 ? T(-126) : T(-1022)), most(sizeof(T) == 4 ? T(127) : T(1023));
  const V limit(sizeof(T) == 4 ? T(300) : T(2200));
  const auto clamp = [](V v, V low, V high) TENON_INLINE_LAMBDA {
    return select(v < low, low, select(v > high, high, v));
  };
  const V bounded = clamp(n, -limit, limit), k = trunc(bounded), f = bounded - k;
  const V a = clamp(k, least, most), b = clamp(k - a, least, most), c = k - a - b;
  V y = x;
  if (any(f != V(T{0}))) y = select(f != V(T{0}), x * exp2(f), x);  // also where n is NaN
  return y * detail::power_of_two(c) * detail::power_of_two(b) * detail::power_of_two(a);
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH
