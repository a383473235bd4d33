#pragma once
// The loop around a reduction kernel: from a plan to units of elements and a tree of states (kernels/reduction.hpp explains
// both). It sees bytes, not types, and is compiled once however many reductions a program has.
//
// Elements that do not lie side by side along the dimension that a unit runs over are copied together first, into a tile
// that stays in the first cache; x as a whole is read once and never copied.
#include <tenon/kernels/cpu/reduction/gather.hpp>
#include <tenon/kernels/reduction.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH {

namespace detail::reduction {

class strip_reducer {
 public:
  // `slots` states side by side for each level of the tree, in `memory`.
  strip_reducer(const reduction_plan& plan, const reduction_functions& functions, const reduction_options& options, const void* x, std::byte* memory)
      : p(plan), f(functions), o(options), x_(static_cast<const std::byte*>(x) + plan.x_start), memory_(memory) {}

  // Which strip the calls below are about.
  void at_strip(index_t strip) {
    const reduction_dim& k = p.kept[0];
    const index_t per_line = (k.extent + p.strip - 1) / p.strip;
    index_t rest = strip / per_line, first = strip % per_line * p.strip;
    columns_ = k.extent - first < p.strip ? k.extent - first : p.strip;
    strip_x_ = x_ + first * k.x;
    for (int i = 0; i < 2; ++i) out_offset_[i] = p.out_start[i] + first * k.out[i];
    for (int d = 1; d < p.kept_rank; ++d) {
      const index_t position = rest % p.kept[d].extent;
      rest /= p.kept[d].extent;
      strip_x_ += position * p.kept[d].x;
      for (int i = 0; i < 2; ++i) out_offset_[i] += position * p.kept[d].out[i];
    }
  }

  // The state of the units [begin, end), left in slot 0.
  void fold(index_t begin, index_t end) {
    if (begin == end) return f.identity(o, slot(0), columns_);
    start_at(begin);
    int top = 0;
    for (index_t unit = begin, done = 1; unit < end; ++unit, ++done) {
      fold_unit(slot(top++));
      next_unit();
      for (index_t k = done; (k & 1) == 0; k >>= 1) merge_top(top);
    }
    while (top > 1) merge_top(top);
  }
  // Slot 0 of several tasks' memories, `distance` bytes apart, merged into the first of them; the same tree, continued.
  void merge_pieces(index_t pieces, index_t distance) {
    for (index_t half = 1; half < pieces; half *= 2)
      for (index_t i = 0; i + half < pieces; i += 2 * half) f.merge(o, block(memory_ + i * distance), block(memory_ + (i + half) * distance), columns_);
  }

  // From slot 0 to the outputs.
  void finish(std::byte* const* out) {
    index_t columns = columns_;
    if (p.narrow > 0) columns = make_narrow();
    const reduction_dim& k = p.kept[0];
    std::byte* target[2];
    bool dense = true;
    for (int i = 0; i < 2; ++i) {
      target[i] = out[i] ? out[i] + out_offset_[i] : nullptr;
      dense = dense && (!out[i] || columns == 1 || k.out[i] == f.out_item[i]);
    }
    if (dense) {
      void* const to[2] = {target[0], target[1]};
      return f.finish(o, to, slot(0), columns);
    }
    constexpr index_t most = 128;
    alignas(64) std::byte buffer[2][most * 8];
    void* const to[2] = {target[0] ? buffer[0] : nullptr, target[1] ? buffer[1] : nullptr};
    for (index_t first = 0; first < columns; first += most) {
      const index_t n = columns - first < most ? columns - first : most;
      auto from = slot(0);
      from.first = first;
      f.finish(o, to, from, n);
      for (int i = 0; i < 2; ++i)
        if (target[i]) scatter(f.out_item[i], target[i] + first * k.out[i], k.out[i], buffer[i], n);
    }
  }

 private:
  reduction_block block(std::byte* data) const { return {data, p.capacity, 0}; }
  reduction_block slot(int i) const { return block(memory_ + i * p.slot_bytes); }

  void merge_top(int& top) {
    f.merge(o, slot(top - 2), slot(top - 1), columns_);
    --top;
  }

  // The place of the next unit, in units along each reduced dimension.
  void start_at(index_t unit) {
    unit_x_ = strip_x_;
    unit_index_ = 0;
    for (int d = 0; d < p.reduced_rank; ++d) {
      const index_t count = units_along(d);
      position_[d] = unit % count;
      unit /= count;
      unit_x_ += position_[d] * step(d) * p.reduced[d].x;
      unit_index_ += position_[d] * step(d) * p.reduced[d].index;
    }
  }
  void next_unit() {
    for (int d = 0; d < p.reduced_rank; ++d) {
      unit_x_ += step(d) * p.reduced[d].x;
      unit_index_ += step(d) * p.reduced[d].index;
      if (++position_[d] < units_along(d)) return;
      unit_x_ -= position_[d] * step(d) * p.reduced[d].x;
      unit_index_ -= position_[d] * step(d) * p.reduced[d].index;
      position_[d] = 0;
    }
  }
  index_t step(int d) const { return d < 2 ? p.chunk[d] : 1; }
  index_t units_along(int d) const { return (p.reduced[d].extent + step(d) - 1) / step(d); }
  index_t length(int d) const {                            // of the current unit
    const index_t left = p.reduced[d].extent - position_[d] * step(d);
    return left < step(d) ? left : step(d);
  }

  void fold_unit(reduction_block to) {
    const reduction_dim& k = p.kept[0];
    const reduction_dim& r = p.reduced[0];
    const std::byte* x = unit_x_;
    const index_t n = length(0);
    if (p.by_columns) {
      index_t row_stride = r.x;
      if (p.gather) {
        row_stride = columns_ * f.item;
        x = gathered(x, n, r.x, columns_, k.x);
      }
      return f.fold_columns(o, to, x, row_stride, n, columns_, {unit_index_, 0, r.index});
    }
    const bool grouped = p.chunk[1] > 1;                   // then the strip is one output
    const reduction_dim& outer = grouped ? p.reduced[1] : k;
    const index_t rows = grouped ? length(1) : columns_;
    index_t row_stride = outer.x;
    if (p.gather) {
      row_stride = n * f.item;
      x = gathered(x, rows, outer.x, n, r.x);
    }
    f.fold_rows(o, to, x, row_stride, rows, n, {unit_index_, r.index, grouped ? outer.index : 0});
    if (grouped) halve(to, rows, 1);
  }

  // `rows` states to `least` of them (which divides rows by a power of two, or is 1): the upper half into the lower one.
  void halve(reduction_block states, index_t rows, index_t least) const {
    while (rows > least) {
      index_t half = least;
      while (2 * half < rows) half *= 2;
      f.merge(o, states, {states.data, states.capacity, half}, rows - half);
      rows = half;
    }
  }
  // Widened columns: first the elements behind the last full wide row, then all columns onto the real ones.
  index_t make_narrow() {
    if (p.rest > 0) {
      const std::byte* rest = strip_x_ + p.reduced[0].extent * p.reduced[0].x;
      f.fold_columns(o, slot(1), rest, 0, 1, p.rest, {});
      f.merge(o, slot(0), slot(1), p.rest);
    }
    halve(slot(0), columns_, p.narrow);
    return p.narrow;
  }

  const std::byte* gathered(const std::byte* x, index_t rows, index_t row_stride, index_t columns, index_t column_stride) {
    gather(f.item, tile_, x, rows, row_stride, columns, column_stride);
    return tile_;
  }

  const reduction_plan& p;
  const reduction_functions& f;
  const reduction_options& o;
  const std::byte* x_;
  std::byte* memory_;
  const std::byte* strip_x_ = nullptr;
  index_t columns_ = 0, out_offset_[2] = {0, 0};
  const std::byte* unit_x_ = nullptr;
  index_t unit_index_ = 0, position_[reduction_rank] = {};
  alignas(64) std::byte tile_[16 * 1024];
};

}  // namespace detail::reduction

// out: up to two outputs, null where not wanted. `workspace`: plan.workspace_bytes.
inline status run_reduction(const context& ctx, const reduction_plan& plan, const reduction_functions& f, const reduction_options& options,
                            std::byte* const* out, const void* x, std::byte* workspace) {
  if (plan.outputs == 0) return {};
  if (plan.pieces == 1) {
    const index_t each = (plan.strips + plan.tasks - 1) / plan.tasks;
    ctx.parallel(plan.tasks, [&](index_t task) {
      detail::reduction::strip_reducer reducer(plan, f, options, x, workspace + task * plan.task_bytes);
      for (index_t strip = task * each; strip < (task + 1) * each && strip < plan.strips; ++strip) {
        reducer.at_strip(strip);
        reducer.fold(0, plan.units);
        reducer.finish(out);
      }
    });
    return {};
  }
  ctx.parallel(plan.tasks, [&](index_t task) {
    detail::reduction::strip_reducer reducer(plan, f, options, x, workspace + task * plan.task_bytes);
    const index_t begin = task % plan.pieces * plan.piece, end = begin + plan.piece;
    reducer.at_strip(task / plan.pieces);
    reducer.fold(begin, end < plan.units ? end : plan.units);
  });
  for (index_t strip = 0; strip < plan.strips; ++strip) {
    detail::reduction::strip_reducer reducer(plan, f, options, x, workspace + strip * plan.pieces * plan.task_bytes);
    reducer.at_strip(strip);
    reducer.merge_pieces(plan.pieces, plan.task_bytes);
    reducer.finish(out);
  }
  return {};
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH
