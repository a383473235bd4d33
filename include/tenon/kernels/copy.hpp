#pragma once
// Copying between two layouts of one shape: how it is cut. It sees bytes and the size of an element, no type.
//
// plan_copy starts from an elementwise plan of two operands (out, in), whose dimensions are merged and ordered by out's
// strides, and names the way to go:
//
//   rows         the last dimension is dense in both: memcpy, row by row
//   transpose    the last dimension is dense in out, another one is dense in `in`: square tiles over these two
//   strided      anything else: element by element along the last dimension
//
// A short dense last dimension (the two floats of a complex number, four colours of a byte) becomes one larger element.
#include <tenon/kernels/elementwise.hpp>

namespace tenon::inline v0::kernels {

// A tile of a transposition: rows of eight cache lines, and not too many, in both tensors.
inline constexpr index_t copy_tile_bytes = 512, copy_tile_rows = 128;

enum class copy_kind : std::uint8_t { rows, transpose, strided };

struct copy_plan {
  copy_kind kind = copy_kind::strided;
  index_t item = 0;                          // bytes of one element: 1, 2, 4, 8 or 16
  bool stream = false;                       // write around the caches
  std::byte* out = nullptr;
  const std::byte* in = nullptr;

  struct dim {
    index_t extent = 1, out = 0, in = 0;     // strides in bytes
  };
  dim along;                                 // the last dimension
  dim across;                                // transpose: the dimension that is dense in `in`
  index_t along_piece = 1, across_piece = 1; // a unit of work is at most so many of these

  // The loops around a unit, from the outermost: pieces across, pieces along, then the other dimensions.
  int loops = 2;
  dim loop[max_rank + 2];
  index_t units = 1;                         // product of the loops' extents
};

// Always inlined: its dims are copied by vector registers, so that a body of its own would not be for every machine.
TENON_ALWAYS_INLINE copy_plan plan_copy(const elementwise_plan& e) {
  const auto &out = e.operand[0], &in = e.operand[1];
  copy_plan p;
  p.item = out.item;
  p.stream = e.stream;
  p.out = out.data;
  p.in = in.data;
  int rank = e.rank;
  const auto dim_of = [&](int d) { return copy_plan::dim{e.extent[d], out.stride[d], in.stride[d]}; };

  p.along = dim_of(rank - 1);
  const index_t bytes = p.along.extent * p.item;
  if (rank > 1 && p.along.out == p.item && p.along.in == p.item && (bytes == 2 || bytes == 4 || bytes == 8 || bytes == 16)) {
    p.item = bytes;
    p.along = dim_of(--rank - 1);
  }

  int across = -1;
  if (p.along.out == p.item && p.along.in != p.item)
    for (int d = 0; d < rank - 1; ++d)
      if (in.stride[d] == p.item && (across < 0 || e.extent[d] > e.extent[across])) across = d;
  if (p.along.out == p.item && p.along.in == p.item) {
    p.kind = copy_kind::rows;
    p.along_piece = (index_t{256} << 10) / p.item;
  } else if (across >= 0) {
    p.kind = copy_kind::transpose;
    p.across = dim_of(across);
    p.across_piece = p.item < 4 ? copy_tile_rows : copy_tile_bytes / p.item;
    p.along_piece = copy_tile_bytes / p.item;
  } else {
    p.along_piece = 4096;
  }

  // Pieces are the outermost loops, so that what one piece has read is still cached when a later dimension reads it again.
  const auto pieces = [&](const copy_plan::dim& d, index_t piece) {
    const copy_plan::dim cut{(d.extent + piece - 1) / piece, d.out * piece, d.in * piece};
    p.units *= cut.extent;
    return cut;
  };
  p.loop[0] = pieces(p.across, p.across_piece);
  p.loop[1] = pieces(p.along, p.along_piece);
  for (int d = 0; d < rank - 1; ++d)
    if (d != across) p.loop[p.loops++] = pieces(dim_of(d), 1);
  return p;
}

struct copy_kernel {
  static constexpr bool dispatched = true;
  using function = void (*)(const context&, const copy_plan&);
};

}  // namespace tenon::inline v0::kernels
