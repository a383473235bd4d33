// Division of integers and its relatives.
#include "library.hpp"

#include <tenon/kernels/cuda/elementwise.cuh>
#include <tenon/kernels/functions/division.hpp>

TENON_CUDA_FAMILY(division) {
  namespace f = tenon::functions;
  using tenon::kernels::cuda::enroll;
  enroll<2, f::fmod, f::remainder, f::floor_divide, f::gcd>();
  tenon::kernels::cuda::enroll_each_type<2, f::lcm>();           // the absolute value of a product that has wrapped
}
