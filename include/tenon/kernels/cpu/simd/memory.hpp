#pragma once
// Writing past the cache: stores that do not first read the line they fill. For outputs larger than the last cache that
// overlap no input; in-place work must not use them (the line is in the cache already).
#include <tenon/kernels/cpu/simd/vec.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH {

// Copies bytes from src to dst; they must not overlap. Call stream_fence() once after the last stream_copy and before
// another thread is told of the data.
TENON_ALWAYS_INLINE void stream_copy(void* dst, const void* src, index_t bytes) {
  auto* d = static_cast<char*>(dst);
  const auto* s = static_cast<const char*>(src);
#if defined(__x86_64__) || defined(_M_X64)
  const index_t head = static_cast<index_t>((~reinterpret_cast<std::uintptr_t>(d) + 1) & (register_bytes - 1));
  if (bytes > head) {
    __builtin_memcpy(d, s, static_cast<std::size_t>(head));
    d += head, s += head, bytes -= head;
    for (; bytes >= register_bytes; d += register_bytes, s += register_bytes, bytes -= register_bytes) {
#if TENON_SIMD_BYTES == 64
      _mm512_stream_si512(reinterpret_cast<__m512i*>(d), _mm512_loadu_si512(s));
#elif TENON_SIMD_BYTES == 32
      _mm256_stream_si256(reinterpret_cast<__m256i*>(d), _mm256_loadu_si256(reinterpret_cast<const __m256i*>(s)));
#else
      _mm_stream_si128(reinterpret_cast<__m128i*>(d), _mm_loadu_si128(reinterpret_cast<const __m128i*>(s)));
#endif
    }
  }
#endif
  if (bytes > 0) __builtin_memcpy(d, s, static_cast<std::size_t>(bytes));
}

// A whole register, to a multiple of its size; the fence as above.
template <class T>
TENON_ALWAYS_INLINE void stream(vec<T> x, T* to) {
#if TENON_SIMD_BYTES == 64
  _mm512_stream_si512(reinterpret_cast<__m512i*>(to), (__m512i)x.r);
#elif TENON_SIMD_BYTES == 32
  _mm256_stream_si256(reinterpret_cast<__m256i*>(to), (__m256i)x.r);
#elif defined(__x86_64__) || defined(_M_X64)
  _mm_stream_si128(reinterpret_cast<__m128i*>(to), (__m128i)x.r);
#else
  x.store(to);
#endif
}

TENON_ALWAYS_INLINE void stream_fence() {
#if defined(__x86_64__) || defined(_M_X64)
  _mm_sfence();
#endif
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH
