// softmax, log_softmax (and softmin, which is one of a negated row).
#include "library.hpp"

#include <tenon/kernels/cuda/softmax.cuh>

TENON_CUDA_FAMILY(softmax) {
  using namespace tenon;
  const auto enroll = []<class... T>(type_list<T...>) {
    ((kernels::device_entry<kernels::softmax_kernel<T>, device::cuda> = &kernels::cuda::run_softmax<T>), ...);
  };
  enroll(type_list<float, double, half, bfloat16>{});
}
