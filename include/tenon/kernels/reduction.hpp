#pragma once
// Reductions: what is computed, and how a tensor is cut for it. Nothing here knows an element type.
//
//   out[k] = finish(merge over all r of state(x[k, r]))        k: the kept dimensions, r: the reduced ones
//
// Units      The reduced elements of an output are a sequence of units: a dense run of up to 128 KiB (by rows), or
//            a few rows of many neighbouring outputs at once (by columns). A unit becomes a state, such as a partial sum.
// Tree       States are merged like the digits of a binary counter: units 2i and 2i + 1, then pairs of pairs, and so on. The
//            tree depends on the shape and the strides of x alone. A task takes a whole subtree, so that the bits of the
//            result do not depend on the number of threads, and the error of a sum of n terms grows with log2 n.
// Strips     Outputs that lie side by side along one kept dimension are computed together: their states stand in arrays.
#include <tenon/core/dtype.hpp>
#include <tenon/core/strided.hpp>
#include <tenon/kernels/context.hpp>
#include <tenon/kernels/status.hpp>

namespace tenon::inline v0::kernels {

enum class reduction_kind : std::uint8_t {
  sum, product, minimum, maximum, extremes, nonzero, moments, logsumexp,
  sum_of_magnitudes, sum_of_squares, sum_of_powers, least_magnitude, greatest_magnitude,
  argmin, argmax,
};

// What becomes of the state at the end, for kinds that serve several ops.
enum class reduction_result : std::uint8_t { value, any, all, root };

struct reduction_options {
  reduction_result result = reduction_result::value;
  double divisor = 1;                     // of a sum: n for the mean; of squared deviations: n - correction
  double power = 2;                       // of a norm
  index_t count = 0;                      // elements per output
};

// States of neighbouring outputs: one array for each component of a state, `capacity` entries each; entry `first` is ours.
struct reduction_block {
  std::byte* data;
  index_t capacity;
  index_t first;
};

// Positions, for the kinds that answer with one: of the first element, and the distances along a run and between rows.
struct reduction_place {
  index_t index, step, row;
};

// A kernel: plain functions on bytes, one table for each kind and element type. Strides are in bytes.
struct reduction_functions {
  index_t item;                           // bytes of one element of x
  index_t state_bytes;                    // of one state
  index_t run;                            // the longest unit by rows, in elements; at least 16
  index_t group;                          // rows of a unit by columns
  double nanoseconds;                     // per element, roughly
  bool indexed;                           // answers with positions: the direction of a reduced dimension matters
  index_t out_item[2];                    // bytes of an element of each output; 0: there is none

  // `rows` dense runs of n elements -> one state each.
  void (*fold_rows)(const reduction_options&, reduction_block to, const void* x, index_t row_stride, index_t rows, index_t n, reduction_place);
  // `columns` neighbouring columns of `rows` elements -> one state each.
  void (*fold_columns)(const reduction_options&, reduction_block to, const void* x, index_t row_stride, index_t rows, index_t columns, reduction_place);
  void (*merge)(const reduction_options&, reduction_block a, reduction_block b, index_t columns);      // a = a and b
  void (*identity)(const reduction_options&, reduction_block to, index_t columns);                     // the state of nothing
  void (*finish)(const reduction_options&, void* const* out, reduction_block from, index_t columns);   // dense; null: not wanted
};

template <reduction_kind Kind, class T, class... Out>
struct reduction_kernel {
  using function = const reduction_functions*;
};

// ---- the plan ----------------------------------------------------------------------------------------------------------
inline constexpr int reduction_rank = max_rank + 1;        // a complex tensor is a real one with a last dimension of 2

struct reduction_dim {
  index_t extent = 1;
  index_t x = 0, out[2] = {0, 0};         // bytes from one element to the next
  index_t index = 0;                      // and the distance of their positions
  bool reduced = false;
};

struct reduction_plan {
  reduction_dim kept[reduction_rank], reduced[reduction_rank];           // the innermost in memory first; at least one each
  int kept_rank = 0, reduced_rank = 0;
  index_t x_start = 0, out_start[2] = {0, 0};              // bytes: dimensions that ran backwards start at their other end
  index_t outputs = 1, count = 1;

  bool by_columns = false;
  bool gather = false;                    // a unit is copied together first
  index_t strip = 1;                      // outputs of a strip, along kept[0]
  index_t strips = 1;
  index_t chunk[2] = {1, 1};              // a unit: that many elements along reduced[0], rows along reduced[1]
  index_t units = 1;                      // per strip
  index_t narrow = 0;                     // widened columns: the real number of columns; 0: not widened
  index_t rest = 0;                       // widened columns: elements behind the last full wide row

  index_t piece = 1;                      // units of a task: a power of two, or all
  index_t pieces = 1;                     // per strip
  index_t tasks = 1;
  index_t capacity = 0, slot_bytes = 0, task_bytes = 0, workspace_bytes = 0;
};

struct device_reduction {
  static constexpr index_t state_bytes = 32;               // room for one state of any kind
  reduction_plan plan;
  bool by_columns = false;
  index_t splits = 1;                                      // pieces of the reduced elements of each output
  index_t workspace_bytes = 0;
  const std::byte* x = nullptr;
  std::byte* out[2] = {nullptr, nullptr};
  dtype type = dtype::float32, out_type[2] = {};           // of complex tensors, of their parts
  std::byte* workspace = nullptr;
};
template <reduction_kind Kind, class T, class... Out>
struct device_reduction_kernel {
  using function = status (*)(const context&, const device_reduction&, const reduction_options&);
};

inline namespace TENON_BUILD {

namespace reduction_parts {

constexpr index_t ceil_divide(index_t a, index_t b) { return (a + b - 1) / b; }
constexpr index_t clamp_index(index_t x, index_t low, index_t high) { return x < low ? low : x > high ? high : x; }
constexpr index_t floor_power(index_t n) {                 // the largest power of two up to n >= 1
  index_t p = 1;
  while (p <= n / 2) p *= 2;
  return p;
}
constexpr index_t bit_width(index_t n) {
  index_t bits = 0;
  for (; n > 0; n /= 2) ++bits;
  return bits;
}

// Innermost in memory first; dimensions that continue each other become one.
constexpr int arrange(reduction_dim* dims, int rank, bool indexed) {
  for (int d = 1; d < rank; ++d)
    for (int e = d; e > 0 && (dims[e].x < 0 ? -dims[e].x : dims[e].x) < (dims[e - 1].x < 0 ? -dims[e - 1].x : dims[e - 1].x); --e) {
      const reduction_dim other = dims[e];
      dims[e] = dims[e - 1];
      dims[e - 1] = other;
    }
  int merged = 0;
  for (int d = 1; d < rank; ++d) {
    reduction_dim& inner = dims[merged];
    const reduction_dim& outer = dims[d];
    const index_t n = inner.extent;
    if (outer.x == inner.x * n && outer.out[0] == inner.out[0] * n && outer.out[1] == inner.out[1] * n &&
        (!indexed || outer.index == inner.index * n))
      inner.extent *= outer.extent;
    else
      dims[++merged] = outer;
  }
  return rank == 0 ? 0 : merged + 1;
}

}  // namespace reduction_parts

// The dimensions of x in C order, with strides in bytes, as kept and reduced ones in the order of memory, merged where they
// continue each other; `index` is set here. Of the plan, nothing about units and tasks.
constexpr reduction_plan arrange_reduction(const reduction_dim* dims, int rank, const reduction_functions& f) {
  reduction_plan p;
  index_t position = 1;
  for (int d = rank - 1; d >= 0; --d) {
    reduction_dim dim = dims[d];
    (dim.reduced ? p.count : p.outputs) *= dim.extent;
    if (dim.reduced) {
      dim.index = position;
      position *= dim.extent;
    }
    if (dim.extent == 1) continue;
    if (dim.x < 0 && !(dim.reduced && f.indexed)) {
      p.x_start += (dim.extent - 1) * dim.x;
      dim.x = -dim.x;
      for (int i = 0; i < 2; ++i) {
        p.out_start[i] += (dim.extent - 1) * dim.out[i];
        dim.out[i] = -dim.out[i];
      }
    }
    (dim.reduced ? p.reduced[p.reduced_rank++] : p.kept[p.kept_rank++]) = dim;
  }
  if (p.outputs == 0) return p;
  if (p.count == 0) {                                      // outputs of nothing: no unit is read
    p.reduced_rank = 0;
    p.x_start = 0;
  }
  p.kept_rank = reduction_parts::arrange(p.kept, p.kept_rank, false);
  p.reduced_rank = reduction_parts::arrange(p.reduced, p.reduced_rank, f.indexed);
  reduction_dim& k = p.kept[0];
  reduction_dim& r = p.reduced[0];
  if (p.kept_rank == 0) {
    p.kept_rank = 1;
    k = {.x = f.item, .out = {f.out_item[0], f.out_item[1]}};
  }
  if (p.reduced_rank == 0) {
    p.reduced_rank = 1;
    r = {.x = f.item, .index = 1};
  }
  return p;
}

constexpr reduction_plan plan_reduction(const reduction_dim* dims, int rank, const reduction_functions& f, int threads) {
  using reduction_parts::ceil_divide, reduction_parts::clamp_index, reduction_parts::floor_power;
  constexpr index_t strip_bytes = 16 * 1024;                // of gathered elements, and of the states of a strip: both fit the first cache
  constexpr index_t short_run = 16;                        // elements; below that, the work per run outweighs the run
  reduction_plan p = arrange_reduction(dims, rank, f);
  if (p.outputs == 0) return p;
  reduction_dim& k = p.kept[0];
  reduction_dim& r = p.reduced[0];

  const bool run_dense = r.x == f.item, columns_dense = k.x == f.item;
  if (p.outputs == 1) {
    p.by_columns = false;
  } else if (r.extent == 1) {
    p.by_columns = true;
  } else if (run_dense && r.extent >= short_run) {
    p.by_columns = false;
  } else if (columns_dense || (r.extent < short_run && k.extent >= short_run)) {
    p.by_columns = true;
  } else {
    p.by_columns = !run_dense && k.x < r.x;
  }
  p.gather = p.by_columns ? !columns_dense : !run_dense;

  // Few columns whose rows follow each other in memory are seen as more columns and fewer rows; merged at the end.
  const index_t most_columns = strip_bytes / f.state_bytes / 64 * 64;
  if (p.by_columns && columns_dense && p.reduced_rank == 1 && !f.indexed && r.x == k.extent * f.item && 2 * k.extent <= most_columns) {
    const index_t wide = r.extent / f.group > 1 ? r.extent / f.group : 1, room = most_columns / k.extent;
    const index_t factor = floor_power(wide < room ? wide : room);
    if (factor > 1) {
      p.narrow = k.extent;
      p.rest = r.extent % factor * k.extent;
      k.extent *= factor;
      r.extent /= factor;
      r.x *= factor;
    }
  }

  const index_t longest = p.gather && f.run > strip_bytes / f.item ? strip_bytes / f.item : f.run;
  p.chunk[0] = p.by_columns ? f.group : r.extent < longest ? r.extent : longest;
  const index_t unit_bytes = p.chunk[0] * f.item;
  if (p.by_columns) {
    p.strip = p.narrow ? k.extent : p.gather ? strip_bytes / unit_bytes : most_columns;
  } else {
    p.strip = clamp_index((p.gather ? strip_bytes : 8 * strip_bytes) / unit_bytes, 1, most_columns < 1024 ? most_columns : 1024);
    // Short runs of few outputs: several at a time.
    if (k.extent < short_run && p.chunk[0] == r.extent && p.reduced_rank > 1) {
      p.strip = 1;
      p.chunk[1] = floor_power(clamp_index(longest / r.extent, 1, 64));
    }
  }
  p.strip = clamp_index(p.strip, 1, k.extent);
  p.strips = (p.narrow ? p.outputs / p.narrow : p.outputs / k.extent) * ceil_divide(k.extent, p.strip);
  p.units = p.count == 0 ? 0 : 1;
  for (int d = 0; d < p.reduced_rank && p.count > 0; ++d) p.units *= ceil_divide(p.reduced[d].extent, d < 2 ? p.chunk[d] : 1);

  // Tasks: whole strips if there are enough of them, else pieces of a strip's units.
  const index_t elements = p.count == 0 ? p.outputs : p.outputs * p.count, least = 32 * 1024;
  index_t tasks = threads <= 1 ? 1 : clamp_index(elements / least, 1, 4 * static_cast<index_t>(threads));
  p.piece = p.units > 0 ? p.units : 1;
  if (p.strips >= tasks) {
    const index_t each = ceil_divide(p.strips, tasks);
    p.tasks = ceil_divide(p.strips, each);
  } else {
    const index_t wanted = ceil_divide(p.piece, ceil_divide(tasks, p.strips));
    p.piece = floor_power(wanted) < wanted ? 2 * floor_power(wanted) : wanted;
    p.pieces = p.units > 0 ? ceil_divide(p.units, p.piece) : 1;
    p.tasks = p.strips * p.pieces;
  }
  const index_t wide = p.strip > p.chunk[1] ? p.strip : p.chunk[1];
  p.capacity = (wide + 15) / 16 * 16;
  p.slot_bytes = (p.capacity * f.state_bytes + 63) / 64 * 64;
  p.task_bytes = (reduction_parts::bit_width(p.piece) + 1) * p.slot_bytes;
  p.workspace_bytes = p.tasks * p.task_bytes;
  return p;
}

// ---- on a GPU ----------------------------------------------------------------------------------------------------------
// There a kernel is one function, and cuts differently: see kernels/cuda/reduction.cuh.
constexpr device_reduction plan_device_reduction(const reduction_dim* dims, int rank, const reduction_functions& f) {
  using reduction_parts::clamp_index;
  device_reduction r;
  r.plan = arrange_reduction(dims, rank, f);
  const reduction_plan& p = r.plan;
  if (p.outputs == 0) return r;
  r.by_columns = p.kept[0].x == f.item && p.reduced[0].x != f.item && p.kept[0].extent >= 32;
  // Enough pieces to fill a device, none too small to be worth its launch.
  const index_t each = r.by_columns ? 64 : 4096, most = r.by_columns ? index_t{1} << 18 : 2048;
  r.splits = clamp_index(p.count / each, 1, clamp_index(most / p.outputs, 1, 2048));
  r.workspace_bytes = r.splits == 1 ? 0 : p.outputs * r.splits * device_reduction::state_bytes;
  return r;
}

}  // namespace TENON_BUILD

}  // namespace tenon::inline v0::kernels
