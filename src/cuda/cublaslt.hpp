#pragma once
// Matrix products by NVIDIA's cuBLASLt, where it is installed: loaded when the first product asks for it, and not linked, so that
// a program of tenon::cuda starts without it.
#include <tenon/core/dtype.hpp>
#include <tenon/kernels/matmul.hpp>

namespace tenon::inline v0::kernels::cuda::inline library {         // where the kernels of this library stand, too (TENON_CUDA_ROOM)

// out = alpha a b + beta c, as plan_matmul has arranged it: batches merged, and a and b exchanged if it says `swapped`.
struct library_product {
  dtype type;                                    // of the elements: float16, bfloat16, float32, float64
  matmul_plan plan;
  const void *a, *b, *c;                         // c null: none
  void* out;
  double alpha, beta;
};

// Whether cuBLASLt has taken the product: not where it is missing or this product is not its kind, and then nothing has been done.
struct library_outcome {
  bool taken;
  status outcome;
};
library_outcome multiply_by_cublaslt(const context& ctx, const library_product& p);

}  // namespace tenon::inline v0::kernels::cuda::inline library
