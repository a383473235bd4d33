// Device memory that the host reads and writes like its own: the ops' tests on a GPU need it (tests/support/cases.hpp). The linker puts these
// functions in the place of CUDA's (--wrap), under the library as it is. Memory starts as NaN, as on the CPU's CUDA (host/cuda_runtime.h).
//
// Kernels, those of NVIDIA's libraries too, are waited for by CUDA_LAUNCH_BLOCKING=1; copies and fills here.
//
// Without a GPU a program that is to run there says so and ends, before it makes a tensor; CTest takes the 77 for "skipped".
#include <cuda_runtime_api.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

[[gnu::constructor(102)]] void skip_without_gpu() {          // tenon::cuda has 101
  if (std::getenv("TENON_TEST_DEVICE") == nullptr) return;
  int devices = 0;
  const cudaError_t e = cudaGetDeviceCount(&devices);
  if (e == cudaSuccess && devices > 0) return;
  std::printf("skipped, there is no GPU: %s\n", e == cudaSuccess ? "none is visible" : cudaGetErrorString(e));
  std::fflush(stdout);
  std::_Exit(77);
}

}  // namespace

extern "C" {

cudaError_t __real_cudaMemcpyAsync(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind, cudaStream_t stream);
cudaError_t __real_cudaMemsetAsync(void* to, int value, std::size_t bytes, cudaStream_t stream);

cudaError_t __wrap_cudaMallocFromPoolAsync(void** data, std::size_t bytes, cudaMemPool_t, cudaStream_t) {
  const cudaError_t e = cudaMallocManaged(data, bytes, cudaMemAttachGlobal);
  if (e == cudaSuccess) std::memset(*data, 0xFF, bytes);
  return e;
}
cudaError_t __wrap_cudaFreeAsync(void* data, cudaStream_t stream) {
  const cudaError_t e = cudaStreamSynchronize(stream), freed = cudaFree(data);
  return e != cudaSuccess ? e : freed;
}
cudaError_t __wrap_cudaMemcpyAsync(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind, cudaStream_t stream) {
  const cudaError_t e = __real_cudaMemcpyAsync(to, from, bytes, kind, stream);
  return e != cudaSuccess ? e : cudaStreamSynchronize(stream);
}
cudaError_t __wrap_cudaMemsetAsync(void* to, int value, std::size_t bytes, cudaStream_t stream) {
  const cudaError_t e = __real_cudaMemsetAsync(to, value, bytes, stream);
  return e != cudaSuccess ? e : cudaStreamSynchronize(stream);
}

}  // extern "C"
