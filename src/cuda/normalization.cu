// layer_norm, rms_norm, group_norm, batch_norm.
#include "library.hpp"

#include <tenon/kernels/cuda/normalization.cuh>

TENON_CUDA_FAMILY(normalization) {
  using namespace tenon;
  const auto enroll = []<class... T>(type_list<T...>) {
    ((kernels::device_entry<kernels::row_normalization_kernel<T>, device::cuda> = &kernels::cuda::run_row_normalization<T>), ...);
    ((kernels::device_entry<kernels::channel_normalization_kernel<T>, device::cuda> = &kernels::cuda::run_channel_normalization<T>), ...);
  };
  enroll(type_list<float, double, half, bfloat16>{});
}
