#pragma once
// cuDNN 9, as far as this library uses it: its functions under their own names, its types and values declared here, since its header is
// no part of the CUDA toolkit. cudnn_header.cpp compares all of it with that header wherever there is one.
//
// These are its functions with descriptors, which cuDNN 9 calls deprecated and has in every release. Its newer interface, graphs, says the same
// convolution in some ten descriptors of named attributes; that pays where operations are fused, and here there is one.
#include <tenon/kernels/cudnn_status.hpp>

#include <cstddef>

namespace tenon::inline v0::kernels::cuda::inline library::cudnn {

enum class data_type : int { float32 = 0, float64 = 1, float16 = 2, bfloat16 = 9 };
// usual: whatever cuDNN likes, for float also TF32. tensor_converting: tensor cores after cutting float to half.
enum class math : int { usual = 0, tensor = 1, tensor_converting = 2, fma = 3 };
enum class algorithm : int { implicit_gemm = 0, implicit_precomputed_gemm = 1, gemm = 2 };     // further ones: FFT and Winograd
inline constexpr int succeeded = 0, row_major = 0, cross_correlation = 1, deterministic = 1;

using handle = struct cudnn_context*;
using tensor = struct cudnn_tensor*;
using filter = struct cudnn_filter*;
using convolution = struct cudnn_convolution*;

struct performance {
  algorithm method;
  int status;
  float time;
  std::size_t memory;
  int determinism;
  math type;
  int reserved[3];
};

#define TENON_CUDNN_FUNCTIONS(f)                                                                                                                   \
  f(std::size_t, cudnnGetVersion, ())                                                                                                              \
  f(int, cudnnCreate, (handle*))                                                                                                                   \
  f(int, cudnnSetStream, (handle, void* stream))                                                                                                   \
  f(int, cudnnCreateTensorDescriptor, (tensor*))                                                                                                   \
  f(int, cudnnSetTensorNdDescriptor, (tensor, data_type, int rank, const int* extents, const int* strides))                                        \
  f(int, cudnnDestroyTensorDescriptor, (tensor))                                                                                                   \
  f(int, cudnnCreateFilterDescriptor, (filter*))                                                                                                   \
  f(int, cudnnSetFilterNdDescriptor, (filter, data_type, int format, int rank, const int* extents))                                                \
  f(int, cudnnDestroyFilterDescriptor, (filter))                                                                                                   \
  f(int, cudnnCreateConvolutionDescriptor, (convolution*))                                                                                         \
  f(int, cudnnSetConvolutionNdDescriptor, (convolution, int dims, const int* pad, const int* stride, const int* dilation, int mode, data_type compute)) \
  f(int, cudnnSetConvolutionMathType, (convolution, math))                                                                                         \
  f(int, cudnnSetConvolutionGroupCount, (convolution, int))                                                                                        \
  f(int, cudnnDestroyConvolutionDescriptor, (convolution))                                                                                         \
  f(int, cudnnGetConvolutionForwardAlgorithm_v7, (handle, tensor x, filter w, convolution, tensor y, int room, int* count, performance*))          \
  f(int, cudnnConvolutionForward, (handle, const void* alpha, tensor, const void* x, filter, const void* w, convolution, algorithm, void* workspace, \
                                   std::size_t workspace_bytes, const void* beta, tensor, void* y))

struct functions {
#define TENON_MEMBER(result, name, parameters) result(*name) parameters = nullptr;
  TENON_CUDNN_FUNCTIONS(TENON_MEMBER)
#undef TENON_MEMBER
  cudnn_reason absent = cudnn_reason::missing;
  bool found = false;                            // else `absent` says why not
};

// Loaded at the first call.
const functions& api();

}  // namespace tenon::inline v0::kernels::cuda::inline library::cudnn
