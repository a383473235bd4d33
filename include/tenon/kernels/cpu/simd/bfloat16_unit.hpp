#pragma once
// What this processor multiplies bfloat16 numbers with.
//
//   dots    AVX512_BF16: in each of 16 lanes two products are added to a float
//   tiles   AMX_BF16: matrices of 16 rows of 64 bytes, in registers of their own
//
// Both take subnormal factors and sums for zeros, and round in an order of their own (Intel 64 and IA-32 Architectures Software
// Developer's Manual, VDPBF16PS and TDPBF16PS); whoever uses them sees to it that neither matters. They are asked for at run time: a file
// compiled with AVX-512 of any kind may hold them.
//
// Linux gives a process the 8 KiB of tile registers only when asked, and from then on wants larger alternate signal stacks
// (sigaltstack). It is asked at the first product that would use them. The environment variable TENON_BFLOAT16 (float, dots, tiles) names
// what may be used; without it dots are left to AMD's processors: on Emerald Rapids products by them take 1.6 to 2 times as long as by fmas.
#include <tenon/kernels/cpu/simd/functions.hpp>

#if TENON_SIMD_BYTES == 64 && defined(__x86_64__) && defined(__linux__) && defined(__GNUC__)
#define TENON_HAS_BFLOAT16_UNITS
#endif

#if defined(TENON_HAS_BFLOAT16_UNITS)
#include <cstdlib>
#include <cstring>

#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH {

enum class bfloat16_unit : std::uint8_t { none, dots, tiles };

namespace detail {

inline bool has_tiles() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  constexpr unsigned bits = 1u << 24 | 1u << 22;
  constexpr long request_permission = 0x1023, tile_data = 18;              // ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (d & bits) == bits && syscall(SYS_arch_prctl, request_permission, tile_data) == 0;
}

inline bool has_dots() {
  unsigned most = 0, a = 0, b = 0, c = 0, d = 0;
  return __get_cpuid_count(7, 0, &most, &b, &c, &d) && most >= 1 && __get_cpuid_count(7, 1, &a, &b, &c, &d) && (a & 1u << 5) != 0;
}

inline bool is_from_amd() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  return __get_cpuid(0, &a, &b, &c, &d) && b == signature_AMD_ebx && c == signature_AMD_ecx && d == signature_AMD_edx;
}

inline bfloat16_unit find_bfloat16_unit() {
  const char* const name = std::getenv("TENON_BFLOAT16");
  const auto wanted = [name](const char* unit) { return name && std::strcmp(name, unit) == 0; };
  if (wanted("float")) return bfloat16_unit::none;
  if (!wanted("dots") && has_tiles()) return bfloat16_unit::tiles;
  return has_dots() && (wanted("dots") || is_from_amd()) ? bfloat16_unit::dots : bfloat16_unit::none;
}

}  // namespace detail

// The best that there is. Found once.
inline bfloat16_unit best_bfloat16_unit() {
  static const bfloat16_unit unit = detail::find_bfloat16_unit();
  return unit;
}

// On a function: it may use these instructions.
#define TENON_TARGET_DOTS [[gnu::target("avx512bf16")]]
#define TENON_TARGET_TILES [[gnu::target("amx-tile,amx-bf16")]]

// sum + x_0 y_0 + x_1 y_1 in each lane, of pairs of bfloat16 numbers.
TENON_TARGET_DOTS TENON_ALWAYS_INLINE vec<float> add_dots(vec<float> sum, vec<std::uint32_t> x, vec<std::uint32_t> y) {
  return vec<float>(_mm512_dpbf16_ps((__m512)sum.r, (__m512bh)x.r, (__m512bh)y.r));
}

// The eight tile registers as 16 rows of 64 bytes each, while this lives.
class tile_registers {
 public:
  TENON_TARGET_TILES tile_registers() {
    struct {
      std::uint8_t palette = 1, start_row = 0, reserved[14] = {};
      std::uint16_t row_bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
      std::uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
    } shape;
    static_assert(sizeof(shape) == 64);
    _tile_loadconfig(&shape);
  }
  TENON_TARGET_TILES ~tile_registers() { _tile_release(); }
  tile_registers(const tile_registers&) = delete;
  tile_registers& operator=(const tile_registers&) = delete;
};

// C (16 Rows, 16 Columns) = or += A B, Rows and Columns 1 or 2, for `steps` tiles of A (16 rows, 16 pairs) and of B (16 pairs, 16 columns)
// that follow one another; the second row of A's tiles and the second column of B's lie `panel` words behind the first.
//
// Four accumulators hide the latency (52 cycles, one product per 16), and each tile that is loaded serves two products. The numbers of
// registers are parts of the instructions' names. The compiler does not see that these read and write memory: it is told twice.
template <int Rows, int Columns>
TENON_TARGET_TILES [[gnu::noinline]] void multiply_tiles(const std::uint32_t* a, const std::uint32_t* b, index_t panel, index_t steps, float* c,
                                                         index_t c_row, bool add) {
  constexpr index_t words = 256, row_bytes = 64;
  constexpr bool two_rows = Rows == 2, two_columns = Columns == 2;
  const index_t c_bytes = c_row * static_cast<index_t>(sizeof(float));
  float* const below = c + 16 * c_row;
  asm volatile("" ::: "memory");
  if (add) {
    _tile_loadd(0, c, c_bytes);
    if constexpr (two_columns) _tile_loadd(1, c + 16, c_bytes);
    if constexpr (two_rows) _tile_loadd(2, below, c_bytes);
    if constexpr (two_rows && two_columns) _tile_loadd(3, below + 16, c_bytes);
  } else {
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
  }
  for (; steps > 0; --steps, a += words, b += words) {
    _tile_stream_loadd(4, a, row_bytes);
    _tile_loadd(6, b, row_bytes);
    _tile_dpbf16ps(0, 4, 6);
    if constexpr (two_columns) {
      _tile_loadd(7, b + panel, row_bytes);
      _tile_dpbf16ps(1, 4, 7);
    }
    if constexpr (two_rows) {
      _tile_stream_loadd(5, a + panel, row_bytes);
      _tile_dpbf16ps(2, 5, 6);
    }
    if constexpr (two_rows && two_columns) _tile_dpbf16ps(3, 5, 7);
  }
  _tile_stored(0, c, c_bytes);
  if constexpr (two_columns) _tile_stored(1, c + 16, c_bytes);
  if constexpr (two_rows) _tile_stored(2, below, c_bytes);
  if constexpr (two_rows && two_columns) _tile_stored(3, below + 16, c_bytes);
  asm volatile("" ::: "memory");
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH
#endif
