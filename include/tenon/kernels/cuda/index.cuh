#pragma once
// Gathering along one dimension on a GPU.      near[i, j, k] = far[i, index[i, j, k], k]      near, far, index: any strides
//
// A thread moves one element at a time, neighbours along the dimension with the smallest step in `near`; where an index serves a
// whole row (embedding), the threads of a warp read one index and then a consecutive row.
//
// Launch     256 threads, no shared memory.
// Index      The host cannot look at it without waiting. An index out of range is not followed: the element becomes `nothing`,
//            and the first such index is put into the device's error word, from which the next call that waits makes an error.
#include <tenon/kernels/cuda/elementwise.cuh>
#include <tenon/kernels/cuda/error_word.hpp>
#include <tenon/kernels/cuda/item.cuh>
#include <tenon/kernels/index.hpp>

namespace tenon::inline v0::kernels::cuda::inline TENON_CUDA_ROOM {

// The first to come keeps the word. Its parts are written before the host can see that it is taken for good: it waits for the kernel.
TENON_INLINE __device__ void report_index(error_word* word, const char* op, index_t index, index_t extent) {
  if (atomicCAS(&word->taken, 0, 1) != 0) return;
  word->op = op;
  word->index = index;
  word->extent = extent;
  __threadfence_system();
}

namespace gathering {

inline constexpr int threads = 256;

template <class T>
__global__ void __launch_bounds__(threads) gather(std::byte* near, const std::byte* far, const std::byte* index, index_t numel,
                                                  const elementwise::layout<2> l, index_t step, const index_check check, error_word* word) {
  const index_t stride = static_cast<index_t>(gridDim.x) * threads;
  for (index_t i = static_cast<index_t>(blockIdx.x) * threads + threadIdx.x; i < numel; i += stride) {
    index_t offset[3];
    elementwise::locate(l, i, offset);
    const index_t given = *reinterpret_cast<const index_t*>(index + offset[2]);
    const index_t at = given < 0 && check.negative ? given + check.extent : given;
    T value;
    if (at >= 0 && at < check.extent) {
      value = *reinterpret_cast<const T*>(far + offset[1] + at * step);
    } else {
      report_index(word, check.op, given, check.extent);
      __builtin_memcpy(&value, check.nothing, sizeof value);
    }
    *reinterpret_cast<T*>(near + offset[0]) = value;
  }
}

}  // namespace gathering

inline status run_gather(const context& ctx, const index_plan& p, std::byte* near, const std::byte* far, const std::byte* index,
                         const index_check& check) {
  elementwise::layout<2> l{};
  index_t numel = 1;
  const auto add = [&](const index_dim& d, bool along) {
    if (d.extent == 1) return;
    numel *= d.extent;
    l.extent[l.rank] = d.extent;
    l.stride[l.rank][0] = d.near;
    l.stride[l.rank][1] = along ? 0 : d.far;
    l.stride[l.rank][2] = d.index;
    ++l.rank;
  };
  const auto size = [](index_t s) { return s < 0 ? -s : s; };
  const bool along_first = p.across.extent == 1 || size(p.along.near) < size(p.across.near);
  add(along_first ? p.along : p.across, along_first);
  add(along_first ? p.across : p.along, !along_first);
  for (int d = p.loops - 1; d >= 2; --d) add(p.loop[d], false);
  if (numel == 0) return {};
  l.narrow = numel <= INT32_MAX;
  for (int d = 0; d < l.rank && l.narrow; ++d) l.divider[d] = fast_divider(static_cast<std::uint32_t>(l.extent[d]));
  return with_item(p.item, [&]<class T>(type_tag<T>) {
    return launch(ctx, &gathering::gather<T>, blocks_for(ctx, numel, gathering::threads), gathering::threads, 0, near, far, index, numel, l, p.along.far,
                  check, static_cast<error_word*>(ctx.queue->errors));
  });
}

}  // namespace tenon::inline v0::kernels::cuda::inline TENON_CUDA_ROOM
