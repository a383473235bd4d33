// Logic, bits, and choices by a condition.
#include "library.hpp"

#include <tenon/kernels/cuda/elementwise.cuh>
#include <tenon/kernels/functions/logical.hpp>
#include <tenon/kernels/functions/where.hpp>

TENON_CUDA_FAMILY(logical) {
  namespace f = tenon::functions;
  using tenon::kernels::cuda::enroll;
  enroll<1, f::logical_not, f::bitwise_not>();
  enroll<2, f::logical_and, f::logical_or, f::logical_xor, f::bitwise_and, f::bitwise_or, f::bitwise_xor, f::bitwise_left_shift,
         f::bitwise_right_shift>();
  enroll<3, f::where>();
  tenon::kernels::cuda::enroll_each_type<3, f::masked_fill>();   // the value may be of any type
}
