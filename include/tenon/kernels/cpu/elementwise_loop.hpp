#pragma once
// The loop around an elementwise kernel: from an index range to runs of consecutive elements. It sees bytes, not types,
// and is compiled once however many expressions a program has.
//
// Operands that lie dense over a run are used where they are. Others (transposed, stepped, broadcast along the run) are
// gathered into a block that stays in the first-level cache; a block of repeated values is filled once and remembered.
// A large output that overlaps no input is computed into such a block and written around the caches: the plain store would
// first read the line it is about to overwrite, a third of all traffic.
// An output with elements of size 0 is never touched: for functions that only look (cpu/all_of.hpp).
#include <tenon/kernels/context.hpp>
#include <tenon/kernels/cpu/simd.hpp>
#include <tenon/kernels/elementwise.hpp>

namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH {

namespace detail {

inline constexpr index_t block_memory = 32 * 1024;               // all blocks of one thread together
inline constexpr index_t longest_block = 512;                    // elements
inline constexpr index_t row_run = 64;                           // shorter rows are gathered several at a time

struct walker {
  const elementwise_plan& p;
  elementwise_function f;
  const void* data;
  index_t block = longest_block;                                 // elements per block
  std::byte* buffer[max_operands];
  const std::byte* filled_from[max_operands];                    // what a repeated block holds now

  walker(const elementwise_plan& plan, elementwise_function function, const void* plan_data, std::byte* memory)
      : p(plan), f(function), data(plan_data) {
    index_t bytes = 0;
    for (int i = 0; i < p.operands; ++i) bytes += p.operand[i].item;
    while (block > 16 && block * bytes > block_memory) block /= 2;
    for (int i = 0; i < p.operands; ++i) {
      buffer[i] = memory;
      filled_from[i] = nullptr;
      memory += (block * p.operand[i].item + 63) / 64 * 64;
    }
  }

  // The byte offset of operand i at a linear position, and the position in each dimension.
  index_t offset_at(int i, const index_t* position) const {
    index_t offset = 0;
    for (int d = 0; d < p.rank; ++d) offset += position[d] * p.operand[i].stride[d];
    return offset;
  }

  template <index_t Item>
  static void copy_strided(std::byte* to, index_t to_stride, const std::byte* from, index_t from_stride, index_t n) {
    for (index_t k = 0; k < n; ++k) __builtin_memcpy(to + k * to_stride, from + k * from_stride, Item);
  }
  static void copy_row(index_t item, std::byte* to, index_t to_stride, const std::byte* from, index_t from_stride, index_t n) {
    switch (item) {
      case 1: return copy_strided<1>(to, to_stride, from, from_stride, n);
      case 2: return copy_strided<2>(to, to_stride, from, from_stride, n);
      case 4: return copy_strided<4>(to, to_stride, from, from_stride, n);
      case 8: return copy_strided<8>(to, to_stride, from, from_stride, n);
      default: return copy_strided<16>(to, to_stride, from, from_stride, n);
    }
  }

  // Copies n elements between a dense block and operand i, row by row from `position`.
  template <bool Gather>
  void move(int i, std::byte* dense, const index_t* start, index_t n) const {
    const auto& o = p.operand[i];
    const int inner = p.rank - 1;
    index_t position[max_rank];
    for (int d = 0; d < p.rank; ++d) position[d] = start[d];
    std::byte* strided = o.data + offset_at(i, position);
    while (n > 0) {
      const index_t left = p.extent[inner] - position[inner], count = n < left ? n : left;
      if constexpr (Gather)
        copy_row(o.item, dense, o.item, strided, o.stride[inner], count);
      else
        copy_row(o.item, strided, o.stride[inner], dense, o.item, count);
      dense += count * o.item;
      n -= count;
      if (n > 0) {
        position[inner] += count;
        advance(position);
        strided = o.data + offset_at(i, position);
      }
    }
  }

  // Carries full dimensions over into the next outer one.
  void advance(index_t* position) const {
    for (int d = p.rank - 1; d > 0 && position[d] >= p.extent[d]; --d) {
      position[d - 1] += position[d] / p.extent[d];
      position[d] %= p.extent[d];
    }
  }

  const void* input(int i, const index_t* position, index_t n, bool within_row) {
    const auto& o = p.operand[i];
    const index_t step = o.stride[p.rank - 1];
    if (p.dense(i) || (within_row && step == o.item)) return o.data + offset_at(i, position);
    if (within_row && step == 0) {
      const std::byte* source = o.data + offset_at(i, position);
      if (source != filled_from[i]) {
        copy_row(o.item, buffer[i], o.item, source, 0, block);
        filled_from[i] = source;
      }
      return buffer[i];
    }
    move<true>(i, buffer[i], position, n);
    return buffer[i];
  }

  void run(index_t begin, index_t end) {
    const int inner = p.rank - 1;
    index_t position[max_rank], rest = begin;
    for (int d = inner; d >= 0; --d) {
      position[d] = rest % p.extent[d];
      rest /= p.extent[d];
    }
    const bool by_rows = p.rank == 1 || p.extent[inner] >= row_run;
    bool blocks = p.stream;                                      // some operand goes through a block
    for (int i = 0; i < p.operands; ++i) blocks = blocks || !(p.dense(i) || (by_rows && p.operand[i].stride[inner] == p.operand[i].item));

    const void* in[max_operands];
    for (index_t at = begin; at < end;) {
      index_t n = end - at;
      if (by_rows && n > p.extent[inner] - position[inner]) n = p.extent[inner] - position[inner];
      if (blocks && n > block) n = block;
      for (int i = 1; i < p.operands; ++i) in[i - 1] = input(i, position, n, by_rows);
      const auto& out = p.operand[0];
      const bool in_place = out.item == 0 || p.dense(0) || (by_rows && out.stride[inner] == out.item);
      std::byte* target = out.data + offset_at(0, position);
      if (in_place && !p.stream) {
        f(data, target, in, n);
      } else {
        f(data, buffer[0], in, n);
        if (in_place)
          stream_copy(target, buffer[0], n * out.item);
        else
          move<false>(0, buffer[0], position, n);
      }
      at += n;
      position[inner] += n;
      advance(position);
    }
  }
};

}  // namespace detail

// The elementwise function that copies. `plan` points to the size of an element.
inline void copy_run(const void* plan, void* out, const void* const* in, index_t n) {
  __builtin_memcpy(out, in[0], static_cast<std::size_t>(n * *static_cast<const index_t*>(plan)));
}

// Runs the plan over all its elements. `grain`: how many elements are worth a thread of their own.
inline void run_elementwise(const context& ctx, const elementwise_plan& p, elementwise_function f, const void* plan_data, index_t grain) {
  if (p.numel == 0) return;
  bool dense = !p.stream;
  for (int i = 0; i < p.operands; ++i) dense = dense && p.dense(i);
  const auto range = [&](index_t begin, index_t end) {
    if (dense) {
      const void* in[max_operands];
      for (int i = 1; i < p.operands; ++i) in[i - 1] = p.operand[i].data + begin * p.operand[i].item;
      f(plan_data, p.operand[0].data + begin * p.operand[0].item, in, end - begin);
      return;
    }
    alignas(64) std::byte memory[detail::block_memory + 64 * max_operands];
    detail::walker(p, f, plan_data, memory).run(begin, end);
    if (p.stream) stream_fence();
  };
  const index_t pieces = grain <= 0 || p.numel / grain < 2 || ctx.threads < 2 ? 1 : p.numel / grain;
  if (pieces == 1) return range(0, p.numel);
  const index_t most = static_cast<index_t>(ctx.threads) * 4, count = pieces < most ? pieces : most;
  const index_t size = ((p.numel + count - 1) / count + 1023) / 1024 * 1024;
  ctx.parallel((p.numel + size - 1) / size, [&](index_t i) {
    const index_t begin = i * size, end = begin + size;
    range(begin, end < p.numel ? end : p.numel);
  });
}

}  // namespace tenon::inline v0::kernels::cpu::inline TENON_ARCH
