// Copies and fills of any layout.
#include "library.hpp"

#include <tenon/kernels/cuda/copy.cuh>

TENON_CUDA_FAMILY(copy) {
  using namespace tenon;
  kernels::device_entry<kernels::strided_copy_kernel, device::cuda> = &kernels::cuda::run_copy;
  kernels::device_entry<kernels::strided_fill_kernel, device::cuda> = &kernels::cuda::run_fill;
}
