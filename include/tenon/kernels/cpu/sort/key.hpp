#pragma once
// sort_key<T>: an element as an unsigned number that compares as the element does.
//
//   unsigned   itself              signed   sign bit turned
//   floating   sign bit turned where it is 0, all bits turned where it is 1. Then -0 becomes +0, and every NaN the largest key,
//              above that of +inf
//
// Every key but those of zero and NaN stands for one element only, which `value` gives back.
#include <tenon/core/dtype.hpp>
#include <tenon/kernels/cpu/simd/lanes.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH {

template <class T>
struct sort_key {
  using word = detail::word<sizeof(T)>;
  static constexpr word sign = static_cast<word>(word{1} << (sizeof(T) * 8 - 1));
  static constexpr word all = static_cast<word>(~word{0});
  static constexpr bool has_nan = floating<T>;
  static constexpr word nan = all;                          // where has_nan
  static constexpr word infinity = [] {                     // the bits of +inf
    if constexpr (std::is_same_v<T, half>) return word{0x7c00};
    if constexpr (std::is_same_v<T, bfloat16>) return word{0x7f80};
    if constexpr (std::is_same_v<T, float>) return word{0x7f800000};
    if constexpr (std::is_same_v<T, double>) return static_cast<word>(0x7ff0000000000000u);
    return word{0};
  }();

  TENON_INLINE static word of(T x) {
    const word u = __builtin_bit_cast(word, x);
    if constexpr (has_nan) {
      const word magnitude = static_cast<word>(u & ~sign);
      const word ordered = static_cast<word>((u & sign) ? ~u : u | sign);
      return magnitude > infinity ? nan : magnitude == 0 ? sign : ordered;
    } else {
      return std::is_signed_v<T> ? static_cast<word>(u ^ sign) : u;
    }
  }
  TENON_INLINE static bool unique(word key) { return !has_nan || (key != nan && key != sign); }
  TENON_INLINE static T value(word key) {
    if constexpr (has_nan) {
      return __builtin_bit_cast(T, static_cast<word>((key & sign) ? key & ~sign : ~key));
    } else {
      return __builtin_bit_cast(T, std::is_signed_v<T> ? static_cast<word>(key ^ sign) : key);
    }
  }
};

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH
