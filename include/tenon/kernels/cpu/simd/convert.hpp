#pragma once
// convert<U>(vec<T, N>): lane by lane, by Tenon's one rule for conversions.
//
//   integer -> integer   wraps (modulo 2^width)
//   float   -> integer   truncates towards zero and saturates; NaN becomes 0
//   any     -> float     rounds to nearest, ties to even
//
// In registers: between float, double and the integers up to 32 bits, and double <- int64. With AVX-512 also float and
// double <-> 64 bits. The rest goes one lane at a time.
#include <tenon/kernels/cpu/simd/functions.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH {

// The rule for one value.
template <class U, class T>
TENON_ALWAYS_INLINE constexpr U convert_lane(T x) {
  if constexpr (std::is_floating_point_v<T> && std::is_integral_v<U>) {
    constexpr U low = std::numeric_limits<U>::lowest(), high = std::numeric_limits<U>::max();
    constexpr T end = static_cast<T>(U{1} << (sizeof(U) * 8 - 2)) * (std::is_signed_v<U> ? T{2} : T{4});   // high + 1
    if (x != x) return 0;
    if (x >= end) return high;
    if (x <= static_cast<T>(low)) return low;
    return static_cast<U>(x);
  } else {
    return static_cast<U>(x);
  }
}

namespace detail {

template <class U, class T, int N>
TENON_ALWAYS_INLINE vec<U, N> convert_array(vec<T, N> v) {
  return vec<U, N>::from_array(convert_each<U, T, N>(v.lanes_array()));
}

template <class U, class T, int N>
TENON_ALWAYS_INLINE vec<U, N> convert_lanes(vec<T, N> v) {
  array<U, N> out = {};
  for (int i = 0; i < N; ++i) out[i] = convert_lane<U, T>(v[i]);
  return vec<U, N>::from_array(out);
}

// To int32 where every value is known to be in its range or to be caught by the caller.
template <class T, int N>
TENON_ALWAYS_INLINE vec<std::int32_t, N> truncate_to_int32(vec<T, N> v) {
#if defined(__x86_64__) || defined(_M_X64)
  using R = typename vec<std::int32_t, N>::register_type;
  if constexpr (std::is_same_v<T, float>) {
#if TENON_SIMD_BYTES == 64
    if constexpr (N == 16) return vec<std::int32_t, N>((R)_mm512_cvttps_epi32((__m512)v.r));
#endif
#if TENON_SIMD_BYTES >= 32
    if constexpr (N == 8) return vec<std::int32_t, N>((R)_mm256_cvttps_epi32((__m256)v.r));
#endif
    if constexpr (N <= 4) return vec<std::int32_t, N>((R)_mm_cvttps_epi32((__m128)v.r));
  } else {
#if TENON_SIMD_BYTES == 64
    if constexpr (N == 8) return vec<std::int32_t, N>((R)_mm512_cvttpd_epi32((__m512d)v.r));
#endif
#if TENON_SIMD_BYTES >= 32
    if constexpr (N == 4) return vec<std::int32_t, N>((R)_mm256_cvttpd_epi32((__m256d)v.r));
#endif
    if constexpr (N <= 2) return vec<std::int32_t, N>((R)_mm_cvttpd_epi32((__m128d)v.r));
  }
#else
  return convert_lanes<std::int32_t>(v);
#endif
}

template <class U, class T, int N>
TENON_ALWAYS_INLINE vec<U, N> float_to_integer(vec<T, N> v) {
  if constexpr (sizeof(U) < 4) {                                         // clamp first, then it fits an int32
    const vec<T, N> low(static_cast<T>(std::numeric_limits<U>::lowest())), high(static_cast<T>(std::numeric_limits<U>::max()));
    v = select(v > low, v, low);
    v = select(v < high, v, high);
    return convert_array<U>(truncate_to_int32(v));
  } else if constexpr (std::is_same_v<U, std::int32_t> && std::is_same_v<T, double>) {
    v = select(v < T(2147483647), v, vec<T, N>(T(2147483647)));
    return truncate_to_int32(v);                                         // too small: the hardware's 0x80000000 is right
  } else if constexpr (std::is_same_v<U, std::int32_t>) {
    const auto r = truncate_to_int32(v);                                 // 0x80000000 if out of range
    return select(v >= T(2147483648.0), vec<U, N>(U{0x7fffffff}), r);
  } else {
    return convert_lanes<U>(v);
  }
}

}  // namespace detail

template <class U, class T, int N>
TENON_ALWAYS_INLINE vec<U, N> convert(vec<T, N> v) {
  static_assert(N <= lanes<U>, "the target type has fewer lanes than this value holds");
  constexpr bool from_float = std::is_floating_point_v<T>, to_float = std::is_floating_point_v<U>;
  if constexpr (std::is_same_v<U, T>) {
    return v;
  } else if constexpr (from_float == to_float) {
    return detail::convert_array<U>(v);
  } else if constexpr (from_float) {
#if TENON_SIMD_BYTES == 64
    if constexpr (sizeof(U) == 8 || std::is_same_v<U, std::uint32_t>) {
      constexpr T end = static_cast<T>(U{1} << (sizeof(U) * 8 - 2)) * (std::is_signed_v<U> ? T{2} : T{4});
      auto r = detail::convert_array<U>(select(v >= vec<T, N>(T{0}), v, std::is_signed_v<U> ? v : vec<T, N>(T{0})));
      r = select(v >= end, vec<U, N>(std::numeric_limits<U>::max()), r);
      return select(v == v, r, vec<U, N>(U{0}));
    }
#endif
    if constexpr (sizeof(U) == 8 || std::is_same_v<U, std::uint32_t>) {
      return detail::convert_lanes<U>(v);
    } else {
      return select(v == v, detail::float_to_integer<U>(v), vec<U, N>(U{0}));
    }
  } else if constexpr (sizeof(T) < 4) {
    return detail::convert_array<U>(detail::convert_array<std::int32_t>(v));
  } else if constexpr (std::is_same_v<T, std::int32_t> || TENON_SIMD_BYTES == 64) {
    return detail::convert_array<U>(v);
  } else if constexpr (std::is_same_v<T, std::uint32_t>) {
    // Both halves are exact as float; the sum rounds once.
    const auto high = detail::convert_array<U>(bitcast<std::int32_t>(v >> 16));
    const auto low = detail::convert_array<U>(bitcast<std::int32_t>(v & vec<T, N>(T{0xffff})));
    return high * vec<U, N>(U{65536}) + low;
  } else if constexpr (std::is_same_v<T, std::int64_t> && std::is_same_v<U, double>) {
    // The halves become mantissas: of 2^52 + low and of 2^84 + 2^63 + high * 2^32. The difference is exact, the sum rounds.
    const auto bits = bitcast<std::uint64_t>(v);
    const auto low = bitcast<double>((bits & std::uint64_t{0xffffffff}) | std::uint64_t{0x4330000000000000});
    const auto high = bitcast<double>((bits >> 32) ^ std::uint64_t{0x4530000080000000});
    return (high - (0x1p84 + 0x1p63 + 0x1p52)) + low;
  } else {
    return detail::convert_lanes<U>(v);
  }
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH
