// Scaled dot-product attention.
#include "library.hpp"

#include <tenon/kernels/cuda/attention.cuh>

TENON_CUDA_FAMILY(attention) {
  using namespace tenon;
  const auto enroll = []<class... T>(type_list<T...>) {
    ((kernels::device_entry<kernels::attention_kernel<T>, device::cuda> = &kernels::cuda::run_attention<T>), ...);
  };
  enroll(type_list<float, double, half, bfloat16>{});
}
