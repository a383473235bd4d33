// The elementwise part of the losses, and of dropout.
#include "library.hpp"

#include <tenon/kernels/cuda/elementwise.cuh>
#include <tenon/kernels/functions/dropout.hpp>
#include <tenon/kernels/functions/loss.hpp>

TENON_CUDA_FAMILY(loss) {
  namespace f = tenon::functions;
  using tenon::kernels::cuda::enroll;
  enroll<2, f::squared_error, f::absolute_error, f::smooth_absolute_error, f::huber_error, f::binary_cross_entropy, f::kl_divergence,
         f::kl_divergence_of_logs, f::weighted>();
  enroll<3, f::binary_cross_entropy_with_logits>();
}
