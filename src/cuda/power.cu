// Powers and lengths.
#include "library.hpp"

#include <tenon/kernels/cuda/complex_functions.cuh>
#include <tenon/kernels/cuda/elementwise.cuh>
#include <tenon/kernels/functions/power.hpp>

TENON_CUDA_FAMILY(power) {
  namespace f = tenon::functions;
  using tenon::kernels::cuda::enroll;
  enroll<2, f::pow, f::float_power, f::hypot, f::ldexp, f::xlogy, f::logaddexp, f::logaddexp2>();
}
