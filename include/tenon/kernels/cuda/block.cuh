#pragma once
// What the threads of a block do together: sums that keep their rounding errors, and folding one value of each thread.
//
// Every fold goes through the same tree whatever the grid is, so that results are the same bits each time: no atomics.
#include <tenon/kernels/cuda/convert.cuh>
#include <tenon/kernels/cuda/lane.cuh>

namespace tenon::inline v0::kernels::cuda::inline TENON_CUDA_ROOM {

// A sum in two words, high + low: the error of each addition is kept (Knuth's two-sum; Ogita, Rump & Oishi 2005).
template <class C>
struct two_words {
  C high, low;

  TENON_INLINE TENON_HD void add(C x) {
    const C s = high + x, b = s - high;
    low += (high - (s - b)) + (x - b);
    high = s;
  }
  // An infinite or NaN sum has a NaN error.
  TENON_INLINE TENON_HD C value() const { return low == low ? high + low : high; }
  TENON_INLINE TENON_HD friend two_words merge(two_words a, two_words b) {
    const C low = a.low + b.low;
    a.low = C(0);
    a.add(b.high);
    a.low += low;
    return a;
  }
};

// The value of the lane whose number differs in these bits; a struct goes word by word (of 8 bytes the device makes two itself).
template <class T>
TENON_INLINE __device__ T shuffle_xor(T x, int lanes) {
  static_assert(std::is_trivially_copyable_v<T> && sizeof(T) % 4 == 0);
  using word = std::conditional_t<sizeof(T) % 8 == 0, std::uint64_t, std::uint32_t>;
  word words[sizeof(T) / sizeof(word)];
  __builtin_memcpy(words, &x, sizeof x);
  TENON_CUDA_UNROLL
  for (auto& w : words) w = __shfl_xor_sync(all_lanes, w, lanes);
  __builtin_memcpy(&x, words, sizeof x);
  return x;
}

// The values of `Threads` threads (a warp, or the whole block) as one, in each of them. `merge` does not mind the order of its
// two arguments. `held`: shared memory for one value of each warp.
template <int Threads, class S, class Merge>
__device__ S fold_threads(S x, S* held, Merge merge) {
  for (int lanes = warp_size / 2; lanes > 0; lanes /= 2) x = merge(x, shuffle_xor(x, lanes));
  if constexpr (Threads > warp_size) {
    const int warp = static_cast<int>(threadIdx.x) / warp_size;
    if (threadIdx.x % warp_size == 0) held[warp] = x;
    __syncthreads();                                      // the value of every warp is there
    x = held[0];
    for (int w = 1; w < Threads / warp_size; ++w) x = merge(x, held[w]);
    __syncthreads();                                      // all have read: `held` may be written again
  }
  return x;
}

// The same for a group that is known at run time: a power of two of threads up to a warp, or the whole block. All threads of the block call it.
template <class S, class Merge>
__device__ S fold_group(int group, S x, S* held, Merge merge) {
  TENON_CUDA_KEEP_ROLLED
  for (int lanes = (group < warp_size ? group : warp_size) / 2; lanes > 0; lanes /= 2) x = merge(x, shuffle_xor(x, lanes));
  if (group > warp_size) {
    if (threadIdx.x % warp_size == 0) held[threadIdx.x / warp_size] = x;
    __syncthreads();                                      // the value of every warp is there
    x = held[0];
    TENON_CUDA_KEEP_ROLLED
    for (int w = 1; w < group / warp_size; ++w) x = merge(x, held[w]);
    __syncthreads();                                      // all have read: `held` may be written again
  }
  return x;
}

}  // namespace tenon::inline v0::kernels::cuda::inline TENON_CUDA_ROOM
