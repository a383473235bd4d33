#pragma once
// fill: one value everywhere. An elementwise function of no operands, which sees bytes and no type.
#include <tenon/core/build.hpp>
#include <tenon/kernels/cpu/arch.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH {

// The value, repeated to a cache line; element sizes are powers of two up to 16.
struct fill_pattern {
  index_t item = 0;
  alignas(64) std::byte bytes[64];

  fill_pattern(const void* value, index_t size) : item(size) {
    for (index_t i = 0; i < 64; i += size) __builtin_memcpy(bytes + i, value, static_cast<std::size_t>(size));
  }
};

inline void fill_run(const void* plan, void* out, const void* const*, index_t n) {
  const auto& pattern = *static_cast<const fill_pattern*>(plan);
  auto* p = static_cast<std::byte*>(out);
  index_t bytes = n * pattern.item;
  for (; bytes >= 64; p += 64, bytes -= 64) __builtin_memcpy(p, pattern.bytes, 64);
  if (bytes > 0) __builtin_memcpy(p, pattern.bytes, static_cast<std::size_t>(bytes));
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH
