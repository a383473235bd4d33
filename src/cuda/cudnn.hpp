#pragma once
// Convolution by NVIDIA's cuDNN, where it is installed: loaded when the first convolution asks for it, and not linked, so that a program of
// tenon::cuda starts without it.
#include <tenon/core/dtype.hpp>
#include <tenon/kernels/convolution.hpp>

namespace tenon::inline v0::kernels::cuda::inline library {         // where the kernels of this library stand, too (TENON_CUDA_ROOM)

// As convolution_operands has it. Nothing in it is empty, nor is the sum of an element.
struct library_convolution {
  dtype type;                                    // of the elements: float16, bfloat16, float32, float64
  convolution_shape s;
  const void* x;
  index_t x_stride[5];                           // in elements
  const void *w, *bias;                          // bias null: none
  void* out;
  std::byte* workspace;                          // what the caller has anyway, or null
  index_t workspace_bytes;
};

// Whether cuDNN has taken the convolution. If not, out may be overwritten by another algorithm, and the status says why
// (kernels/cudnn_status.hpp).
struct convolution_outcome {
  bool taken;
  status outcome;
};
convolution_outcome convolve_by_cudnn(const context& ctx, const library_convolution& c);

}  // namespace tenon::inline v0::kernels::cuda::inline library
