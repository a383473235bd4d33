#pragma once
// The loop around a scan kernel: lines of a tensor, one at a time or many side by side. It sees bytes, not types. Where the
// elements do not lie as the kernel wants them, they go through a tile that stays in the first cache.
#include <tenon/kernels/cpu/reduction/gather.hpp>
#include <tenon/kernels/scan.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH {

namespace detail::scan {

class strip_scanner {
 public:
  strip_scanner(const scan_plan& plan, const scan_functions& functions) : p(plan), f(functions) {}

  void run(index_t strip, std::byte* const* out, const std::byte* x) {
    const scan_dim& k = p.lines[0];
    const index_t per_line = (k.extent + p.strip - 1) / p.strip, first = strip % per_line * p.strip;
    const index_t lines = k.extent - first < p.strip ? k.extent - first : p.strip;
    x += first * k.x;
    std::byte* to[2] = {out[0], out[1]};
    move_by(to, k, first);
    index_t rest = strip / per_line;
    for (int d = 1; d < p.rank; ++d) {
      const index_t position = rest % p.lines[d].extent;
      rest /= p.lines[d].extent;
      x += position * p.lines[d].x;
      move_by(to, p.lines[d], position);
    }
    const scan_carries carries{carry_, scan_strip};
    f.begin(carries, lines);
    const index_t n = p.scanned.extent;
    if (p.direct) return piece(to, p.scanned.out, x, p.scanned.x, 0, n, lines, carries);

    const index_t rows = scan_tile / lines;
    for (index_t i = 0; i < n; i += rows) {
      const index_t count = n - i < rows ? n - i : rows;
      if (lines == 1)
        reduction::gather(f.item, tile_[0], x + i * p.scanned.x, 1, 0, count, p.scanned.x);
      else
        reduction::gather(f.item, tile_[0], x + i * p.scanned.x, count, p.scanned.x, lines, k.x);
      std::byte* const results[2] = {to[0] ? tile_[1] : nullptr, to[1] ? tile_[2] : nullptr};
      const index_t strides[2] = {lines * f.out_item[0], lines * f.out_item[1]};
      piece(results, strides, tile_[0], lines * f.item, i, count, lines, carries);
      for (int o = 0; o < 2; ++o) {
        if (!to[o]) continue;
        std::byte* const first_row = to[o] + i * p.scanned.out[o];
        if (lines == 1)
          reduction::scatter(f.out_item[o], first_row, p.scanned.out[o], results[o], count);
        else
          for (index_t r = 0; r < count; ++r)
            reduction::scatter(f.out_item[o], first_row + r * p.scanned.out[o], k.out[o], results[o] + r * strides[o], lines);
      }
    }
  }

 private:
  void piece(std::byte* const* to, const index_t* out_stride, const std::byte* x, index_t x_stride, index_t position, index_t n, index_t lines, scan_carries carries) {
    void* const out[2] = {to[0], to[1]};
    if (p.across)
      f.across(out, out_stride, x, x_stride, n, lines, position, carries);
    else
      f.along(out, x, n, position, carries);
  }
  static void move_by(std::byte** to, const scan_dim& d, index_t steps) {
    for (int o = 0; o < 2; ++o)
      if (to[o]) to[o] += steps * d.out[o];
  }

  const scan_plan& p;
  const scan_functions& f;
  alignas(64) std::byte carry_[scan_strip * 24];
  alignas(64) std::byte tile_[3][scan_tile * 8];
};

}  // namespace detail::scan

// out: up to two outputs, null where there is none; either may be x.
inline status run_scan(const context& ctx, const scan_plan& plan, const scan_functions& f, std::byte* const* out, const void* x) {
  if (plan.count == 0 || plan.scanned.extent == 0) return {};
  const index_t each = (plan.strips + plan.tasks - 1) / plan.tasks;
  ctx.parallel(plan.tasks, [&](index_t task) {
    detail::scan::strip_scanner scanner(plan, f);
    for (index_t strip = task * each; strip < (task + 1) * each && strip < plan.strips; ++strip)
      scanner.run(strip, out, static_cast<const std::byte*>(x));
  });
  return {};
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH
