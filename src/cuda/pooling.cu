// max_pool, avg_pool and their adaptive forms.
#include "library.hpp"

#include <tenon/kernels/cuda/pooling.cuh>

TENON_CUDA_FAMILY(pooling) {
  using namespace tenon;
  const auto enroll = []<class... T>(type_list<T...>) {
    ((kernels::device_entry<kernels::pooling_kernel<T>, device::cuda> = &kernels::cuda::run_pooling<T>), ...);
  };
  enroll(type_list<std::uint8_t, std::int8_t, std::int16_t, std::int32_t, std::int64_t, half, bfloat16, float, double>{});
}
