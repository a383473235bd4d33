#pragma once
// Launching a kernel, and what every kernel file begins with.
//
// Kernels are launched by this function and not by <<<...>>>, so that the same text also compiles without nvcc: the tests
// run every kernel on the CPU, one fiber for each thread (tests/cuda/). For the same reason PTX stands in
// mma.cuh and convert.cuh alone, dynamic shared memory is taken by a macro, and what is __shared__ has a trivial constructor.
//
// These headers need CUDA's; nothing that a .cpp file includes reaches them.
#include <tenon/core/backend.hpp>
#include <tenon/kernels/cuda/device_guard.cuh>
#include <tenon/kernels/device_entry.hpp>

#include <cuda_runtime.h>

// nvcc compiles twice. The pass for the host's compiler, which warns of pragmas that it does not know, sees none of these.
#if defined(__CUDA_ARCH__)
#define TENON_CUDA_UNROLL _Pragma("unroll")
#define TENON_CUDA_KEEP_ROLLED _Pragma("unroll 1")
#else
#define TENON_CUDA_UNROLL
#define TENON_CUDA_KEEP_ROLLED
#endif

#if defined(__CUDACC__)
#define TENON_DYNAMIC_SHARED(T, name)                     \
  extern __shared__ __align__(16) unsigned char tenon_dynamic_shared[]; \
  T* const name = reinterpret_cast<T*>(tenon_dynamic_shared)
#else
#define TENON_DYNAMIC_SHARED(T, name) T* const name = static_cast<T*>(host_cuda::dynamic_shared())
#endif

namespace tenon::inline v0::kernels::cuda::inline TENON_CUDA_ROOM {

inline constexpr int warp_size = 32;
inline constexpr unsigned all_lanes = 0xffffffffu;

constexpr status status_of(cudaError_t e) {
  if (e == cudaSuccess) return {};
  return {e == cudaErrorMemoryAllocation ? status_code::out_of_memory : status_code::launch_failed, static_cast<index_t>(e)};
}

// Queues the kernel. Both the launch's own status and the last error are looked at: a wrong configuration shows in either.
template <class... P, class... A>
status launch(const context& ctx, void (*kernel)(P...), dim3 grid, dim3 block, std::size_t shared_bytes, const A&... arguments) {
  const device_guard on(ctx.queue->ordinal);
  cudaError_t e = cudaSuccess;
  if (shared_bytes > 48 * 1024)                 // above that a kernel has to ask
    e = cudaFuncSetAttribute(reinterpret_cast<const void*>(kernel), cudaFuncAttributeMaxDynamicSharedMemorySize,
                             static_cast<int>(shared_bytes));
  cudaLaunchConfig_t config{};
  config.gridDim = grid;
  config.blockDim = block;
  config.dynamicSmemBytes = shared_bytes;
  config.stream = static_cast<cudaStream_t>(ctx.queue->stream);
  if (e == cudaSuccess) e = cudaLaunchKernelEx(&config, kernel, static_cast<P>(arguments)...);
  const cudaError_t last = cudaGetLastError();
  return status_of(e == cudaSuccess ? last : e);
}

constexpr index_t ceil_divide(index_t a, index_t b) { return (a + b - 1) / b; }

// Blocks for n units of work, `each` per block, at most `waves` full waves of the device: the rest is done by a loop.
inline unsigned blocks_for(const context& ctx, index_t n, index_t each, int waves = 32) {
  const index_t wanted = ceil_divide(n, each), most = static_cast<index_t>(ctx.queue->processors) * waves;
  return static_cast<unsigned>(wanted < 1 ? 1 : wanted < most ? wanted : most);
}

// Division by a number that is known before the launch, for 0 <= n < 2^31: multiplication by ceil(2^(32 + s) / d) - 2^32
// (Granlund and Montgomery 1994, "Division by invariant integers using multiplication").
struct fast_divider {
  std::uint32_t d = 1, factor = 0, shift = 0;

  fast_divider() = default;
  explicit fast_divider(std::uint32_t divisor) : d(divisor) {
    while ((std::uint64_t{1} << shift) < divisor) ++shift;
    factor = static_cast<std::uint32_t>(((((std::uint64_t{1} << shift) - divisor) << 32) / divisor) + 1);
  }
  TENON_HD std::uint32_t quotient(std::uint32_t n) const {
    const auto high = static_cast<std::uint32_t>((static_cast<std::uint64_t>(n) * factor) >> 32);
    return (high + n) >> shift;
  }
};

}  // namespace tenon::inline v0::kernels::cuda::inline TENON_CUDA_ROOM
