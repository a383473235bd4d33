// conv1d, conv2d, conv3d.
#include "library.hpp"

#include <tenon/kernels/cuda/convolution.cuh>

TENON_CUDA_FAMILY(convolution) {
  using namespace tenon;
  const auto enroll = []<class... T>(type_list<T...>) {
    ((kernels::device_entry<kernels::convolution_kernel<T>, device::cuda> = &kernels::cuda::run_convolution<T>), ...);
  };
  enroll(type_list<float, double, half, bfloat16>{});
}
