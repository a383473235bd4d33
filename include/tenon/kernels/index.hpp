#pragma once
// Indexing along one dimension: how it is cut. It sees bytes and the size of an element, no type.
//
//   gather    near[i, j, k] = far[i, index[i, j, k], k]
//   scatter   far[i, index[i, j, k], k] = near[i, j, k]           (or += )
//
// `near` is the operand that is walked through, with the index's extents; `far` is reached through the index. (i, k) stand for
// all other dimensions. Where the index is the same for all of them (index_select, embedding), its strides there are 0.
//
// plan_index merges dimensions that lie dense behind each other in all three operands, takes the one with the smallest step as
// `across`, and cuts (along, across) into pieces. A scatter is never cut along: elements that meet at one place do so in one
// piece, in the order of j, whatever the number of threads.
#include <tenon/kernels/context.hpp>
#include <tenon/kernels/status.hpp>

namespace tenon::inline v0::kernels {

struct index_dim {
  index_t extent = 1;
  index_t near = 0, far = 0, index = 0;      // bytes from one element to the next
};

struct index_plan {
  static constexpr index_t unit = 16 * 1024; // elements of a piece, at most and roughly
  index_t item = 0;                          // bytes of one element
  index_t reach = 0;                         // extent of far's indexed dimension
  index_dim along, across;                   // far's stride along is the step of one index
  index_t along_piece = 1, across_piece = 1;
  bool rows = false;                         // across is dense, and one index serves all of it: whole rows move
  bool along_first = false;                  // the inner loop runs along

  // The loops around a piece, from the outermost: pieces along, pieces across, then the other dimensions.
  int loops = 2;
  index_dim loop[max_rank + 2];
  index_t units = 1;                         // product of the loops' extents
};

// On a GPU the kernel looks at the indices itself (kernels/cuda/index.cuh).
struct index_check {
  const char* op = nullptr;                  // whose index it is, for the error
  index_t extent = 0;                        // of far's indexed dimension
  bool negative = false;                     // indices down to -extent count from the end
  alignas(16) unsigned char nothing[16] = {};  // the element that an index out of range gives
};
struct gather_kernel {
  using function = status (*)(const context&, const index_plan&, std::byte* near, const std::byte* far, const std::byte* index, const index_check&);
};

// `dims`: the near operand's dimensions in C order; number `dim` is the indexed one.
constexpr index_plan plan_index(const index_dim* dims, int rank, int dim, index_t item, index_t reach, bool scatter) {
  index_plan p;
  p.item = item;
  p.reach = reach;
  p.along = dims[dim];

  index_dim others[max_rank];
  int n = 0;
  for (int d = 0; d < rank; ++d) {
    if (d == dim || dims[d].extent == 1) continue;
    const auto& inner = dims[d];
    auto& outer = others[n > 0 ? n - 1 : 0];
    if (n > 0 && outer.near == inner.near * inner.extent && outer.far == inner.far * inner.extent && outer.index == inner.index * inner.extent) {
      const index_t merged = outer.extent * inner.extent;
      outer = inner;
      outer.extent = merged;
    } else {
      others[n++] = inner;
    }
  }
  const auto magnitude = [](index_t s) { return s < 0 ? -s : s; };
  int across = n - 1;
  for (int d = n - 1; d >= 0; --d)
    if (magnitude(others[d].near) < magnitude(others[across].near)) across = d;
  if (across >= 0) p.across = others[across];

  p.rows = p.across.extent > 1 && p.across.near == item && p.across.far == item && p.across.index == 0;
  p.along_first = p.across.extent == 1 || (!p.rows && magnitude(p.along.near) <= magnitude(p.across.near));
  const auto capped = [](index_t extent, index_t most) { return extent < most ? (extent < 1 ? 1 : extent) : most; };
  if (scatter) {
    p.along_piece = capped(p.along.extent, INT64_MAX);
    const index_t fit = index_plan::unit / p.along_piece;
    p.across_piece = capped(p.across.extent, fit < 256 ? 256 : fit);
  } else if (p.along_first) {
    p.along_piece = capped(p.along.extent, index_plan::unit);
    p.across_piece = capped(p.across.extent, index_plan::unit / p.along_piece);
  } else {
    p.across_piece = capped(p.across.extent, index_plan::unit);
    p.along_piece = capped(p.along.extent, index_plan::unit / p.across_piece);
  }

  const auto pieces = [&](const index_dim& d, index_t piece) {
    const index_dim cut{(d.extent + piece - 1) / piece, d.near * piece, d.far * piece, d.index * piece};
    p.units *= cut.extent;
    return cut;
  };
  p.loop[0] = pieces(p.along, p.along_piece);
  p.loop[0].far = 0;                         // far moves along by the index alone
  p.loop[1] = pieces(p.across, p.across_piece);
  for (int d = 0; d < n; ++d)
    if (d != across) p.loop[p.loops++] = pieces(others[d], 1);
  return p;
}

}  // namespace tenon::inline v0::kernels
