// Matrix products.
#include "library.hpp"

#include <tenon/kernels/cuda/matmul.cuh>

TENON_CUDA_FAMILY(matmul) {
  using namespace tenon;
  const auto enroll = []<class... T>(type_list<T...>) {
    ((kernels::device_entry<kernels::matmul_kernel<T>, device::cuda> = &kernels::cuda::run_matmul<T>), ...);
  };
  enroll(type_list<float, double, half, bfloat16>{});
}
