#pragma once
// next_toward(from, to, type_tag<T>): the neighbour of `from` in the direction of `to` among the values of T, which is the
// vector's own type, or a half type that is computed in float.
//
// Method     Without their sign, the bit patterns of a format are in the order of its values, infinity behind the largest:
//            one step is one more or one less. A half's pattern is made from its float and back.
// Special    NaN if either is NaN. Equal values give `to` (so -0 towards +0 is +0). From 0 the smallest subnormal.
#include <tenon/core/dtype.hpp>
#include <tenon/kernels/cpu/simd.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH {

namespace detail {

// The magnitude's bit pattern in format T, and back.
template <class T, class C, int N>
TENON_INLINE auto pattern_of(vec<C, N> magnitude) {
  using U = signed_word<static_cast<int>(sizeof(C))>;
  const auto bits = bitcast<U>(magnitude);
  if constexpr (std::is_same_v<T, bfloat16>) {
    return bits >> 16;
  } else if constexpr (std::is_same_v<T, half>) {
    const auto subnormal = convert<U>(magnitude * vec<C, N>(C(0x1p24)));
    const auto normal = (bits >> 13) - vec<U, N>(U{112} << 10);
    const auto infinite = magnitude == vec<C, N>(std::numeric_limits<C>::infinity());
    return select(infinite, vec<U, N>(U{0x7c00}), select(magnitude < vec<C, N>(C(0x1p-14)), subnormal, normal));
  } else {
    return bits;
  }
}
template <class T, class C, class U, int N>
TENON_INLINE vec<C, N> value_of(vec<U, N> pattern) {
  if constexpr (std::is_same_v<T, bfloat16>) {
    return bitcast<C>(pattern << 16);
  } else if constexpr (std::is_same_v<T, half>) {
    const auto subnormal = convert<C>(pattern) * vec<C, N>(C(0x1p-24));
    const auto normal = bitcast<C>((pattern << 13) + vec<U, N>(U{112} << 23));
    return select(pattern < vec<U, N>(U{0x400}), subnormal,
                  select(pattern == vec<U, N>(U{0x7c00}), vec<C, N>(std::numeric_limits<C>::infinity()), normal));
  } else {
    return bitcast<C>(pattern);
  }
}

}  // namespace detail

template <class T, class C, int N>
TENON_INLINE vec<C, N> next_toward(vec<C, N> from, vec<C, N> to, type_tag<T>) {
  using V = vec<C, N>;
  using U = detail::signed_word<static_cast<int>(sizeof(C))>;
  const V zero(C{0});
  const auto pattern = detail::pattern_of<T>(abs(from));
  const auto outward = (from < to) ^ (from < zero);  // away from zero
  const auto stepped = select(outward, pattern + vec<U, N>(U{1}), pattern - vec<U, N>(U{1}));
  const V moved = copysign(detail::value_of<T, C>(stepped), from);
  const V smallest = copysign(detail::value_of<T, C>(vec<U, N>(U{1})), to);
  const V next = select(from == zero, smallest, moved);
  return select(from != from, from, select((from == to) | (to != to), to, next));
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH
