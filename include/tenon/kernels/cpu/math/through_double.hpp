#pragma once
// Float functions computed in double, for those that are rare or where float would need two words throughout. Half as many
// lanes at a time, and a result that is the correctly rounded one but for the closest of ties (error below 0.51 ulp).
#include <tenon/kernels/cpu/simd.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::detail {

template <class F, int N, class... Rest>
TENON_INLINE vec<float, N> through_double(F f, vec<float, N> x, Rest... rest) {
  if constexpr (N > lanes<double>)
    return join(through_double(f, lower_half(x), lower_half(rest)...), through_double(f, upper_half(x), upper_half(rest)...));
  else
    return convert<float>(f(convert<double>(x), convert<double>(rest)...));
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::detail
