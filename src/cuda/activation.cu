// Activations.
#include "library.hpp"

#include <tenon/kernels/cuda/elementwise.cuh>
#include <tenon/kernels/functions/activation.hpp>

TENON_CUDA_FAMILY(activation) {
  namespace f = tenon::functions;
  using tenon::kernels::cuda::enroll;
  enroll<1, f::relu, f::relu6, f::leaky_relu, f::exponential_unit, f::celu, f::gelu, f::silu, f::mish, f::softplus,
         f::logsigmoid, f::softsign, f::hardsigmoid, f::hardswish, f::hardshrink, f::softshrink, f::tanhshrink>();
  tenon::kernels::cuda::enroll_each_type<1, f::hardtanh, f::threshold>();           // their numbers are moved into the type's range
  enroll<2, f::prelu, f::rrelu, f::glu>();
}
