// The larger and the smaller.
#include "library.hpp"

#include <tenon/kernels/cuda/elementwise.cuh>
#include <tenon/kernels/functions/extremes.hpp>

TENON_CUDA_FAMILY(extremes) {
  namespace f = tenon::functions;
  using tenon::kernels::cuda::enroll;
  enroll<2, f::maximum, f::minimum, f::fmax, f::fmin, f::clamp_min, f::clamp_max>();
  enroll<3, f::clamp>();
}
