#pragma once
// The instruction set of this translation unit: xsimd with our own architecture tags, and the register widths.
//
// xsimd 8.1 to 14 are accepted; every difference between them that Tenon meets is settled in this folder, and nothing
// outside it names xsimd. Each width has a tag of its own (bits128, bits256, bits512) that derives from xsimd's, because
// a tag is part of every xsimd symbol: `xsimd::kernel::add<float, tenon::...::avx512::bits256>` can never be mistaken by
// the linker for the same function compiled with only AVX2.
#include <tenon/core/build.hpp>
#include <tenon/kernels/cpu/simd/intrinsics.hpp>

#include <complex>

#include <xsimd/xsimd.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH {

#if defined(__AVX512F__) && defined(__AVX512BW__) && defined(__AVX512DQ__) && defined(__AVX512VL__) && defined(__FMA__)
#define TENON_SIMD_BYTES 64
struct bits512 : xsimd::avx512bw {
  using base = xsimd::avx512bw;
};
struct bits256 : xsimd::avx2 {
  using base = xsimd::avx2;
};
struct bits128 : xsimd::sse4_2 {
  using base = xsimd::sse4_2;
};
#elif defined(__AVX2__) && defined(__FMA__)
#define TENON_SIMD_BYTES 32
struct bits256 : xsimd::avx2 {
  using base = xsimd::avx2;
};
struct bits128 : xsimd::sse4_2 {
  using base = xsimd::sse4_2;
};
#elif defined(__SSE4_2__)
#define TENON_SIMD_BYTES 16
struct bits128 : xsimd::sse4_2 {
  using base = xsimd::sse4_2;
};
#elif defined(__x86_64__) || defined(_M_X64)
#define TENON_SIMD_BYTES 16
struct bits128 : xsimd::sse2 {
  using base = xsimd::sse2;
};
#elif defined(__aarch64__)
#define TENON_SIMD_BYTES 16
using bits128 = xsimd::neon64;         // the only one here; and xsimd 8.1's functions for it take no other tag
#else
#error "tenon: no SIMD instruction set is known for this target (x86-64 and AArch64 are)"
#endif

inline constexpr int register_bytes = TENON_SIMD_BYTES;

// How many T one register holds. A complex number counts as its real type: real and imaginary parts are two registers.
template <class T>
inline constexpr int lanes = register_bytes / static_cast<int>(sizeof(T));
template <class T>
inline constexpr int lanes<std::complex<T>> = lanes<T>;

namespace detail {

template <int Bytes>
struct isa_of_bytes {
  using type = bits128;
};
#if TENON_SIMD_BYTES >= 32
template <>
struct isa_of_bytes<32> {
  using type = bits256;
};
#endif
#if TENON_SIMD_BYTES >= 64
template <>
struct isa_of_bytes<64> {
  using type = bits512;
};
#endif

}  // namespace detail

// The narrowest register that holds N values of type T, at least 128 bits.
template <class T, int N>
using isa_for = typename detail::isa_of_bytes<N * static_cast<int>(sizeof(T))>::type;

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH

// A tag has the registers of the xsimd architecture that it derives from. Declared afresh instead of with xsimd's own
// macro for aliases, so that their member functions, too, belong to the tag.
namespace xsimd::types {

#define TENON_SIMD_REGISTERS(tag)                                                          \
  template <class T>                                                                       \
  struct simd_register<T, tag> {                                                           \
    using register_type = typename simd_register<T, typename tag::base>::register_type;    \
    register_type data;                                                                    \
    TENON_ALWAYS_INLINE operator register_type() const noexcept { return data; }                  \
  };                                                                                       \
  template <class T>                                                                       \
  struct has_simd_register<T, tag> : has_simd_register<T, typename tag::base> {}

#if !defined(__aarch64__)
TENON_SIMD_REGISTERS(tenon::kernels::cpu::bits128);
#endif
#if TENON_SIMD_BYTES >= 32
TENON_SIMD_REGISTERS(tenon::kernels::cpu::bits256);
#endif
#if TENON_SIMD_BYTES >= 64
TENON_SIMD_REGISTERS(tenon::kernels::cpu::bits512);
template <class T>
struct get_bool_simd_register<T, tenon::kernels::cpu::bits512>
    : get_bool_simd_register<T, tenon::kernels::cpu::bits512::base> {};
#endif
#undef TENON_SIMD_REGISTERS

}  // namespace xsimd::types
