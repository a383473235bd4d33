#pragma once
// The first n values of an array in memory, 0 <= n < N: read and written without touching what lies behind them.
//
// AVX-512 and (for lanes of 32 and 64 bits) AVX2 have instructions for it, which suppress faults on the other lanes;
// elsewhere the values go one by one.
#include <tenon/kernels/cpu/simd/lanes.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::detail {

#if TENON_SIMD_BYTES == 32
// All ones in the first n lanes.
template <class T, int N>
TENON_ALWAYS_INLINE auto first_lanes(index_t n) {
  using W = signed_word<static_cast<int>(sizeof(T))>;
  return [n]<int... I>(std::integer_sequence<int, I...>) TENON_INLINE_LAMBDA {
    const array<W, N> i = {static_cast<W>(I)...};
    return i < static_cast<W>(n);
  }(std::make_integer_sequence<int, N>{});
}
#endif

template <class T, int N>
TENON_ALWAYS_INLINE array<T, N> load_first(const T* p, index_t n) {
  using A = array<T, N>;
  [[maybe_unused]] constexpr int bytes = sizeof(A), lane = sizeof(T);
#if TENON_SIMD_BYTES == 64
  const std::uint64_t bits = n <= 0 ? 0 : (std::uint64_t{1} << n) - 1;
  const auto m8 = static_cast<__mmask8>(bits);
  const auto m16 = static_cast<__mmask16>(bits);
  const auto m32 = static_cast<__mmask32>(bits);
  if constexpr (bytes == 64 && lane == 8) return (A)_mm512_maskz_loadu_epi64(m8, p);
  if constexpr (bytes == 64 && lane == 4) return (A)_mm512_maskz_loadu_epi32(m16, p);
  if constexpr (bytes == 64 && lane == 2) return (A)_mm512_maskz_loadu_epi16(m32, p);
  if constexpr (bytes == 64 && lane == 1) return (A)_mm512_maskz_loadu_epi8(bits, p);
  if constexpr (bytes == 32 && lane == 8) return (A)_mm256_maskz_loadu_epi64(m8, p);
  if constexpr (bytes == 32 && lane == 4) return (A)_mm256_maskz_loadu_epi32(m8, p);
  if constexpr (bytes == 32 && lane == 2) return (A)_mm256_maskz_loadu_epi16(m16, p);
  if constexpr (bytes == 32 && lane == 1) return (A)_mm256_maskz_loadu_epi8(m32, p);
  if constexpr (bytes == 16 && lane == 8) return (A)_mm_maskz_loadu_epi64(m8, p);
  if constexpr (bytes == 16 && lane == 4) return (A)_mm_maskz_loadu_epi32(m8, p);
  if constexpr (bytes == 16 && lane == 2) return (A)_mm_maskz_loadu_epi16(m8, p);
  if constexpr (bytes == 16 && lane == 1) return (A)_mm_maskz_loadu_epi8(m16, p);
#elif TENON_SIMD_BYTES == 32
  if constexpr (bytes == 32 && lane == 8)
    return (A)_mm256_maskload_pd(reinterpret_cast<const double*>(p), (__m256i)first_lanes<T, N>(n));
  if constexpr (bytes == 32 && lane == 4)
    return (A)_mm256_maskload_ps(reinterpret_cast<const float*>(p), (__m256i)first_lanes<T, N>(n));
  if constexpr (bytes == 16 && lane == 8)
    return (A)_mm_maskload_pd(reinterpret_cast<const double*>(p), (__m128i)first_lanes<T, N>(n));
  if constexpr (bytes == 16 && lane == 4)
    return (A)_mm_maskload_ps(reinterpret_cast<const float*>(p), (__m128i)first_lanes<T, N>(n));
#endif
  A a = {};
  for (int i = 0; i < N; ++i)
    if (i < n) a[i] = p[i];
  return a;
}

template <class T, int N>
TENON_ALWAYS_INLINE void store_first(T* p, index_t n, array<T, N> a) {
  [[maybe_unused]] constexpr int bytes = sizeof(a), lane = sizeof(T);
#if TENON_SIMD_BYTES == 64
  const std::uint64_t bits = n <= 0 ? 0 : (std::uint64_t{1} << n) - 1;
  const auto m8 = static_cast<__mmask8>(bits);
  const auto m16 = static_cast<__mmask16>(bits);
  const auto m32 = static_cast<__mmask32>(bits);
  if constexpr (bytes == 64 && lane == 8) return _mm512_mask_storeu_epi64(p, m8, (__m512i)a);
  if constexpr (bytes == 64 && lane == 4) return _mm512_mask_storeu_epi32(p, m16, (__m512i)a);
  if constexpr (bytes == 64 && lane == 2) return _mm512_mask_storeu_epi16(p, m32, (__m512i)a);
  if constexpr (bytes == 64 && lane == 1) return _mm512_mask_storeu_epi8(p, bits, (__m512i)a);
  if constexpr (bytes == 32 && lane == 8) return _mm256_mask_storeu_epi64(p, m8, (__m256i)a);
  if constexpr (bytes == 32 && lane == 4) return _mm256_mask_storeu_epi32(p, m8, (__m256i)a);
  if constexpr (bytes == 32 && lane == 2) return _mm256_mask_storeu_epi16(p, m16, (__m256i)a);
  if constexpr (bytes == 32 && lane == 1) return _mm256_mask_storeu_epi8(p, m32, (__m256i)a);
  if constexpr (bytes == 16 && lane == 8) return _mm_mask_storeu_epi64(p, m8, (__m128i)a);
  if constexpr (bytes == 16 && lane == 4) return _mm_mask_storeu_epi32(p, m8, (__m128i)a);
  if constexpr (bytes == 16 && lane == 2) return _mm_mask_storeu_epi16(p, m8, (__m128i)a);
  if constexpr (bytes == 16 && lane == 1) return _mm_mask_storeu_epi8(p, m16, (__m128i)a);
#elif TENON_SIMD_BYTES == 32
  if constexpr (bytes == 32 && lane == 8)
    return _mm256_maskstore_pd(reinterpret_cast<double*>(p), (__m256i)first_lanes<T, N>(n), (__m256d)a);
  if constexpr (bytes == 32 && lane == 4)
    return _mm256_maskstore_ps(reinterpret_cast<float*>(p), (__m256i)first_lanes<T, N>(n), (__m256)a);
  if constexpr (bytes == 16 && lane == 8)
    return _mm_maskstore_pd(reinterpret_cast<double*>(p), (__m128i)first_lanes<T, N>(n), (__m128d)a);
  if constexpr (bytes == 16 && lane == 4)
    return _mm_maskstore_ps(reinterpret_cast<float*>(p), (__m128i)first_lanes<T, N>(n), (__m128)a);
#endif
  for (int i = 0; i < N; ++i)
    if (i < n) p[i] = a[i];
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH::detail
