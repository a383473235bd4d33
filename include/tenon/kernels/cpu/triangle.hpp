#pragma once
// tril and triu on the CPU: of each row, one part is copied and the other set to zero. Zero is all bits zero in every dtype, so
// the kernel sees bytes. Where out is x, the kept part is not touched.
#include <tenon/kernels/context.hpp>
#include <tenon/kernels/cpu/arch.hpp>
#include <tenon/kernels/triangle.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH {

namespace detail {

inline void clear(std::byte* p, index_t step, index_t item, index_t n) {
  if (step == item) {
    __builtin_memset(p, 0, static_cast<std::size_t>(n * item));
  } else {
    for (index_t i = 0; i < n; ++i) __builtin_memset(p + i * step, 0, static_cast<std::size_t>(item));
  }
}

inline void triangle_row(const triangle_plan& p, std::byte* out, const std::byte* x, index_t row) {
  const column_range kept = kept_columns(p, row);
  if (out != x) {
    const index_t n = kept.end - kept.begin;
    const std::byte* from = x + kept.begin * p.item;
    std::byte* to = out + kept.begin * p.out_column;
    if (p.out_column == p.item)
      __builtin_memcpy(to, from, static_cast<std::size_t>(n * p.item));
    else
      for (index_t j = 0; j < n; ++j) __builtin_memcpy(to + j * p.out_column, from + j * p.item, static_cast<std::size_t>(p.item));
  }
  clear(out, p.out_column, p.item, kept.begin);
  clear(out + kept.end * p.out_column, p.out_column, p.item, p.columns - kept.end);
}

}  // namespace detail

inline void triangle(const context& ctx, const triangle_plan& p, std::byte* out, const std::byte* x) {
  if (p.units == 0) return;
  const index_t row_bytes = p.columns * p.item + 64;
  const index_t each = ctx.threads < 2 ? p.units : (index_t{256} << 10) / row_bytes + 1;
  ctx.parallel((p.units + each - 1) / each, [&](index_t task) {
    const index_t end = (task + 1) * each < p.units ? (task + 1) * each : p.units;
    for (index_t unit = task * each; unit < end; ++unit) {
      index_t out_offset = 0, x_offset = 0;
      for (index_t l = p.loops - 1, rest = unit; l >= 0; --l) {
        const auto& d = p.loop[l];
        out_offset += rest % d.extent * d.out;
        x_offset += rest % d.extent * d.x;
        rest /= d.extent;
      }
      detail::triangle_row(p, out + out_offset, x + x_offset, unit % p.rows);
    }
  });
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH
