#pragma once
// mask<T, N>: N truth values, held as the comparison of two vec<T, N> leaves them.
//
// On AVX-512 a full register's mask is one bit per lane in a mask register; otherwise it is a vector register whose lanes
// are all ones or all zeros. The difference stays inside this file. Lanes above N hold anything and are never read.
#include <tenon/kernels/cpu/simd/lanes.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH {

template <class T, int N>
struct vec;
template <class T, int N>
struct mask;

// The same truth values for another element type.
template <class U, class T, int N>
TENON_ALWAYS_INLINE mask<U, N> convert(mask<T, N> m);

template <class T, int N = lanes<T>>
struct mask {
  using value_type = T;
  using batch_bool = xsimd::batch_bool<T, isa_for<T, N>>;
  using register_type = typename batch_bool::register_type;
  static constexpr int size = N;
  static constexpr bool is_bits = std::is_integral_v<register_type>;
  static constexpr std::uint64_t all_bits = N == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << (N & 63)) - 1;

  register_type r;

  mask() = default;
  TENON_ALWAYS_INLINE explicit mask(register_type x) : r(x) {}
  TENON_ALWAYS_INLINE mask(batch_bool x) : r(x.data) {}
  TENON_ALWAYS_INLINE explicit mask(bool x) : r(from_bits(x ? all_bits : 0).r) {}
  TENON_ALWAYS_INLINE operator batch_bool() const { return batch_bool(r); }

  // Bit i is lane i.
  TENON_ALWAYS_INLINE std::uint64_t to_bits() const { return raw_bits() & all_bits; }
  TENON_ALWAYS_INLINE static mask from_bits(std::uint64_t bits) {
    if constexpr (is_bits) {
      return mask(static_cast<register_type>(bits));
    } else {
#if TENON_SIMD_BYTES == 64
      constexpr int bytes_held = sizeof(register_type), lane = sizeof(T);
      const auto m8 = static_cast<__mmask8>(bits);
      const auto m16 = static_cast<__mmask16>(bits);
      if constexpr (bytes_held == 32 && lane == 1)
        return mask((register_type)_mm256_movm_epi8(static_cast<__mmask32>(bits)));
      if constexpr (bytes_held == 32 && lane == 2) return mask((register_type)_mm256_movm_epi16(m16));
      if constexpr (bytes_held == 32 && lane == 4) return mask((register_type)_mm256_movm_epi32(m8));
      if constexpr (bytes_held == 32 && lane == 8) return mask((register_type)_mm256_movm_epi64(m8));
      if constexpr (bytes_held == 16 && lane == 1) return mask((register_type)_mm_movm_epi8(m16));
      if constexpr (bytes_held == 16 && lane == 2) return mask((register_type)_mm_movm_epi16(m8));
      if constexpr (bytes_held == 16 && lane == 4) return mask((register_type)_mm_movm_epi32(m8));
      if constexpr (bytes_held == 16 && lane == 8) return mask((register_type)_mm_movm_epi64(m8));
#else
      // Each lane picks its bit out of a word that holds it: the whole of `bits`, or for 8-bit lanes the byte it is in.
      using W = detail::word<static_cast<int>(sizeof(T))>;
      return [&]<int... I>(std::integer_sequence<int, I...>) TENON_INLINE_LAMBDA {
        constexpr int width = static_cast<int>(sizeof(T)) * 8;
        const detail::array<W, N> pick = {static_cast<W>(W{1} << (I % width))...};
        const detail::array<W, N> from = {static_cast<W>(bits >> (I / width * width))...};
        return mask(detail::to_register<register_type>((from & pick) == pick));
      }(std::make_integer_sequence<int, N>{});
#endif
    }
  }
  // The first n lanes: n <= 0 none, n >= N all.
  TENON_ALWAYS_INLINE static mask first(index_t n) {
    return from_bits(n >= N ? all_bits : n <= 0 ? 0 : (std::uint64_t{1} << (n & 63)) - 1);
  }

  // Exactly N, or the first n <= N, bools. Any byte but zero is true.
  TENON_ALWAYS_INLINE static mask load(const bool* p) { return from_bytes(bytes::load(byte_pointer(p))); }
  TENON_ALWAYS_INLINE static mask load(const bool* p, index_t n) { return from_bytes(bytes::load(byte_pointer(p), n)); }
  TENON_ALWAYS_INLINE void store(bool* p) const { to_bytes().store(reinterpret_cast<std::uint8_t*>(p)); }
  TENON_ALWAYS_INLINE void store(bool* p, index_t n) const { to_bytes().store(reinterpret_cast<std::uint8_t*>(p), n); }

  TENON_ALWAYS_INLINE bool operator[](int i) const { return ((to_bits() >> i) & 1) != 0; }

  TENON_ALWAYS_INLINE friend mask operator&(mask a, mask b) { return mask((register_type)(a.words() & b.words())); }
  TENON_ALWAYS_INLINE friend mask operator|(mask a, mask b) { return mask((register_type)(a.words() | b.words())); }
  TENON_ALWAYS_INLINE friend mask operator^(mask a, mask b) { return mask((register_type)(a.words() ^ b.words())); }
  TENON_ALWAYS_INLINE friend mask operator~(mask a) { return mask((register_type)~a.words()); }
  TENON_ALWAYS_INLINE friend bool any(mask a) { return a.to_bits() != 0; }
  TENON_ALWAYS_INLINE friend bool all(mask a) { return a.to_bits() == all_bits; }
  TENON_ALWAYS_INLINE friend bool none(mask a) { return a.to_bits() == 0; }
  TENON_ALWAYS_INLINE friend std::uint64_t to_bits(mask a) { return a.to_bits(); }

 private:
  using bytes = vec<std::uint8_t, N>;
  TENON_ALWAYS_INLINE static const std::uint8_t* byte_pointer(const bool* p) { return reinterpret_cast<const std::uint8_t*>(p); }
  TENON_ALWAYS_INLINE static mask from_bytes(bytes b) { return convert<T>(b != bytes(std::uint8_t{0})); }
  TENON_ALWAYS_INLINE bytes to_bytes() const { return bytes::one_where(convert<std::uint8_t>(*this)); }

  // (xsimd 8 answers ^ of two AVX-512 masks with |.)
  TENON_ALWAYS_INLINE auto words() const {
    if constexpr (is_bits) return r;
    else return (detail::array<std::uint64_t, static_cast<int>(sizeof(register_type) / 8)>)r;
  }
  // Bits above N may be set.
  TENON_ALWAYS_INLINE std::uint64_t raw_bits() const {
    if constexpr (is_bits) {
      return static_cast<std::uint64_t>(r);
    } else {
#if defined(__x86_64__) || defined(_M_X64)
#if TENON_SIMD_BYTES >= 32
      if constexpr (sizeof(register_type) == 32) {
        const auto i = (__m256i)r;
        if constexpr (sizeof(T) == 1) return static_cast<std::uint32_t>(_mm256_movemask_epi8(i));
        if constexpr (sizeof(T) == 2)
          return static_cast<std::uint32_t>(
              _mm_movemask_epi8(_mm_packs_epi16(_mm256_castsi256_si128(i), _mm256_extracti128_si256(i, 1))));
        if constexpr (sizeof(T) == 4) return static_cast<std::uint32_t>(_mm256_movemask_ps((__m256)i));
        if constexpr (sizeof(T) == 8) return static_cast<std::uint32_t>(_mm256_movemask_pd((__m256d)i));
      }
#endif
      if constexpr (sizeof(register_type) == 16) {
        const auto i = (__m128i)r;
        if constexpr (sizeof(T) == 1) return static_cast<std::uint32_t>(_mm_movemask_epi8(i));
        if constexpr (sizeof(T) == 2)
          return static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_packs_epi16(i, _mm_setzero_si128())));
        if constexpr (sizeof(T) == 4) return static_cast<std::uint32_t>(_mm_movemask_ps((__m128)i));
        if constexpr (sizeof(T) == 8) return static_cast<std::uint32_t>(_mm_movemask_pd((__m128d)i));
      }
#else
      std::uint64_t bits = 0;
      const auto words = detail::to_array<detail::word<sizeof(T)>, N>(r);
      for (int i = 0; i < N; ++i) bits |= static_cast<std::uint64_t>(words[i] & 1) << i;
      return bits;
#endif
    }
  }
};

template <class U, class T, int N>
TENON_ALWAYS_INLINE mask<U, N> convert(mask<T, N> m) {
  if constexpr (std::is_same_v<U, T>) {
    return m;
  } else if constexpr (mask<T, N>::is_bits || mask<U, N>::is_bits) {
    return mask<U, N>::from_bits(m.to_bits());
  } else {
    using from = detail::signed_word<static_cast<int>(sizeof(T))>;
    using to = detail::signed_word<static_cast<int>(sizeof(U))>;
    const auto a = detail::to_array<from, N>(m.r);
    return mask<U, N>(detail::to_register<typename mask<U, N>::register_type>(detail::convert_each<to, from, N>(a)));
  }
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH
