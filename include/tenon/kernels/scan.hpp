#pragma once
// Scans: running sums, products, extrema along one dimension. How a tensor is cut into lines; nothing here knows an element
// type.
//
//   out[.., i, ..] = x[.., 0, ..] o x[.., 1, ..] o ... o x[.., i, ..]
//
// A line is everything along the dimension. What a line has seen so far is its carry. A line that is dense in memory is
// scanned on its own, by vectors along it; of lines whose neighbours are dense, many are scanned together, by vectors across
// them. Each line is scanned from its start to its end by one thread, so its bits do not depend on the others.
#include <tenon/core/strided.hpp>
#include <tenon/kernels/context.hpp>
#include <tenon/kernels/status.hpp>

namespace tenon::inline v0::kernels {

enum class scan_kind : std::uint8_t { sum, product, minimum, maximum, logsumexp };

// Carries of neighbouring lines: one array for each component, `capacity` entries each.
struct scan_carries {
  std::byte* data;
  index_t capacity;
};

// A kernel: plain functions on bytes. Strides are in bytes. An output that is not there has item 0 and a null pointer.
struct scan_functions {
  index_t item, out_item[2];
  index_t carry_bytes;
  double nanoseconds;                     // per element, roughly

  void (*begin)(scan_carries, index_t lines);
  // One line: n dense elements from `position` on. Outputs may be x.
  void (*along)(void* const* out, const void* x, index_t n, index_t position, scan_carries);
  // `lines` neighbouring lines: n rows of them from `position` on.
  void (*across)(void* const* out, const index_t* out_stride, const void* x, index_t x_stride, index_t n, index_t lines, index_t position, scan_carries);
};

template <scan_kind Kind, class T, class... Out>
struct scan_kernel {
  using function = const scan_functions*;
};

inline constexpr int scan_rank = max_rank + 1;             // a complex tensor is a real one with a last dimension of 2

struct scan_dim {
  index_t extent = 1, x = 0, out[2] = {0, 0};              // strides in bytes
};

struct scan_plan {
  scan_dim scanned, lines[scan_rank];                      // the innermost in memory first; at least one
  int rank = 0;
  index_t count = 1;                                       // lines
  bool across = false;
  bool direct = false;                                     // no tile is needed
  index_t strip = 1;                                       // lines at a time, along lines[0]
  index_t strips = 1, tasks = 1;
};

inline constexpr index_t scan_strip = 512, scan_tile = 1024;             // lines together; elements of a tile

inline namespace TENON_BUILD {

// `dims`: all but the scanned one, in C order.
constexpr scan_plan plan_scan(const scan_dim& scanned, const scan_dim* dims, int rank, const scan_functions& f, int threads) {
  scan_plan p;
  p.scanned = scanned;
  for (int d = rank - 1; d >= 0; --d) {
    p.count *= dims[d].extent;
    if (dims[d].extent != 1) p.lines[p.rank++] = dims[d];
  }
  if (p.count == 0) return p;
  const auto magnitude = [](index_t s) { return s < 0 ? -s : s; };
  for (int d = 1; d < p.rank; ++d)
    for (int e = d; e > 0 && magnitude(p.lines[e].out[0]) < magnitude(p.lines[e - 1].out[0]); --e) {
      const scan_dim other = p.lines[e];
      p.lines[e] = p.lines[e - 1];
      p.lines[e - 1] = other;
    }
  int merged = 0;
  for (int d = 1; d < p.rank; ++d) {
    scan_dim& inner = p.lines[merged];
    const scan_dim& outer = p.lines[d];
    const index_t n = inner.extent;
    if (outer.x == inner.x * n && outer.out[0] == inner.out[0] * n && outer.out[1] == inner.out[1] * n)
      inner.extent *= outer.extent;
    else
      p.lines[++merged] = outer;
  }
  p.rank = p.rank == 0 ? 1 : merged + 1;

  const auto dense = [&](const scan_dim& d) { return d.x == f.item && d.out[0] == f.out_item[0] && d.out[1] == f.out_item[1]; };
  const scan_dim& k = p.lines[0];
  const bool along_dense = dense(p.scanned) || p.scanned.extent == 1, across_dense = dense(k) && k.extent > 1;
  p.across = across_dense ? !along_dense : !along_dense && k.extent >= 8;
  p.direct = p.across ? across_dense : along_dense;
  if (p.across) p.strip = k.extent < scan_strip ? k.extent : scan_strip;
  if (p.across && !p.direct && p.strip > 64) p.strip = 64;
  p.strips = p.count / k.extent * ((k.extent + p.strip - 1) / p.strip);
  const index_t worthwhile = p.count * p.scanned.extent / (16 * 1024) + 1, most = 4 * static_cast<index_t>(threads);
  p.tasks = threads <= 1 ? 1 : worthwhile < most ? worthwhile : most;
  if (p.tasks > p.strips) p.tasks = p.strips;
  return p;
}

}  // namespace TENON_BUILD

}  // namespace tenon::inline v0::kernels
