// What takes complex numbers apart; of real ones as well.
#include "library.hpp"

#include <tenon/kernels/cuda/elementwise.cuh>
#include <tenon/kernels/functions/complex.hpp>

TENON_CUDA_FAMILY(complex) {
  namespace f = tenon::functions;
  tenon::kernels::cuda::enroll<1, f::conj, f::real, f::imag, f::angle>();
}
