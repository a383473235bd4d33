#pragma once
// Products of 32-bit numbers in 64-bit lanes.
#include <tenon/kernels/cpu/simd/vec.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH {

// The low 32 bits of a times the low 32 bits of b, all 64 bits of it; the upper halves of the lanes do not matter.
// (With the multiplication of 64-bit lanes a compiler takes three instructions, or more.)
template <int N>
TENON_ALWAYS_INLINE vec<std::uint64_t, N> multiply_low(vec<std::uint64_t, N> a, vec<std::uint64_t, N> b) {
#if defined(__x86_64__) || defined(_M_X64)
  using R = typename vec<std::uint64_t, N>::register_type;
#if TENON_SIMD_BYTES == 64
  if constexpr (N == 8) return vec<std::uint64_t, N>((R)_mm512_mul_epu32((__m512i)a.r, (__m512i)b.r));
#endif
#if TENON_SIMD_BYTES >= 32
  if constexpr (N == 4) return vec<std::uint64_t, N>((R)_mm256_mul_epu32((__m256i)a.r, (__m256i)b.r));
#endif
  if constexpr (N == 2) return vec<std::uint64_t, N>((R)_mm_mul_epu32((__m128i)a.r, (__m128i)b.r));
#else
  const vec<std::uint64_t, N> low(std::uint64_t{0xffffffff});
  return (a & low) * (b & low);
#endif
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH
