#pragma once
#include <cuda_runtime_api.h>

namespace tenon::inline v0::kernels::cuda::library {

// The device is current, and afterwards the caller's again.
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

}  // namespace tenon::inline v0::kernels::cuda::library
