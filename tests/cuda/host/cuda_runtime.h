#pragma once
// CUDA's language and runtime, as far as Tenon's CUDA library uses them, for a compiler that knows neither: included in
// place of CUDA's header of this name. Kernels run in host_cuda.hpp; "device" memory is the host's, one allocation for each
// request, filled with NaN; work is done when it is queued.
//
// host_cuda::fail(call, code) makes the call-th runtime call from now answer with an error.
#include "warp_matrix.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdlib>
#include <map>
#include <type_traits>
#include <utility>

// Before the macro: the C++ library writes __attribute__((__noinline__)).
#include <memory>

// ---- the language ------------------------------------------------------------------------------------------------------
#define __global__
#define __device__
#define __host__
#define __forceinline__ inline
#define __noinline__ __attribute__((noinline))
#define __launch_bounds__(...)
#define __shared__ static thread_local           // one block runs at a time on a thread of the host

inline void __syncthreads() { host_cuda::wait_at_barrier(); }
inline void __syncwarp(unsigned mask = ~0u) { host_cuda::exchange(mask, 0, host_cuda::lane()); }
template <class T>
T __shfl_sync(unsigned mask, T value, int source, int width = 32) {
  const auto w = static_cast<unsigned>(width);
  return host_cuda::exchange(mask, value, (host_cuda::lane() & ~(w - 1)) | (static_cast<unsigned>(source) & (w - 1)));
}
template <class T>
T __shfl_xor_sync(unsigned mask, T value, int bits, int = 32) {
  return host_cuda::exchange(mask, value, host_cuda::lane() ^ static_cast<unsigned>(bits));
}
template <class T>
T __shfl_down_sync(unsigned mask, T value, unsigned by, int width = 32) {
  const unsigned lane = host_cuda::lane(), w = static_cast<unsigned>(width);
  return host_cuda::exchange(mask, value, lane % w + by < w ? lane + by : lane);
}
inline unsigned __ballot_sync(unsigned mask, int yes) {
  unsigned all = static_cast<unsigned>(yes != 0) << host_cuda::lane();
  for (int bits = 1; bits < 32; bits *= 2) all |= __shfl_xor_sync(mask, all, bits);
  return all;
}
template <class T>
T atomicCAS(T* p, T expected, T value) {
  std::atomic_ref<T>(*p).compare_exchange_strong(expected, value);
  return expected;
}
template <class T>
T atomicAdd(T* p, T value) {
  return std::atomic_ref<T>(*p).fetch_add(value);
}
inline void __threadfence() {}
inline void __threadfence_system() {}

// CUDA's mathematical functions that C has not, through wider arithmetic.
inline double normcdf(double x) { return static_cast<double>(0.5L * erfcl(-static_cast<long double>(x) * M_SQRT1_2l)); }
inline float normcdff(float x) { return static_cast<float>(normcdf(static_cast<double>(x))); }
inline double erfcx(double x) {
  const long double y = x, h = static_cast<float>(x);
  if (x < -30) return HUGE_VAL;
  if (x < 2) return static_cast<double>(expl(h * h) * expl((y - h) * (y + h)) * erfcl(y));
  long double f = y;                                         // Laplace's continued fraction
  for (int k = 200; k > 0; --k) f = y + k / (2 * f);
  return static_cast<double>(0.564189583547756286948L / f);
}
inline float erfcxf(float x) { return static_cast<float>(erfcx(static_cast<double>(x))); }
inline double erfinv(double y) {
  if (!(y > -1 && y < 1)) return y == 1 || y == -1 ? std::copysign(HUGE_VAL, y) : std::nan("");
  // Halley's iteration from Winitzki's estimate, for |y|; beyond a half by erfc, whose digits are not lost beside 1.
  const long double t = fabsl(static_cast<long double>(y)), l = log1pl(-t * t), a = 4.33L + l / 2;
  long double x = sqrtl(sqrtl(a * a - l * 6.802721L) - a);
  for (int i = 0; i < 4; ++i) {
    const long double off = t > 0.5L ? (1 - t) - erfcl(x) : erfl(x) - t, e = off * expl(x * x) * 0.886226925452758013649L;
    x -= e / (1 + x * e);
  }
  return y == 0 ? y : std::copysign(static_cast<double>(x), y);
}
inline float erfinvf(float y) { return static_cast<float>(erfinv(static_cast<double>(y))); }

// ---- the runtime -------------------------------------------------------------------------------------------------------
enum cudaError_t {
  cudaSuccess = 0,
  cudaErrorInvalidValue = 1,
  cudaErrorMemoryAllocation = 2,
  cudaErrorNoDevice = 100,
  cudaErrorLaunchFailure = 719,
};
enum cudaMemcpyKind { cudaMemcpyHostToDevice = 1, cudaMemcpyDeviceToHost = 2, cudaMemcpyDeviceToDevice = 3 };
enum cudaDeviceAttr { cudaDevAttrMultiProcessorCount = 16, cudaDevAttrMemoryPoolsSupported = 115 };
enum cudaMemPoolAttr {
  cudaMemPoolAttrReleaseThreshold = 4,
  cudaMemPoolAttrReservedMemCurrent = 5,
  cudaMemPoolAttrUsedMemCurrent = 7,
  cudaMemPoolAttrUsedMemHigh = 8,
};
enum cudaMemAllocationType { cudaMemAllocationTypePinned = 1 };
enum cudaMemLocationType { cudaMemLocationTypeDevice = 1 };
enum cudaMemoryType { cudaMemoryTypeUnregistered = 0, cudaMemoryTypeHost = 1 };
struct cudaPointerAttributes {
  cudaMemoryType type;
};
enum cudaFuncAttribute { cudaFuncAttributeMaxDynamicSharedMemorySize = 8 };
inline constexpr unsigned cudaHostAllocPortable = 1, cudaHostAllocMapped = 2, cudaEventDisableTiming = 2;
struct cudaMemLocation {
  cudaMemLocationType type;
  int id;
};
struct cudaMemPoolProps {
  cudaMemAllocationType allocType;
  cudaMemLocation location;
};
using cudaStream_t = struct CUstream_st*;
using cudaEvent_t = struct CUevent_st*;
using cudaMemPool_t = struct CUmemPoolHandle_st*;
struct cudaLaunchConfig_t {
  dim3 gridDim, blockDim;
  std::size_t dynamicSmemBytes;
  cudaStream_t stream;
  void* attrs;
  unsigned numAttrs;
};

namespace host_cuda {

inline int devices = 2;                          // how many this "machine" has
inline std::size_t memory_bytes = std::size_t{1} << 32;        // of each
inline int current_device = 0;
inline long fail_at = -1;
inline cudaError_t fail_with = cudaSuccess, last_error = cudaSuccess;
inline void fail(long call, cudaError_t code) {
  fail_at = call;
  fail_with = code;
}
// The answer of a runtime call, if it has been asked to fail.
inline cudaError_t answer(cudaError_t e = cudaSuccess) {
  if (fail_at >= 0 && fail_at-- == 0) e = fail_with;
  if (e != cudaSuccess) last_error = e;
  return e;
}

// What a test counts: calls that wait for the device, and bytes that travelled to or from memory of the host that is not pinned.
inline long waits = 0;
inline std::size_t pageable_bytes = 0;
inline const void* last_source = nullptr;                      // of a copy from memory of the host
inline std::map<std::uintptr_t, std::size_t> pinned;           // what cudaHostAlloc gave
inline bool is_pinned(const void* p) {
  const auto at = reinterpret_cast<std::uintptr_t>(p);
  const auto next = pinned.upper_bound(at);
  return next != pinned.begin() && at < std::prev(next)->first + std::prev(next)->second;
}

struct pool {
  std::map<void*, std::size_t> blocks;
  std::uint64_t used = 0, high = 0, reserved = 0;
};
inline pool pools[16];
inline pool& pool_of(cudaMemPool_t p) { return pools[reinterpret_cast<std::uintptr_t>(p) - 1]; }

}  // namespace host_cuda

inline const char* cudaGetErrorString(cudaError_t e) {
  switch (e) {
    case cudaSuccess: return "no error";
    case cudaErrorInvalidValue: return "invalid argument";
    case cudaErrorMemoryAllocation: return "out of memory";
    case cudaErrorNoDevice: return "no CUDA-capable device is detected";
    default: return "unspecified launch failure";
  }
}
inline cudaError_t cudaGetLastError() { return std::exchange(host_cuda::last_error, cudaSuccess); }
inline cudaError_t cudaGetDeviceCount(int* count) {
  *count = host_cuda::devices;
  return host_cuda::answer(host_cuda::devices > 0 ? cudaSuccess : cudaErrorNoDevice);
}
inline cudaError_t cudaGetDevice(int* device) {
  *device = host_cuda::current_device;
  return cudaSuccess;
}
inline cudaError_t cudaSetDevice(int device) {
  if (device < 0 || device >= host_cuda::devices) return host_cuda::answer(cudaErrorInvalidValue);
  host_cuda::current_device = device;
  return host_cuda::answer();
}
inline cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr a, int) {
  *value = a == cudaDevAttrMultiProcessorCount ? 4 : 1;
  return host_cuda::answer();
}
inline cudaError_t cudaMemGetInfo(std::size_t* free, std::size_t* total) {
  *free = *total = host_cuda::memory_bytes;
  return host_cuda::answer();
}

inline cudaError_t cudaMemPoolCreate(cudaMemPool_t* pool, const cudaMemPoolProps* p) {
  *pool = reinterpret_cast<cudaMemPool_t>(static_cast<std::uintptr_t>(p->location.id) + 1);
  return host_cuda::answer();
}
inline cudaError_t cudaMemPoolSetAttribute(cudaMemPool_t pool, cudaMemPoolAttr a, void* value) {
  if (a == cudaMemPoolAttrUsedMemHigh) host_cuda::pool_of(pool).high = *static_cast<std::uint64_t*>(value);
  return host_cuda::answer();
}
inline cudaError_t cudaMemPoolGetAttribute(cudaMemPool_t pool, cudaMemPoolAttr a, void* value) {
  const auto& p = host_cuda::pool_of(pool);
  *static_cast<std::uint64_t*>(value) = a == cudaMemPoolAttrUsedMemHigh         ? std::max(p.high, p.used)
                                        : a == cudaMemPoolAttrUsedMemCurrent ? p.used
                                                                             : p.reserved;
  return host_cuda::answer();
}
inline cudaError_t cudaMemPoolTrimTo(cudaMemPool_t pool, std::size_t) {
  host_cuda::pool_of(pool).reserved = host_cuda::pool_of(pool).used;
  return host_cuda::answer();
}
inline cudaError_t cudaMallocFromPoolAsync(void** data, std::size_t bytes, cudaMemPool_t pool, cudaStream_t) {
  auto& p = host_cuda::pool_of(pool);
  if (p.used + bytes > host_cuda::memory_bytes) return host_cuda::answer(cudaErrorMemoryAllocation);
  if (const cudaError_t e = host_cuda::answer(); e != cudaSuccess) return e;
  *data = std::aligned_alloc(256, (bytes + 255) / 256 * 256);
  std::memset(*data, 0xFF, (bytes + 255) / 256 * 256);
  p.blocks[*data] = bytes;
  p.used += bytes;
  p.high = std::max(p.high, p.used);
  p.reserved = std::max(p.reserved, p.used);
  return cudaSuccess;
}
inline cudaError_t cudaFreeAsync(void* data, cudaStream_t) {
  for (auto& p : host_cuda::pools)
    if (const auto block = p.blocks.find(data); block != p.blocks.end()) {
      p.used -= block->second;
      p.blocks.erase(block);
      std::free(data);
      return host_cuda::answer();
    }
  return host_cuda::answer(cudaErrorInvalidValue);
}
inline cudaError_t cudaHostAlloc(void** data, std::size_t bytes, unsigned) {
  *data = std::malloc(bytes);
  host_cuda::pinned[reinterpret_cast<std::uintptr_t>(*data)] = bytes;
  return host_cuda::answer();
}
inline cudaError_t cudaFreeHost(void* data) {
  host_cuda::pinned.erase(reinterpret_cast<std::uintptr_t>(data));
  std::free(data);
  return host_cuda::answer();
}
inline cudaError_t cudaPointerGetAttributes(cudaPointerAttributes* a, const void* p) {
  a->type = host_cuda::is_pinned(p) ? cudaMemoryTypeHost : cudaMemoryTypeUnregistered;
  return host_cuda::answer();
}
inline cudaError_t cudaHostGetDevicePointer(void** device, void* host, unsigned) {
  *device = host;
  return host_cuda::answer();
}
inline cudaError_t cudaMemcpyAsync(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind, cudaStream_t) {
  const cudaError_t e = host_cuda::answer();
  if (e == cudaSuccess) std::memcpy(to, from, bytes);
  if (kind == cudaMemcpyHostToDevice) host_cuda::last_source = from;
  if (kind != cudaMemcpyDeviceToDevice && !host_cuda::is_pinned(kind == cudaMemcpyHostToDevice ? from : to)) host_cuda::pageable_bytes += bytes;
  return e;
}
inline cudaError_t cudaMemcpyPeerAsync(void* to, int, const void* from, int, std::size_t bytes, cudaStream_t s) {
  return cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToDevice, s);
}
inline cudaError_t cudaMemsetAsync(void* to, int value, std::size_t bytes, cudaStream_t) {
  std::memset(to, value, bytes);
  return host_cuda::answer();
}
inline cudaError_t cudaStreamSynchronize(cudaStream_t) {
  ++host_cuda::waits;
  return host_cuda::answer();
}
inline cudaError_t cudaEventCreateWithFlags(cudaEvent_t* e, unsigned) {
  *e = nullptr;
  return host_cuda::answer();
}
inline cudaError_t cudaEventDestroy(cudaEvent_t) { return host_cuda::answer(); }
inline cudaError_t cudaEventRecord(cudaEvent_t, cudaStream_t) { return host_cuda::answer(); }
inline cudaError_t cudaEventSynchronize(cudaEvent_t) {
  ++host_cuda::waits;
  return host_cuda::answer();
}
inline cudaError_t cudaStreamWaitEvent(cudaStream_t, cudaEvent_t, unsigned) { return host_cuda::answer(); }
inline cudaError_t cudaFuncSetAttribute(const void*, cudaFuncAttribute, int) { return host_cuda::answer(); }

template <class... P, class... A>
cudaError_t cudaLaunchKernelEx(const cudaLaunchConfig_t* c, void (*kernel)(P...), A&&... arguments) {
  if (const cudaError_t e = host_cuda::answer(); e != cudaSuccess) return e;
  const auto call = [&] { kernel(arguments...); };
  return host_cuda::answer(host_cuda::launch(c->gridDim, c->blockDim, c->dynamicSmemBytes, call) ? cudaSuccess : cudaErrorLaunchFailure);
}
