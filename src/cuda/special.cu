// The error function, the normal distribution, the gamma function.
#include "library.hpp"

#include <tenon/kernels/cuda/elementwise.cuh>
#include <tenon/kernels/functions/special.hpp>

TENON_CUDA_FAMILY(special) {
  namespace f = tenon::functions;
  using tenon::kernels::cuda::enroll;
  enroll<1, f::erf, f::erfc, f::erfcx, f::erfinv, f::ndtr, f::log_ndtr, f::lgamma, f::digamma>();
}
