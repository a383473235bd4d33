// gather, take_along_dim, index_select, embedding.
#include "library.hpp"

#include <tenon/kernels/cuda/index.cuh>

TENON_CUDA_FAMILY(gather) {
  using namespace tenon;
  kernels::device_entry<kernels::gather_kernel, device::cuda> = &kernels::cuda::run_gather;
}
