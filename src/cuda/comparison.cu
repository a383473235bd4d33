// Comparisons, and what kind of number it is.
#include "library.hpp"

#include <tenon/kernels/cuda/elementwise.cuh>
#include <tenon/kernels/functions/comparison.hpp>

TENON_CUDA_FAMILY(comparison) {
  namespace f = tenon::functions;
  using tenon::kernels::cuda::enroll;
  enroll<1, f::isnan, f::isinf, f::isfinite, f::isposinf, f::isneginf, f::signbit, f::isreal>();
  enroll<2, f::eq, f::ne, f::lt, f::le, f::gt, f::ge, f::isclose>();
}
