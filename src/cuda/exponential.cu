// Exponentials and logarithms.
#include "library.hpp"

#include <tenon/kernels/cuda/complex_functions.cuh>
#include <tenon/kernels/cuda/elementwise.cuh>
#include <tenon/kernels/functions/exponential.hpp>

TENON_CUDA_FAMILY(exponential) {
  namespace f = tenon::functions;
  using tenon::kernels::cuda::enroll;
  enroll<1, f::exp, f::exp2, f::expm1, f::log, f::log2, f::log10, f::log1p, f::sigmoid, f::logit>();
}
