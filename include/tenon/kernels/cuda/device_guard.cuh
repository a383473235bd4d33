#pragma once
#include <tenon/core/build.hpp>

#include <cuda_runtime_api.h>

namespace tenon::inline v0::kernels::cuda::inline TENON_CUDA_ROOM {

// The device that work is queued for is made current, and the caller's again at the end.
class device_guard {
 public:
  explicit device_guard(int ordinal) {
    switched_ = cudaGetDevice(&before_) == cudaSuccess && before_ != ordinal && cudaSetDevice(ordinal) == cudaSuccess;
  }
  ~device_guard() {
    if (switched_) static_cast<void>(cudaSetDevice(before_));
  }
  device_guard(const device_guard&) = delete;
  device_guard& operator=(const device_guard&) = delete;

 private:
  int before_ = 0;
  bool switched_ = false;
};

}  // namespace tenon::inline v0::kernels::cuda::inline TENON_CUDA_ROOM
