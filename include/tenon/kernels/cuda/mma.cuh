#pragma once
// What a warp does with tiles of half and bfloat16 on sm_80 and later: copies that run beside the arithmetic, matrices from
// shared memory to registers, and products by the tensor cores. The only file with these instructions; kernels that use it
// run on the CPU as well, where tests/cuda/host/warp_matrix.hpp does what the PTX ISA says of each.
//
// A fragment is a matrix that lies over the registers of a warp. With group = lane / 4 and pair = 2 (lane % 4), a lane has
//
//   left    16 x 16    [0] row group,      columns pair, pair + 1        [2] row group,      columns pair + 8, pair + 9
//                      [1] row group + 8,  columns pair, pair + 1        [3] row group + 8,  columns pair + 8, pair + 9
//   right   16 x  8    [0] rows pair, pair + 1, column group             [1] rows pair + 8, pair + 9, column group
//   sum     16 x  8    [0], [1] row group, columns pair, pair + 1        [2], [3] row group + 8, the same columns
//
// two elements in a word of left and right, the first in the low half. So two sums side by side, narrowed, are a left fragment.
#include <tenon/kernels/cuda/convert.cuh>

namespace tenon::inline v0::kernels::cuda::inline TENON_CUDA_ROOM {

inline constexpr int copy_bytes = 16;            // of one copy: both sides are aligned to it

// Starts a copy of 16 bytes to shared memory, or of as many zeros; `from` is not read then.
TENON_INLINE __device__ void copy_async(void* shared, const void* from, bool inside) {
#if defined(__CUDACC__)
  const int bytes = inside ? copy_bytes : 0;
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(static_cast<unsigned>(__cvta_generic_to_shared(shared))), "l"(from), "r"(bytes)
               : "memory");
#else
  host_cuda::copy_async(shared, from, inside ? copy_bytes : 0);
#endif
}
// Ends a group of this thread's copies.
TENON_INLINE __device__ void commit_copies() {
#if defined(__CUDACC__)
  asm volatile("cp.async.commit_group;" ::: "memory");
#else
  host_cuda::commit_copies();
#endif
}
// Waits until at most `Groups` groups of this thread are under way. What others copied is seen after a barrier that follows.
template <int Groups>
TENON_INLINE __device__ void wait_for_copies() {
#if defined(__CUDACC__)
  asm volatile("cp.async.wait_group %0;" ::"n"(Groups) : "memory");
#else
  host_cuda::wait_for_copies(Groups);
#endif
}

// Four matrices of 8 x 8 elements. Lane 8 i + r says where row r of matrix i begins (16 bytes, aligned); of matrix i, r[i] gets row
// lane / 4, columns 2 (lane % 4) and the next. Transposed: rows 2 (lane % 4) and the next of column lane / 4.
TENON_INLINE __device__ void load_matrices(std::uint32_t (&r)[4], const void* row) {
#if defined(__CUDACC__)
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
               : "r"(static_cast<unsigned>(__cvta_generic_to_shared(row)))
               : "memory");
#else
  host_cuda::load_matrices(r, row, false);
#endif
}
TENON_INLINE __device__ void load_matrices_transposed(std::uint32_t (&r)[4], const void* row) {
#if defined(__CUDACC__)
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
               : "r"(static_cast<unsigned>(__cvta_generic_to_shared(row)))
               : "memory");
#else
  host_cuda::load_matrices(r, row, true);
#endif
}

// sum += left * right. Products are exact and added in float, where the hardware cuts off instead of rounding: an addition is
// within 2 u (Fasi, Higham, Mikaitis & Pranesh 2021, "Numerical behavior of NVIDIA tensor cores").
template <class T>
TENON_INLINE __device__ void multiply_add(float (&sum)[4], const std::uint32_t (&left)[4], std::uint32_t right0, std::uint32_t right1) {
#if defined(__CUDACC__)
#define TENON_MMA(type)                                                                                                \
  asm("mma.sync.aligned.m16n8k16.row.col.f32." type "." type ".f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};" \
      : "+f"(sum[0]), "+f"(sum[1]), "+f"(sum[2]), "+f"(sum[3])                                                        \
      : "r"(left[0]), "r"(left[1]), "r"(left[2]), "r"(left[3]), "r"(right0), "r"(right1))
  if constexpr (std::is_same_v<T, half>)
    TENON_MMA("f16");
  else
    TENON_MMA("bf16");
#undef TENON_MMA
#else
  host_cuda::multiply_add<T>(sum, left, right0, right1);
#endif
}

// Two numbers, rounded, as a word.
template <class T>
TENON_INLINE __device__ std::uint32_t narrow_pair(float low, float high) {
#if defined(__CUDACC__)
  std::uint32_t r;
  if constexpr (std::is_same_v<T, half>)
    asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(r) : "f"(high), "f"(low));
  else
    asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(r) : "f"(high), "f"(low));
  return r;
#else
  return static_cast<std::uint32_t>(T(low).bits) | static_cast<std::uint32_t>(T(high).bits) << 16;
#endif
}

// 2^x, by the unit for it: within 2 ulp; subnormal results are zero.
TENON_INLINE __device__ float fast_exp2(float x) {
#if defined(__CUDACC__)
  float r;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(r) : "f"(x));
  return r;
#else
  return ::exp2f(x);
#endif
}

// x, of which nothing is computed ahead of the loop that it is asked for in: the addresses of all fragments of a tile, kept from turn to turn,
// would be more registers than there are.
TENON_INLINE __device__ int not_hoisted(int x) {
#if defined(__CUDACC__)
  asm volatile("" : "+r"(x));
#endif
  return x;
}

}  // namespace tenon::inline v0::kernels::cuda::inline TENON_CUDA_ROOM
