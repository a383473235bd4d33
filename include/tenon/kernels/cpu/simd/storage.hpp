#pragma once
// load_as and store_as: memory in one type, arithmetic in another.
//
// half and bfloat16 exist in memory only; they widen on load and narrow, to nearest even, on store. bool is 0 or 1 as a
// number, and any number but zero is true. Everything else goes by convert.
#include <tenon/core/half.hpp>
#include <tenon/kernels/cpu/simd/convert.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH {

namespace detail {

// Widening by integers. Subnormals: the mantissa as a number, times 2^-24, is exact.
template <int N>
TENON_ALWAYS_INLINE vec<float, N> widen_half(vec<std::uint16_t, N> h) {
#if defined(__F16C__)
#if TENON_SIMD_BYTES == 64
  if constexpr (N == 16) return vec<float, N>(_mm512_cvtph_ps((__m256i)h.r));
#endif
#if TENON_SIMD_BYTES >= 32
  if constexpr (N == 8) return vec<float, N>(_mm256_cvtph_ps((__m128i)h.r));
#endif
  if constexpr (N <= 4) return vec<float, N>(_mm_cvtph_ps((__m128i)h.r));
#else
  using U = std::uint32_t;
  using word = vec<U, N>;
  const word u = convert<U>(h), sign = (u & word(U{0x8000})) << 16, a = u & word(U{0x7fff});
  const word normal = (a << 13) + word(U{112} << 23);
  const word special = (a << 13) | word(U{0x7f800000}) | select(a > U{0x7c00}, word(U{0x00400000}), word(U{0}));
  const word tiny = bitcast<U>(convert<float>(bitcast<std::int32_t>(a)) * 0x1p-24f);
  word r = select(a >= U{0x7c00}, special, normal);
  r = select(a < U{0x0400}, tiny, r);
  return bitcast<float>(r | sign);
#endif
}

// Rounding by integers: add half of what falls off, less one if the last kept bit is even, and cut. A result that is
// subnormal in half is what float addition of 2^-1 leaves in its low bits: there one unit is 2^-24, half's smallest.
template <int N>
TENON_ALWAYS_INLINE vec<std::uint16_t, N> narrow_half(vec<float, N> v) {
#if defined(__F16C__)
  using R = typename vec<std::uint16_t, N>::register_type;
#if TENON_SIMD_BYTES == 64
  if constexpr (N == 16)
    return vec<std::uint16_t, N>((R)_mm512_cvtps_ph((__m512)v.r, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
#endif
#if TENON_SIMD_BYTES >= 32
  if constexpr (N == 8)
    return vec<std::uint16_t, N>((R)_mm256_cvtps_ph((__m256)v.r, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
#endif
  if constexpr (N <= 4)
    return vec<std::uint16_t, N>((R)_mm_cvtps_ph((__m128)v.r, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
#else
  using U = std::uint32_t;
  using word = vec<U, N>;
  const word u = bitcast<U>(v), sign = (u >> 16) & word(U{0x8000}), a = u & word(U{0x7fffffff});
  const word odd = (a >> 13) & word(U{1});
  const word normal = (a - word(U{112} << 23) + word(U{0xfff}) + odd) >> 13;
  const word tiny = bitcast<U>(bitcast<float>(a) + 0.5f) - word(U{0x3f000000});
  const word nan = word(U{0x7e00}) | ((a >> 13) & word(U{0x3ff}));
  word r = select(a < (U{113} << 23), tiny, normal);
  r = select(a >= U{0x47800000}, word(U{0x7c00}), r);
  r = select(a > U{0x7f800000}, nan, r);
  return convert<std::uint16_t>(r | sign);
#endif
}

template <int N>
TENON_ALWAYS_INLINE vec<float, N> widen_bfloat16(vec<std::uint16_t, N> b) {
  using U = std::uint32_t;
#if TENON_SIMD_BYTES == 64                       // g++ 12 takes the conversion apart
  if constexpr (N == 16) return bitcast<float>(vec<U, N>(_mm512_cvtepu16_epi32((__m256i)b.r)) << 16);
  else
#endif
  return bitcast<float>(convert<U>(b) << 16);
}

// (The AVX-512 instruction for this flushes subnormals to zero; integers do not.)
template <int N>
TENON_ALWAYS_INLINE vec<std::uint16_t, N> narrow_bfloat16(vec<float, N> v) {
  using U = std::uint32_t;
  using word = vec<U, N>;
  const word u = bitcast<U>(v);
  const word rounded = u + word(U{0x7fff}) + ((u >> 16) & word(U{1}));
  const word bits = select(v == v, rounded, u | word(U{0x00400000})) >> 16;
#if TENON_SIMD_BYTES == 64
  using R = typename vec<std::uint16_t, N>::register_type;
  if constexpr (N == 16) return vec<std::uint16_t, N>((R)_mm512_cvtepi32_epi16((__m512i)bits.r));
  else
#endif
  return convert<std::uint16_t>(bits);
}

template <class T>
inline constexpr bool is_half = std::is_same_v<T, half> || std::is_same_v<T, bfloat16>;

template <class T, int N>
TENON_ALWAYS_INLINE vec<float, N> widen(vec<std::uint16_t, N> bits) {
  if constexpr (std::is_same_v<T, half>) return widen_half(bits);
  else return widen_bfloat16(bits);
}
template <class T, int N>
TENON_ALWAYS_INLINE vec<std::uint16_t, N> narrow(vec<float, N> v) {
  if constexpr (std::is_same_v<T, half>) return narrow_half(v);
  else return narrow_bfloat16(v);
}

template <class T>
TENON_ALWAYS_INLINE const std::uint16_t* bits_of(const T* p) {
  return reinterpret_cast<const std::uint16_t*>(p);
}

}  // namespace detail

// N values of T at p, as C; or the first n, and zero.
template <class C, int N = lanes<C>, class T>
TENON_ALWAYS_INLINE vec<C, N> load_as(const T* p) {
  if constexpr (detail::is_half<T>) {
    return convert<C>(detail::widen<T>(vec<std::uint16_t, N>::load(detail::bits_of(p))));
  } else if constexpr (std::is_same_v<T, bool>) {
    return vec<C, N>::one_where(mask<C, N>::load(p));
  } else {
    return convert<C>(vec<T, N>::load(p));
  }
}
template <class C, int N = lanes<C>, class T>
TENON_ALWAYS_INLINE vec<C, N> load_as(const T* p, index_t n) {
  if constexpr (detail::is_half<T>) {
    return convert<C>(detail::widen<T>(vec<std::uint16_t, N>::load(detail::bits_of(p), n)));
  } else if constexpr (std::is_same_v<T, bool>) {
    return vec<C, N>::one_where(mask<C, N>::load(p, n));
  } else {
    return convert<C>(vec<T, N>::load(p, n));
  }
}

// v as N values of T at p; or its first n.
template <class T, class C, int N>
TENON_ALWAYS_INLINE void store_as(T* p, vec<C, N> v) {
  if constexpr (detail::is_half<T>) {
    detail::narrow<T>(convert<float>(v)).store(reinterpret_cast<std::uint16_t*>(p));
  } else if constexpr (std::is_same_v<T, bool>) {
    (v != vec<C, N>(C{0})).store(p);
  } else {
    convert<T>(v).store(p);
  }
}
template <class T, class C, int N>
TENON_ALWAYS_INLINE void store_as(T* p, vec<C, N> v, index_t n) {
  if constexpr (detail::is_half<T>) {
    detail::narrow<T>(convert<float>(v)).store(reinterpret_cast<std::uint16_t*>(p), n);
  } else if constexpr (std::is_same_v<T, bool>) {
    (v != vec<C, N>(C{0})).store(p, n);
  } else {
    convert<T>(v).store(p, n);
  }
}
template <class T, int N>
TENON_ALWAYS_INLINE void store_as(bool* p, mask<T, N> m) {
  m.store(p);
}
template <class T, int N>
TENON_ALWAYS_INLINE void store_as(bool* p, mask<T, N> m, index_t n) {
  m.store(p, n);
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH
