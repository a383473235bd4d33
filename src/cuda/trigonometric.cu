// Trigonometric and hyperbolic functions.
#include "library.hpp"

#include <tenon/kernels/cuda/complex_functions.cuh>
#include <tenon/kernels/cuda/elementwise.cuh>
#include <tenon/kernels/functions/trigonometric.hpp>

TENON_CUDA_FAMILY(trigonometric) {
  namespace f = tenon::functions;
  using tenon::kernels::cuda::enroll;
  enroll<1, f::sin, f::cos, f::tan, f::asin, f::acos, f::atan, f::sinc, f::deg2rad, f::rad2deg, f::sinh, f::cosh, f::tanh, f::asinh,
         f::acosh, f::atanh>();
  enroll<2, f::atan2>();
}
